// <draft-run> follows a run of the model and shows what it writes as it comes; once it has ended the
// same form is asked again, in the background, and its part of the page is put in place: what a
// person types meanwhile stays.
(() => {
  "use strict";
  const { RunFollower, eventOf, saidIn } = window.agentedRuns;
  // The texts of the answer that people read.
  const READ = new Set(["text", "problem", "reason", "phase", "to"]);
  const SHOWN = 40;

  customElements.define("draft-run", class extends RunFollower {
    #text = "";
    #drawing = 0;

    get #place() {
      return this.querySelector("[data-written]");
    }

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
      for (const line of data.lines) this.#event(eventOf(line));
      this.#drawing ||= requestAnimationFrame(() => this.#draw());
    }

    #event(event) {
      if (event.type === "text" && typeof event.delta === "string") this.#text += event.delta;
      if (event.type === "cost") {
        const usd = Number(event.usd);
        const known = event.usd !== null && event.usd !== undefined && Number.isFinite(usd);
        const cost = this.querySelector("[data-cost]");
        cost.textContent = `${Number(event.in ?? 0).toLocaleString("en")} tokens in, ${Number(event.out ?? 0).toLocaleString("en")} out${known ? `, about $${usd.toFixed(usd < 0.1 ? 4 : 2)}` : ", price unknown"}`;
      }
    }

    #draw() {
      this.#drawing = 0;
      const said = saidIn(this.#text, (name) => READ.has(name), SHOWN);
      this.#place.replaceChildren(...said.filter(Boolean).map((text) => Object.assign(document.createElement("p"), { textContent: text })));
      this.#say(said.length ? "Writing…" : "Thinking…");
    }

    state(state) {
      if (state === "refused") this.#say("What it writes cannot be shown here; look again in a moment.");
      if (state === "signed-out") this.#say("You are signed out. Sign in again in another tab, then look again.");
    }

    async #ended() {
      this.#say("Done: reading the answer…");
      try {
        const fresh = await this.#fresh();
        const old = this.closest("[data-drafting]");
        if (!fresh || !old) throw new Error("no such part");
        const held = old.contains(document.activeElement);
        const made = document.importNode(fresh, true);
        old.replaceWith(made);
        if (held) made.focus({ preventScroll: true });
      } catch {
        this.#say("The answer is here. Look at it with the button below.");
      }
    }

    /** The same part of the page as the service makes it now. */
    async #fresh() {
      const form = this.closest("form");
      const options = { cache: "no-store", redirect: "error" };
      const look = this.getAttribute("look");
      if (!look) {
        const sent = new FormData(form);
        sent.set("do", "ai:look");
        Object.assign(options, { method: "POST", body: new URLSearchParams(sent) });
      }
      const answer = await fetch(look ?? form.action, options);
      if (!answer.ok && answer.status !== 422) throw new Error(`HTTP ${answer.status}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return page.querySelector("[data-drafting]");
    }
  });
})();
