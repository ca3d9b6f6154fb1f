// Which rows the table editor shows: those with a text, of a phase, a milestone, a status.
(() => {
  "use strict";
  const { make, option, plural } = window.agentedElements;
  const { fold } = window.agentedTable;

  class RowFilter {
    /** `table` gives `setup`, `model`, `outline` and `choices`; its `choose` follows a change. */
    constructor(table) {
      this.table = table;
      const { phase, milestone, status } = table.setup;
      this.wanted = { text: "", phase, milestone, status };
      this.entries = new Map(table.outline.entries.map((entry) => [entry.id, entry]));
      this.count = make("span", { class: "count" });
      this.element = this.build();
    }

    build() {
      const { setup, choices } = this.table;
      const form = make("form", { class: "filters", role: "search", "aria-label": "Shown rows" });
      form.addEventListener("submit", (event) => event.preventDefault());
      const find = make("input", { type: "search", placeholder: "Find in the rows", "aria-label": "Find in the rows" });
      find.addEventListener("input", () => {
        this.wanted.text = find.value;
        this.table.choose();
      });
      form.append(find);
      const status = setup.columns.find((column) => column.name === "status");
      if (setup.kind === "requirement") form.append(this.chooser("phase", "Phase", choices.items("phase")));
      if (setup.kind !== "milestone") form.append(this.chooser("milestone", "Milestone", choices.items("milestone")));
      form.append(this.chooser("status", "Status", status.options.map((each) => [each, each])), this.count);
      return form;
    }

    chooser(name, label, items) {
      const select = make("select", {}, option("", "all"), ...items.map(([value, text]) => option(value, text.slice(0, 60), value === this.wanted[name])));
      select.addEventListener("change", () => {
        this.wanted[name] = select.value;
        const address = new URL(location.href);
        if (select.value) address.searchParams.set(name, select.value);
        else address.searchParams.delete(name);
        history.replaceState(null, "", address);
        this.table.choose();
      });
      return make("label", {}, `${label} `, select);
    }

    /** The rows to show.  New ones are always there. */
    choose() {
      const needle = fold(this.wanted.text.trim());
      const there = this.table.model.rows.filter((row) => row.there);
      const shown = there.filter((row) => row.isNew || this.fits(row, needle));
      this.count.textContent = shown.length === there.length
        ? plural(shown.length, "row")
        : `${shown.length.toLocaleString("en")} of ${plural(there.length, "row")}`;
      return shown;
    }

    /** Whether a row is shown: by what it was, so that it does not vanish while it is edited. */
    fits(row, needle) {
      const { status, phase, milestone } = this.wanted;
      if (status && row.base.status !== status) return false;
      const entry = this.entries.get(row.id);
      if (phase && !entry?.phases.includes(phase)) return false;
      if (milestone && !this.milestonesOf(entry).includes(milestone)) return false;
      const { setup, model } = this.table;
      return !needle || setup.columns.some(({ name }) => fold(model.text(row, name)).includes(needle));
    }

    milestonesOf(entry) {
      if (entry === undefined) return [];
      return [entry.milestone, ...entry.phases.map((phase) => this.entries.get(phase)?.milestone)];
    }

    /** Show all rows. */
    clear() {
      this.wanted = { text: "", phase: "", milestone: "", status: "" };
      for (const field of this.element.querySelectorAll("input, select")) field.value = "";
      this.table.choose();
    }
  }

  Object.assign(window.agentedTable, { RowFilter });
})();
