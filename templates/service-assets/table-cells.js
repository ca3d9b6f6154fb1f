// How the cells of the table editor look, and what is told of the active one.
(() => {
  "use strict";
  const { make } = window.agentedElements;

  class Cells {
    /** `table` gives `model`, `grid`, `rows`, `columns` and `empty`, the row for new ones. */
    constructor(table) {
      this.table = table;
      this.info = make("div", { class: "table-info", id: "table-info" });
    }

    lookOfRow(row) {
      const { model, empty } = this.table;
      if (row === empty) return { empty: true, name: "a new row", marks: "is-empty" };
      const marks = [row.isNew && "is-new", row.gone && "is-gone"].filter(Boolean).join(" ");
      return { empty: false, name: model.nameOf(row), marks };
    }

    look(row, column) {
      const { model, empty } = this.table;
      if (row === empty) {
        const text = column.name === "id" ? "+ new" : "";
        return { text, title: "", marks: "", said: column.name === "id" ? "write or paste here for new rows" : "", wrong: false };
      }
      const text = model.text(row, column.name);
      const told = this.told(row, column);
      const changed = model.isChanged(row, column.name);
      const marks = [
        changed && !row.isNew && "is-changed", told.wrong && "is-wrong", !told.wrong && told.problems.length && "is-warned",
        row.isNew && column.name === "id" && !text && "is-minted",
      ];
      let shown = text.replaceAll("\n", " ↵ ");
      if (column.name === "id" && row.isNew && !text) shown = row.minted ? `${row.minted} (new)` : "new";
      const said = told.lines.join("; ");
      return { text: shown, title: told.lines.join("\n"), marks: marks.filter(Boolean).join(" "), said, wrong: Boolean(told.wrong) };
    }

    /** What there is to say of a cell: mistakes, its old value, problems of the plan. */
    told(row, column) {
      const { model } = this.table;
      const wrong = model.reason(row, column.name);
      const problems = row.problems.filter((each) => each.column === column.name);
      const lines = [];
      if (wrong) lines.push(wrong);
      if (row.gone && column.name === "id") lines.push("will be deleted");
      if (model.isChanged(row, column.name) && !row.isNew) {
        lines.push(`was: ${row.base[column.name] || "empty"}`);
      }
      lines.push(...problems.map((each) => `${each.severity}: ${each.message}`));
      return { wrong, problems, lines };
    }

    /** Tell of the active cell, below the grid. */
    tell() {
      const { model, grid, rows, columns, empty } = this.table;
      const row = rows[grid.active.row];
      const column = columns[grid.active.column - 1];
      if (row === empty || column === undefined) {
        this.info.replaceChildren(row === empty ? "Write or paste here for new rows. Without an id they get the next free one." : "");
        return;
      }
      this.info.replaceChildren(
        make("strong", {}, `${model.nameOf(row)} · ${column.label}`),
        make("span", { class: "table-info-text" }, model.text(row, column.name) || "empty"),
        ...this.told(row, column).lines.map((line) => make("span", { class: "table-info-line" }, line)),
      );
    }
  }

  Object.assign(window.agentedTable, { Cells });
})();
