// Shows on the plan's pages who is signed in, and reloads them when there is a new build.
(() => {
  "use strict";
  const { apiStream, session } = window.agented;
  const RELOADED = "agented-reloaded";
  const STYLE = `
    session-menu { flex: none; position: relative; color: var(--muted); font-size: 0.9rem; }
    session-menu summary { max-width: 9rem; padding: 0.3rem 0.55rem; border: 1px solid var(--line);
      border-radius: 0.35rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
      list-style: none; cursor: pointer; }
    session-menu summary::-webkit-details-marker { display: none; }
    session-menu summary:hover, session-menu :is(li a, button):hover {
      background: var(--accent-weak); color: var(--text); }
    session-menu .session-places { position: absolute; z-index: 3; inset: calc(100% + 0.3rem) 0 auto auto;
      display: block; min-width: 7rem; margin: 0; padding: 0.3rem; list-style: none;
      border: 1px solid var(--line); border-radius: 0.4rem; background: var(--surface);
      box-shadow: 0 0.5rem 1.5rem rgb(0 0 0 / 0.18); }
    session-menu :is(li a, button) { display: block; box-sizing: border-box; width: 100%;
      padding: 0.35rem 0.55rem; border: 0; border-radius: 0.3rem; background: none; color: inherit;
      font: inherit; text-align: start; text-decoration: none; cursor: pointer; }
    @media (max-width: 40rem) {
      .top .top-in { column-gap: 0.5rem; }
      .top .brand { flex-basis: 5rem; }
      .top .find kbd { display: none; }
      session-menu summary { max-width: 7.5rem; }
    }
    @media print { session-menu { display: none; } }`;
  // The pages of the service beside the plan's.
  const FOR_ADMINISTRATORS = [["/ops/keys", "Keys"], ["/ops/audit", "Audit"]];
  const FOR_PLANNERS = [["/ask", "Ask"], ["/research/new", "Research"]];
  const MAY_PLAN = ["propose", "edit", "admin"];
  const FOR_ALL = [
    ["/proposals", "Proposals"], ["/ops/executions", "Executions"], ["/ops/deliveries", "Deliveries"],
    ["/ops/triggers", "Triggers"], ["/ops/assistant", "Assistant"], ["/docs", "API"],
  ];

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

  const placeLink = ([path, label]) => {
    const link = document.createElement("a");
    link.href = path;
    link.textContent = label;
    return link;
  };

  const menuOf = (who) => {
    const menu = document.createElement("details");
    const name = document.createElement("summary");
    name.textContent = who.person;
    const list = document.createElement("ul");
    list.className = "session-places";
    const places = [
      ...(who.scopes.includes("admin") ? FOR_ADMINISTRATORS : []),
      ...(who.scopes.some((each) => MAY_PLAN.includes(each)) ? FOR_PLANNERS : []),
      ...FOR_ALL,
    ];
    for (const each of [...places.map(placeLink), signOutButton()]) {
      const item = document.createElement("li");
      item.append(each);
      list.append(item);
    }
    menu.append(name, list);
    return menu;
  };

  customElements.define("session-menu", class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && this.close()) this.querySelector("summary").focus();
      });
      this.addEventListener("focusout", (event) => {
        if (event.relatedTarget !== null && !this.contains(event.relatedTarget)) this.close();
      });
      document.addEventListener("pointerdown", (event) => {
        if (!this.contains(event.target)) this.close();
      });
    }

    /** Close the menu; false when it was not open. */
    close() {
      const open = this.querySelector("details[open]");
      open?.removeAttribute("open");
      return open !== null;
    }

    /** Show a person, or with null the way to sign in. */
    show(who) {
      this.replaceChildren(who === null ? signInLink() : menuOf(who));
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
