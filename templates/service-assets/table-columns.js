// Which columns the table editor shows: this browser remembers the choice for each kind of item.
(() => {
  "use strict";
  const { make, menu } = window.agentedElements;

  class ShownColumns {
    /** `table` gives `setup`; its `grid` is drawn anew after a change. */
    constructor(table) {
      this.table = table;
      this.key = `agented-columns:${table.setup.kind}`;
      const names = this.remembered();
      const chosen = Array.isArray(names) ? new Set(names) : null;
      this.list = table.setup.columns.filter((column) => column.name === "id" || (chosen ? chosen.has(column.name) : column.shown));
      this.element = this.build();
    }

    remembered() {
      try {
        return JSON.parse(localStorage.getItem(this.key));
      } catch {
        return null; // No memory, or none that can be read: the usual columns.
      }
    }

    build() {
      const boxes = this.table.setup.columns.filter((column) => column.name !== "id").map((column) => {
        const box = make("input", { type: "checkbox" });
        box.checked = this.list.includes(column);
        box.addEventListener("change", () => this.show(column, box.checked));
        return make("label", {}, box, ` ${column.label}`);
      });
      return menu("Columns", make("fieldset", { class: "menu-list" }, make("legend", { class: "sr" }, "Shown columns"), ...boxes));
    }

    show(column, on) {
      const names = new Set(this.list.map(({ name }) => name));
      if (on) names.add(column.name);
      else names.delete(column.name);
      this.list = this.table.setup.columns.filter(({ name }) => name === "id" || names.has(name));
      try {
        localStorage.setItem(this.key, JSON.stringify(this.list.map(({ name }) => name)));
      } catch {
        // Then they are as usual the next time.
      }
      this.table.grid.reset();
    }
  }

  Object.assign(window.agentedTable, { ShownColumns });
})();
