// The rows of the table editor: what they were, what they are now, every step back and forth.
//
// Cells hold text. Only cells that differ from the plan are sent, each row with the blob that it
// was read at, so that what others changed meanwhile is merged.
(() => {
  "use strict";
  const GONE = "$gone"; // The place of a row's end in steps: what happens to references to it.
  const THERE = "$there"; // Whether a new row is there.
  const ID = /^[\p{L}\p{N}](?:[\p{L}\p{N}._-]*[\p{L}\p{N}])?$/u;
  const { Columns, fold, textOf } = window.agentedTable;

  class TableModel {
    /** `columns` as the page describes them, `found` the rows of the API, `outline` its outline. */
    constructor(kind, columns, found, outline) {
      this.kind = kind;
      this.columns = new Columns(columns, outline.entries);
      this.ids = new Map(outline.entries.map((entry) => [fold(entry.id), entry.id]));
      const place = new Map(outline.entries.map((entry, number) => [entry.id, number]));
      const ordered = [...found].sort((one, other) => (place.get(one.id) ?? 0) - (place.get(other.id) ?? 0));
      this.rows = ordered.map((row) => this.rowOf(row));
      this.byId = new Map(this.rows.map((row) => [row.id, row]));
      this.steps = [];
      this.undone = [];
      this.touched = new Set();
      this.fresh = 0;
    }

    rowOf({ id, blob, values }) {
      const base = { id };
      for (const { name } of this.columns.all) if (name !== "id") base[name] = textOf(values[name]);
      return { key: id, id, blob, base, now: {}, isNew: false, there: true, gone: "", problems: [] };
    }

    newRow() {
      this.fresh += 1;
      const base = Object.fromEntries(this.columns.all.map(({ name }) => [name, ""]));
      return {
        key: `$new-${this.fresh}`, id: "", blob: "", base, now: {},
        isNew: true, there: false, gone: "", problems: [],
      };
    }

    // -- reading --------------------------------------------------------------------------

    text(row, name) {
      return row.now[name] ?? row.base[name];
    }

    isChanged(row, name) {
      return Object.hasOwn(row.now, name);
    }

    /** What a row is called: its id, or that it is new. */
    nameOf(row) {
      return this.text(row, "id") || "new row";
    }

    changedRows() {
      return [...this.touched].filter((row) => row.there && (row.gone || Object.keys(row.now).length));
    }

    countCells() {
      return this.changedRows().reduce((sum, row) => sum + (row.gone ? 1 : Object.keys(row.now).length), 0);
    }

    // -- mistakes -------------------------------------------------------------------------

    /** Why a cell cannot be saved; empty when it can. */
    reason(row, name) {
      if (row.gone || !this.isChanged(row, name)) return "";
      const text = this.text(row, name);
      return name === "id" ? this.reasonOfId(row, text) : this.columns.reason(name, text);
    }

    reasonOfId(row, text) {
      if (text === "") return row.isNew ? "" : "an item needs an id; to delete it, remove the row";
      if (!ID.test(text)) return `“${text}” cannot be an id: use letters, digits, and between them . - _`;
      const key = fold(text);
      const holder = this.ids.get(key);
      if (holder !== undefined && holder !== row.id) return `the id ${holder} is taken`;
      for (const other of this.touched) {
        if (other !== row && other.there && this.isChanged(other, "id") && fold(this.text(other, "id")) === key) {
          return `another row gets the id ${text} too`;
        }
      }
      return "";
    }

    /** All cells that cannot be saved: [{row, name, reason}]. */
    mistakes() {
      const found = [];
      for (const row of this.changedRows()) {
        for (const name of Object.keys(row.now)) {
          const reason = this.reason(row, name);
          if (reason) found.push({ row, name, reason });
        }
      }
      return found;
    }

    // -- steps ----------------------------------------------------------------------------

    /**
     * Change cells as one step: `wanted` are {row, name, text}, `added` new rows, `gone` rows that
     * go away with the choice of what happens to references. Returns how many things changed.
     */
    change(label, wanted, { added = [], gone = [] } = {}) {
      const step = { label, parts: [] };
      for (const row of added) step.parts.push({ row, name: THERE, from: false, to: true });
      for (const { row, name, text } of wanted) {
        const to = this.columns.normal(name, text);
        const from = this.text(row, name);
        if (to !== from) step.parts.push({ row, name, from, to });
      }
      for (const { row, references } of gone) {
        if (row.isNew) step.parts.push({ row, name: THERE, from: true, to: false });
        else if (row.gone !== references) step.parts.push({ row, name: GONE, from: row.gone, to: references });
      }
      if (step.parts.length === 0) return 0;
      for (const part of step.parts) this.put(part.row, part.name, part.to);
      this.steps.push(step);
      this.undone = [];
      return step.parts.length;
    }

    put(row, name, value) {
      this.touched.add(row);
      if (name === THERE) {
        row.there = value;
        if (!this.rows.includes(row)) this.rows.push(row);
      } else if (name === GONE) {
        row.gone = value;
      } else if (value === row.base[name]) {
        delete row.now[name];
      } else {
        row.now[name] = value;
      }
    }

    undo() {
      const step = this.steps.pop();
      if (step === undefined) return null;
      for (const part of step.parts.toReversed()) this.put(part.row, part.name, part.from);
      this.undone.push(step);
      return step;
    }

    redo() {
      const step = this.undone.pop();
      if (step === undefined) return null;
      for (const part of step.parts) this.put(part.row, part.name, part.to);
      this.steps.push(step);
      return step;
    }

    // -- what is sent ---------------------------------------------------------------------

    /**
     * The edit of all changes (but of the rows in `without`), and the new rows in their order.
     * Deletions come last, so that the other parts are one look at the plan.
     */
    edit(without = new Set()) {
      const rows = this.changedRows().filter((row) => !without.has(row));
      const kept = rows.filter((row) => !row.gone && !row.isNew);
      const made = this.rows.filter((row) => row.isNew && row.there && !without.has(row) && Object.keys(row.now).length);
      const gone = rows.filter((row) => row.gone);
      const edits = [
        ...kept.flatMap((row) => this.editsOf(row)),
        ...made.map((row) => this.creation(row)),
        ...gone.map((row) => ({
          op: "delete", kind: this.kind, id: row.id, references: row.gone, blob: row.blob,
        })),
      ];
      return { edit: { op: "together", edits, subject: this.subject(kept, made, gone) }, made };
    }

    editsOf(row) {
      const changes = {};
      for (const [name, text] of Object.entries(row.now)) {
        if (name !== "id") changes[name] = this.columns.value(name, text);
      }
      const edits = [];
      const named = { kind: this.kind, id: row.id };
      if (Object.keys(changes).length) edits.push({ op: "set", ...named, changes, blob: row.blob });
      if (this.isChanged(row, "id")) edits.push({ op: "rename", ...named, new_id: row.now.id });
      return edits;
    }

    creation(row) {
      const fields = {};
      for (const [name, text] of Object.entries(row.now)) {
        if (name !== "id" && text !== "") fields[name] = this.columns.value(name, text);
      }
      return { op: "create", kind: this.kind, fields, id: row.now.id ?? "" };
    }

    subject(kept, made, gone) {
      const parts = [["Change", kept], ["Add", made], ["Delete", gone]].filter(([, rows]) => rows.length);
      const said = parts.map(([verb, rows], number) => {
        const count = number === 0 ? `${rows.length} ${this.kind}${rows.length === 1 ? "" : "s"}` : rows.length;
        return `${number === 0 ? verb : verb.toLowerCase()} ${count}`;
      });
      return said.join(", ");
    }

    // -- drafts ---------------------------------------------------------------------------

    /** All changes as plain data. */
    draft() {
      const rows = this.changedRows();
      return {
        rows: rows.filter((row) => !row.isNew).map(({ id, blob, now, gone }) => ({ id, blob, now, gone })),
        made: this.rows.filter((row) => row.isNew && row.there).map(({ now }) => now),
      };
    }

    /**
     * Take changes of before up again, as one step. What the plan has meanwhile is no change any
     * more. Returns {count, lost}: how many changes came back, and the ids of rows that are gone.
     */
    restore({ rows = [], made = [] }) {
      const wanted = [];
      const gone = [];
      const lost = [];
      for (const each of rows) {
        const row = this.byId.get(each.id);
        if (row === undefined) {
          if (!each.gone && !Object.hasOwn(each.now, "id")) lost.push(each.id);
          continue;
        }
        const cells = Object.entries(each.now).filter(([name]) => this.columns.has(name));
        if (each.gone) gone.push({ row, references: each.gone });
        const differing = cells.filter(([name, text]) => text !== row.base[name]);
        wanted.push(...differing.map(([name, text]) => ({ row, name, text })));
        // They were typed upon that text.
        if (differing.length || each.gone) row.blob = each.blob;
      }
      const added = [];
      for (const now of made) {
        const cells = Object.entries(now).filter(([name]) => this.columns.has(name));
        if (cells.length === 0 || this.holds(cells)) continue;
        const row = this.newRow();
        added.push(row);
        wanted.push(...cells.map(([name, text]) => ({ row, name, text })));
      }
      return { count: this.change("restore the draft", wanted, { added, gone }), lost };
    }

    /** Whether an item of the plan has all these values: then a new row was saved. */
    holds(cells) {
      return this.rows.some((row) => !row.isNew && cells.every(([name, text]) => row.base[name] === text));
    }
  }

  Object.assign(window.agentedTable, { TableModel });
})();
