// <item-picker> makes a <select> or <input> a choice with live search.
//
// Round a <select>, its options are what can be chosen.  Round an <input>, `kind` says which items
// of the plan are offered (`*`: all), or `words` names a <datalist>; `several` parts entries by
// commas.  The field keeps its name and its value: without this script it works as it is.
(() => {
  "use strict";
  const MOST = 60;
  const SEPARATOR = /[,;\s]\s*/;
  let outline = null;
  let count = 0;

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  /** All items of the plan, asked for once. */
  const items = (proposal) => (outline ??= (async () => {
    const query = proposal ? `?proposal=${encodeURIComponent(proposal)}` : "";
    const answer = await window.agented.apiFetch(`/api/plan/outline${query}`);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return (await answer.json()).entries.map((each) => ({
      value: each.id,
      label: [each.number, each.title].filter(Boolean).join(" "),
      kind: each.kind,
    }));
  })().catch((error) => {
    outline = null;
    throw error;
  }));

  /** How well an option fits what was typed; 0 is not at all. */
  const fit = (option, words) => {
    if (!words.length) return 1;
    const id = fold(option.value);
    const text = `${id} ${fold(option.label)}`;
    if (!words.every((word) => text.includes(word))) return 0;
    return id === words[0] ? 4 : id.startsWith(words[0]) ? 3 : text.includes(` ${words[0]}`) ? 2 : 1;
  };

  const best = (options, typed) => {
    const words = fold(typed).split(/\s+/).filter(Boolean);
    return options
      .map((option, at) => ({ option, at, good: fit(option, words) }))
      .filter(({ good }) => good)
      .sort((a, b) => b.good - a.good || a.at - b.at)
      .slice(0, MOST)
      .map(({ option }) => option);
  };

  customElements.define("item-picker", class extends HTMLElement {
    #input = null;
    #select = null;
    #list = null;
    #shown = [];
    #at = -1;
    #before = "";
    #turn = 0;

    connectedCallback() {
      if (this.#input || this.closest("template")) return;
      this.#select = this.querySelector("select");
      this.#input = this.#select ? this.#beside(this.#select) : this.querySelector("input");
      this.#list = document.createElement("ul");
      this.#list.className = "picker-list";
      this.#list.id = `picker-${(count += 1)}`;
      this.#list.setAttribute("role", "listbox");
      this.#list.hidden = true;
      const label = this.closest("form, main")?.querySelector(`label[for="${CSS.escape(this.#input.id)}"]`);
      this.#list.setAttribute("aria-label", label?.textContent ?? "Choices");
      this.append(this.#list);
      const wiring = { role: "combobox", autocomplete: "off", "aria-autocomplete": "list",
        "aria-expanded": "false", "aria-controls": this.#list.id, "aria-haspopup": "listbox" };
      for (const [name, value] of Object.entries(wiring)) this.#input.setAttribute(name, value);
      this.#input.addEventListener("input", () => this.#open());
      this.#input.addEventListener("click", () => this.#clicked());
      this.#input.addEventListener("keydown", (event) => this.#key(event));
      this.#input.addEventListener("blur", () => this.#leave());
      this.#list.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        const row = event.target.closest("[role=option]");
        if (row) this.#choose(this.#shown[Number(row.dataset.at)]);
      });
    }

    /** Show what the field holds, after it was changed by something else. */
    refresh() {
      if (this.#select) this.#input.value = this.#labelOf(this.#select);
    }

    /** The text field that stands for a select; the select goes on holding the value. */
    #beside(select) {
      const input = document.createElement("input");
      input.id = select.id;
      select.id = `${select.id}-value`;
      for (const name of ["aria-describedby", "aria-invalid", "autofocus"]) {
        if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
      }
      input.spellcheck = false;
      input.value = this.#labelOf(select);
      const focused = document.activeElement === select;
      select.hidden = true;
      select.after(input);
      if (focused) input.focus();
      select.addEventListener("change", () => this.refresh());
      return input;
    }

    #labelOf(select) {
      const option = select.selectedOptions[0];
      return option ? option.textContent : "";
    }

    async #options() {
      if (this.#select) {
        return [...this.#select.options].map((each) => ({
          value: each.value, label: each.textContent, kind: "",
        }));
      }
      const words = this.getAttribute("words");
      if (words) {
        const list = document.getElementById(words);
        return [...list.options].map((each) => ({ value: each.value, label: "", kind: "" }));
      }
      const kind = this.getAttribute("kind");
      const all = await items(this.closest("edit-form")?.getAttribute("proposal") ?? "");
      return kind === "*" ? all : all.filter((each) => each.kind === kind);
    }

    /** A first click on what is chosen begins a search: what is typed takes its place. */
    #clicked() {
      if (this.#select && !this.#isOpen) this.#input.select();
      this.#open();
    }

    /** What is being typed: all of it, or the entry at the caret. */
    #typed() {
      const { value, selectionStart } = this.#input;
      if (this.#select) return value === this.#labelOf(this.#select) ? "" : value;
      if (!this.hasAttribute("several")) return value;
      return value.slice(0, selectionStart ?? value.length).split(this.#parted()).pop();
    }

    #parted() {
      return this.hasAttribute("words") ? /,\s*/ : SEPARATOR;
    }

    async #open() {
      const turn = (this.#turn += 1);
      let options;
      try {
        options = await this.#options();
      } catch {
        this.#close(); // The field can be filled in without help.
        return;
      }
      if (turn !== this.#turn || document.activeElement !== this.#input) return;
      const typed = this.#typed();
      if (!this.#select && this.hasAttribute("words") && !typed) return this.#close();
      this.#shown = best(options, typed);
      const chosen = this.#select && !typed
        ? this.#shown.findIndex((each) => each.value === this.#select.value) : 0;
      this.#at = this.#shown.length ? Math.max(chosen, 0) : -1;
      if (!this.#select && !typed) this.#at = -1;
      this.#draw();
    }

    #draw() {
      const rows = this.#shown.map((option, at) => {
        const row = document.createElement("li");
        row.id = `${this.#list.id}-${at}`;
        row.dataset.at = at;
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", String(at === this.#at));
        if (this.#select) {
          row.textContent = option.label;
        } else {
          const id = Object.assign(document.createElement("span"), { className: "id", textContent: option.value });
          const kind = option.kind && this.getAttribute("kind") === "*" ? ` ${option.kind}` : "";
          const note = Object.assign(document.createElement("span"), { className: "picker-kind", textContent: kind });
          row.append(id, option.label ? ` ${option.label}` : "", note);
        }
        return row;
      });
      if (!rows.length) {
        const none = Object.assign(document.createElement("li"), { className: "picker-none", textContent: "Nothing fits" });
        none.setAttribute("role", "option");
        none.setAttribute("aria-disabled", "true");
        none.setAttribute("aria-selected", "false");
        rows.push(none);
      }
      this.#list.replaceChildren(...rows);
      this.#list.hidden = false;
      this.#input.setAttribute("aria-expanded", "true");
      this.#mark();
    }

    #mark() {
      for (const [at, row] of [...this.#list.children].entries()) {
        row.setAttribute("aria-selected", String(at === this.#at && this.#shown.length > 0));
      }
      const row = this.#at < 0 ? null : this.#list.children[this.#at];
      if (row) {
        this.#input.setAttribute("aria-activedescendant", row.id);
        const top = row.offsetTop;
        if (top < this.#list.scrollTop) this.#list.scrollTop = top;
        const under = top + row.offsetHeight - this.#list.clientHeight;
        if (under > this.#list.scrollTop) this.#list.scrollTop = under;
      } else {
        this.#input.removeAttribute("aria-activedescendant");
      }
    }

    #close() {
      this.#turn += 1;
      this.#list.hidden = true;
      this.#input.setAttribute("aria-expanded", "false");
      this.#input.removeAttribute("aria-activedescendant");
    }

    get #isOpen() {
      return !this.#list.hidden;
    }

    #key(event) {
      if (event.isComposing || event.ctrlKey || event.metaKey) return;
      if (event.key === "Escape" && this.#isOpen) {
        this.refresh();
        this.#close();
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (event.altKey && !this.#select) return;
        if (this.#isOpen) this.#step(event.key === "ArrowDown" ? 1 : -1);
        else this.#open();
      } else if (event.key === "Enter" && this.#isOpen) {
        // The list is answered, and the form is not sent.
        if (this.#at >= 0) this.#choose(this.#shown[this.#at]);
        else this.#close();
      } else if (event.key === "Tab" && this.#isOpen && this.#at >= 0 && this.#typed()) {
        this.#choose(this.#shown[this.#at]);
        return; // and on to the next field
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    }

    #step(by) {
      if (!this.#shown.length) return;
      this.#at = (this.#at + by + this.#shown.length) % this.#shown.length;
      this.#mark();
    }

    #choose(option) {
      if (!option) return;
      if (this.#select) {
        this.#select.value = option.value;
        this.refresh();
      } else if (this.hasAttribute("several")) {
        const { value, selectionStart } = this.#input;
        const caret = selectionStart ?? value.length;
        const kept = value.slice(0, caret).split(this.#parted()).slice(0, -1).filter(Boolean);
        const rest = value.slice(caret).replace(/^[^,;\s]*[,;\s]*/, "");
        const text = [...kept, option.value, ...(rest ? [rest] : [])].join(", ");
        this.#input.value = text;
      } else {
        this.#input.value = option.value;
      }
      this.#close();
      const held = this.#select ?? this.#input;
      held.dispatchEvent(new Event("change", { bubbles: true }));
    }

    /** Leaving a select's search without a choice takes one that was typed in full, or none. */
    #leave() {
      this.#close();
      if (!this.#select) return;
      const typed = fold(this.#input.value.trim());
      const option = [...this.#select.options].find(
        (each) => fold(each.value) === typed || fold(each.textContent.trim()) === typed,
      );
      if (typed && option && option.value !== this.#select.value) {
        this.#select.value = option.value;
        this.#select.dispatchEvent(new Event("change", { bubbles: true }));
      }
      this.refresh();
    }
  });
})();
