// <ask-run> shows what a model writes while it writes.  <ask-session> saves each answer in place as it is given: the figures, the list of answers and the
// draft are put in place anew, while the cards stay as they are until the person goes on.
(() => {
  "use strict";
  const { RunFollower, eventOf, saidIn } = window.agentedRuns;
  const PAUSE_MS = 900;

  const fragment = (text) => new DOMParser().parseFromString(text, "text/html");

  customElements.define("ask-session", class extends HTMLElement {
    #timers = new Map();
    #queue = Promise.resolve();
    #unsaved = new Set();

    connectedCallback() {
      this.#keepOpen();
      const round = this.querySelector("form[data-round]");
      if (!round) return;
      round.addEventListener("change", (event) => this.#changed(event.target, 0));
      round.addEventListener("input", (event) => {
        if (!event.target.matches(".ask-own")) return;
        const card = event.target.closest("[data-card]");
        const own = card.querySelector('input[type="radio"][value="other"]');
        if (own && event.target.value.trim()) own.checked = true;
        this.#changed(event.target, PAUSE_MS);
      });
      addEventListener("beforeunload", (event) => {
        if (this.#unsaved.size && !this.#sending) event.preventDefault();
      });
      round.addEventListener("submit", () => { this.#sending = true; });
    }

    #sending = false;

    /** What a person opened or closed stays so when the draft is put anew, and on the next page. */
    #keepOpen() {
      const place = `agented-open:${location.pathname}`;
      try {
        this.#open = new Map(JSON.parse(sessionStorage.getItem(place) ?? "[]"));
      } catch {
        this.#open = new Map(); // Without a memory, what the service opens is open.
      }
      this.#reopen(this);
      // A toggle does not bubble; a click on a summary, by pointer or key, does.
      this.addEventListener("click", (event) => {
        const details = event.target.closest("summary")?.closest("details[data-keeps]");
        if (!details) return;
        this.#open.set(details.dataset.keeps, !details.open);
        try {
          sessionStorage.setItem(place, JSON.stringify([...this.#open]));
        } catch {
          // It is kept for this page.
        }
      });
    }

    #open = new Map();

    #reopen(root) {
      for (const details of root.querySelectorAll("details[data-keeps]")) {
        const kept = this.#open.get(details.dataset.keeps);
        // What the address names, or what is being edited, is shown in any case.
        const named = details.querySelector(":target, .ask-edit") !== null;
        if (kept !== undefined) details.open = kept || named;
        else if (named) details.open = true;
      }
    }

    #changed(target, pause) {
      const card = target.closest("[data-card]");
      if (!card || this.#sending) return;
      const chosen = card.querySelector('input[type="radio"]:checked')?.value;
      if (chosen === "other" && !card.querySelector(".ask-own").value.trim()) return;
      this.#unsaved.add(card);
      clearTimeout(this.#timers.get(card));
      this.#timers.set(card, setTimeout(() => {
        // One after the other: the last word on a card must arrive last.
        this.#queue = this.#queue.then(() => this.#save(card));
      }, pause));
    }

    async #save(card) {
      if (this.#sending) return;
      const form = card.closest("form");
      const sent = new URLSearchParams({ do: "keep" });
      sent.set("csrf_token", form.elements.csrf_token.value);
      for (const field of card.querySelectorAll("input, textarea")) {
        if (field.type !== "radio" || field.checked) sent.append(field.name, field.value);
      }
      this.#say(card, "Saving…");
      try {
        const answer = await fetch(form.action, { method: "POST", body: sent, cache: "no-store" });
        const page = fragment(await answer.text());
        if (answer.redirected && new URL(answer.url).pathname === "/login") throw new Error("signed out");
        if (answer.status === 422) {
          this.#refuse(card, page);
          return;
        }
        if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
        this.#unsaved.delete(card);
        this.#clear(card);
        this.put(page);
        this.#say(card, "Saved.");
      } catch {
        this.#say(card, "Not saved yet: the service does not answer. Save with the button below.");
      }
    }

    /** Put anew what an answer changes beside the cards; what is being edited stays. */
    put(page) {
      for (const old of this.querySelectorAll("[data-live]")) {
        const made = page.querySelector(`[data-live="${old.dataset.live}"]`);
        if (!made || old.contains(document.activeElement) || old.querySelector(".ask-edit")) continue;
        const fresh = document.importNode(made, true);
        this.#reopen(fresh);
        old.replaceWith(fresh);
      }
    }

    #refuse(card, page) {
      const id = CSS.escape(card.dataset.card);
      const said = page.querySelector(`[data-card="${id}"] .field-error`)?.textContent;
      this.#clear(card);
      card.querySelector(".ask-own").setAttribute("aria-invalid", "true");
      this.#say(card, said ?? "This answer cannot be taken.");
    }

    #clear(card) {
      card.querySelector(".ask-own").removeAttribute("aria-invalid");
      card.querySelector(".field-error")?.remove();
    }

    #say(card, text) {
      card.querySelector("[data-card-said]").textContent = text;
    }
  });

  // The texts of the answer that people read.
  const READ = new Set(["text", "constraint", "because", "topic", "why", "title", "goal", "criterion"]);
  const SHOWN = 30;

  customElements.define("ask-run", class extends RunFollower {
    #text = "";
    #drawing = 0;

    #say(text) {
      const place = this.querySelector("[data-run-said]");
      if (place.textContent !== text) place.textContent = text;
    }

    take(name, data) {
      if (name === "ended") {
        this.#ended();
        return;
      }
      if (name !== "lines" || data.stream !== "out") return;
      for (const line of data.lines) {
        const event = eventOf(line);
        if (event.type === "text" && typeof event.delta === "string") this.#text += event.delta;
      }
      this.#drawing ||= requestAnimationFrame(() => this.#draw());
    }

    #draw() {
      this.#drawing = 0;
      const said = saidIn(this.#text, (name) => READ.has(name), SHOWN);
      const rows = said.filter(Boolean).map((text) => Object.assign(document.createElement("p"), { textContent: text }));
      this.querySelector("[data-written]").replaceChildren(...rows);
      this.#say(rows.length ? "The model is writing." : "The model is at work.");
    }

    state(state) {
      if (state === "refused") this.#say("What it writes cannot be shown here. Look again in a moment.");
      if (state === "signed-out") this.#say("You are signed out. Sign in in another tab, then look again.");
    }

    /** Put in place what it brought; cards and what is typed in them stay. */
    async #ended() {
      try {
        const answer = await fetch(this.getAttribute("look"), { cache: "no-store" });
        if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
        const page = fragment(await answer.text());
        this.closest("ask-session").put(page);
        const made = page.querySelector("[data-model]");
        this.closest("[data-model]").replaceWith(document.importNode(made, true));
      } catch {
        this.#say("It has ended. Look at what it brought with the link below.");
      }
    }
  });
})();
