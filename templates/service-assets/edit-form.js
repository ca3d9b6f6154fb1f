// <edit-form> looks after the form of an item: what is typed is kept in this browser every two
// seconds and can be restored, leaving with unsent text asks first, the checks answer while one
// types, and Ctrl+Enter goes to the review.
(() => {
  "use strict";
  const { Drafts } = window.agentedDrafts;
  const DRAFT_MS = 2000;
  const CHECK_MS = 600;
  // Names that say nothing of what was typed.
  const OWN = new Set(["csrf_token", "do"]);
  const ROW = /^f\.([a-z_]+)\.(\d+)\.([a-z]+)$/;

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  // What Claude suggests is part of the form, and nothing that a person typed into the item.
  const isOwn = (name) => OWN.has(name) || name.startsWith("ai.");
  const pairsOf = (form) => [...new FormData(form)].filter(([name]) => !isOwn(name));
  const sameText = (pairs) =>
    JSON.stringify(pairs.filter(([name]) => name !== "blob").map(([name, text]) => [name, text.replaceAll("\r\n", "\n").trim()]));

  /** Put texts into a form: rows are added, removed and ordered as they were. */
  const fill = (form, pairs) => {
    for (const rows of form.querySelectorAll("edit-rows")) {
      const name = rows.getAttribute("name");
      if (!pairs.some(([each]) => each === `f.${name}`)) continue;
      const numbers = pairs.map(([each]) => ROW.exec(each)).filter((match) => match?.[1] === name);
      rows.arrange([...new Set(numbers.map((match) => match[2]))]);
    }
    for (const [name, text] of pairs) {
      const field = form.elements.namedItem(name);
      if (!field || OWN.has(name) || field instanceof RadioNodeList) continue;
      if (field.tagName === "SELECT" && ![...field.options].some((each) => each.value === text)) {
        field.add(new Option(text, text));
      }
      field.value = text;
    }
    for (const picker of form.querySelectorAll("item-picker")) picker.refresh?.();
  };

  // -- findings -------------------------------------------------------------------------------

  const ticked = (text) => {
    const parts = text.split("`");
    if (parts.length % 2 === 0) parts.push([parts.pop(), parts.pop()].reverse().join("`"));
    return parts.map((part, at) => (at % 2 ? element("code", { textContent: part }) : part));
  };

  const foundNode = ({ severity, message, hint, fixes, new: isNew }) => {
    const mark = element("span", { className: `mark is-${severity}` },
      element("span", { className: "sr", textContent: `${isNew ? "new " : ""}${severity}: ` }), ...ticked(message));
    const node = element("div", { className: isNew ? "found is-new" : "found" }, mark);
    if (hint) node.append(" ", element("span", { className: "found-hint" }, ...ticked(hint)));
    for (const { label, token } of fixes) {
      node.append(" ", element("button", {
        className: "button button-small", name: "do", value: token, formNoValidate: true,
        textContent: label.charAt(0).toUpperCase() + label.slice(1),
      }));
    }
    return node;
  };

  /** The place for a finding: that of its row or field, else the top. */
  const slotOf = (form, name) => {
    for (let at = name; at; at = at.slice(0, Math.max(at.lastIndexOf("."), 0))) {
      const slot = form.querySelector(`[data-found="${CSS.escape(at)}"]`);
      if (slot) return slot;
    }
    return form.querySelector('[data-found=""]');
  };

  const counted = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

  const summary = (said) => {
    const fresh = said.found.filter((each) => each.new).length + said.elsewhere.length;
    const parts = [];
    if (said.clashes.length) parts.push("others changed the same meanwhile: you will be asked");
    else if (said.merged.length) parts.push(`others changed ${said.merged.join(", ")} meanwhile: both are kept`);
    if (fresh) parts.push(`${counted(fresh, "new problem")}${said.elsewhere.length ? `, ${said.elsewhere.length} of them elsewhere` : ""}`);
    if (said.fixed) parts.push(`${counted(said.fixed, "problem")} mended`);
    if (!fresh && !said.fixed && said.found.length) parts.push(counted(said.found.length, "finding"));
    return parts.join(" · ");
  };

  // -- the element ----------------------------------------------------------------------------

  customElements.define("edit-form", class extends HTMLElement {
    #form = null;
    #drafts = null;
    #opened = "";
    #kept = "";
    #asked = null;
    #timer = 0;

    connectedCallback() {
      const begin = () => this.#begin();
      if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true });
      else begin();
    }

    get #blob() {
      return this.#form.elements.namedItem("blob")?.value ?? "";
    }

    get isChanged() {
      return JSON.stringify(pairsOf(this.#form)) !== this.#opened;
    }

    #begin() {
      const form = this.#form = this.querySelector("form");
      const item = this.getAttribute("draft");
      this.#drafts = new Drafts(item, this.getAttribute("proposal"));
      // A form that came back with a mend, a row or a message holds what the plan does not have.
      this.#opened = this.hasAttribute("unsent") ? "" : JSON.stringify(pairsOf(form));
      this.#kept = this.#opened;
      form.addEventListener("input", () => this.#checkSoon());
      form.addEventListener("change", () => this.#checkSoon());
      form.addEventListener("submit", (event) => this.#submit(event));
      form.addEventListener("edit-said", (event) => this.#say(event.detail));
      this.#drafts.guard(() => this.isChanged);
      addEventListener("pagehide", () => this.#keep());
      document.addEventListener("keydown", (event) => this.#key(event));
      setInterval(() => this.#keep(), DRAFT_MS);
      this.#offer();
      if (!item.split("/")[1]) this.#check();
    }

    #key(event) {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit(this.#form.querySelector(".edit-bar button"));
    }

    #submit(event) {
      const size = pairsOf(this.#form).reduce((sum, [name, text]) => sum + name.length + new Blob([encodeURIComponent(text)]).size + 2, 0);
      const most = Number(this.getAttribute("most"));
      if (size > most) {
        event.preventDefault();
        this.#say(`This is too large to be sent: ${counted(Math.round(size / 1024), "KiB")} of ${Math.round(most / 1024)}. Shorten a text, or edit the file itself.`);
        return;
      }
      this.#keep();
      this.#drafts.send();
    }

    #say(text) {
      this.querySelector("[data-said]").textContent = text;
    }

    // -- drafts -------------------------------------------------------------------------------

    #keep() {
      const pairs = pairsOf(this.#form);
      const now = JSON.stringify(pairs);
      if (now === this.#kept) return;
      this.#kept = now;
      if (now === this.#opened) this.#drafts.drop();
      else this.#drafts.keep(this.#blob, { pairs });
    }

    #offer() {
      const draft = this.#drafts.newest();
      if (!draft) return;
      const here = pairsOf(this.#form);
      if (sameText(draft.pairs) === sameText(here)) {
        // It was saved, or is what the form shows again.
        if (!this.querySelector("[role=alert]")) this.#drafts.drop();
        return;
      }
      // The form was sent and came back with another row, or with a message: it is newer.
      if (this.#form.closest("main").querySelector("[role=alert], .note[role=status], [autofocus]:not([id='f.title'])")) return;
      const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
      if (back || new URLSearchParams(location.search).get("draft") === "restore") {
        this.#restore(draft);
        return;
      }
      const when = new Date(draft.at).toLocaleString(document.documentElement.lang);
      const older = this.#drafts.key(this.#blob) === draft.key ? "" : " The item was changed since; both are merged when you save.";
      const bar = element("div", { className: "note draft-bar" },
        element("p", { textContent: `What you typed here on ${when} was not saved.${older}` }));
      bar.setAttribute("role", "status");
      const restore = element("button", { type: "button", className: "button button-small button-main", textContent: "Restore it" });
      const discard = element("button", { type: "button", className: "button button-small", textContent: "Discard it" });
      restore.addEventListener("click", () => {
        bar.remove();
        this.#restore(draft);
      });
      discard.addEventListener("click", () => {
        this.#drafts.drop();
        bar.remove();
      });
      bar.append(restore, discard);
      this.prepend(bar);
    }

    #restore(draft) {
      fill(this.#form, draft.pairs);
      this.#say("Restored what you typed.");
      this.#form.querySelector("textarea, input:not([type=hidden])")?.focus();
      this.#check();
    }

    // -- checks -------------------------------------------------------------------------------

    #checkSoon() {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#check(), CHECK_MS);
    }

    async #check() {
      this.#asked?.abort();
      const asked = this.#asked = new AbortController();
      let said;
      try {
        const answer = await fetch(this.getAttribute("checks"), {
          method: "POST", body: new URLSearchParams(new FormData(this.#form)), signal: asked.signal, cache: "no-store",
        });
        if (!answer.ok) return;
        said = await answer.json();
      } catch {
        return; // Another one is under way, or the service does not answer: the review checks too.
      }
      if (asked.signal.aborted) return;
      this.#show(said);
    }

    #show(said) {
      const next = this.querySelector("[data-next-id]");
      if (next) next.textContent = said.id ? `It would be ${said.id}.` : "";
      // Nobody is told what is missing before anything was written.
      if (next && !this.isChanged) return;
      const found = said.found ?? [];
      if (said.refused) {
        const { name, message, hint } = said.refused;
        found.push({ name, message, hint, severity: "error", new: true, fixes: [] });
      }
      const places = new Map([...this.#form.querySelectorAll("[data-found]")].map((slot) => [slot, []]));
      for (const each of found) places.get(slotOf(this.#form, each.name))?.push(foundNode(each));
      for (const [slot, nodes] of places) slot.replaceChildren(...nodes);
      this.#say(said.refused ? "" : summary(said));
    }
  });
})();
