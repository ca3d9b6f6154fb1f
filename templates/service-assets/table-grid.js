// The grid of the table editor: it draws the rows that are in sight, and knows the active cell and
// the range. What the keys do to the values is for its owner to say.
(() => {
  "use strict";
  const { make } = window.agentedElements;
  const ROW_PX = 36;
  const AROUND = 8; // Rows drawn above and below those in sight.
  const WIDTHS = {
    id: "var(--id-width)", text: "var(--text-width)", line: "13rem", choice: "8rem", date: "8rem", number: "5.5rem",
    ref: "11rem", words: "11rem",
  };
  // Names and owners are short; a phase's is not.
  const NARROW = { owner: "8rem", milestone: "8rem", verification: "8rem" };

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  class Grid {
    /**
     * `owner` gives `label`, `columns` (those shown), `rows` (those shown, the last one empty: for
     * new rows), `look(row, column)` and `isTicked(row)`, and gets `onMove`, `onTick`, `onTickAll`.
     */
    constructor(owner) {
      this.owner = owner;
      this.active = { row: 0, column: 1 };
      this.anchor = { row: 0, column: 1 };
      this.drawn = new Map();
      this.head = make("div", { role: "rowgroup", class: "grid-head" });
      this.body = make("div", { role: "rowgroup", class: "grid-body" });
      this.element = make("div", { class: "grid", role: "grid", "aria-label": owner.label, "aria-multiselectable": "true" }, make("div", { role: "presentation", class: "grid-inner" }, this.head, this.body));
      this.element.addEventListener("scroll", () => this.drawSoon(), { passive: true });
      this.listen();
      new ResizeObserver(() => this.drawSoon()).observe(this.element);
    }

    // -- drawing --------------------------------------------------------------------------

    /** Draw everything anew: columns or the list of rows are others. */
    reset() {
      const { columns, rows } = this.owner;
      const template = columns.map((column) => NARROW[column.name] ?? WIDTHS[column.type]).join(" ");
      this.element.style.setProperty("--columns", `2.25rem ${template}`);
      this.element.setAttribute("aria-rowcount", rows.length + 1);
      this.element.setAttribute("aria-colcount", columns.length + 1);
      this.body.style.height = `${rows.length * ROW_PX}px`;
      this.active = this.inside(this.active);
      this.anchor = this.inside(this.anchor);
      for (const { element } of this.drawn.values()) element.remove();
      this.drawn.clear();
      this.drawHead();
      this.draw();
    }

    inside({ row, column }) {
      return {
        row: clamp(row, 0, this.owner.rows.length - 1),
        column: clamp(column, 0, this.owner.columns.length),
      };
    }

    drawHead() {
      this.all = make("input", { type: "checkbox", "aria-label": "Select all shown rows" });
      this.all.addEventListener("change", () => this.owner.onTickAll(this.all.checked));
      const cells = this.owner.columns.map((column, number) => make("div", {
        role: "columnheader", class: `cell cell-${column.name}`, "aria-colindex": number + 2, title: column.help || null,
      }, column.label));
      const first = make("div", { role: "columnheader", class: "cell cell-tick", "aria-colindex": 1 }, this.all);
      this.head.replaceChildren(make("div", { role: "row", class: "grid-row", "aria-rowindex": 1 }, first, ...cells));
      this.drawTicks();
    }

    drawSoon() {
      this.frame ??= requestAnimationFrame(() => {
        this.frame = undefined;
        this.draw();
      });
    }

    /** Draw the rows that are in sight, and the active one wherever it is. */
    draw() {
      const { rows } = this.owner;
      const height = this.element.clientHeight || innerHeight;
      const first = Math.max(0, Math.floor(this.element.scrollTop / ROW_PX) - AROUND);
      const last = Math.min(rows.length - 1, Math.ceil((this.element.scrollTop + height) / ROW_PX) + AROUND);
      for (const [number, { element }] of this.drawn) {
        if ((number < first || number > last) && number !== this.active.row) {
          element.remove();
          this.drawn.delete(number);
        }
      }
      for (let number = first; number <= last; number += 1) this.drawRow(number);
      this.drawRow(this.active.row);
    }

    drawRow(number) {
      if (this.drawn.has(number) || this.owner.rows[number] === undefined) return;
      const cells = [make("div", { role: "gridcell", class: "cell cell-tick", "aria-colindex": 1, "data-column": 0 })];
      this.owner.columns.forEach((column, index) => {
        cells.push(make("div", {
          role: column.type === "id" ? "rowheader" : "gridcell", class: `cell cell-${column.name}`,
          "aria-colindex": index + 2, "data-column": index + 1, tabindex: -1,
        }));
      });
      const element = make("div", { role: "row", class: "grid-row", "aria-rowindex": number + 2, "data-row": number }, ...cells);
      element.style.transform = `translateY(${number * ROW_PX}px)`;
      const box = make("input", { type: "checkbox", tabindex: -1 });
      box.addEventListener("change", () => this.owner.onTick(number, box.checked, false));
      cells[0].append(box);
      this.drawn.set(number, { element, cells, box });
      // In the order of the rows, for those who read the page in its order.
      const behind = [...this.body.children].find((each) => Number(each.dataset.row) > number);
      this.body.insertBefore(element, behind ?? null);
      this.paint(number);
    }

    /** Write what a drawn row holds. */
    paint(number) {
      const drawn = this.drawn.get(number);
      if (drawn === undefined) return;
      const row = this.owner.rows[number];
      const range = this.range();
      const { element, cells, box } = drawn;
      const whole = this.owner.lookOfRow(row);
      element.className = `grid-row ${whole.marks}`;
      box.hidden = whole.empty;
      box.checked = this.owner.isTicked(row);
      box.setAttribute("aria-label", `Select ${whole.name}`);
      element.classList.toggle("is-ticked", box.checked);
      this.owner.columns.forEach((column, index) => {
        const cell = cells[index + 1];
        if (cell.contains(this.editor ?? null)) return;
        const look = this.owner.look(row, column);
        cell.textContent = look.text;
        cell.title = look.title;
        cell.className = `cell cell-${column.name} ${look.marks}`;
        if (look.said) cell.setAttribute("aria-description", look.said);
        else cell.removeAttribute("aria-description");
        cell.toggleAttribute("aria-invalid", false);
        if (look.wrong) cell.setAttribute("aria-invalid", "true");
      });
      this.paintRange(number, range);
    }

    paintRange(number, range = this.range()) {
      const drawn = this.drawn.get(number);
      if (drawn === undefined) return;
      const many = range.top !== range.bottom || range.left !== range.right;
      drawn.cells.forEach((cell, column) => {
        const on = number === this.active.row && column === this.active.column;
        const inRange = number >= range.top && number <= range.bottom && column >= range.left && column <= range.right;
        const target = column === 0 && !drawn.box.hidden ? drawn.box : cell;
        target.tabIndex = on ? 0 : -1;
        cell.classList.toggle("is-active", on);
        cell.classList.toggle("in-range", many && inRange);
        if (column > 0) cell.setAttribute("aria-selected", inRange ? "true" : "false");
      });
    }

    paintAll() {
      for (const number of this.drawn.keys()) this.paint(number);
      this.drawTicks();
    }

    drawTicks() {
      const rows = this.owner.rows.filter((row) => row !== this.owner.empty);
      const ticked = rows.filter((row) => this.owner.isTicked(row)).length;
      this.all.checked = rows.length > 0 && ticked === rows.length;
      this.all.indeterminate = ticked > 0 && ticked < rows.length;
    }

    // -- moving ---------------------------------------------------------------------------

    range() {
      return {
        top: Math.min(this.active.row, this.anchor.row),
        bottom: Math.max(this.active.row, this.anchor.row),
        left: Math.max(1, Math.min(this.active.column, this.anchor.column)),
        right: Math.max(1, this.active.column, this.anchor.column),
      };
    }

    /** Make a cell the active one; with `extend` the range reaches from its anchor to there. */
    go(row, column, { extend = false, focus = true } = {}) {
      this.active = this.inside({ row, column });
      if (!extend) this.anchor = this.active;
      this.bringIntoSight();
      this.draw();
      for (const number of this.drawn.keys()) this.paintRange(number);
      if (focus) this.focus();
      this.owner.onMove();
    }

    focus() {
      const drawn = this.drawn.get(this.active.row);
      if (drawn === undefined) return;
      const cell = drawn.cells[this.active.column];
      const target = this.active.column === 0 && !drawn.box.hidden ? drawn.box : cell;
      target.focus({ preventScroll: true });
    }

    bringIntoSight() {
      const head = this.head.offsetHeight;
      const top = this.active.row * ROW_PX;
      const seen = this.element.clientHeight - head;
      if (top < this.element.scrollTop) this.element.scrollTop = top;
      else if (top + ROW_PX > this.element.scrollTop + seen) this.element.scrollTop = top + ROW_PX - seen;
      const cell = this.head.firstElementChild?.children[this.active.column];
      if (cell === undefined || this.active.column < 2) {
        if (this.active.column < 2) this.element.scrollLeft = 0;
        return;
      }
      const stuck = [0, 1].reduce((sum, index) => sum + this.head.firstElementChild.children[index].offsetWidth, 0);
      const left = cell.offsetLeft;
      if (left - stuck < this.element.scrollLeft) this.element.scrollLeft = left - stuck;
      else if (left + cell.offsetWidth > this.element.scrollLeft + this.element.clientWidth) {
        this.element.scrollLeft = Math.min(left - stuck, left + cell.offsetWidth - this.element.clientWidth);
      }
    }

    page() {
      return Math.max(1, Math.floor(this.element.clientHeight / ROW_PX) - 2);
    }

    // -- the pointer ----------------------------------------------------------------------

    placeOf(target) {
      const cell = target.closest?.(".grid-body [data-column]");
      if (!cell) return null;
      return { row: Number(cell.parentElement.dataset.row), column: Number(cell.dataset.column) };
    }

    listen() {
      let dragging = false;
      this.element.addEventListener("pointerdown", (event) => {
        const place = this.placeOf(event.target);
        if (place === null || event.button !== 0 || this.editor?.contains(event.target)) return;
        if (place.column === 0) return;
        const again = place.row === this.active.row && place.column === this.active.column;
        const here = this.element.contains(document.activeElement);
        this.clicked = again && here && !event.shiftKey;
        dragging = event.pointerType === "mouse";
        this.go(place.row, place.column, { extend: event.shiftKey });
        // The browser would move the focus away again.
        if (event.pointerType === "mouse") event.preventDefault();
      });
      this.element.addEventListener("pointerover", (event) => {
        const place = dragging && event.buttons === 1 ? this.placeOf(event.target) : null;
        if (place !== null && place.column > 0) {
          this.clicked = false;
          this.go(place.row, place.column, { extend: true });
        }
      });
      addEventListener("pointerup", () => { dragging = false; });
      this.element.addEventListener("click", (event) => {
        const place = this.placeOf(event.target);
        if (place === null) return;
        if (place.column === 0) this.onClickTick(event, place);
        // A second click on the active cell edits it, as on a telephone.
        else if (this.clicked && !this.editor?.contains(event.target)) this.owner.onEdit();
      });
    }

    onClickTick(event, { row }) {
      const drawn = this.drawn.get(row);
      if (drawn === undefined || drawn.box.hidden) return;
      if (event.target !== drawn.box) drawn.box.checked = !drawn.box.checked;
      else if (!event.shiftKey) {
        this.go(row, 0);
        return;
      }
      this.owner.onTick(row, drawn.box.checked, event.shiftKey);
      this.go(row, 0);
    }
  }

  Object.assign(window.agentedTable, { Grid });
})();
