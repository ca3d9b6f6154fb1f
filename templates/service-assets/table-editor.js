// The field in which one cell of the table editor is edited.
(() => {
  "use strict";
  const { make, option } = window.agentedElements;
  const { emptyOption, optionsOf } = window.agentedTable;

  class CellEditor {
    /** `table` gives `model`, `grid`, `rows`, `columns`, `empty` and `choices`; `after` and `say` follow. */
    constructor(table) {
      this.table = table;
      this.open = null;
    }

    get isOpen() {
      return this.open !== null;
    }

    /** Put an editor into the active cell; `typed` is the key that began it. */
    edit(typed = null) {
      const { model, grid, rows, columns, empty } = this.table;
      const { row: number, column: index } = grid.active;
      const column = columns[index - 1];
      const row = rows[number];
      if (column === undefined || this.isOpen || row.gone) return;
      const isEmpty = row === empty;
      const text = isEmpty ? "" : model.text(row, column.name);
      const field = this.fieldFor(column, text, typed);
      field.setAttribute("aria-label", `${column.label} of ${isEmpty ? "a new row" : model.nameOf(row)}`);
      const cell = grid.drawn.get(number).cells[index];
      this.open = { field, row, column, isEmpty };
      grid.editor = field;
      cell.replaceChildren(field);
      cell.classList.add("is-editing");
      field.focus({ preventScroll: true });
      if (typed === null && field.select && column.type !== "text") field.select();
      else if (field.setSelectionRange && column.type === "text") field.setSelectionRange(field.value.length, field.value.length);
      field.addEventListener("blur", () => this.keep());
      field.addEventListener("keydown", (event) => this.onKey(event));
    }

    fieldFor(column, text, typed) {
      if (column.type === "choice") return this.selectFor(column, text, typed);
      if (column.type === "text") {
        const area = make("textarea", { class: "cell-field cell-field-text", rows: 5 });
        area.value = typed === null ? text : "";
        return area;
      }
      const list = this.table.choices.listOf(column);
      const input = make("input", { class: "cell-field", list, autocomplete: "off", spellcheck: column.type === "line" ? "true" : "false" });
      if (column.type === "date") input.placeholder = "YYYY-MM-DD";
      input.value = typed === null ? text : "";
      return input;
    }

    selectFor(column, text, typed) {
      const known = column.options.includes(text) || text === "";
      const select = make("select", { class: "cell-field" },
        ...(column.fallback && text !== "" ? [] : [emptyOption(column)]),
        ...(known ? [] : [option(text)]), ...optionsOf(column));
      select.value = text;
      const begun = typed && column.options.find((each) => each.startsWith(typed.toLowerCase()));
      if (begun) select.value = begun;
      return select;
    }

    onKey(event) {
      if (event.isComposing) return;
      const { grid, unsaved } = this.table;
      const { field, column } = this.open;
      event.stopPropagation();
      if (event.key === "Escape") {
        event.preventDefault();
        this.leave();
        grid.focus();
      } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.keep();
        unsaved.send();
      } else if (event.key === "Enter" && column.type === "text" && (event.altKey || event.shiftKey)) {
        event.preventDefault();
        field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end");
      } else if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        this.keep();
        const { row, column: index } = grid.active;
        if (event.key === "Enter") grid.go(row + 1, index);
        else this.goOn(event.shiftKey ? -1 : 1);
      }
    }

    /** To the next or previous cell, over the end of the row. */
    goOn(by) {
      const { grid, columns } = this.table;
      const { row, column } = grid.active;
      const last = columns.length;
      if (column + by > last) grid.go(row + 1, 1);
      else if (column + by < 1) grid.go(row - 1, last);
      else grid.go(row, column + by);
    }

    /** Take the editor away without keeping what it holds. */
    leave() {
      const { grid } = this.table;
      const { field } = this.open;
      this.open = null;
      grid.editor = null;
      field.parentElement?.classList.remove("is-editing");
      field.remove();
      grid.paint(grid.active.row);
    }

    /** Take the editor away, and what it holds into the cell. */
    keep() {
      if (!this.isOpen) return;
      const { model } = this.table;
      const { field, row, column, isEmpty } = this.open;
      const text = field.value;
      this.leave();
      if (isEmpty && text.trim() === "") return;
      const target = isEmpty ? model.newRow() : row;
      const wanted = [{ row: target, name: column.name, text }];
      const count = model.change(`${column.label} of ${model.nameOf(target)}`, wanted, { added: isEmpty ? [target] : [] });
      if (count === 0) return;
      this.table.after(isEmpty);
      const reason = model.reason(target, column.name);
      if (reason) this.table.say(reason);
    }
  }

  Object.assign(window.agentedTable, { CellEditor });
})();
