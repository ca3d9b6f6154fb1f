// The checks of merged plans take a while: what was counted meanwhile takes its place in the list.
(() => {
  "use strict";
  const PAUSE_MS = 700;
  const MOST_LOOKS = 200;

  customElements.define("proposal-list", class extends HTMLElement {
    connectedCallback() {
      this.looks = 0;
      this.plan();
    }

    plan() {
      if (this.dataset.counting && this.looks < MOST_LOOKS) setTimeout(() => this.look(), PAUSE_MS);
    }

    async look() {
      if (!this.isConnected) return;
      this.looks += 1;
      if (!document.hidden) await this.refresh();
      this.plan();
    }

    /** Take over the verdicts of the same list as it is now. */
    async refresh() {
      let answer;
      try {
        answer = await fetch("/proposals", { headers: { Accept: "text/html" } });
      } catch {
        return; // The service does not answer now: the next look may find it.
      }
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const found of page.querySelectorAll("[data-impact]")) {
        const here = this.querySelector(`[data-impact="${CSS.escape(found.dataset.impact)}"]`);
        if (here !== null && !here.contains(document.activeElement)) here.replaceWith(found);
      }
      this.dataset.counting = page.querySelector("proposal-list")?.dataset.counting ?? "";
    }
  });
})();
