// The changes in the table editor that are not saved: their count, their draft, their end, and
// the way to the review.
(() => {
  "use strict";
  const { button, make, plural } = window.agentedElements;
  const { Drafts } = window.agentedDrafts;
  const DRAFT_AFTER_MS = 400;
  const LONGEST_EDIT = 900_000;

  class Unsaved {
    /** `table` gives `setup`, `model`, `rows`, `editor` and `checks`; `after`, `goTo` and `say` follow. */
    constructor(table) {
      this.table = table;
      this.form = document.querySelector(".table-form");
      this.drafts = new Drafts(`table/${table.setup.kind}`, table.setup.proposal);
      this.notes = make("div", { class: "table-notes" });
      this.count = make("p", { class: "table-count" });
      this.review = button("Review changes", () => this.send(), "button button-main");
      this.review.title = "Ctrl+Enter";
      this.discard = button("Discard all", () => this.throwAway(), "button");
      this.drafts.guard(() => {
        this.keep();
        return table.model.countCells() > 0;
      });
    }

    paint() {
      const { model, rows, checks } = this.table;
      const changed = model.changedRows();
      const cells = model.countCells();
      const mistakes = model.mistakes();
      const hidden = changed.filter((row) => !rows.includes(row)).length;
      const parts = cells === 0 ? ["Nothing is changed yet."] : [
        `${plural(cells, "change")} in ${plural(changed.length, "row")}`,
        mistakes.length ? `${plural(mistakes.length, "cell")} that cannot be saved` : "",
        hidden ? `${plural(hidden, "changed row")} not shown` : "",
        checks.state,
      ];
      this.count.textContent = parts.filter(Boolean).join(" · ");
      this.review.disabled = cells === 0;
      this.discard.disabled = cells === 0;
    }

    // -- the draft ------------------------------------------------------------------------

    keepSoon() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.keep(), DRAFT_AFTER_MS);
    }

    keep() {
      clearTimeout(this.timer);
      const { model } = this.table;
      if (model.countCells() === 0) this.drafts.drop();
      else if (!this.drafts.keep("", model.draft())) {
        this.note("This browser keeps no draft: do not leave this page before you have saved.");
      }
    }

    restore() {
      const kept = this.drafts.newest();
      if (kept === null) return;
      const { count, lost } = this.table.model.restore(kept);
      if (lost.length) this.note(`The draft changed rows that are gone now: ${lost.slice(0, 10).join(", ")}.`);
      if (count === 0) {
        this.drafts.drop();
        return;
      }
      const at = new Date(kept.at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
      this.note(`Your changes of ${at} are here again; they are not saved yet.`);
    }

    note(words) {
      if ([...this.notes.children].some((each) => each.textContent.startsWith(words))) return;
      const line = make("p", { class: "note", role: "status" }, words, " ");
      line.append(button("Close", () => line.remove(), "link-button"));
      this.notes.append(line);
    }

    throwAway() {
      const { model } = this.table;
      const wanted = [];
      const gone = [];
      for (const row of model.changedRows()) {
        if (row.isNew || row.gone) gone.push({ row, references: "" });
        if (!row.isNew) wanted.push(...Object.keys(row.now).map((name) => ({ row, name, text: row.base[name] })));
      }
      const count = model.change("discard all changes", wanted, { gone });
      this.notes.replaceChildren();
      this.table.after(true);
      this.table.say(`${plural(count, "change")} discarded; undo brings them back`);
    }

    // -- the way to review ----------------------------------------------------------------

    send() {
      const { setup, model, editor } = this.table;
      editor.keep();
      const [mistake] = model.mistakes();
      if (mistake !== undefined) {
        this.table.goTo(mistake.row, mistake.name);
        this.table.say(`This cannot be saved yet: ${mistake.reason}`);
        return;
      }
      const { edit } = model.edit();
      if (edit.edits.length === 0) {
        this.table.say("Nothing is changed yet.");
        return;
      }
      const operation = JSON.stringify(edit);
      if (edit.edits.length > setup.most || operation.length > LONGEST_EDIT) {
        this.note(`That is more than one save can hold (${setup.most.toLocaleString("en")} rows): undo a part and save it later.`);
        return;
      }
      this.keep();
      this.drafts.send();
      this.form.elements.operation.value = operation;
      this.form.elements.back.value = location.pathname + location.search;
      this.form.submit();
    }
  }

  Object.assign(window.agentedTable, { Unsaved });
})();
