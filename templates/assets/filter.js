// <plan-filter for="NAME"> puts filters above the tables with data-list="NAME": a choice for each
// column whose head has data-filter, a field for words, and a box for rows with a data-flag.
// The state is in the address, so that it can be kept and shared.  Without this script the whole
// table is shown.
customElements.define("plan-filter", class extends HTMLElement {
  connectedCallback() {
    const tables = [...document.querySelectorAll(`table[data-list="${this.getAttribute("for")}"]`)];
    this.bodies = tables.flatMap((table) => [...table.tBodies]);
    this.rows = this.bodies.flatMap((body) => [...body.rows]).filter((row) => !row.matches(".group"));
    if (!this.rows.length) return;
    this.controls = new Map();
    this.readings = new Map();
    const heads = [...(tables[0].tHead?.rows[0].cells ?? [])];
    heads.forEach((head, column) => {
      if (head.dataset.filter) this.addChoice(head.dataset.filter, head.textContent, column);
    });
    if (this.rows.length > 7) this.addWords();
    if (this.dataset.flag && this.rows.some((row) => row.dataset.flag === this.dataset.flag)) {
      this.addFlag();
    }
    if (!this.controls.size) return;
    this.clear = Object.assign(document.createElement("button"), {
      type: "button",
      className: "button",
      textContent: "Clear",
    });
    this.clear.addEventListener("click", () => {
      for (const control of this.controls.values()) {
        if (control.type === "checkbox") control.checked = false;
        else control.value = "";
      }
      this.changed();
      this.controls.values().next().value.focus();
    });
    this.count = Object.assign(document.createElement("span"), { className: "filter-count" });
    this.count.setAttribute("role", "status");
    this.append(this.clear, this.count);
    this.addEventListener("input", () => this.changed());
    addEventListener("popstate", () => this.fromAddress());
    this.fromAddress();
  }

  add(name, label, control) {
    const box = document.createElement("label");
    if (control.type === "checkbox") box.append(control, label);
    else box.append(label, control);
    this.append(box);
    this.controls.set(name, control);
  }

  /** The values of a column: one, or several where the cell says so. */
  values(row, column) {
    const cell = row.cells[column];
    const text = (cell?.dataset.value ?? cell?.textContent ?? "").trim();
    return cell?.hasAttribute("data-values") ? text.split(", ") : [text];
  }

  addChoice(name, label, column) {
    const found = new Map();
    for (const row of this.rows) {
      for (const value of this.values(row, column)) {
        if (value) found.set(value, (found.get(value) ?? 0) + 1);
      }
    }
    const asked = new URLSearchParams(location.search).get(name);
    if (asked && !found.has(asked)) found.set(asked, 0);
    if (found.size < 2 && !asked) return;
    const select = document.createElement("select");
    select.append(new Option("all", ""));
    const order = new Intl.Collator(undefined, { numeric: true });
    for (const value of [...found.keys()].sort(order.compare)) {
      select.append(new Option(`${value} (${found.get(value)})`, value));
    }
    this.add(name, label, select);
    this.readings.set(name, (row) => this.values(row, column).includes(select.value));
  }

  addWords() {
    const input = Object.assign(document.createElement("input"), { type: "search", size: 14 });
    this.add("words", "Words", input);
    this.readings.set("words", (row) => {
      const text = row.textContent.toLowerCase();
      return input.value.toLowerCase().split(/\s+/).every((word) => text.includes(word));
    });
  }

  addFlag() {
    const box = Object.assign(document.createElement("input"), { type: "checkbox" });
    box.value = this.dataset.flag;
    this.add("only", this.dataset.flagLabel, box);
    this.readings.set("only", (row) => row.dataset.flag === box.value);
  }

  stateOf(control) {
    return control.type === "checkbox" ? (control.checked ? control.value : "") : control.value;
  }

  fromAddress() {
    const asked = new URLSearchParams(location.search);
    for (const [name, control] of this.controls) {
      const value = asked.get(name) ?? "";
      if (control.type === "checkbox") control.checked = value === control.value;
      else control.value = value;
    }
    this.show();
  }

  changed() {
    const asked = new URLSearchParams(location.search);
    for (const [name, control] of this.controls) {
      const state = this.stateOf(control);
      if (state) asked.set(name, state);
      else asked.delete(name);
    }
    const query = asked.toString();
    try {
      history.replaceState(history.state, "", location.pathname + (query && `?${query}`) + location.hash);
    } catch {
      // Some browsers do not let a page from a folder change its address.
    }
    this.show();
  }

  show() {
    const active = [...this.controls].filter(([, control]) => this.stateOf(control));
    let shown = 0;
    for (const row of this.rows) {
      row.hidden = !active.every(([name]) => this.readings.get(name)(row));
      if (!row.hidden) shown += 1;
    }
    // What frames the rows goes with them.
    for (const body of this.bodies) {
      const rows = [...body.rows].filter((row) => !row.matches(".group"));
      const frame = body.closest("section.rule") ?? body;
      frame.hidden = active.length > 0 && rows.every((row) => row.hidden);
    }
    this.clear.hidden = !active.length;
    this.count.textContent = active.length ? `${shown} of ${this.rows.length}` : "";
  }
});
