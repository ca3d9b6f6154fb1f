// <plan-table> is the table editor: it reads the rows, and holds its parts together.
(() => {
  "use strict";
  const { apiFetch, SignedOutError } = window.agented;
  const { button, make } = window.agentedElements;
  const {
    Bulk, CellEditor, Cells, Checks, Choices, Clipboard, Grid, Keys, RowFilter, ShownColumns, Steps, TableModel, Unsaved,
  } = Object.freeze(window.agentedTable);

  class PlanTable extends HTMLElement {
    connectedCallback() {
      this.setup = JSON.parse(this.dataset.setup);
      this.rows = [];
      /** The row for new ones, the last that is shown. */
      this.empty = { key: "$empty" };
      this.replaceChildren(make("p", { class: "quiet", role: "status" }, "The rows are read …"));
      this.load();
    }

    // -- loading --------------------------------------------------------------------------

    async load() {
      const place = `proposal=${encodeURIComponent(this.setup.proposal)}`;
      try {
        const [rows, outline] = await Promise.all([
          this.ask(`/api/plan/rows?kind=${this.setup.kind}&${place}`), this.ask(`/api/plan/outline?${place}`),
        ]);
        this.start(rows.rows, outline);
      } catch (error) {
        const again = button("Try again", () => this.load());
        this.replaceChildren(make("p", { class: "note bad", role: "alert" }, `The rows could not be read: ${error.message}. `, again));
      }
    }

    async ask(path, options) {
      let answer;
      try {
        answer = await apiFetch(path, options);
      } catch (error) {
        if (error instanceof SignedOutError || error.name === "AbortError") throw error;
        throw new Error("the service does not answer", { cause: error });
      }
      const said = await answer.json().catch(() => ({}));
      if (!answer.ok) {
        const { message = `HTTP ${answer.status}`, hint = "" } = said.error ?? {};
        throw new Error(hint ? `${message} (${hint})` : message);
      }
      return said;
    }

    start(found, outline) {
      this.outline = outline;
      this.model = new TableModel(this.setup.kind, this.setup.columns, found, outline);
      this.label = document.querySelector("h1").textContent;
      this.choices = new Choices(outline);
      this.shown = new ShownColumns(this);
      this.filter = new RowFilter(this);
      this.cells = new Cells(this);
      this.grid = new Grid(this);
      this.editor = new CellEditor(this);
      this.steps = new Steps(this);
      this.bulk = new Bulk(this);
      this.checks = new Checks(this);
      this.unsaved = new Unsaved(this);
      this.clipboard = new Clipboard(this);
      this.keys = new Keys(this);
      this.build();
      this.unsaved.restore();
      this.choose();
      this.after();
    }

    build() {
      const { unsaved } = this;
      this.live = make("p", { class: "sr", role: "status", "aria-live": "polite" });
      const tools = make("div", { class: "table-tools" },
        ...this.steps.buttons, button("New row", () => this.goToEmpty()), this.shown.element, this.keys.help);
      const end = make("div", { class: "table-end" },
        this.cells.info, unsaved.count, make("div", { class: "actions" }, unsaved.discard, unsaved.review));
      this.replaceChildren(
        unsaved.notes, this.filter.element, tools, this.bulk.element, this.grid.element, this.checks.element, end,
        this.choices.element, this.live,
      );
    }

    // -- what the grid asks and tells -----------------------------------------------------

    get columns() {
      return this.shown.list;
    }

    lookOfRow(row) {
      return this.cells.lookOfRow(row);
    }

    look(row, column) {
      return this.cells.look(row, column);
    }

    isTicked(row) {
      return this.bulk.ticked.has(row);
    }

    onMove() {
      this.cells.tell();
    }

    onTick(number, on, extend) {
      this.bulk.tick(number, on, extend);
    }

    onTickAll(on) {
      this.bulk.tickAll(on);
    }

    onEdit() {
      this.editor.edit();
    }

    // -- what the parts ask for -----------------------------------------------------------

    say(text) {
      this.live.textContent = "";
      // The same words twice are said twice only when they come anew.
      requestAnimationFrame(() => { this.live.textContent = text; });
    }

    /** Show the rows that the filter leaves. */
    choose() {
      this.rows = [...this.filter.choose(), this.empty];
      this.grid.reset();
      this.bulk.paint();
    }

    /** Show what a step changed; `structure` says that rows came or went. */
    after(structure = false) {
      if (structure) this.choose();
      this.grid.paintAll();
      this.bulk.paint();
      this.unsaved.paint();
      this.cells.tell();
      this.steps.paint();
      this.unsaved.keepSoon();
      this.checks.lookSoon();
    }

    /** Show what the planner found. */
    checked() {
      this.grid.paintAll();
      this.unsaved.paint();
      this.cells.tell();
    }

    goTo(row, name = "id") {
      if (!this.rows.includes(row)) this.filter.clear();
      const index = this.columns.findIndex((column) => column.name === name);
      this.grid.go(this.rows.indexOf(row), Math.max(1, index + 1));
    }

    goToEmpty() {
      this.grid.go(this.rows.length - 1, 1);
      this.editor.edit();
    }
  }

  customElements.define("plan-table", PlanTable);
})();
