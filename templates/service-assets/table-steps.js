// Steps of the table editor that change many cells, and the way back and forth over all steps.
(() => {
  "use strict";
  const { button, plural } = window.agentedElements;

  class Steps {
    /** `table` gives `model`, `grid`, `rows`, `columns` and `empty`; `after` and `say` follow. */
    constructor(table) {
      this.table = table;
      this.undoButton = button("Undo", () => this.undo());
      this.redoButton = button("Redo", () => this.redo());
      this.buttons = [this.undoButton, this.redoButton, button("Fill down", () => this.fillDown())];
    }

    paint() {
      this.undoButton.disabled = this.table.model.steps.length === 0;
      this.redoButton.disabled = this.table.model.undone.length === 0;
    }

    /** The rows and columns of the range, without the row for new ones. */
    selected() {
      const { grid, rows, columns, empty } = this.table;
      const { top, bottom, left, right } = grid.range();
      const chosen = rows.slice(top, bottom + 1).filter((row) => row !== empty && !row.gone);
      return { rows: chosen, columns: columns.slice(left - 1, right) };
    }

    clear() {
      const { rows, columns } = this.selected();
      const wanted = rows.flatMap((row) => columns.filter(({ name }) => name !== "id").map(({ name }) => ({ row, name, text: "" })));
      this.done(this.table.model.change("empty cells", wanted), "emptied");
    }

    fillDown() {
      const { model } = this.table;
      const { rows: [first, ...others], columns } = this.selected();
      if (first === undefined || others.length === 0) {
        this.table.say("Select several rows first, with Shift and the arrows.");
        return;
      }
      const wanted = others.flatMap((row) => columns.filter(({ name }) => name !== "id").map(({ name }) => ({
        row, name, text: model.text(first, name),
      })));
      this.done(model.change("fill down", wanted), "filled");
    }

    /** Show a step that changed `count` cells; `structure` says that rows came or went. */
    done(count, what, structure = false) {
      if (count) this.table.after(structure);
      this.table.say(count ? `${plural(count, "cell")} ${what}` : "nothing changed");
    }

    undo() {
      const step = this.table.model.undo();
      this.afterStep(step, step ? `undone: ${step.label}` : "nothing to undo");
    }

    redo() {
      const step = this.table.model.redo();
      this.afterStep(step, step ? `redone: ${step.label}` : "nothing to redo");
    }

    afterStep(step, words) {
      if (step !== null) this.table.after(step.parts.some(({ name }) => name.startsWith("$")));
      this.table.say(words);
    }
  }

  Object.assign(window.agentedTable, { Steps });
})();
