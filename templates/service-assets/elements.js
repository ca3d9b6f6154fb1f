// The elements that scripts put into pages, and how they count.
window.agentedElements = (() => {
  "use strict";

  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  /** An element; an attribute that is true has no value, one that is false or null is left out. */
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };

  const button = (label, act, className = "button button-small") => {
    const made = make("button", { type: "button", class: className }, label);
    made.addEventListener("click", act);
    return made;
  };

  const option = (value, text = value, chosen = false) => {
    const made = make("option", { value }, text);
    made.selected = chosen;
    return made;
  };

  /** A list that opens below its button; Escape and a press elsewhere close it. */
  const menu = (label, list) => {
    const made = make("details", { class: "menu" }, make("summary", { class: "button button-small" }, label), list);
    made.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !made.open) return;
      made.open = false;
      made.querySelector("summary").focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!made.contains(event.target)) made.open = false;
    });
    return made;
  };

  return Object.freeze({ plural, make, button, option, menu });
})();
