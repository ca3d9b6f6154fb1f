// What the planner says of the changes in the table editor while they are made.
(() => {
  "use strict";
  const { button, make, plural } = window.agentedElements;
  const LOOK_AFTER_MS = 600;
  const MOST_LISTED = 40;

  class Checks {
    /** `table` gives `setup`, `model`, `grid` and `columns`; `ask` asks, `checked` and `goTo` follow. */
    constructor(table) {
      this.table = table;
      /** What came of it, in words; empty while it is not known. */
      this.state = "";
      this.element = make("details", { class: "table-problems", hidden: true }, make("summary"), make("ul", { class: "plain" }));
    }

    lookSoon() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(), LOOK_AFTER_MS);
    }

    async look() {
      const { setup, model } = this.table;
      this.looking?.abort();
      const mine = (this.looking = new AbortController());
      // The planner refuses all of it for one cell that it cannot take.
      const { edit, made } = model.edit(new Set(model.mistakes().map(({ row }) => row)));
      let seen = null;
      this.state = "";
      if (edit.edits.length > 0 && edit.edits.length <= setup.most) {
        try {
          const body = JSON.stringify({ edit, proposal: setup.proposal });
          seen = await this.table.ask("/api/plan/preview", {
            method: "POST", body, headers: { "Content-Type": "application/json" }, signal: mine.signal,
          });
        } catch (error) {
          if (error.name === "AbortError") return;
          this.state = `cannot be saved like this: ${error.message}`;
        }
      }
      if (mine.signal.aborted) return;
      this.take(seen, made);
    }

    take(seen, made) {
      const byItem = this.rowsByItem(seen, made);
      const isNew = new Set((seen?.new_problems ?? []).map((each) => `${each.item} ${each.rule} ${each.message}`));
      for (const problem of seen?.item_problems ?? []) {
        const row = byItem.get(problem.item);
        if (row === undefined || problem.waived || (problem.severity === "hint" && !isNew.has(`${problem.item} ${problem.rule} ${problem.message}`))) continue;
        row.problems.push({ ...problem, column: this.columnOf(problem) });
      }
      this.show(seen?.new_problems.filter((each) => !each.waived) ?? [], byItem, seen);
      this.table.checked();
    }

    /** The changed rows by their ids, those that new ones would get among them; without problems. */
    rowsByItem(seen, made) {
      const { model } = this.table;
      const byItem = new Map();
      for (const row of model.touched) {
        row.problems = [];
        row.minted = "";
        if (row.there) byItem.set(model.text(row, "id") || row.id, row);
      }
      made.forEach((row, number) => {
        row.minted = model.text(row, "id") ? "" : seen?.made[number] ?? "";
        if (row.minted) byItem.set(row.minted, row);
      });
      return byItem;
    }

    /** The name of the column at which a problem is shown. */
    columnOf({ rule, message }) {
      const { setup, columns } = this.table;
      const known = setup.rules[rule];
      if (known && columns.some(({ name }) => name === known)) return known;
      const named = columns.find(({ name }) => message.startsWith(`${name}:`) || message.includes(`“${name}”`) || message.includes(`\`${name}\``));
      return named?.name ?? "id";
    }

    show(found, byItem, seen) {
      const [summary, list] = this.element.children;
      const clashes = seen?.clashes ?? [];
      const merged = seen?.merged.length ?? 0;
      this.element.hidden = found.length === 0 && clashes.length === 0;
      const parts = [
        clashes.length ? `${plural(clashes.length, "row")} that somebody else changed in the same place` : "",
        found.length ? `${plural(found.length, "new problem")} in the plan` : "",
      ].filter(Boolean);
      summary.textContent = parts.join(", ");
      const rows = [
        ...clashes.map((each) => this.entry(each.id, byItem, "was changed meanwhile; you settle it when you save")),
        ...found.slice(0, MOST_LISTED).map((each) => this.entry(each.item, byItem, `${each.severity}: ${each.message}`)),
      ];
      if (found.length > MOST_LISTED) rows.push(make("li", {}, `and ${found.length - MOST_LISTED} more`));
      list.replaceChildren(...rows);
      if (this.state) return;
      this.state = seen === null ? "" : found.length ? plural(found.length, "new problem") : "no new problem";
      if (merged) this.state += ` · merged with what others changed`;
    }

    /** A line that leads to its row, where the table has it. */
    entry(id, byItem, words) {
      const row = byItem.get(id);
      if (row === undefined) return make("li", {}, `${id}: ${words}`);
      const name = this.table.model.text(row, "id") || row.minted || "new row";
      return make("li", {}, button(name, () => this.table.goTo(row), "link-button"), ` ${words}`);
    }
  }

  Object.assign(window.agentedTable, { Checks });
})();
