// Keys: "/" searches, j and k walk through lists and items, g and a letter goes to a part of the
// site, "?" lists them all.  Nothing happens while a person types into a field.
(() => {
  "use strict";
  const { root = "", index = "" } = document.documentElement.dataset;
  const GO = {
    h: ["", "Overview"],
    r: ["roadmap/", "Roadmap"],
    q: ["requirements/", "Requirements"],
    m: ["matrix/", "Matrix"],
    c: ["coverage/", "Coverage"],
    g: ["graph/", "Graph"],
    p: ["problems/", "Problems"],
    l: ["changes/", "Changes"],
    s: ["research/", "Research"],
  };
  // What the page itself offers by a key: links with data-key.
  const offered = () =>
    [...document.querySelectorAll("a[data-key]")].map((link) => [link.dataset.key, link.textContent]);
  const HELP = () => [
    ["/", "Search"],
    ["j k", "Next and previous row of a list, or item"],
    ["[ ]", "Previous and next phase"],
    ...Object.entries(GO).map(([key, [, label]]) => [`g ${key}`, label]),
    ...offered(),
    ["?", "These keys"],
    ["Esc", "Close"],
  ];
  const PATIENCE_MS = 1500;
  let waitingSince = -Infinity; // when "g" was pressed

  const typing = (target) =>
    target.closest?.("input, textarea, select, [contenteditable]:not([contenteditable=false])");
  const rows = () => [
    ...document.querySelectorAll("[data-rows] > tbody:not([hidden]) > tr:not([hidden]), ul[data-rows] > li"),
  ];

  const follow = (selector) => {
    const link = document.querySelector(selector);
    if (link) location.href = link.href;
    return Boolean(link);
  };

  const step = (by) => {
    const links = rows().map((row) => row.querySelector("a[href]")).filter(Boolean);
    if (!links.length) return follow(`.pager a[rel=${by > 0 ? "next" : "prev"}]`);
    const row = document.activeElement.closest("[data-rows] tr, ul[data-rows] > li");
    const at = row ? links.indexOf(row.querySelector("a[href]")) : by > 0 ? -1 : links.length;
    const next = links[Math.min(Math.max(at + by, 0), links.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  };

  const search = () => {
    const search = document.querySelector("plan-search");
    if (!search?.open) return false;
    search.open();
    return true;
  };

  let dialog = null;
  const help = () => {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "keys";
      dialog.setAttribute("aria-labelledby", "keys-title");
      const title = document.createElement("h2");
      title.id = "keys-title";
      title.textContent = "Keyboard shortcuts";
      const list = document.createElement("dl");
      for (const [keys, meaning] of HELP()) {
        const term = document.createElement("dt");
        keys.split(" ").forEach((key, at) => {
          if (at) term.append(" ");
          term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
        });
        list.append(term, Object.assign(document.createElement("dd"), { textContent: meaning }));
      }
      const close = Object.assign(document.createElement("button"), {
        type: "button",
        className: "button",
        textContent: "Close",
      });
      close.addEventListener("click", () => dialog.close());
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
      dialog.append(title, list, close);
      document.body.append(dialog);
    }
    dialog.showModal();
    return true;
  };

  const act = (event) => {
    const key = event.key;
    if (event.timeStamp - waitingSince < PATIENCE_MS) {
      waitingSince = -Infinity;
      if (!Object.hasOwn(GO, key)) return false;
      location.href = root + GO[key][0] + index;
      return true;
    }
    switch (key) {
      case "/": return search();
      case "?": return help();
      case "j": return step(1);
      case "k": return step(-1);
      case "[": return follow(".pager[aria-label=Phases] a[rel=prev]");
      case "]": return follow(".pager[aria-label=Phases] a[rel=next]");
      case "g":
        waitingSince = event.timeStamp;
        return true;
      default: return /^[a-z]$/.test(key) && follow(`a[data-key="${key}"]`);
    }
  };

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.isComposing || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (act(event)) event.preventDefault();
  });

  customElements.define("key-help", class extends HTMLElement {
    connectedCallback() {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Shortcuts";
      button.addEventListener("click", help);
      this.replaceChildren(button);
    }
  });

  // On the page for a wrong address: search for the name at its end.
  const lost = document.querySelector("a[data-search-for-address]");
  const name = decodeURIComponent(location.pathname.replace(/(\/index\.html|\/)$/, "").split("/").pop());
  if (lost && name && !name.endsWith(".html")) {
    lost.href += `?q=${encodeURIComponent(name)}`;
    lost.textContent = `Search the plan for “${name}”`;
  }

  // The link to the search page opens the palette instead, where there is one.
  const link = document.querySelector("a.find");
  if (link && document.querySelector("plan-search:not([page])")) {
    link.append(Object.assign(document.createElement("kbd"), { textContent: "/" }));
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      if (search()) event.preventDefault();
    });
  }
})();
