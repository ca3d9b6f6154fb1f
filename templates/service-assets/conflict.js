// A conflict's page: what is chosen place by place stands at once in the merged text.
(() => {
  "use strict";

  const chosenIn = (place) => place.querySelector("input:checked")?.value ?? null;

  const gapBehind = (text) => {
    if (text === "" || /\s$/.test(text)) return "";
    return text.includes("\n") || text.length > 60 ? "\n\n" : " ";
  };

  /** The text of a place, of both versions where nothing is chosen yet. */
  const textOf = (place) => {
    const [theirs, yours] = [...place.querySelectorAll("[data-text]")].map((each) => each.dataset.text);
    const side = chosenIn(place) ?? "both";
    if (side === "both") return theirs + gapBehind(theirs) + yours;
    return side === "theirs" ? theirs : yours;
  };

  const merged = (field) => [...field.querySelector(".pieces").children]
    .map((each) => ("piece" in each.dataset ? textOf(each) : each.dataset.text)).join("");

  const places = (field) => [...field.querySelectorAll("[data-piece]")];

  const mark = (field, written) => {
    const open = places(field);
    const settled = open.length > 0
      ? open.every((place) => chosenIn(place) !== null)
      : field.querySelector("input[type=radio]:checked") !== null;
    field.classList.toggle("is-chosen", settled || written);
  };

  for (const field of document.querySelectorAll("[data-field]")) {
    const own = field.querySelector("[data-own]");
    const choice = field.querySelector("input[value=own]");
    let written = false;
    field.addEventListener("change", (event) => {
      if (event.target.closest("[data-piece]") && own !== null) {
        own.value = merged(field);
        written = false;
      }
      mark(field, written);
    });
    own?.addEventListener("input", () => {
      written = true;
      if (choice !== null) choice.checked = true;
      mark(field, written);
    });
    mark(field, written);
  }
})();
