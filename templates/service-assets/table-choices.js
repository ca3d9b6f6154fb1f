// What the table editor offers to choose from: items and words of the plan, options of columns.
(() => {
  "use strict";
  const { make, option } = window.agentedElements;
  const SUGGESTED = ["owner", "tags", "verification"];

  /** The option that leaves a column to what it is as usual, or to none. */
  const emptyOption = (column) => option("", column.fallback ? `${column.fallback} (as usual)` : "none");

  const optionsOf = (column) => column.options.map((each) => option(each, each.replaceAll("-", " ")));

  class Choices {
    constructor(outline) {
      this.outline = outline;
      const list = (id, items) => make("datalist", { id }, ...items.map(([value, text]) => option(value, text)));
      const words = (name, found) => list(`list-${name}`, found.map((each) => [each]));
      /** What the fields name as their `list`. */
      this.element = make("div", { hidden: true },
        list("list-phase", this.items("phase")), list("list-milestone", this.items("milestone")),
        words("owner", outline.owners), words("tags", outline.tags), words("verification", outline.levels));
    }

    /** Id and title of each item of a kind. */
    items(kind) {
      const mine = this.outline.entries.filter((entry) => entry.kind === kind);
      return mine.map((entry) => [entry.id, `${entry.number ? `${entry.number} ` : ""}${entry.title || entry.id}`]);
    }

    /** The id of the list that suggests what a column may hold; null when there is none. */
    listOf(column) {
      if (column.type === "ref") return `list-${column.refers}`;
      return SUGGESTED.includes(column.name) ? `list-${column.name}` : null;
    }
  }

  Object.assign(window.agentedTable, { Choices, emptyOption, optionsOf });
})();
