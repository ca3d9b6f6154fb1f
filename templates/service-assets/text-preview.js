// <text-preview> shows the Markdown of its text area as the site does.
(() => {
  "use strict";

  const button = (text) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button-small";
    made.textContent = text;
    return made;
  };

  customElements.define("text-preview", class extends HTMLElement {
    #turn = 0;

    connectedCallback() {
      const area = this.querySelector("textarea");
      if (!area || this.querySelector(".text-tabs")) return;
      const write = button("Write");
      const look = button("Preview");
      const shown = document.createElement("div");
      shown.className = "text-shown prose";
      shown.tabIndex = 0;
      shown.hidden = true;
      const label = document.querySelector(`label[for="${CSS.escape(area.id)}"]`);
      shown.setAttribute("role", "region");
      shown.setAttribute("aria-label", `${label?.firstChild.textContent.trim() ?? "Text"}, as the site shows it`);
      const tabs = document.createElement("div");
      tabs.className = "text-tabs";
      tabs.setAttribute("role", "group");
      tabs.setAttribute("aria-label", `${label?.firstChild.textContent.trim() ?? "Text"}: write or preview`);
      tabs.append(write, look);
      this.prepend(tabs);
      this.append(shown);
      const show = (preview) => {
        area.hidden = preview;
        shown.hidden = !preview;
        write.setAttribute("aria-pressed", String(!preview));
        look.setAttribute("aria-pressed", String(preview));
      };
      show(false);
      write.addEventListener("click", () => {
        show(false);
        area.focus();
      });
      look.addEventListener("click", async () => {
        const turn = (this.#turn += 1);
        const page = await this.#html(area.value);
        if (turn !== this.#turn) return;
        shown.replaceChildren(...page);
        show(true);
        shown.focus();
      });
    }

    /** Nodes of the text; the service makes safe HTML of it. */
    async #html(text) {
      try {
        const answer = await window.agented.apiFetch("/api/plan/html", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ text }),
        });
        const said = await answer.json();
        if (!answer.ok) return [said.error.message];
        if (!said.html.trim()) return ["Nothing is written yet."];
        return [...new DOMParser().parseFromString(said.html, "text/html").body.childNodes];
      } catch {
        return ["The service does not answer. Try again in a moment; what you typed stays here."];
      }
    }
  });
})();
