// Phases and requirements that are dragged on the page of their order.
(() => {
  "use strict";
  const DRAGGED = "application/x-agented-move";
  const MARKS = ["is-before", "is-behind", "is-target"];

  /** Whether what is dropped at this height comes before the row. */
  const isBefore = (row, y) => {
    const { top, height } = row.getBoundingClientRect();
    return y < top + height / 2;
  };

  class Drags {
    /** `board` gives `rows` and `ticked`; its `put` and `move` follow what is dropped. */
    constructor(board) {
      this.board = board;
      this.dragged = null;
    }

    /** Let a phase be dragged by its grip, and let things be dropped on its row. */
    addPhase(id, row, grip) {
      grip.addEventListener("dragstart", (event) => {
        this.begin(event, { phase: id });
        event.dataTransfer.setDragImage(row, 16, 16);
        row.classList.add("is-dragged");
      });
      grip.addEventListener("dragend", () => this.end());
      row.addEventListener("dragover", (event) => this.over(event, row));
      row.addEventListener("drop", (event) => this.drop(event, id, row));
    }

    /** Let a requirement be dragged; all ticked ones go with one that is ticked. */
    addRequirement(item) {
      item.draggable = true;
      item.addEventListener("dragstart", (event) => {
        event.stopPropagation();
        const isTicked = item.querySelector("input").checked;
        this.begin(event, { requirements: isTicked ? this.board.ticked() : [item.dataset.requirement] });
      });
      item.addEventListener("dragend", () => this.end());
    }

    begin(event, dragged) {
      this.dragged = dragged;
      event.dataTransfer.setData(DRAGGED, Object.keys(dragged)[0]);
      event.dataTransfer.effectAllowed = "move";
    }

    over(event, row) {
      if (!this.dragged) return;
      event.preventDefault();
      const side = this.dragged.phase ? (isBefore(row, event.clientY) ? "is-before" : "is-behind") : "is-target";
      for (const each of this.board.rows.values()) each.classList.remove(...MARKS);
      row.classList.add(side);
    }

    drop(event, id, row) {
      if (!this.dragged) return;
      event.preventDefault();
      const { phase, requirements } = this.dragged;
      if (requirements) this.board.move(requirements, id);
      else if (phase !== id) this.board.put(phase, row, isBefore(row, event.clientY));
      this.end();
    }

    end() {
      this.dragged = null;
      for (const each of this.board.rows.values()) each.classList.remove(...MARKS, "is-dragged");
    }
  }

  Object.assign(window.agentedOrder, { Drags });
})();
