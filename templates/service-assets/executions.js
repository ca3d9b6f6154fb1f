// Keeps the list of executions fresh: it asks for the same page again, and takes over what changed.
(() => {
  "use strict";
  const SOON_MS = 2_000;
  const LATER_MS = 15_000;
  const LONGEST_MS = 60_000;
  const PARTS = ["queue", "runs"];
  let timer = null;
  let failures = 0;

  /** Whether somebody is about to use a part: what they look at must not move under their hands. */
  const isBusy = (part) => part.contains(document.activeElement) || part.querySelector("details[open]");

  const takeRows = (old, fresh) => {
    for (const row of fresh.querySelectorAll("tbody tr[id]")) {
      const known = document.getElementById(row.id);
      if (known && known.outerHTML !== row.outerHTML && !known.contains(document.activeElement)) {
        known.replaceWith(document.importNode(row, true));
      }
    }
  };

  const idsOf = (part) => [...part.querySelectorAll("tbody tr[id]")].map(({ id }) => id).join(" ");

  const take = (page) => {
    for (const name of PARTS) {
      const old = document.getElementById(name);
      const fresh = page.getElementById(name);
      if (!old || !fresh || old.outerHTML === fresh.outerHTML) continue;
      if (idsOf(old) === idsOf(fresh) && name === "runs") takeRows(old, fresh);
      else if (!isBusy(old)) old.replaceWith(document.importNode(fresh, true));
    }
  };

  const look = async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-store", redirect: "error" });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      failures = 0;
    } catch {
      failures += 1; // The service restarts, or nobody is signed in any more.
    }
    plan();
  };

  const plan = () => {
    clearTimeout(timer);
    if (document.hidden) return;
    const moving = document.querySelector("#runs .is-active, #runs .is-planned");
    const pause = (moving ? SOON_MS : LATER_MS) * 2 ** failures;
    timer = setTimeout(look, Math.min(pause, LONGEST_MS));
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else look();
  });
  addEventListener("pagehide", () => clearTimeout(timer));
  addEventListener("pageshow", (event) => {
    if (event.persisted) plan();
  });
  plan();
})();
