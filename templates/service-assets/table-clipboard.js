// The clipboard of the table editor: cells from and to a spreadsheet.
(() => {
  "use strict";
  const { plural } = window.agentedElements;
  const { fold } = window.agentedTable;
  const { parse, format } = window.agentedTsv;
  const LONGEST_PASTE = 2_000_000;

  class Clipboard {
    /** `table` gives `setup`, `model`, `grid`, `rows`, `columns`, `empty`, `editor` and `steps`. */
    constructor(table) {
      this.table = table;
      for (const name of ["copy", "cut", "paste"]) {
        table.grid.element.addEventListener(name, (event) => this.onEvent(event));
      }
    }

    onEvent(event) {
      const { model, editor, steps } = this.table;
      if (editor.isOpen || event.target.closest(".grid-head")) return;
      event.preventDefault();
      if (event.type === "paste") {
        this.paste(event.clipboardData.getData("text/plain"));
        return;
      }
      const { rows, columns } = steps.selected();
      if (rows.length === 0) return;
      const cells = rows.map((row) => columns.map(({ name }) => model.text(row, name)));
      event.clipboardData.setData("text/plain", format(cells));
      if (event.type === "cut") steps.clear();
      else this.table.say(`${plural(rows.length * columns.length, "cell")} copied`);
    }

    paste(text) {
      const { model, grid, steps } = this.table;
      if (text.length > LONGEST_PASTE) {
        this.table.say("That is too much to paste at once.");
        return;
      }
      const block = parse(text);
      const { top, left, bottom, right } = grid.range();
      const single = block.length === 1 && block[0].length === 1;
      if (single && (top !== bottom || left !== right)) {
        const { rows, columns } = steps.selected();
        const wanted = rows.flatMap((row) => columns.map(({ name }) => ({ row, name, text: block[0][0] })));
        steps.done(model.change("paste", wanted), "pasted");
        return;
      }
      const header = this.table.rows[top] === this.table.empty ? this.headerOf(block[0]) : null;
      const columns = header ?? this.table.columns.slice(Math.max(0, left - 1));
      this.pasteBlock(header ? block.slice(1) : block, columns, top);
    }

    /** The columns that the first pasted line names; null when it is no such line. */
    headerOf(cells) {
      const found = cells.map((cell) => {
        const wanted = fold(cell.trim());
        return this.table.setup.columns.find((column) => fold(column.label) === wanted || fold(column.name) === wanted);
      });
      return found.every(Boolean) && new Set(found).size === found.length ? found : null;
    }

    pasteBlock(block, columns, top) {
      const { model, steps } = this.table;
      const { wanted, added, beyond } = this.changesOf(block, columns, top);
      const count = model.change("paste", wanted, { added });
      const words = [
        "pasted", added.length ? `, ${plural(added.length, "new row")}` : "",
        beyond ? `; ${plural(beyond, "cell")} beyond the last column left out` : "",
      ];
      steps.done(count - added.length, words.join(""), added.length > 0);
      this.select(block, columns, top);
    }

    /** What a block changes: cells, new rows, and how many cells lie beyond the last column. */
    changesOf(block, columns, top) {
      const { model, rows, empty } = this.table;
      const wanted = [];
      const added = [];
      let beyond = 0;
      block.forEach((cells, offset) => {
        let row = rows[top + offset] ?? empty;
        if (row.gone) return;
        if (row === empty) {
          if (cells.every((cell) => cell.trim() === "")) return;
          row = model.newRow();
          added.push(row);
        }
        cells.forEach((text, index) => {
          if (columns[index] === undefined) beyond += 1;
          else wanted.push({ row, name: columns[index].name, text });
        });
      });
      return { wanted, added, beyond };
    }

    /** Make the range what was pasted. */
    select(block, columns, top) {
      const { grid } = this.table;
      const width = Math.max(...block.map((cells) => Math.min(cells.length, columns.length)), 1);
      const left = Math.max(1, this.table.columns.indexOf(columns[0]) + 1);
      grid.anchor = { row: top, column: left };
      grid.go(top + Math.max(0, block.length - 1), left + width - 1, { extend: true });
    }
  }

  Object.assign(window.agentedTable, { Clipboard });
})();
