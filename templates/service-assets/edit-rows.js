// <edit-rows> lets rows of a list be added, removed and moved without asking the service:
// by its buttons, by Alt+Up and Alt+Down, and by dragging.  The order of the rows in the page is
// their order in the plan; the numbers in the names of their fields only have to differ.
(() => {
  "use strict";
  const BLANK = "__";
  const HIGHEST = 999_999;

  customElements.define("edit-rows", class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("click", (event) => this.#click(event));
      this.addEventListener("keydown", (event) => this.#key(event));
      // The rows are children of this element, which the parser has not read yet.
      const begin = () => this.rows.forEach((row) => this.#grip(row));
      if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true });
      else begin();
    }

    get list() {
      return this.querySelector("ol");
    }

    get rows() {
      return [...this.list.children];
    }

    get movable() {
      return this.querySelector("template").content.querySelector("[data-row-up]") !== null;
    }

    /** Add a row, with the number `index` if that is free; returns the row. */
    add(index = null) {
      const numbers = this.rows.map((row) => Number(row.dataset.row));
      const number = index ?? Math.min(Math.max(-1, ...numbers) + 1, HIGHEST);
      const row = this.querySelector("template").content.firstElementChild.cloneNode(true);
      const all = [row, ...row.querySelectorAll("*")];
      for (const element of all) {
        for (const { name, value } of [...element.attributes]) {
          if (value.includes(BLANK)) element.setAttribute(name, value.replaceAll(BLANK, number));
        }
      }
      this.list.append(row);
      this.#grip(row);
      return row;
    }

    /** Make the rows those with these numbers, in this order. */
    arrange(numbers) {
      const there = new Map(this.rows.map((row) => [row.dataset.row, row]));
      for (const [number, row] of there) {
        if (!numbers.includes(number)) row.remove();
      }
      for (const number of numbers) this.list.append(there.get(number) ?? this.add(Number(number)));
    }

    #click(event) {
      const button = event.target.closest("button");
      if (!button) return;
      const row = button.closest(".row");
      if (button.matches("[data-row-add]")) this.#first(this.add());
      else if (button.matches("[data-row-remove]")) this.#remove(row);
      else if (button.matches("[data-row-up]")) this.#move(row, -1, button);
      else if (button.matches("[data-row-down]")) this.#move(row, 1, button);
      else return;
      event.preventDefault();
      this.#changed();
    }

    #key(event) {
      if (!event.altKey || event.ctrlKey || event.metaKey || !this.movable) return;
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      const row = event.target.closest(".row");
      if (!by || !row) return;
      event.preventDefault();
      this.#move(row, by, event.target);
      this.#changed();
    }

    #move(row, by, focus) {
      const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
      if (!other) return;
      if (by < 0) other.before(row);
      else other.after(row);
      focus.focus();
      row.scrollIntoView({ block: "nearest" });
      this.#say(`${this.#name(row)} is now number ${this.rows.indexOf(row) + 1} of ${this.rows.length}`);
    }

    #remove(row) {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      this.#say(`${this.#name(row)} was removed`);
      row.remove();
      if (next) this.#first(next);
      else this.querySelector("[data-row-add]").focus();
    }

    #first(row) {
      row.querySelector("textarea, input:not([type=hidden]), select:not([hidden])")?.focus();
      row.scrollIntoView({ block: "nearest" });
    }

    #name(row) {
      return row.querySelector(".row-name").textContent;
    }

    #say(text) {
      this.dispatchEvent(new CustomEvent("edit-said", { bubbles: true, detail: text }));
    }

    #changed() {
      this.dispatchEvent(new Event("change", { bubbles: true }));
    }

    // -- dragging ---------------------------------------------------------------------------

    /** A row is taken by its head: its texts are to be selected.  Finger, pen and mouse alike. */
    #grip(row) {
      if (!this.movable) return;
      const grip = row.querySelector(".row-name");
      grip.classList.add("row-grip");
      grip.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        event.preventDefault();
        this.#drag(row, grip, event.pointerId);
      });
    }

    #drag(row, grip, pointer) {
      const before = this.rows;
      const stop = new AbortController();
      const on = (target, name, act) => target.addEventListener(name, act, { signal: stop.signal });
      const end = () => {
        stop.abort();
        row.classList.remove("is-dragged");
        const at = this.rows.indexOf(row);
        if (before.indexOf(row) === at) return;
        this.#say(`${this.#name(row)} is now number ${at + 1} of ${this.rows.length}`);
        this.#changed();
      };
      const back = () => {
        const at = before.indexOf(row);
        row.before(...before.slice(0, at));
        row.after(...before.slice(at + 1));
        end();
      };
      row.classList.add("is-dragged");
      grip.setPointerCapture(pointer);
      on(grip, "pointermove", ({ clientY }) => this.#follow(row, clientY));
      on(grip, "pointerup", end);
      on(grip, "pointercancel", back);
      on(document, "keydown", (event) => {
        if (event.key === "Escape") back();
      });
    }

    /** Put a row where the pointer is, once it is past the middle of another one. */
    #follow(row, y) {
      const middle = (other) => {
        const { top, height } = other.getBoundingClientRect();
        return top + height / 2;
      };
      // The others move: an element that is taken out of the page loses the pointer.
      while (row.previousElementSibling && y < middle(row.previousElementSibling)) {
        row.after(row.previousElementSibling);
      }
      while (row.nextElementSibling && y > middle(row.nextElementSibling)) {
        row.before(row.nextElementSibling);
      }
      row.scrollIntoView({ block: "nearest" });
    }
  });
})();
