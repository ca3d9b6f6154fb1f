// The keys of the table editor.
(() => {
  "use strict";
  const { make, menu } = window.agentedElements;
  const KEYS = [
    ["Arrows", "move; with Shift they select a range"],
    ["Enter, F2 or typing", "edit the cell; Enter keeps and goes down, Tab keeps and goes on"],
    ["Alt+Enter", "a line break in a text"],
    ["Escape", "leave the cell as it was"],
    ["Delete", "empty the selected cells"],
    ["Ctrl+C, Ctrl+X, Ctrl+V", "copy, cut and paste, also from and to a spreadsheet"],
    ["Ctrl+D", "fill the first selected row down"],
    ["Ctrl+Z, Ctrl+Y", "undo, redo"],
    ["Shift+Space", "select the row; Ctrl+A selects all shown rows"],
    ["Ctrl+Enter", "review all changes"],
  ];

  class Keys {
    /** `table` gives `grid`, `rows`, `columns`, `empty`, `editor`, `steps`, `bulk` and `unsaved`. */
    constructor(table) {
      this.table = table;
      this.help = menu("Keys", make("dl", { class: "menu-list menu-keys" }, ...KEYS.flatMap(([key, what]) => [make("dt", {}, key), make("dd", {}, what)])));
      table.grid.element.addEventListener("keydown", (event) => this.onKey(event));
      addEventListener("keydown", (event) => this.onPageKey(event));
    }

    onPageKey(event) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) {
        event.preventDefault();
        this.table.unsaved.send();
      }
    }

    onKey(event) {
      if (event.isComposing || this.table.editor.isOpen || event.target.closest(".grid-head")) return;
      const command = event.ctrlKey || event.metaKey;
      const place = this.moves(command)[event.key];
      if (place && !event.altKey) {
        event.preventDefault();
        this.table.grid.go(...place, { extend: event.shiftKey });
        return;
      }
      const act = this.actFor(event, command);
      if (act === null) return;
      event.preventDefault();
      act();
    }

    /** Where each key leads: row and column. */
    moves(command) {
      const { grid, rows, columns } = this.table;
      const { row, column } = grid.active;
      const last = { row: rows.length - 1, column: columns.length };
      return {
        ArrowUp: [command ? 0 : row - 1, column], ArrowDown: [command ? last.row : row + 1, column],
        ArrowLeft: [row, command ? 0 : column - 1], ArrowRight: [row, command ? last.column : column + 1],
        Home: [command ? 0 : row, 1], End: [command ? last.row : row, last.column],
        PageUp: [row - grid.page(), column], PageDown: [row + grid.page(), column],
      };
    }

    actFor(event, command) {
      if (command && !event.altKey) return this.commandFor(event);
      if (event.altKey) return null;
      const { grid, rows, empty, editor, steps, bulk } = this.table;
      const { row, column } = grid.active;
      const key = event.key;
      if (key === " " && (event.shiftKey || column === 0)) {
        return () => {
          if (rows[row] !== empty) bulk.tick(row, !bulk.ticked.has(rows[row]), false);
        };
      }
      if (column === 0) return null;
      if (key === "Enter" || key === "F2") return () => editor.edit();
      if (key === "Delete" || key === "Backspace") return () => steps.clear();
      if (key === "Escape") return () => grid.go(row, column);
      if (key.length === 1) {
        // The key itself goes into the editor, which has the focus when it arrives there.
        editor.edit(key);
      }
      return null;
    }

    commandFor(event) {
      const { steps, bulk } = this.table;
      const letter = event.key.toLowerCase();
      if (letter === "z") return event.shiftKey ? () => steps.redo() : () => steps.undo();
      if (letter === "y") return () => steps.redo();
      if (letter === "d") return () => steps.fillDown();
      if (letter === "a") return () => bulk.tickAll(true);
      return null;
    }
  }

  Object.assign(window.agentedTable, { Keys });
})();
