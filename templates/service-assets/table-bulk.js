// The rows that are ticked in the table editor, and what they all get: a value, a tag, an end.
(() => {
  "use strict";
  const { button, make, option, plural } = window.agentedElements;
  const { emptyOption, optionsOf } = window.agentedTable;
  const ENDS = [
    ["detach", "take out what refers to them"],
    ["refuse", "only where nothing refers to them"],
    ["keep", "leave references dangling"],
  ];
  const split = (text) => text.split(",").map((each) => each.trim()).filter(Boolean);

  class Bulk {
    /** `table` gives `setup`, `model`, `grid`, `rows`, `empty`, `choices` and `steps`. */
    constructor(table) {
      this.table = table;
      this.ticked = new Set();
      this.count = make("strong", {});
      this.value = make("span", { class: "bulk-value" });
      this.field = this.choiceOfField();
      this.element = make("div", { class: "table-bulk", role: "group", "aria-label": "Change the selected rows", hidden: true },
        this.count, " ", this.field, this.value, button("Set", () => this.setAll()), this.ending(),
        button("Select none", () => {
          this.ticked.clear();
          this.afterTicks();
        }));
      this.paintValue();
    }

    choiceOfField() {
      const fields = this.table.setup.columns.filter((column) => !["id", "title", "number"].includes(column.name) && column.type !== "text");
      const choices = fields.flatMap((column) => (column.name === "tags"
        ? [["+tags", "Add tags"], ["-tags", "Remove tags"]]
        : [[column.name, column.label]]));
      choices.sort(([one], [other]) => (one === "status" ? -1 : other === "status" ? 1 : 0));
      const field = make("select", { "aria-label": "What to change" }, ...choices.map(([value, text]) => option(value, text)));
      field.addEventListener("change", () => this.paintValue());
      return field;
    }

    ending() {
      const references = make("select", { "aria-label": "What happens to references to the deleted rows" },
        ...ENDS.map(([value, text]) => option(value, text)));
      const sure = make("details", { class: "menu" }, make("summary", { class: "button button-small button-bad" }, "Delete"));
      sure.append(make("div", { class: "menu-list" }, make("p", {}, "The rows are deleted when you save. "), references,
        button("Mark for deletion", () => {
          sure.open = false;
          this.remove(references.value);
        }, "button button-small button-bad")));
      return sure;
    }

    // -- which rows -----------------------------------------------------------------------

    tick(number, on, extend) {
      const { rows } = this.table;
      const last = rows.indexOf(this.lastTick);
      const from = extend && last !== -1 ? Math.min(last, number) : number;
      const to = extend && last !== -1 ? Math.max(last, number) : number;
      this.mark(rows.slice(from, to + 1), on);
      this.lastTick = rows[number];
      this.afterTicks();
    }

    tickAll(on) {
      this.mark(this.table.rows, on);
      this.afterTicks();
      this.table.say(on ? `${plural(this.ticked.size, "row")} selected` : "no row selected");
    }

    mark(rows, on) {
      for (const row of rows) {
        if (row === this.table.empty) continue;
        if (on) this.ticked.add(row);
        else this.ticked.delete(row);
      }
    }

    afterTicks() {
      this.table.grid.paintAll();
      this.paint();
    }

    paint() {
      for (const row of this.ticked) if (!row.there) this.ticked.delete(row);
      this.element.hidden = this.ticked.size === 0;
      this.count.textContent = `${this.ticked.size.toLocaleString("en")} selected`;
    }

    // -- what they get --------------------------------------------------------------------

    /** The column that is changed. */
    column() {
      return this.table.model.columns.get(this.field.value.replace(/^[+-]/, ""));
    }

    paintValue() {
      const column = this.column();
      let field;
      if (column.type === "choice") {
        field = make("select", {}, emptyOption(column), ...optionsOf(column));
        field.selectedIndex = 1;
      } else {
        field = make("input", { list: this.table.choices.listOf(column), autocomplete: "off", placeholder: column.type === "date" ? "YYYY-MM-DD" : null });
        field.addEventListener("keydown", (event) => {
          if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) this.setAll();
        });
      }
      field.setAttribute("aria-label", `Value for ${column.label}`);
      this.value.replaceChildren(" ", field, " ");
    }

    setAll() {
      const { model, steps } = this.table;
      const name = this.field.value;
      const value = this.value.querySelector("select, input").value;
      const column = this.column();
      const rows = [...this.ticked].filter((row) => !row.gone);
      const wanted = rows.map((row) => {
        let text = value;
        const now = split(model.text(row, column.name));
        if (name === "+tags") text = [...now, ...split(value)].join(", ");
        if (name === "-tags") text = now.filter((each) => !split(value).includes(each)).join(", ");
        return { row, name: column.name, text };
      });
      const label = `${this.field.selectedOptions[0].textContent} of ${plural(rows.length, "row")}`;
      steps.done(model.change(label, wanted), `changed in ${plural(rows.length, "selected row")}`);
    }

    remove(references) {
      const gone = [...this.ticked].map((row) => ({ row, references }));
      const count = this.table.model.change(`delete ${plural(gone.length, "row")}`, [], { gone });
      this.ticked.clear();
      if (count) this.table.after(true);
      this.table.say(`${plural(count, "row")} will be deleted; undo brings them back`);
    }
  }

  Object.assign(window.agentedTable, { Bulk });
})();
