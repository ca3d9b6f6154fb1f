// <phase-order> is the order of phases by drag, buttons and keys, with requirements that move
// between them. The form is what the page had without a script: its boxes are filled in before it
// is sent.
(() => {
  "use strict";
  const { button, make, plural } = window.agentedElements;
  const { Drafts } = window.agentedDrafts;
  const { Drags, OrderModel } = Object.freeze(window.agentedOrder);
  const ARROWS = { up: "M8 3v10M3.5 7.5 8 3l4.5 4.5", down: "M8 13V3m-4.5 5.5L8 13l4.5-4.5" };
  const GRIP = "M6 3v.01M10 3v.01M6 8v.01M10 8v.01M6 13v.01M10 13v.01";

  const icon = (path) => {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("viewBox", "0 0 16 16");
    drawing.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    drawing.append(line);
    return drawing;
  };

  class PhaseOrder extends HTMLElement {
    connectedCallback() {
      this.model = new OrderModel(JSON.parse(this.dataset.setup));
      this.form = this.querySelector("form");
      this.list = this.querySelector(".order");
      this.rows = new Map([...this.list.children].map((row) => [row.dataset.phase, row]));
      this.drags = new Drags(this);
      this.drafts = new Drafts(`order/${this.form.elements.milestone.value}`, this.dataset.proposal);
      this.build();
      this.restore();
      this.paint();
      this.drafts.guard(() => this.changes() > 0);
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
      for (const item of this.querySelectorAll(".order-requirement")) this.drags.addRequirement(item);
      this.to = this.form.elements.to;
      this.to.after(" ", button("Move", () => this.moveTicked()));
      this.discard = button("Discard all", () => this.throwAway(), "button");
      this.form.querySelector(".actions").prepend(this.discard);
      this.form.addEventListener("submit", (event) => this.onSubmit(event));
    }

    buildPhase(id, row) {
      const name = this.model.nameOf(id);
      const mover = (label, drawing, act) => {
        const made = make("button", { type: "button", class: "icon-move", "aria-label": `${label} ${name}`, title: label });
        made.append(icon(drawing));
        made.addEventListener("click", act);
        return made;
      };
      const up = mover("Move up", ARROWS.up, () => this.step(id, -1, up));
      const down = mover("Move down", ARROWS.down, () => this.step(id, 1, down));
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
      this.drags.addPhase(id, row, grip);
    }

    say(words) {
      this.live.textContent = words;
    }

    // -- phases ---------------------------------------------------------------------------

    order() {
      return [...this.list.children].map((row) => row.dataset.phase);
    }

    step(id, by, focused) {
      const row = this.rows.get(id);
      const beside = by < 0 ? row.previousElementSibling : row.nextElementSibling;
      if (beside === null) {
        this.say(`${this.model.nameOf(id)} is ${by < 0 ? "the first" : "the last"} already`);
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
      this.say(`${this.model.nameOf(id)}: place ${place} of ${this.rows.size}${about}`);
    }

    // -- requirements ---------------------------------------------------------------------

    ticked() {
      return [...this.querySelectorAll(".order-requirement input:checked")].map((box) => box.closest("li").dataset.requirement);
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
      this.model.move(ids, target);
      for (const box of this.querySelectorAll(".order-requirement input:checked")) box.checked = false;
      this.to.value = "";
      this.rows.get(target)?.querySelector("details").setAttribute("open", "");
      this.changed();
      const where = target === "-" ? "no phase" : this.model.nameOf(target);
      const unverified = ids.filter((id) => !this.model.isVerifiedIn(id, target)).length;
      this.say(`${plural(ids.length, "requirement")} moved to ${where}${unverified ? `; ${unverified} of them not verified by a criterion there` : ""}`);
    }

    // -- painting -------------------------------------------------------------------------

    changed() {
      const warnings = this.paint();
      this.keep();
      return warnings;
    }

    paint() {
      const order = this.order();
      const warnings = this.model.violations(order);
      for (const id of this.model.requirements.keys()) this.paintRequirement(id);
      order.forEach((id, place) => this.paintPhase(id, place, order, warnings.get(id)));
      this.paintCount(order, warnings);
      return warnings;
    }

    paintRequirement(id) {
      const { model } = this;
      const item = this.querySelector(`[data-requirement="${CSS.escape(id)}"]`);
      const target = model.phaseOf(id);
      // Those that leave the page stay where they were, and say where they go.
      const list = (this.rows.get(target) ?? this.rows.get(model.home.get(id))).querySelector(".order-list");
      if (item.parentElement !== list) list.append(item);
      const [words, here] = model.verifiedWords(id);
      const note = item.querySelector(".order-verified");
      const moved = model.moved.has(id);
      const from = `was in ${model.nameOf(model.home.get(id))}`;
      const goes = target === "-" ? "goes to no phase" : `goes to ${model.nameOf(target)}`;
      note.textContent = moved ? `${this.rows.has(target) ? from : goes} · ${words}` : words;
      note.classList.toggle("is-hole-here", !here);
      item.classList.toggle("is-moved", moved);
    }

    paintPhase(id, place, order, warnings) {
      const row = this.rows.get(id);
      const { delivered } = this.model.phases.get(id);
      const here = [...this.model.requirements.values()].filter((each) => this.model.phaseOf(each.id) === id);
      const verified = here.filter((each) => each.verified.includes(id)).length;
      const before = delivered.length;
      const wasVerified = delivered.filter((each) => each.verified.includes(id)).length;
      const was = (now, then) => (now === then ? "" : ` (was ${then})`);
      row.querySelector(".order-count").textContent = `${plural(here.length, "requirement")}${was(here.length, before)}${here.length ? `, ${verified} verified by its criteria${was(verified, wasVerified)}` : ""}`;
      row.querySelector(".order-place input").value = String(place + 1);
      row.querySelector(".order-number").textContent = this.model.numberAt(place);
      row.classList.toggle("is-moved", this.model.first[place] !== id);
      const [up, down] = row.querySelectorAll(".icon-move");
      up.setAttribute("aria-disabled", String(place === 0));
      down.setAttribute("aria-disabled", String(place === order.length - 1));
      row.querySelector(".order-warnings").replaceChildren(...warnings.map((words) => make("li", { class: "mark is-error" }, words)));
    }

    changes() {
      return this.model.changes(this.order());
    }

    paintCount(order, warnings) {
      const { moved } = this.model;
      const phases = this.model.displaced(order).length;
      const wrong = [...warnings.values()].flat().length;
      const lost = this.model.unverified().length;
      const parts = [
        phases ? `${plural(phases, "phase")} in another place` : "",
        moved.size ? `${plural(moved.size, "requirement")} moved${lost ? `, ${lost} not verified in the new phase` : ""}` : "",
        wrong ? `${plural(wrong, "hard dependency")} on a later phase`.replace("dependencys", "dependencies") : "",
      ].filter(Boolean);
      this.form.querySelector(".table-count").textContent = parts.join(" · ") || "Nothing is moved yet.";
      this.discard.disabled = this.changes() === 0;
    }

    // -- the draft, and the way to review -------------------------------------------------

    keep() {
      if (this.changes() === 0) this.drafts.drop();
      else this.drafts.keep("", this.model.draft(this.order()));
    }

    restore() {
      const kept = this.drafts.newest();
      if (kept === null) return;
      this.arrange(this.model.restore(kept));
      if (this.changes() === 0) this.keep();
      else this.say("Your changes of before are here again; they are not saved yet.");
    }

    arrange(order) {
      for (const id of order) this.list.append(this.rows.get(id));
    }

    throwAway() {
      this.arrange(this.model.first);
      this.model.moved.clear();
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
      for (const [id, target] of this.model.moved) {
        this.form.append(make("input", { type: "hidden", name: "moved", value: `${id} ${this.model.requirements.get(id).blob} ${target}` }));
      }
      this.keep();
      this.drafts.send();
    }
  }

  customElements.define("phase-order", PhaseOrder);
})();
