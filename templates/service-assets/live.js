// Shows on the plan's pages who is signed in, and reloads them when there is a new build.
(() => {
  "use strict";
  const { apiStream, session } = window.agented;
  const RELOADED = "agented-reloaded";
  const STYLE = `
    session-menu { display: flex; gap: 0.6rem; align-items: center; color: var(--muted); font-size: 0.9rem; }
    session-menu button { padding: 0.3rem 0.55rem; border: 1px solid var(--line); border-radius: 0.35rem;
      background: none; color: inherit; font: inherit; cursor: pointer; }
    session-menu button:hover { background: var(--accent-weak); color: var(--text); }
    @media print { session-menu { display: none; } }`;

  // -- who is signed in ---------------------------------------------------------------------

  const signInLink = () => {
    const link = document.createElement("a");
    link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = "Sign in";
    return link;
  };

  const signOut = async () => {
    await fetch("/logout", { method: "POST" });
    location.assign("/login");
  };

  const signOutButton = () => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Sign out";
    button.addEventListener("click", signOut);
    return button;
  };

  customElements.define("session-menu", class extends HTMLElement {
    /** Show a person, or with null the way to sign in. */
    show(who) {
      const name = document.createElement("span");
      name.textContent = who?.person ?? "";
      this.replaceChildren(...(who === null ? [signInLink()] : [name, signOutButton()]));
    }
  });

  const addMenu = (who) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    document.adoptedStyleSheets.push(sheet);
    const menu = document.createElement("session-menu");
    document.querySelector("theme-switch")?.before(menu);
    menu.show(who);
    return menu;
  };

  // -- reloading ----------------------------------------------------------------------------

  // The build that this page is of, as the server said when it sent the page.  Where a browser does
  // not tell (without https, on another machine) it is the first that is announced.
  const [navigation] = performance.getEntriesByType("navigation");
  let shown = navigation?.serverTiming?.find(({ name }) => name === "build")?.description ?? null;

  /** Remember the reload; false when this address was reloaded for this build already. */
  const markReload = (epoch) => {
    const mark = `${epoch} ${location.pathname}`;
    try {
      if (sessionStorage.getItem(RELOADED) === mark) return false;
      sessionStorage.setItem(RELOADED, mark);
    } catch {
      return false; // Without a memory a page could reload for ever.
    }
    return true;
  };

  const onEvent = (name, data) => {
    if (name !== "build") return;
    const epoch = String(JSON.parse(data).epoch);
    const before = shown;
    shown = epoch;
    if (before !== null && before !== epoch && markReload(epoch)) location.reload();
  };

  const start = (menu) => {
    let end = null;
    const onState = (state) => {
      if (state === "signed-out") menu.show(null);
    };
    // A browser has six connections to a host: a page that nobody looks at must not hold one.
    const follow = () => {
      end?.();
      end = document.hidden ? null : apiStream("/api/events", onEvent, onState);
    };
    document.addEventListener("visibilitychange", follow);
    addEventListener("pagehide", () => end?.());
    addEventListener("pageshow", (event) => {
      if (event.persisted) follow();
    });
    follow();
  };

  session().then((who) => {
    const menu = addMenu(who);
    if (who !== null) start(menu);
  }, () => {
    // The service does not answer: the page stays as it is.
  });
})();
