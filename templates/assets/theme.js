// Applies the chosen theme before the first paint, and offers the choice.
// "auto" follows the system; the choice is kept in this browser only.
(() => {
  "use strict";
  const KEY = "agented-theme";
  const CHOICES = ["auto", "light", "dark"];
  const root = document.documentElement;

  const stored = () => {
    try {
      const value = localStorage.getItem(KEY);
      return CHOICES.includes(value) ? value : "auto";
    } catch {
      return "auto"; // Storage can be forbidden.
    }
  };
  const apply = (choice) => {
    if (choice === "auto") root.removeAttribute("data-theme");
    else root.dataset.theme = choice;
  };
  apply(stored());

  customElements.define("theme-switch", class extends HTMLElement {
    connectedCallback() {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "icon-button";
      const show = (choice) => {
        button.dataset.choice = choice;
        button.title = `Theme: ${choice}`;
        button.setAttribute("aria-label", `Theme: ${choice}. Change it.`);
      };
      show(stored());
      button.addEventListener("click", () => {
        const next = CHOICES[(CHOICES.indexOf(button.dataset.choice) + 1) % CHOICES.length];
        try {
          localStorage.setItem(KEY, next);
        } catch {
          // Then it lasts as long as the page.
        }
        apply(next);
        show(next);
      });
      this.replaceChildren(button);
    }
  });
})();
