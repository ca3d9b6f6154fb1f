// Leads from the plan's pages to the forms: for those who may propose, beside the heading, and by
// the keys that `?` lists.  It also forgets what a form kept in this browser, once that is saved.
(() => {
  "use strict";
  const DRAFTS = "agented-draft:";
  const SENT = "agented-sent";
  const STYLE = `
    item-actions { display: block; margin-top: 0.5rem; font-size: 0.92rem; }
    item-actions ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0; padding: 0;
      list-style: none; }
    @media print { item-actions { display: none; } }`;

  // A page of a proposal's preview leads to the forms in that proposal.
  const proposal = /^\/proposals\/([^/]+)\/site\//.exec(location.pathname)?.[1] ?? "";

  const address = (path, query = {}) => {
    const words = new URLSearchParams(query);
    if (proposal) words.set("proposal", decodeURIComponent(proposal));
    return words.size ? `${path}?${words}` : path;
  };

  const of = (kind, id) => `${kind}/${id.split("/").map(encodeURIComponent).join("/")}`;
  const edit = (kind, id) => [address(`/edit/${of(kind, id)}`), "Edit", "e"];
  const history = (kind, id) => [`/history/${of(kind, id)}`, "History", "v"];
  // What is reviewed is the plan itself, not the preview of a proposal.
  const review = (id) => (proposal ? [] : [[`/review/${encodeURIComponent(id)}`, "Review", "r"]]);
  const research = (id) => (proposal ? [] : [[`/research/new?${new URLSearchParams(id ? { about: id } : {})}`.replace(/\?$/, ""), "Research this", ""]]);

  // The page says of each text who wrote it; what waits for a person is marked as a hole there.
  const approve = (kind, id) => {
    const waits = document.querySelector("article[data-kind] .origin .hole") !== null;
    return waits && !proposal ? [[`/approve/${of(kind, id)}`, "Approve texts", "y"]] : [];
  };

  /** What can be done on a page that lists items. */
  const LISTS = {
    roadmap: () => [
      [address("/edit/order"), "Order of phases", "o"],
      [address("/edit/table"), "Edit many", "t"],
    ],
    requirements: () => [
      [address("/edit/new/requirement"), "New requirement", "n"],
      [address("/edit/table"), "Edit many", "t"],
    ],
  };

  /** Address, label and key of what can be done with an item. */
  const ACTIONS = {
    ...LISTS,
    plan: (id) => [
      edit("plan", id),
      [address("/edit/new/requirement"), "New requirement", "n"],
      [address("/edit/new/phase"), "New phase", "w"],
      [address("/edit/new/milestone"), "New milestone", ""],
      ...LISTS.roadmap(),
      ...research(""),
      history("plan", id),
    ],
    milestone: (id) => [
      edit("milestone", id),
      ...approve("milestone", id),
      [address("/edit/new/phase", { milestone: id }), "New phase", "n"],
      [address("/edit/order", { milestone: id }), "Order of phases", "o"],
      [address("/edit/table", { milestone: id }), "Edit many", "t"],
      ...review(id),
      ...research(id),
      history("milestone", id),
    ],
    phase: (id) => [
      edit("phase", id),
      ...approve("phase", id),
      [address("/edit/new/requirement", { phase: id }), "New requirement", "n"],
      [address("/edit/new/phase", { after: id }), "New phase after it", "w"],
      [address("/edit/table", { phase: id }), "Edit many", "t"],
      ...review(id),
      ...research(id),
      history("phase", id),
    ],
    requirement: (id) => [
      edit("requirement", id),
      ...approve("requirement", id),
      [address(`/edit/${of("requirement", id)}/move`), "Move", "m"],
      history("requirement", id),
    ],
    research: (id) => [
      edit("research", id),
      ...approve("research", id),
      history("research", id),
    ],
  };

  /** The item, or the list, that the page is about, and its heading. */
  const subject = () => {
    const article = document.querySelector("article[data-kind]");
    if (article) return { ...article.dataset, head: article.querySelector(".head") };
    const list = /\/(roadmap|requirements)\/(?:[^/]+\/)*$/.exec(location.pathname)?.[1];
    if (list) return { kind: list, id: "", head: document.querySelector("main > .head") };
    const home = document.querySelector(".brand")?.getAttribute("aria-current") === "page";
    return home ? { kind: "plan", id: "plan", head: document.querySelector("main > .head") } : null;
  };

  const linkOf = ([href, label, key]) => {
    const link = Object.assign(document.createElement("a"), { href, textContent: label });
    if (key) {
      link.dataset.key = key;
      link.setAttribute("aria-keyshortcuts", key);
    }
    return link;
  };

  const addActions = ({ kind, id, head }) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    document.adoptedStyleSheets.push(sheet);
    const list = document.createElement("ul");
    list.setAttribute("aria-label", "What you can do here");
    for (const action of ACTIONS[kind](id)) {
      const item = document.createElement("li");
      item.append(linkOf(action));
      list.append(item);
    }
    const actions = document.createElement("item-actions");
    actions.append(list);
    head.append(actions);
  };

  /** The address names a save: what was typed for it is in the plan now. */
  const forget = () => {
    const saved = new URLSearchParams(location.search).has("saved") || location.pathname.startsWith("/edit/saved/");
    if (!saved) return;
    try {
      const sent = sessionStorage.getItem(SENT);
      if (!sent?.startsWith(DRAFTS)) return;
      sessionStorage.removeItem(SENT);
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(sent)) localStorage.removeItem(key);
      }
    } catch {
      // A browser without a memory kept nothing.
    }
  };

  forget();
  const about = subject();
  if (about?.head && Object.hasOwn(ACTIONS, about.kind)) {
    window.agented.session().then((who) => {
      const may = who?.scopes.some((scope) => ["propose", "edit", "admin"].includes(scope));
      if (may) addActions(about);
    }, () => {
      // The service does not answer: the page stays as it is.
    });
  }
})();
