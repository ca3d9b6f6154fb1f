// The table editor: keys, clipboard, bulk changes, live checks, the local draft, the way to review.
(() => {
  "use strict";
  const { apiFetch, SignedOutError } = window.agented;
  const { TableModel, Grid, fold, make } = window.agentedTable;
  const { parse, format } = window.agentedTsv;
  const LOOK_AFTER_MS = 600;
  const DRAFT_AFTER_MS = 400;
  const LONGEST_PASTE = 2_000_000;
  const LONGEST_EDIT = 900_000;
  const MOST_LISTED = 40;
  const KEYS = [
    ["Arrows", "move; with Shift they select a range"],
    ["Enter, F2 or typing", "edit the cell; Enter keeps and goes down, Tab keeps and goes on"],
    ["Alt+Enter", "a line break in a text"],
    ["Escape", "leave the cell as it was"],
    ["Delete", "empty the selected cells"],
    ["Ctrl+C, Ctrl+X, Ctrl+V", "copy, cut and paste, also from and to a spreadsheet"],
    ["Ctrl+D", "fill the first selected row down"],
    ["Ctrl+Z, Ctrl+Y", "undo, redo"],
    ["Shift+Space", "select the row; Ctrl+A selects all shown rows"],
    ["Ctrl+Enter", "review all changes"],
  ];
  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  const option = (value, text = value, chosen = false) => {
    const made = make("option", { value }, text);
    made.selected = chosen;
    return made;
  };

  /** Once what is sent is saved, the next page forgets the draft (edit-links.js). */
  const sent = (key) => {
    try {
      sessionStorage.setItem("agented-sent", key);
    } catch {
      // Then what the plan has already is taken out of the draft.
    }
  };

  class PlanTable extends HTMLElement {
    connectedCallback() {
      this.setup = JSON.parse(this.dataset.setup);
      this.kind = this.setup.kind;
      this.draftKey = `agented-draft:table:${this.kind}:${this.setup.proposal}`;
      this.columnsKey = `agented-columns:${this.kind}`;
      this.ticked = new Set();
      this.rows = [];
      this.empty = { key: "$empty" };
      this.form = document.querySelector(".table-form");
      this.replaceChildren(make("p", { class: "quiet", role: "status" }, "The rows are read …"));
      this.load();
    }

    // -- loading --------------------------------------------------------------------------

    async load() {
      const place = `proposal=${encodeURIComponent(this.setup.proposal)}`;
      try {
        const [rows, outline] = await Promise.all([
          this.ask(`/api/plan/rows?kind=${this.kind}&${place}`), this.ask(`/api/plan/outline?${place}`),
        ]);
        this.start(rows.rows, outline);
      } catch (error) {
        const again = make("button", { type: "button", class: "button button-small" }, "Try again");
        again.addEventListener("click", () => this.load());
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
      this.model = new TableModel(this.kind, this.setup.columns, found, outline);
      this.entries = new Map(outline.entries.map((entry) => [entry.id, entry]));
      this.filter = { text: "", phase: this.setup.phase, milestone: this.setup.milestone, status: this.setup.status };
      this.columns = this.chosenColumns();
      this.label = document.querySelector("h1").textContent;
      this.grid = new Grid(this);
      this.build();
      this.restoreDraft();
      this.choose();
      this.grid.element.addEventListener("keydown", (event) => this.onKey(event));
      for (const name of ["copy", "cut", "paste"]) {
        this.grid.element.addEventListener(name, (event) => this.onClipboard(event));
      }
      addEventListener("keydown", (event) => this.onPageKey(event));
      addEventListener("beforeunload", (event) => {
        this.keepDraft();
        if (!this.leaving && this.model.countCells() > 0) event.preventDefault();
      });
      addEventListener("pageshow", () => { this.leaving = false; });
      this.after();
    }

    chosenColumns() {
      let names = null;
      try {
        names = JSON.parse(localStorage.getItem(this.columnsKey));
      } catch {
        // No memory, or none that can be read: the usual columns.
      }
      const chosen = Array.isArray(names) ? new Set(names) : null;
      return this.setup.columns.filter((column) => column.name === "id" || (chosen ? chosen.has(column.name) : column.shown));
    }

    // -- the page -------------------------------------------------------------------------

    build() {
      this.live = make("p", { class: "sr", role: "status", "aria-live": "polite" });
      this.notes = make("div", { class: "table-notes" });
      this.info = make("div", { class: "table-info", id: "table-info" });
      this.count = make("p", { class: "table-count" });
      this.problems = make("details", { class: "table-problems", hidden: true }, make("summary"), make("ul", { class: "plain" }));
      this.bulk = make("div", { class: "table-bulk", role: "group", "aria-label": "Change the selected rows", hidden: true });
      this.review = this.button("Review changes", () => this.send(), "button button-main");
      this.review.title = "Ctrl+Enter";
      this.discard = this.button("Discard all", () => this.throwAway(), "button");
      this.lists = make("div", { hidden: true });
      this.replaceChildren(
        this.notes, this.filters(), this.tools(), this.bulk, this.grid.element, this.problems,
        make("div", { class: "table-end" }, this.info, this.count, make("div", { class: "actions" }, this.discard, this.review)),
        this.lists, this.live,
      );
      this.buildLists();
      this.buildBulk();
    }

    button(label, act, className = "button button-small") {
      const made = make("button", { type: "button", class: className }, label);
      made.addEventListener("click", act);
      return made;
    }

    filters() {
      const form = make("form", { class: "filters", role: "search", "aria-label": "Shown rows" });
      form.addEventListener("submit", (event) => event.preventDefault());
      const find = make("input", { type: "search", placeholder: "Find in the rows", "aria-label": "Find in the rows" });
      find.addEventListener("input", () => {
        this.filter.text = find.value;
        this.choose();
      });
      form.append(find);
      const status = this.setup.columns.find((column) => column.name === "status");
      if (this.kind === "requirement") form.append(this.chooser("phase", "Phase", this.items("phase")));
      if (this.kind !== "milestone") form.append(this.chooser("milestone", "Milestone", this.items("milestone")));
      form.append(this.chooser("status", "Status", status.options.map((each) => [each, each])));
      this.shown = make("span", { class: "count" });
      form.append(this.shown);
      return form;
    }

    items(kind) {
      const mine = this.outline.entries.filter((entry) => entry.kind === kind);
      return mine.map((entry) => [entry.id, `${entry.number ? `${entry.number} ` : ""}${entry.title || entry.id}`]);
    }

    chooser(name, label, items) {
      const select = make("select", {}, option("", "all"), ...items.map(([value, text]) => option(value, text.slice(0, 60), value === this.filter[name])));
      select.addEventListener("change", () => {
        this.filter[name] = select.value;
        const address = new URL(location.href);
        if (select.value) address.searchParams.set(name, select.value);
        else address.searchParams.delete(name);
        history.replaceState(null, "", address);
        this.choose();
      });
      return make("label", {}, `${label} `, select);
    }

    tools() {
      this.undoButton = this.button("Undo", () => this.undo());
      this.redoButton = this.button("Redo", () => this.redo());
      const columns = make("details", { class: "menu" }, make("summary", { class: "button button-small" }, "Columns"));
      const boxes = this.setup.columns.filter((column) => column.name !== "id").map((column) => {
        const box = make("input", { type: "checkbox" });
        box.checked = this.columns.includes(column);
        box.addEventListener("change", () => this.onColumn(column, box.checked));
        return make("label", {}, box, ` ${column.label}`);
      });
      columns.append(make("fieldset", { class: "menu-list" }, make("legend", { class: "sr" }, "Shown columns"), ...boxes));
      const keys = make("details", { class: "menu" }, make("summary", { class: "button button-small" }, "Keys"));
      keys.append(make("dl", { class: "menu-list menu-keys" }, ...KEYS.flatMap(([key, what]) => [make("dt", {}, key), make("dd", {}, what)])));
      for (const menu of [columns, keys]) {
        menu.addEventListener("keydown", (event) => {
          if (event.key !== "Escape" || !menu.open) return;
          menu.open = false;
          menu.querySelector("summary").focus();
        });
        document.addEventListener("pointerdown", (event) => {
          if (!menu.contains(event.target)) menu.open = false;
        });
      }
      return make("div", { class: "table-tools" },
        this.undoButton, this.redoButton, this.button("Fill down", () => this.fillDown()),
        this.button("New row", () => this.goToEmpty()), columns, keys);
    }

    onColumn(column, on) {
      const names = new Set(this.columns.map(({ name }) => name));
      if (on) names.add(column.name);
      else names.delete(column.name);
      this.columns = this.setup.columns.filter(({ name }) => name === "id" || names.has(name));
      try {
        localStorage.setItem(this.columnsKey, JSON.stringify(this.columns.map(({ name }) => name)));
      } catch {
        // Then they are as usual the next time.
      }
      this.grid.reset();
    }

    /** What the editors of cells suggest. */
    buildLists() {
      const list = (id, items) => make("datalist", { id }, ...items.map(([value, text]) => option(value, text)));
      this.lists.replaceChildren(
        list("list-phase", this.items("phase")), list("list-milestone", this.items("milestone")),
        list("list-owner", this.outline.owners.map((each) => [each])), list("list-tags", this.outline.tags.map((each) => [each])),
        list("list-verification", this.outline.levels.map((each) => [each])),
      );
    }

    listOf(column) {
      if (column.type === "ref") return `list-${column.refers}`;
      return ["owner", "tags", "verification"].includes(column.name) ? `list-${column.name}` : null;
    }

    // -- which rows are shown -------------------------------------------------------------

    choose() {
      const needle = fold(this.filter.text.trim());
      this.rows = this.model.rows.filter((row) => row.there && (row.isNew || this.fits(row, needle)));
      this.rows.push(this.empty);
      const count = this.rows.length - 1;
      const all = this.model.rows.filter((row) => row.there).length;
      this.shown.textContent = count === all ? plural(count, "row") : `${count.toLocaleString("en")} of ${plural(all, "row")}`;
      this.grid.reset();
      this.paintBulk();
    }

    /** Whether a row is shown: by what it was, so that it does not vanish while it is edited. */
    fits(row, needle) {
      const { status, phase, milestone } = this.filter;
      if (status && row.base.status !== status) return false;
      const entry = this.entries.get(row.id);
      if (phase && !entry?.phases.includes(phase)) return false;
      if (milestone && !this.milestonesOf(entry).includes(milestone)) return false;
      return !needle || this.setup.columns.some(({ name }) => fold(this.model.text(row, name)).includes(needle));
    }

    milestonesOf(entry) {
      if (entry === undefined) return [];
      return [entry.milestone, ...entry.phases.map((phase) => this.entries.get(phase)?.milestone)];
    }

    // -- how cells look (asked by the grid) -----------------------------------------------

    lookOfRow(row) {
      if (row === this.empty) return { empty: true, name: "a new row", marks: "is-empty" };
      const marks = [row.isNew && "is-new", row.gone && "is-gone"].filter(Boolean).join(" ");
      return { empty: false, name: this.model.nameOf(row), marks };
    }

    look(row, column) {
      if (row === this.empty) {
        const text = column.name === "id" ? "+ new" : "";
        return { text, title: "", marks: "", said: column.name === "id" ? "write or paste here for new rows" : "", wrong: false };
      }
      const text = this.model.text(row, column.name);
      const told = this.told(row, column);
      const changed = this.model.isChanged(row, column.name);
      const marks = [
        changed && !row.isNew && "is-changed", told.wrong && "is-wrong", !told.wrong && told.problems.length && "is-warned",
        row.isNew && column.name === "id" && !text && "is-minted",
      ];
      let shown = text.replaceAll("\n", " ↵ ");
      if (column.name === "id" && row.isNew && !text) shown = row.minted ? `${row.minted} (new)` : "new";
      const said = told.lines.join("; ");
      return { text: shown, title: told.lines.join("\n"), marks: marks.filter(Boolean).join(" "), said, wrong: Boolean(told.wrong) };
    }

    /** What there is to say of a cell: mistakes, its old value, problems of the plan. */
    told(row, column) {
      const wrong = this.model.reason(row, column.name);
      const problems = row.problems.filter((each) => each.column === column.name);
      const lines = [];
      if (wrong) lines.push(wrong);
      if (row.gone && column.name === "id") lines.push("will be deleted");
      if (this.model.isChanged(row, column.name) && !row.isNew) {
        lines.push(`was: ${row.base[column.name] || "empty"}`);
      }
      lines.push(...problems.map((each) => `${each.severity}: ${each.message}`));
      return { wrong, problems, lines };
    }

    isTicked(row) {
      return this.ticked.has(row);
    }

    // -- what the grid tells --------------------------------------------------------------

    onMove() {
      const row = this.rows[this.grid.active.row];
      const column = this.columns[this.grid.active.column - 1];
      if (row === this.empty || column === undefined) {
        this.info.replaceChildren(row === this.empty ? "Write or paste here for new rows. Without an id they get the next free one." : "");
        return;
      }
      const { lines } = this.told(row, column);
      const text = this.model.text(row, column.name);
      this.info.replaceChildren(
        make("strong", {}, `${this.model.nameOf(row)} · ${column.label}`),
        make("span", { class: "table-info-text" }, text || "empty"),
        ...lines.map((line) => make("span", { class: "table-info-line" }, line)),
      );
    }

    onTick(number, on, extend) {
      const last = this.rows.indexOf(this.lastTick);
      const from = extend && last !== -1 ? Math.min(last, number) : number;
      const to = extend && last !== -1 ? Math.max(last, number) : number;
      for (const row of this.rows.slice(from, to + 1)) {
        if (row === this.empty) continue;
        if (on) this.ticked.add(row);
        else this.ticked.delete(row);
      }
      this.lastTick = this.rows[number];
      this.afterTicks();
    }

    onTickAll(on) {
      for (const row of this.rows) {
        if (row === this.empty) continue;
        if (on) this.ticked.add(row);
        else this.ticked.delete(row);
      }
      this.afterTicks();
      this.say(on ? `${plural(this.ticked.size, "row")} selected` : "no row selected");
    }

    afterTicks() {
      this.grid.paintAll();
      this.paintBulk();
    }

    onEdit() {
      this.edit();
    }

    say(text) {
      this.live.textContent = "";
      // The same words twice are said twice only when they come anew.
      requestAnimationFrame(() => { this.live.textContent = text; });
    }

    // -- editing a cell -------------------------------------------------------------------

    /** Put an editor into the active cell; `typed` is the key that began it. */
    edit(typed = null) {
      const { row: number, column: index } = this.grid.active;
      const column = this.columns[index - 1];
      let row = this.rows[number];
      if (column === undefined || this.editing || row.gone) return;
      const isEmpty = row === this.empty;
      const text = isEmpty ? "" : this.model.text(row, column.name);
      const field = this.fieldFor(column, text, typed);
      field.setAttribute("aria-label", `${column.label} of ${isEmpty ? "a new row" : this.model.nameOf(row)}`);
      const cell = this.grid.drawn.get(number).cells[index];
      this.editing = { field, row, column, isEmpty };
      this.grid.editor = field;
      cell.replaceChildren(field);
      cell.classList.add("is-editing");
      field.focus({ preventScroll: true });
      if (typed === null && field.select && column.type !== "text") field.select();
      else if (field.setSelectionRange && column.type === "text") field.setSelectionRange(field.value.length, field.value.length);
      field.addEventListener("blur", () => this.keep());
      field.addEventListener("keydown", (event) => this.onEditorKey(event));
    }

    fieldFor(column, text, typed) {
      if (column.type === "choice") {
        const known = column.options.includes(text) || text === "";
        const select = make("select", { class: "cell-field" },
          ...(column.fallback && text !== "" ? [] : [option("", column.fallback ? `${column.fallback} (as usual)` : "none")]),
          ...(known ? [] : [option(text)]), ...column.options.map((each) => option(each, each.replaceAll("-", " "))));
        select.value = text;
        const begun = typed && column.options.find((each) => each.startsWith(typed.toLowerCase()));
        if (begun) select.value = begun;
        return select;
      }
      if (column.type === "text") {
        const area = make("textarea", { class: "cell-field cell-field-text", rows: 5 });
        area.value = typed === null ? text : "";
        return area;
      }
      const input = make("input", { class: "cell-field", list: this.listOf(column), autocomplete: "off", spellcheck: column.type === "line" ? "true" : "false" });
      if (column.type === "date") input.placeholder = "YYYY-MM-DD";
      input.value = typed === null ? text : "";
      return input;
    }

    onEditorKey(event) {
      if (event.isComposing) return;
      const { field, column } = this.editing;
      event.stopPropagation();
      if (event.key === "Escape") {
        event.preventDefault();
        this.leave();
        this.grid.focus();
      } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.keep();
        this.send();
      } else if (event.key === "Enter" && column.type === "text" && (event.altKey || event.shiftKey)) {
        event.preventDefault();
        field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end");
      } else if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        this.keep();
        const { row, column: index } = this.grid.active;
        if (event.key === "Enter") this.grid.go(row + 1, index);
        else this.goOn(event.shiftKey ? -1 : 1);
      }
    }

    /** To the next or previous cell, over the end of the row. */
    goOn(by) {
      const { row, column } = this.grid.active;
      const last = this.columns.length;
      if (column + by > last) this.grid.go(row + 1, 1);
      else if (column + by < 1) this.grid.go(row - 1, last);
      else this.grid.go(row, column + by);
    }

    /** Take the editor away without keeping what it holds. */
    leave() {
      const { field } = this.editing;
      this.editing = null;
      this.grid.editor = null;
      field.parentElement?.classList.remove("is-editing");
      field.remove();
      this.grid.paint(this.grid.active.row);
    }

    keep() {
      if (!this.editing) return;
      const { field, row, column, isEmpty } = this.editing;
      const text = field.value;
      this.leave();
      if (isEmpty && text.trim() === "") return;
      const target = isEmpty ? this.model.newRow() : row;
      const wanted = [{ row: target, name: column.name, text }];
      const count = this.model.change(`${column.label} of ${this.model.nameOf(target)}`, wanted, { added: isEmpty ? [target] : [] });
      if (count === 0) return;
      this.after(isEmpty);
      const reason = this.model.reason(target, column.name);
      if (reason) this.say(reason);
    }

    // -- keys -----------------------------------------------------------------------------

    onPageKey(event) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) {
        event.preventDefault();
        this.send();
      }
    }

    onKey(event) {
      if (event.isComposing || this.editing || event.target.closest(".grid-head")) return;
      const { row, column } = this.grid.active;
      const extend = event.shiftKey;
      const command = event.ctrlKey || event.metaKey;
      const last = { row: this.rows.length - 1, column: this.columns.length };
      const moves = {
        ArrowUp: [command ? 0 : row - 1, column], ArrowDown: [command ? last.row : row + 1, column],
        ArrowLeft: [row, command ? 0 : column - 1], ArrowRight: [row, command ? last.column : column + 1],
        Home: [command ? 0 : row, 1], End: [command ? last.row : row, last.column],
        PageUp: [row - this.grid.page(), column], PageDown: [row + this.grid.page(), column],
      };
      if (moves[event.key] && !event.altKey) {
        event.preventDefault();
        this.grid.go(...moves[event.key], { extend });
        return;
      }
      const act = this.actFor(event, command);
      if (act === null) return;
      event.preventDefault();
      act();
    }

    actFor(event, command) {
      const { row, column } = this.grid.active;
      const key = event.key;
      if (command && !event.altKey) {
        const letter = key.toLowerCase();
        if (letter === "z") return event.shiftKey ? () => this.redo() : () => this.undo();
        if (letter === "y") return () => this.redo();
        if (letter === "d") return () => this.fillDown();
        if (letter === "a") return () => this.onTickAll(true);
        return null;
      }
      if (event.altKey) return null;
      if (key === " " && (event.shiftKey || column === 0)) {
        return () => {
          const current = this.rows[row];
          if (current !== this.empty) this.onTick(row, !this.ticked.has(current), false);
        };
      }
      if (column === 0) return null;
      if (key === "Enter" || key === "F2") return () => this.edit();
      if (key === "Delete" || key === "Backspace") return () => this.clear();
      if (key === "Escape") return () => this.grid.go(row, column);
      if (key.length === 1) {
        // The key itself goes into the editor, which has the focus when it arrives there.
        this.edit(key);
      }
      return null;
    }

    // -- many cells -----------------------------------------------------------------------

    /** The rows and columns of the range, without the row for new ones. */
    selected() {
      const { top, bottom, left, right } = this.grid.range();
      const rows = this.rows.slice(top, bottom + 1).filter((row) => row !== this.empty && !row.gone);
      return { rows, columns: this.columns.slice(left - 1, right) };
    }

    clear() {
      const { rows, columns } = this.selected();
      const wanted = rows.flatMap((row) => columns.filter(({ name }) => name !== "id").map(({ name }) => ({ row, name, text: "" })));
      this.done(this.model.change("empty cells", wanted), "emptied");
    }

    fillDown() {
      const { rows: [first, ...others], columns } = this.selected();
      if (first === undefined || others.length === 0) {
        this.say("Select several rows first, with Shift and the arrows.");
        return;
      }
      const wanted = others.flatMap((row) => columns.filter(({ name }) => name !== "id").map(({ name }) => ({
        row, name, text: this.model.text(first, name),
      })));
      this.done(this.model.change("fill down", wanted), "filled");
    }

    done(count, what, structure = false) {
      if (count) this.after(structure);
      this.say(count ? `${plural(count, "cell")} ${what}` : "nothing changed");
    }

    undo() {
      const step = this.model.undo();
      this.afterStep(step, step ? `undone: ${step.label}` : "nothing to undo");
    }

    redo() {
      const step = this.model.redo();
      this.afterStep(step, step ? `redone: ${step.label}` : "nothing to redo");
    }

    afterStep(step, words) {
      if (step !== null) this.after(step.parts.some(({ name }) => name.startsWith("$")));
      this.say(words);
    }

    goToEmpty() {
      this.grid.go(this.rows.length - 1, 1);
      this.edit();
    }

    // -- the clipboard --------------------------------------------------------------------

    onClipboard(event) {
      if (this.editing || event.target.closest(".grid-head")) return;
      event.preventDefault();
      if (event.type === "paste") {
        this.paste(event.clipboardData.getData("text/plain"));
        return;
      }
      const { rows, columns } = this.selected();
      if (rows.length === 0) return;
      const cells = rows.map((row) => columns.map(({ name }) => this.model.text(row, name)));
      event.clipboardData.setData("text/plain", format(cells));
      if (event.type === "cut") this.clear();
      else this.say(`${plural(rows.length * columns.length, "cell")} copied`);
    }

    paste(text) {
      if (text.length > LONGEST_PASTE) {
        this.say("That is too much to paste at once.");
        return;
      }
      const block = parse(text);
      const { top, left, bottom, right } = this.grid.range();
      const single = block.length === 1 && block[0].length === 1;
      if (single && (top !== bottom || left !== right)) {
        const { rows, columns } = this.selected();
        const wanted = rows.flatMap((row) => columns.map(({ name }) => ({ row, name, text: block[0][0] })));
        this.done(this.model.change("paste", wanted), "pasted");
        return;
      }
      const header = this.rows[top] === this.empty ? this.headerOf(block[0]) : null;
      const columns = header ?? this.columns.slice(Math.max(0, left - 1));
      this.pasteBlock(header ? block.slice(1) : block, columns, top);
    }

    /** The columns that the first pasted line names; null when it is no such line. */
    headerOf(cells) {
      const found = cells.map((cell) => {
        const wanted = fold(cell.trim());
        return this.setup.columns.find((column) => fold(column.label) === wanted || fold(column.name) === wanted);
      });
      return found.every(Boolean) && new Set(found).size === found.length ? found : null;
    }

    pasteBlock(block, columns, top) {
      const wanted = [];
      const added = [];
      let beyond = 0;
      block.forEach((cells, offset) => {
        let row = this.rows[top + offset] ?? this.empty;
        if (row.gone) return;
        if (row === this.empty) {
          if (cells.every((cell) => cell.trim() === "")) return;
          row = this.model.newRow();
          added.push(row);
        }
        cells.forEach((text, index) => {
          if (columns[index] === undefined) beyond += 1;
          else wanted.push({ row, name: columns[index].name, text });
        });
      });
      const count = this.model.change("paste", wanted, { added });
      this.done(count - added.length, `pasted${added.length ? `, ${plural(added.length, "new row")}` : ""}${beyond ? `; ${plural(beyond, "cell")} beyond the last column left out` : ""}`, added.length > 0);
      const width = Math.max(...block.map((cells) => Math.min(cells.length, columns.length)), 1);
      const left = Math.max(1, this.columns.indexOf(columns[0]) + 1);
      this.grid.anchor = { row: top, column: left };
      this.grid.go(top + Math.max(0, block.length - 1), left + width - 1, { extend: true });
    }

    // -- the selected rows together -------------------------------------------------------

    buildBulk() {
      const fields = this.setup.columns.filter((column) => !["id", "title", "number"].includes(column.name) && column.type !== "text");
      const choices = fields.flatMap((column) => (column.name === "tags"
        ? [["+tags", "Add tags"], ["-tags", "Remove tags"]]
        : [[column.name, column.label]]));
      choices.sort(([one], [other]) => (one === "status" ? -1 : other === "status" ? 1 : 0));
      this.bulkField = make("select", { "aria-label": "What to change" }, ...choices.map(([value, text]) => option(value, text)));
      this.bulkCount = make("strong", {});
      this.bulkValue = make("span", { class: "bulk-value" });
      this.bulkField.addEventListener("change", () => this.paintBulkValue());
      const references = make("select", { "aria-label": "What happens to references to the deleted rows" },
        option("detach", "take out what refers to them"), option("refuse", "only where nothing refers to them"), option("keep", "leave references dangling"));
      const sure = make("details", { class: "menu" }, make("summary", { class: "button button-small button-bad" }, "Delete"));
      sure.append(make("div", { class: "menu-list" }, make("p", {}, "The rows are deleted when you save. "), references,
        this.button("Mark for deletion", () => {
          sure.open = false;
          this.remove(references.value);
        }, "button button-small button-bad")));
      this.bulk.replaceChildren(this.bulkCount, " ", this.bulkField, this.bulkValue,
        this.button("Set", () => this.setAll()), sure,
        this.button("Select none", () => {
          this.ticked.clear();
          this.afterTicks();
        }));
      this.paintBulkValue();
    }

    paintBulkValue() {
      const name = this.bulkField.value;
      const column = this.model.column.get(name.replace(/^[+-]/, ""));
      let field;
      if (column.type === "choice") {
        field = make("select", {}, option("", column.fallback ? `${column.fallback} (as usual)` : "none"), ...column.options.map((each) => option(each, each.replaceAll("-", " "))));
        field.selectedIndex = 1;
      } else {
        field = make("input", { list: this.listOf(column), autocomplete: "off", placeholder: column.type === "date" ? "YYYY-MM-DD" : null });
        field.addEventListener("keydown", (event) => {
          if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) this.setAll();
        });
      }
      field.setAttribute("aria-label", `Value for ${column.label}`);
      this.bulkValue.replaceChildren(" ", field, " ");
    }

    paintBulk() {
      for (const row of this.ticked) if (!row.there) this.ticked.delete(row);
      this.bulk.hidden = this.ticked.size === 0;
      this.bulkCount.textContent = `${this.ticked.size.toLocaleString("en")} selected`;
    }

    setAll() {
      const name = this.bulkField.value;
      const value = this.bulkValue.querySelector("select, input").value;
      const column = this.model.column.get(name.replace(/^[+-]/, ""));
      const rows = [...this.ticked].filter((row) => !row.gone);
      const split = (text) => text.split(",").map((each) => each.trim()).filter(Boolean);
      const wanted = rows.map((row) => {
        let text = value;
        const now = split(this.model.text(row, column.name));
        if (name === "+tags") text = [...now, ...split(value)].join(", ");
        if (name === "-tags") text = now.filter((each) => !split(value).includes(each)).join(", ");
        return { row, name: column.name, text };
      });
      const label = `${this.bulkField.selectedOptions[0].textContent} of ${plural(rows.length, "row")}`;
      this.done(this.model.change(label, wanted), `changed in ${plural(rows.length, "selected row")}`);
    }

    remove(references) {
      const gone = [...this.ticked].map((row) => ({ row, references }));
      const count = this.model.change(`delete ${plural(gone.length, "row")}`, [], { gone });
      this.ticked.clear();
      if (count) this.after(true);
      this.say(`${plural(count, "row")} will be deleted; undo brings them back`);
    }

    // -- after a change -------------------------------------------------------------------

    after(structure = false) {
      if (structure) this.choose();
      this.grid.paintAll();
      this.grid.drawTicks();
      this.paintBulk();
      this.paintCount();
      this.onMove();
      this.undoButton.disabled = this.model.steps.length === 0;
      this.redoButton.disabled = this.model.undone.length === 0;
      clearTimeout(this.draftTimer);
      this.draftTimer = setTimeout(() => this.keepDraft(), DRAFT_AFTER_MS);
      clearTimeout(this.lookTimer);
      this.lookTimer = setTimeout(() => this.lookAtPlan(), LOOK_AFTER_MS);
    }

    paintCount() {
      const rows = this.model.changedRows();
      const cells = this.model.countCells();
      const mistakes = this.model.mistakes();
      const hidden = rows.filter((row) => !this.rows.includes(row)).length;
      const parts = cells === 0 ? ["Nothing is changed yet."] : [
        `${plural(cells, "change")} in ${plural(rows.length, "row")}`,
        mistakes.length ? `${plural(mistakes.length, "cell")} that cannot be saved` : "",
        hidden ? `${plural(hidden, "changed row")} not shown` : "",
        this.lookState ?? "",
      ];
      this.count.textContent = parts.filter(Boolean).join(" · ");
      this.review.disabled = cells === 0;
      this.discard.disabled = cells === 0;
    }

    // -- live checks ----------------------------------------------------------------------

    async lookAtPlan() {
      this.looking?.abort();
      const mine = (this.looking = new AbortController());
      // The planner refuses all of it for one cell that it cannot take.
      const { edit, made } = this.model.edit(new Set(this.model.mistakes().map(({ row }) => row)));
      let seen = null;
      this.lookState = "";
      if (edit.edits.length > 0 && edit.edits.length <= this.setup.most) {
        try {
          const body = JSON.stringify({ edit, proposal: this.setup.proposal });
          seen = await this.ask("/api/plan/preview", {
            method: "POST", body, headers: { "Content-Type": "application/json" }, signal: mine.signal,
          });
        } catch (error) {
          if (error.name === "AbortError") return;
          this.lookState = `cannot be saved like this: ${error.message}`;
        }
      }
      if (mine.signal.aborted) return;
      this.takeProblems(seen, made);
    }

    takeProblems(seen, made) {
      const byItem = new Map();
      for (const row of this.model.touched) {
        row.problems = [];
        row.minted = "";
        if (row.there) byItem.set(this.model.text(row, "id") || row.id, row);
      }
      made.forEach((row, number) => {
        row.minted = this.model.text(row, "id") ? "" : seen?.made[number] ?? "";
        if (row.minted) byItem.set(row.minted, row);
      });
      const isNew = new Set((seen?.new_problems ?? []).map((each) => `${each.item} ${each.rule} ${each.message}`));
      for (const problem of seen?.item_problems ?? []) {
        const row = byItem.get(problem.item);
        if (row === undefined || problem.waived || (problem.severity === "hint" && !isNew.has(`${problem.item} ${problem.rule} ${problem.message}`))) continue;
        row.problems.push({ ...problem, column: this.columnOf(problem) });
      }
      this.showProblems(seen?.new_problems.filter((each) => !each.waived) ?? [], byItem, seen);
      this.grid.paintAll();
      this.paintCount();
      this.onMove();
    }

    columnOf({ rule, message }) {
      const known = this.setup.rules[rule];
      if (known && this.columns.some(({ name }) => name === known)) return known;
      const named = this.columns.find(({ name }) => message.startsWith(`${name}:`) || message.includes(`“${name}”`) || message.includes(`\`${name}\``));
      return named?.name ?? "id";
    }

    showProblems(found, byItem, seen) {
      const [summary, list] = this.problems.children;
      const clashes = seen?.clashes ?? [];
      const merged = seen?.merged.length ?? 0;
      this.problems.hidden = found.length === 0 && clashes.length === 0;
      const parts = [
        clashes.length ? `${plural(clashes.length, "row")} that somebody else changed in the same place` : "",
        found.length ? `${plural(found.length, "new problem")} in the plan` : "",
      ].filter(Boolean);
      summary.textContent = parts.join(", ");
      const entry = (id, words) => {
        const row = byItem.get(id);
        if (row === undefined) return make("li", {}, `${id}: ${words}`);
        const go = this.button(this.model.text(row, "id") || row.minted || "new row", () => this.goTo(row), "link-button");
        return make("li", {}, go, ` ${words}`);
      };
      const rows = [
        ...clashes.map((each) => entry(each.id, "was changed meanwhile; you settle it when you save")),
        ...found.slice(0, MOST_LISTED).map((each) => entry(each.item, `${each.severity}: ${each.message}`)),
      ];
      if (found.length > MOST_LISTED) rows.push(make("li", {}, `and ${found.length - MOST_LISTED} more`));
      list.replaceChildren(...rows);
      if (this.lookState) return;
      this.lookState = seen === null ? "" : found.length ? plural(found.length, "new problem") : "no new problem";
      if (merged) this.lookState += ` · merged with what others changed`;
    }

    goTo(row, name = "id") {
      if (!this.rows.includes(row)) {
        this.filter = { text: "", phase: "", milestone: "", status: "" };
        for (const field of this.querySelectorAll(".filters input, .filters select")) field.value = "";
        this.choose();
      }
      const index = this.columns.findIndex((column) => column.name === name);
      this.grid.go(this.rows.indexOf(row), Math.max(1, index + 1));
    }

    // -- the draft ------------------------------------------------------------------------

    keepDraft() {
      clearTimeout(this.draftTimer);
      try {
        if (this.model.countCells() === 0) localStorage.removeItem(this.draftKey);
        else localStorage.setItem(this.draftKey, JSON.stringify({ at: new Date().toISOString(), ...this.model.draft() }));
      } catch {
        this.note("This browser keeps no draft: do not leave this page before you have saved.");
      }
    }

    restoreDraft() {
      let kept = null;
      try {
        kept = JSON.parse(localStorage.getItem(this.draftKey));
      } catch {
        return;
      }
      if (kept === null || typeof kept !== "object") return;
      const { count, lost } = this.model.restore(kept);
      if (lost.length) this.note(`The draft changed rows that are gone now: ${lost.slice(0, 10).join(", ")}.`);
      if (count === 0) {
        localStorage.removeItem(this.draftKey);
        return;
      }
      const at = new Date(kept.at);
      const when = Number.isNaN(at.getTime()) ? "before" : `of ${at.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}`;
      this.note(`Your changes ${when} are here again; they are not saved yet.`);
    }

    note(words) {
      if ([...this.notes.children].some((each) => each.textContent.startsWith(words))) return;
      const line = make("p", { class: "note", role: "status" }, words, " ");
      line.append(this.button("Close", () => line.remove(), "link-button"));
      this.notes.append(line);
    }

    throwAway() {
      const wanted = [];
      const gone = [];
      for (const row of this.model.changedRows()) {
        if (row.isNew) gone.push({ row, references: "" });
        else if (row.gone) gone.push({ row, references: "" });
        if (!row.isNew) wanted.push(...Object.keys(row.now).map((name) => ({ row, name, text: row.base[name] })));
      }
      const count = this.model.change("discard all changes", wanted, { gone });
      this.notes.replaceChildren();
      this.after(true);
      this.say(`${plural(count, "change")} discarded; undo brings them back`);
    }

    // -- the way to review ----------------------------------------------------------------

    send() {
      if (this.editing) this.keep();
      const [mistake] = this.model.mistakes();
      if (mistake !== undefined) {
        this.goTo(mistake.row, mistake.name);
        this.say(`This cannot be saved yet: ${mistake.reason}`);
        return;
      }
      const { edit } = this.model.edit();
      if (edit.edits.length === 0) {
        this.say("Nothing is changed yet.");
        return;
      }
      const operation = JSON.stringify(edit);
      if (edit.edits.length > this.setup.most || operation.length > LONGEST_EDIT) {
        this.note(`That is more than one save can hold (${this.setup.most.toLocaleString("en")} rows): undo a part and save it later.`);
        return;
      }
      this.keepDraft();
      sent(this.draftKey);
      this.leaving = true;
      this.form.elements.operation.value = operation;
      this.form.elements.back.value = location.pathname + location.search;
      this.form.submit();
    }
  }

  customElements.define("plan-table", PlanTable);
})();
