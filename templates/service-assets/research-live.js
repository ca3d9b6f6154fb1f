// <research-worker> shows what one researcher writes and which pages it reads, as it comes.
// <research-run> puts the page as the service makes it in place whenever one of them has ended, and
// looks now and then while the run goes on.  All that comes is shown as text, never as markup.
(() => {
  "use strict";
  const { RunFollower, eventOf, saidIn } = window.agentedRuns;
  // What of the answer is not for people.
  const HIDDEN = new Set(["key", "url", "confidence", "outcome", "type"]);
  const SHOWN = 30;
  const MOST_PAGES = 200;
  const URL_IN = /https?:\/\/[^\s"'<>\\)\]}`]{3,2000}/g;
  const SEARCH = /^\s*(?:google_)?web[ _-]?search/i;

  const urlsIn = (...texts) => texts.flatMap((text) => [...(text || "").matchAll(URL_IN)].map(([url]) => url.replace(/[.,;:]+$/, "")));
  const LOOK_MS = 2000;

  const paragraph = (text, kind = "") => {
    const made = document.createElement("p");
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  customElements.define("research-worker", class extends RunFollower {
    #text = "";
    #tools = [];
    #pages = new Set();
    #calls = [];
    #drawing = 0;

    get query() {
      return this.hasAttribute("agent") ? "?view=readable" : "";
    }

    take(name, data) {
      if (name === "ended") {
        this.dispatchEvent(new CustomEvent("research-ended", { bubbles: true }));
        return;
      }
      if (name !== "lines" || data.stream !== "out") return;
      data.lines.forEach((line, at) => {
        if (data.shown?.[at]) data.shown[at].forEach((part) => this.#part(part));
        else this.#event(line);
      });
      this.#drawing ||= requestAnimationFrame(() => this.#draw());
    }

    /** A part of what an agent of the command line prints. */
    #part(part) {
      const text = part.title || part.text;
      if (part.kind === "say") this.#text += `${part.text}\n`;
      else if (part.kind === "tool") this.#tools.push(text);
      this.#answered(part);
    }

    /** Pages of calls that were answered, by the rule of the service (`research/agents.py`). */
    #answered({ kind, title, text }) {
      if (kind === "tool") {
        const isSearch = SEARCH.test(title);
        this.#calls.push({ isSearch, opened: isSearch ? [] : urlsIn(title, text) });
      } else if (kind === "came" || kind === "error") {
        const call = this.#calls.shift();
        if (!call || kind === "error") return;
        (call.isSearch ? urlsIn(title, text) : call.opened).forEach((url) => this.#source({ url, title: "" }));
      }
    }

    #event(line) {
      const event = eventOf(line);
      if (event.type === "text" && typeof event.delta === "string") this.#text += event.delta;
      else if (event.type === "tool") this.#tools.push(`${event.name === "web_fetch" ? "Opens" : "Searches"} ${event.query}`);
      else if (event.type === "source") this.#source(event);
      else if (event.type === "cost") this.#cost(event);
      else if (event.type === undefined && this.hasAttribute("agent")) this.#text += `${line}\n`;
    }

    #source({ url, title }) {
      if (this.#pages.has(url) || this.#pages.size >= MOST_PAGES || !/^https?:\/\//.test(url)) return;
      this.#pages.add(url);
      const link = document.createElement("a");
      link.href = url;
      link.rel = "noopener noreferrer nofollow";
      link.textContent = title || url;
      const entry = document.createElement("li");
      entry.append(link);
      this.querySelector("[data-pages]").append(entry);
      this.querySelector("[data-none]").hidden = true;
    }

    #cost(event) {
      const usd = event.usd === null || event.usd === undefined ? "" : `, about $${Number(event.usd).toFixed(4)}`;
      const tokens = `${Number(event.in ?? 0).toLocaleString("en")} tokens in, ${Number(event.out ?? 0).toLocaleString("en")} out`;
      const place = this.closest("section").querySelector("[data-cost]");
      place.textContent = `${tokens}${usd || ", price unknown"}`;
    }

    #draw() {
      this.#drawing = 0;
      const place = this.querySelector("[data-said]");
      const stays = place.scrollHeight - place.scrollTop - place.clientHeight > 40;
      const start = this.#text.indexOf("{");
      const before = start < 0 ? this.#text : this.#text.slice(0, start);
      const said = start < 0 ? []
        : saidIn(this.#text.slice(start), (name) => !HIDDEN.has(name), SHOWN).filter(Boolean);
      place.replaceChildren(
        ...this.#tools.slice(-8).map((text) => paragraph(text, "rs-tool")),
        ...before.split("\n").filter((line) => line.trim()).slice(-SHOWN).map((line) => paragraph(line)),
        ...said.map((text) => paragraph(text)),
      );
      if (!stays) place.scrollTop = place.scrollHeight;
    }
  });

  customElements.define("research-run", class extends HTMLElement {
    #timer = 0;
    #shown = "";

    connectedCallback() {
      if (!this.hasAttribute("working")) return;
      this.addEventListener("research-ended", () => this.#look());
      this.#shown = this.#states(this);
      this.#wait();
    }

    disconnectedCallback() {
      clearTimeout(this.#timer);
    }

    #wait() {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#look(), LOOK_MS);
    }

    #stateOf(column) {
      const worker = column.querySelector("research-worker");
      return `${column.getAttribute("aria-labelledby")} ${worker ? worker.getAttribute("execution") : column.querySelector("[data-state]").textContent}`;
    }

    #states(place) {
      return [...place.querySelectorAll(".rs-column")].map((each) => this.#stateOf(each)).join("\n");
    }

    /** Say why the page does not go on; nothing when it does. */
    #trouble(text) {
      const place = this.querySelector("[data-trouble]");
      if (place.textContent !== text) place.textContent = text;
      place.hidden = !text;
    }

    /** Put in place what has changed: a researcher that is at work stays as it is. */
    async #look() {
      clearTimeout(this.#timer);
      if (document.hidden) {
        this.#wait();
        return;
      }
      let fresh = null;
      try {
        const answer = await fetch(this.getAttribute("look"), { cache: "no-store", redirect: "manual" });
        if (answer.status === 401 || answer.type === "opaqueredirect") {
          this.#trouble("You are signed out. Sign in again in another tab: this page then goes on.");
          this.#wait();
          return;
        }
        if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        fresh = page.querySelector("research-run");
      } catch {
        this.#trouble("The service does not answer just now; this page goes on looking.");
        this.#wait();
        return;
      }
      this.#trouble("");
      if (!fresh) {
        this.#wait();
        return;
      }
      if (this.#states(fresh) !== this.#shown || !fresh.hasAttribute("working")) this.#put(fresh);
      if (this.isConnected && fresh.hasAttribute("working")) this.#wait();
    }

    #put(fresh) {
      this.#shown = this.#states(fresh);
      for (const part of fresh.querySelectorAll("[data-part]")) {
        this.querySelector(`[data-part="${part.dataset.part}"]`).replaceWith(document.importNode(part, true));
      }
      for (const column of fresh.querySelectorAll(".rs-column")) this.#putColumn(column);
      const isOver = !fresh.hasAttribute("working");
      this.toggleAttribute("working", !isOver);
      this.querySelector("[data-news]").textContent = isOver ? "The research is over." : "A researcher has ended.";
    }

    /** A column that is as before stays: its stream goes on, and so does whoever reads it. */
    #putColumn(column) {
      const name = column.getAttribute("aria-labelledby");
      const old = this.querySelector(`.rs-column[aria-labelledby="${CSS.escape(name)}"]`);
      const made = document.importNode(column, true);
      if (!old) {
        this.querySelector(".rs-columns").before(made);
        return;
      }
      if (this.#stateOf(old) === this.#stateOf(column)) return;
      const held = old.contains(document.activeElement);
      old.replaceWith(made);
      if (held) made.querySelector(":is(a, button, summary)")?.focus({ preventScroll: true });
    }
  });
})();
