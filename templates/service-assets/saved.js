// Says on the page that a save led to what became of it: the address carries a name of the form that
// was sent, and what is said comes from the service, which tells it to whoever sent the form.
(() => {
  "use strict";
  const { apiFetch } = window.agented;
  const STYLE = `
    saved-note { display: block; margin: 0 0 1.25rem; padding: 0.6rem 0.9rem;
      border: 1px solid var(--line); border-inline-start: 3px solid var(--ok); border-radius: 0.3rem;
      background: var(--surface); }
    saved-note p { margin: 0; }
    @media print { saved-note { display: none; } }`;

  const words = ({ commit, branch }) => {
    if (!commit) return "Nothing to change: the plan says that already.";
    return `Saved as ${commit.slice(0, 7)} on ${branch}.`;
  };

  const show = (note, said) => {
    for (const text of [words(said), ...said.notes]) {
      const line = document.createElement("p");
      line.textContent = text;
      note.append(line);
    }
  };

  const begin = async (name) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    const note = document.createElement("saved-note");
    // In the page before it has words: only then do readers say them.
    note.setAttribute("role", "status");
    note.hidden = true;
    document.querySelector("main")?.prepend(note);
    const answer = await apiFetch(`/api/plan/saved/${encodeURIComponent(name)}`);
    if (!answer.ok) return;
    const said = await answer.json();
    document.adoptedStyleSheets.push(sheet);
    note.hidden = false;
    show(note, said);
  };

  const address = new URL(location.href);
  const name = address.searchParams.get("saved");
  if (name === null) return;
  address.searchParams.delete("saved");
  // What is kept or passed on is the page itself.
  history.replaceState(history.state, "", address);
  begin(name).catch(() => {
    // Nobody is signed in, or the service does not answer: the page shows the new text all the same.
  });
})();
