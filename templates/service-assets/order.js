// The order of phases by drag, buttons and keys, and requirements that move between them. The form
// is what the page had without a script: its boxes are filled in before it is sent.
(() => {
  "use strict";
  const ARROWS = { up: "M8 3v10M3.5 7.5 8 3l4.5 4.5", down: "M8 13V3m-4.5 5.5L8 13l4.5-4.5" };
  const GRIP = "M6 3v.01M10 3v.01M6 8v.01M10 8v.01M6 13v.01M10 13v.01";
  const DRAGGED = "application/x-agented-move";
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  const icon = (path) => {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("viewBox", "0 0 16 16");
    drawing.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    drawing.append(line);
    return drawing;
  };

  /** Once what is sent is saved, the next page forgets the draft (edit-links.js). */
  const sent = (key) => {
    try {
      sessionStorage.setItem("agented-sent", key);
    } catch {
      // Then what the plan has already is taken out of the draft.
    }
  };

  class PhaseOrder extends HTMLElement {
    connectedCallback() {
      const { phases, others } = JSON.parse(this.dataset.setup);
      this.phases = new Map(phases.map((phase) => [phase.id, phase]));
      this.others = others;
      this.ranks = phases.map((phase) => phase.rank);
      this.form = this.querySelector("form");
      this.list = this.querySelector(".order");
      this.rows = new Map([...this.list.children].map((row) => [row.dataset.phase, row]));
      this.first = phases.map((phase) => phase.id);
      this.home = new Map();
      this.requirements = new Map();
      for (const phase of phases) {
        for (const each of phase.delivered) {
          // One that names two phases is moved out of the first.
          if (!this.requirements.has(each.id)) {
            this.requirements.set(each.id, each);
            this.home.set(each.id, phase.id);
          }
        }
      }
      this.moved = new Map();
      this.draftKey = `agented-draft:order:${this.form.elements.milestone.value}:${this.dataset.proposal}`;
      this.build();
      this.restore();
      this.paint();
      addEventListener("beforeunload", (event) => {
        if (!this.leaving && this.changes() > 0) event.preventDefault();
      });
      addEventListener("pageshow", () => { this.leaving = false; });
      addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        this.form.requestSubmit();
      });
    }

    // -- what the script adds -------------------------------------------------------------

    build() {
      this.classList.add("is-live");
      this.querySelector(".order-how").textContent = "Drag phases and requirements, or use the buttons; Alt+Up and Alt+Down move the phase that you are in.";
      this.live = make("p", { class: "sr", role: "status", "aria-live": "assertive" });
      this.append(this.live);
      for (const [id, row] of this.rows) this.buildPhase(id, row);
      for (const item of this.querySelectorAll(".order-requirement")) this.buildRequirement(item);
      this.to = this.form.elements.to;
      const move = make("button", { type: "button", class: "button button-small" }, "Move");
      move.addEventListener("click", () => this.moveTicked());
      this.to.after(" ", move);
      this.discard = make("button", { type: "button", class: "button" }, "Discard all");
      this.discard.addEventListener("click", () => this.throwAway());
      this.form.querySelector(".actions").prepend(this.discard);
      this.form.addEventListener("submit", (event) => this.onSubmit(event));
    }

    buildPhase(id, row) {
      const name = this.phases.get(id).title || id;
      const button = (label, drawing, act) => {
        const made = make("button", { type: "button", class: "icon-move", "aria-label": `${label} ${name}`, title: label });
        made.append(icon(drawing));
        made.addEventListener("click", act);
        return made;
      };
      const up = button("Move up", ARROWS.up, () => this.step(id, -1, up));
      const down = button("Move down", ARROWS.down, () => this.step(id, 1, down));
      const grip = make("span", { class: "order-grip", draggable: "true", title: "Drag", "aria-hidden": "true" });
      grip.append(icon(GRIP));
      row.querySelector(".order-place").hidden = true;
      row.querySelector(".order-head").prepend(grip, make("span", { class: "order-moves" }, up, down));
      row.tabIndex = 0;
      row.addEventListener("keydown", (event) => {
        if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
        event.preventDefault();
        this.step(id, event.key === "ArrowUp" ? -1 : 1, document.activeElement);
      });
      this.listenToDrags(id, row, grip);
    }

    buildRequirement(item) {
      item.draggable = true;
      item.addEventListener("dragstart", (event) => {
        event.stopPropagation();
        const box = item.querySelector("input");
        this.dragged = { requirements: box.checked ? this.ticked() : [item.dataset.requirement] };
        event.dataTransfer.setData(DRAGGED, "requirements");
        event.dataTransfer.effectAllowed = "move";
      });
      item.addEventListener("dragend", () => this.endDrag());
    }

    listenToDrags(id, row, grip) {
      grip.addEventListener("dragstart", (event) => {
        this.dragged = { phase: id };
        event.dataTransfer.setData(DRAGGED, "phase");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setDragImage(row, 16, 16);
        row.classList.add("is-dragged");
      });
      grip.addEventListener("dragend", () => this.endDrag());
      row.addEventListener("dragover", (event) => {
        if (!this.dragged) return;
        event.preventDefault();
        const side = this.dragged.phase ? (this.isBelow(row, event.clientY) ? "is-before" : "is-behind") : "is-target";
        for (const each of this.rows.values()) each.classList.remove("is-before", "is-behind", "is-target");
        row.classList.add(side);
      });
      row.addEventListener("drop", (event) => {
        if (!this.dragged) return;
        event.preventDefault();
        const { phase, requirements } = this.dragged;
        if (requirements) this.move(requirements, id);
        else if (phase !== id) this.put(phase, row, this.isBelow(row, event.clientY));
        this.endDrag();
      });
    }

    /** Whether what is dropped at this height comes before the row. */
    isBelow(row, y) {
      const { top, height } = row.getBoundingClientRect();
      return y < top + height / 2;
    }

    endDrag() {
      this.dragged = null;
      for (const each of this.rows.values()) each.classList.remove("is-before", "is-behind", "is-target", "is-dragged");
    }

    say(words) {
      this.live.textContent = words;
    }

    // -- phases ---------------------------------------------------------------------------

    order() {
      return [...this.list.children].map((row) => row.dataset.phase);
    }

    nameOf(id) {
      return (this.phases.get(id) ?? this.others[id])?.title || id;
    }

    step(id, by, focused) {
      const row = this.rows.get(id);
      const beside = by < 0 ? row.previousElementSibling : row.nextElementSibling;
      if (beside === null) {
        this.say(`${this.nameOf(id)} is ${by < 0 ? "the first" : "the last"} already`);
        return;
      }
      this.put(id, beside, by < 0);
      focused?.focus();
    }

    put(id, beside, before) {
      const row = this.rows.get(id);
      if (before) beside.before(row);
      else beside.after(row);
      const warnings = this.changed();
      const place = this.order().indexOf(id) + 1;
      const about = warnings.get(id)?.length ? `; ${warnings.get(id).join("; ")}` : "";
      this.say(`${this.nameOf(id)}: place ${place} of ${this.rows.size}${about}`);
    }

    /** The rank that each phase would have: the numbers are dealt out anew. */
    rankOf(order) {
      return new Map(order.map((id, place) => [id, this.ranks[place]]));
    }

    /** What is wrong with an order: by phase, in words. */
    violations(order) {
      const ranks = this.rankOf(order);
      const found = new Map(order.map((id) => [id, []]));
      const rank = (id) => ranks.get(id) ?? this.others[id]?.rank;
      for (const id of order) {
        for (const need of this.phases.get(id).needs) {
          if (rank(need.id) > rank(id)) found.get(id).push(`comes before ${this.nameOf(need.id)}, which it needs`);
        }
      }
      return found;
    }

    // -- requirements ---------------------------------------------------------------------

    ticked() {
      return [...this.querySelectorAll(".order-requirement input:checked")].map((box) => box.closest("li").dataset.requirement);
    }

    phaseOf(id) {
      return this.moved.get(id) ?? this.home.get(id);
    }

    moveTicked() {
      const chosen = this.ticked();
      const target = this.to.value;
      if (chosen.length === 0 || target === "") {
        this.say(chosen.length === 0 ? "Tick the requirements first." : "Choose a phase first.");
        (chosen.length === 0 ? this.querySelector(".order-delivers summary") : this.to).focus();
        return;
      }
      this.move(chosen, target);
    }

    move(ids, target) {
      for (const id of ids) {
        if (target === this.home.get(id)) this.moved.delete(id);
        else this.moved.set(id, target);
      }
      for (const box of this.querySelectorAll(".order-requirement input:checked")) box.checked = false;
      this.to.value = "";
      this.rows.get(target)?.querySelector("details").setAttribute("open", "");
      this.changed();
      const where = target === "-" ? "no phase" : this.nameOf(target);
      const unverified = ids.filter((id) => !this.requirements.get(id).verified.includes(target)).length;
      this.say(`${plural(ids.length, "requirement")} moved to ${where}${unverified ? `; ${unverified} of them not verified by a criterion there` : ""}`);
    }

    /** How a requirement stands: where a criterion verifies it, seen from its phase. */
    verifiedWords({ id, verified }) {
      const phase = this.phaseOf(id);
      if (verified.includes(phase)) return ["verified here", true];
      if (verified.length === 0) return ["no criterion", false];
      return [`verified in ${verified.map((each) => this.nameOf(each)).join(", ")}`, false];
    }

    // -- painting -------------------------------------------------------------------------

    changed() {
      const warnings = this.paint();
      this.keep();
      return warnings;
    }

    paint() {
      const order = this.order();
      const warnings = this.violations(order);
      for (const [id, each] of this.requirements) this.paintRequirement(id, each);
      order.forEach((id, place) => this.paintPhase(id, place, order, warnings.get(id)));
      this.paintCount(order, warnings);
      return warnings;
    }

    paintRequirement(id, each) {
      const item = this.querySelector(`[data-requirement="${CSS.escape(id)}"]`);
      const target = this.phaseOf(id);
      // Those that leave the page stay where they were, and say where they go.
      const list = (this.rows.get(target) ?? this.rows.get(this.home.get(id))).querySelector(".order-list");
      if (item.parentElement !== list) list.append(item);
      const [words, here] = this.verifiedWords(each);
      const note = item.querySelector(".order-verified");
      const moved = this.moved.has(id);
      const from = `was in ${this.nameOf(this.home.get(id))}`;
      const goes = target === "-" ? "goes to no phase" : `goes to ${this.nameOf(target)}`;
      note.textContent = moved ? `${this.rows.has(target) ? from : goes} · ${words}` : words;
      note.classList.toggle("is-hole-here", !here);
      item.classList.toggle("is-moved", moved);
    }

    paintPhase(id, place, order, warnings) {
      const row = this.rows.get(id);
      const here = [...this.requirements.values()].filter((each) => this.phaseOf(each.id) === id);
      const verified = here.filter((each) => each.verified.includes(id)).length;
      const before = this.phases.get(id).delivered.length;
      const wasVerified = this.phases.get(id).delivered.filter((each) => each.verified.includes(id)).length;
      const was = (now, then) => (now === then ? "" : ` (was ${then})`);
      row.querySelector(".order-count").textContent = `${plural(here.length, "requirement")}${was(here.length, before)}${here.length ? `, ${verified} verified by its criteria${was(verified, wasVerified)}` : ""}`;
      row.querySelector(".order-place input").value = String(place + 1);
      row.querySelector(".order-number").textContent = this.numberAt(place);
      row.classList.toggle("is-moved", this.first[place] !== id);
      const [up, down] = row.querySelectorAll(".icon-move");
      up.setAttribute("aria-disabled", String(place === 0));
      down.setAttribute("aria-disabled", String(place === order.length - 1));
      row.querySelector(".order-warnings").replaceChildren(...warnings.map((words) => make("li", { class: "mark is-error" }, words)));
    }

    /** The number that the phase at a place gets. */
    numberAt(place) {
      return this.phases.get(this.first[place]).number || "–";
    }

    changes() {
      const order = this.order();
      return this.moved.size + (order.some((id, place) => id !== this.first[place]) ? 1 : 0);
    }

    paintCount(order, warnings) {
      const phases = order.filter((id, place) => id !== this.first[place]).length;
      const wrong = [...warnings.values()].flat().length;
      const lost = [...this.moved].filter(([id, target]) => !this.requirements.get(id).verified.includes(target)).length;
      const parts = [
        phases ? `${plural(phases, "phase")} in another place` : "",
        this.moved.size ? `${plural(this.moved.size, "requirement")} moved${lost ? `, ${lost} not verified in the new phase` : ""}` : "",
        wrong ? `${plural(wrong, "hard dependency")} on a later phase`.replace("dependencys", "dependencies") : "",
      ].filter(Boolean);
      this.form.querySelector(".table-count").textContent = parts.join(" · ") || "Nothing is moved yet.";
      this.discard.disabled = this.changes() === 0;
    }

    // -- the draft, and the way to review -------------------------------------------------

    keep() {
      try {
        if (this.changes() === 0) localStorage.removeItem(this.draftKey);
        else localStorage.setItem(this.draftKey, JSON.stringify({ first: this.first, order: this.order(), moved: [...this.moved] }));
      } catch {
        // Then there is no draft.
      }
    }

    restore() {
      let kept = null;
      try {
        kept = JSON.parse(localStorage.getItem(this.draftKey));
      } catch {
        return;
      }
      if (kept === null || !Array.isArray(kept.order) || !Array.isArray(kept.moved)) return;
      // An order of other phases than these, or of phases that were moved since, means nothing.
      if (String(kept.first) === String(this.first)) {
        for (const id of kept.order) if (this.rows.has(id)) this.list.append(this.rows.get(id));
      }
      for (const [id, target] of kept.moved) {
        const known = target === "-" || this.rows.has(target) || Object.hasOwn(this.others, target);
        if (this.requirements.has(id) && known && this.home.get(id) !== target) this.moved.set(id, target);
      }
      if (this.changes() === 0) this.keep();
      else this.say("Your changes of before are here again; they are not saved yet.");
    }

    throwAway() {
      for (const id of this.first) this.list.append(this.rows.get(id));
      this.moved.clear();
      this.changed();
      this.say("All changes are discarded.");
    }

    onSubmit(event) {
      for (const old of this.form.querySelectorAll("input[name=moved]")) old.remove();
      if (this.to.value !== "" && this.ticked().length) this.move(this.ticked(), this.to.value);
      if (this.changes() === 0) {
        event.preventDefault();
        this.say("Nothing is moved yet.");
        return;
      }
      for (const [id, target] of this.moved) {
        this.form.append(make("input", { type: "hidden", name: "moved", value: `${id} ${this.requirements.get(id).blob} ${target}` }));
      }
      this.keep();
      sent(this.draftKey);
      this.leaving = true;
    }
  }

  customElements.define("phase-order", PhaseOrder);
})();
