// What the cells of the table editor may hold: each column reads what people write into it, and
// says why it cannot be saved.
window.agentedTable = (() => {
  "use strict";
  const DAY = /^\d{4}-\d{2}-\d{2}$/;

  const fold = (text) => text.normalize("NFC").toLowerCase();
  const words = (text) => [...new Set(text.split(/[,\n]/).map((each) => each.trim()).filter(Boolean))];

  const isDay = (text) => {
    const day = new Date(`${text}T00:00:00Z`);
    return DAY.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
  };

  /** The text of a value of the API. */
  const textOf = (value) => (Array.isArray(value) ? value.join(", ") : value ?? "");

  /** What references may name: ids, aliases, numbers of phases and titles, of each kind. */
  class References {
    constructor(entries) {
      this.known = new Map();
      for (const kind of ["milestone", "phase"]) {
        const mine = entries.filter((entry) => entry.kind === kind);
        const table = new Map();
        // The earlier ones are meant first.
        for (const part of [(each) => [each.id], (each) => each.aliases, (each) => [each.number], (each) => [each.title]]) {
          for (const entry of mine) {
            for (const name of part(entry)) {
              if (name && !table.has(fold(name))) table.set(fold(name), entry.id);
            }
          }
        }
        this.known.set(kind, table);
      }
    }

    find(kind, text) {
      return this.known.get(kind)?.get(fold(text));
    }
  }

  class Columns {
    /** `columns` as the page describes them, `entries` those of the outline. */
    constructor(columns, entries) {
      this.all = columns;
      this.named = new Map(columns.map((column) => [column.name, column]));
      this.references = new References(entries);
    }

    has(name) {
      return this.named.has(name);
    }

    get(name) {
      return this.named.get(name);
    }

    /** A text as the column keeps it; one that the column does not know stays as it is. */
    normal(name, text) {
      const column = this.get(name);
      const flat = text.replaceAll(/\r\n?/g, "\n");
      if (column.type === "text") return flat.replace(/\n+$/, "");
      const line = flat.replaceAll(/\s*\n\s*/g, column.type === "words" ? ", " : " ").trim();
      if (column.type === "words") return words(line).join(", ");
      if (column.type === "choice") {
        const wanted = fold(line).replaceAll(/[\s_]+/g, "-");
        return column.options.find((option) => option === wanted) ?? line;
      }
      if (column.type === "ref") {
        const parts = column.many ? words(line) : [line];
        return parts.map((each) => this.references.find(column.refers, each) ?? each).join(", ");
      }
      return line;
    }

    /** Why a text cannot be saved; empty when it can.  An id has reasons of its own. */
    reason(name, text) {
      const column = this.get(name);
      if (text === "") return "";
      if (column.type === "choice" && !column.options.includes(text)) {
        return `“${text}” is none of ${column.options.join(", ")}`;
      }
      if (column.type === "date" && !isDay(text)) return `“${text}” is no day such as 2026-05-31`;
      if (column.type === "ref") {
        const lost = (column.many ? words(text) : [text]).find((each) => !this.references.find(column.refers, each));
        if (lost !== undefined) return `there is no ${column.refers} “${lost}”`;
      }
      return "";
    }

    /** The text as a value of an edit. */
    value(name, text) {
      const column = this.get(name);
      if (column.type === "words" || column.many) return words(text);
      return text === "" ? null : text;
    }
  }

  return { Columns, fold, textOf };
})();
