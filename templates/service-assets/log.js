// The log of one execution: live, searchable, and bounded however long it is.
//
// Of all lines a window is held, MOST at the most; what comes before or behind it is fetched when
// one gets there.  While one follows, the window is the end of the log.
(() => {
  "use strict";
  const { apiFetch, apiDownload, apiStream, SignedOutError } = window.agented;
  const MOST = 3_000;
  const PIECE = 1_000;
  const NEAR_PX = 600;
  const COPIED_LINES = 50_000;
  const PATIENCE_MS = 250;
  const WORDS = {
    connecting: "Connecting…", open: "Live", ended: "Ended", refused: "The log cannot be read",
    "signed-out": "You are signed out: sign in again",
  };

  const byId = (id) => document.getElementById(id);
  const box = byId("log");
  const execution = box.dataset.execution;
  const path = `/admin/executions/${execution}`;
  const talks = box.dataset.talks !== "";

  let held = []; // The lines of the window, in order, each with its row.
  let total = Number(box.dataset.last);
  let following = false;
  let raw = byId("raw")?.getAttribute("aria-pressed") === "true";
  let unfolded = false;
  let target = 0;
  let lastTop = 0;
  let pending = []; // Chunks that came while one follows, not shown yet.
  let pendingLines = 0;
  let drawing = null;
  let loading = null;

  const isOver = () => !["queued", "running"].includes(byId("facts").dataset.state);
  const firstHeld = () => (held.length ? held[0].n : 0);
  const lastHeld = () => (held.length ? held[held.length - 1].n : 0);

  // -- rows ---------------------------------------------------------------------------------

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const partOf = ({ kind, title, text }) => {
    const made = element("div", `pt pt-${kind}`);
    if (title && text) {
      const fold = element("details");
      fold.open = unfolded;
      fold.append(element("summary", "", title), element("pre", "", text));
      made.append(fold);
    } else {
      made.textContent = title || text;
    }
    return made;
  };

  const fill = (line) => {
    const text = line.row.lastElementChild;
    if (line.parts && !raw) text.replaceChildren(...line.parts.map(partOf));
    else text.textContent = line.text;
    line.row.classList.toggle("is-silent", Boolean(line.parts && !raw && !line.parts.length));
  };

  const rowOf = (line) => {
    const row = element("div", `ln ln-${line.stream}`);
    row.id = `L${line.n}`;
    const number = element("a", "ln-no", line.n);
    number.href = `#L${line.n}`;
    number.tabIndex = -1;
    const time = element("time", "ln-at", line.at.slice(11, 23));
    time.dateTime = line.at;
    row.append(number, time, element("span", "ln-from", line.stream === "out" ? "" : line.stream));
    row.append(element("div", "ln-text"));
    line.row = row;
    fill(line);
    row.classList.toggle("is-target", line.n === target);
    return row;
  };

  const linesOf = ({ first, stream, at, lines, shown }) => lines.map((text, index) => (
    { n: first + index, stream, at, text, parts: shown?.[index] ?? null, row: null }
  ));

  const rowsOf = (lines) => {
    const rows = document.createDocumentFragment();
    for (const line of lines) rows.append(rowOf(line));
    return rows;
  };

  // -- the window ---------------------------------------------------------------------------

  const changed = () => {
    byId("log-empty").hidden = total > 0 && held.length > 0;
    byId("count").textContent = `${total.toLocaleString("en")} line${total === 1 ? "" : "s"}`;
    showWaiting();
    planMarks();
  };

  const replace = (lines) => {
    held = lines;
    box.replaceChildren(rowsOf(lines));
    changed();
  };

  /** Add lines at the end; what is too much goes at the start. */
  const append = (lines) => {
    box.append(rowsOf(lines));
    held = held.concat(lines);
    const over = held.length - MOST;
    if (over > 0) {
      const before = box.scrollHeight;
      for (const line of held.splice(0, over)) line.row.remove();
      if (!following) scrollTo(box.scrollTop - (before - box.scrollHeight));
    }
    changed();
  };

  /** Add lines at the start; what stands there stays where it is on the screen. */
  const prepend = (lines) => {
    const before = box.scrollHeight;
    box.prepend(rowsOf(lines));
    held = lines.concat(held);
    scrollTo(box.scrollTop + box.scrollHeight - before);
    for (const line of held.splice(MOST)) line.row.remove();
    changed();
  };

  const fetchLines = async (after, limit) => {
    const found = [];
    while (found.length < limit) {
      const asked = new URLSearchParams({
        after: String(after), limit: String(limit - found.length), view: talks ? "readable" : "raw",
      });
      const answer = await apiFetch(`${path}/lines?${asked}`);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const log = await answer.json();
      if (!log.chunks.length) break;
      found.push(...log.chunks.flatMap(linesOf));
      after = log.last;
    }
    if (found.length) total = Math.max(total, found[found.length - 1].n);
    return found;
  };

  /** Fetch lines, and say whether there were any.  One at a time: a second wish is left out. */
  const load = (work) => {
    loading ??= work().then(
      (count) => count > 0,
      (error) => {
        trouble(error);
        return false;
      },
    ).finally(() => { loading = null; });
    return loading;
  };

  const trouble = (error) => {
    say(error instanceof SignedOutError ? WORDS["signed-out"] : `Lines could not be read: ${error.message}`);
  };

  const loadEnd = async () => {
    const lines = await fetchLines(Math.max(0, total - PIECE), PIECE);
    replace(lines);
    toEnd();
    return lines.length;
  };

  const loadAround = async (number) => {
    const lines = await fetchLines(Math.max(0, number - PIECE / 2), PIECE);
    replace(lines);
    return lines.length;
  };

  const loadOlder = async () => {
    const after = Math.max(0, firstHeld() - 1 - PIECE);
    const lines = await fetchLines(after, firstHeld() - 1 - after);
    prepend(lines);
    return lines.length;
  };

  const loadNewer = async () => {
    const lines = await fetchLines(lastHeld(), PIECE);
    append(lines);
    return lines.length;
  };

  const fillUp = () => {
    if (loading || following || !held.length) return;
    const goOn = (some) => { if (some) fillUp(); };
    if (box.scrollTop < NEAR_PX && firstHeld() > 1) load(loadOlder).then(goOn);
    else if (fromEnd() < NEAR_PX && lastHeld() < total) load(loadNewer).then(goOn);
  };

  // -- following ----------------------------------------------------------------------------

  const fromEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight;

  const scrollTo = (top) => {
    box.scrollTop = top;
    lastTop = box.scrollTop;
  };

  const toEnd = () => {
    scrollTo(box.scrollHeight);
    if (following) bringEnd();
  };

  /** Once a live log is longer than its box, its end is what one came for: unless one has moved. */
  let brought = false;
  const bringEnd = () => {
    if (brought || box.scrollHeight <= box.clientHeight) return;
    brought = true;
    if (window.scrollY === 0 && box.getBoundingClientRect().bottom > window.innerHeight) {
      box.scrollIntoView({ block: "end" });
    }
  };

  const say = (text) => {
    if (byId("log-status").textContent !== text) byId("log-status").textContent = text;
  };

  const showWaiting = () => {
    const behind = total - lastHeld();
    const button = byId("to-end");
    button.hidden = following || (behind <= 0 && fromEnd() < NEAR_PX);
    const told = behind > 0 && !isOver() ? ` (${behind.toLocaleString("en")} new)` : "";
    button.textContent = `Jump to the end${told}`;
  };

  const setFollowing = (wanted) => {
    following = wanted && !isOver();
    byId("follow").setAttribute("aria-pressed", String(following));
    byId("follow").textContent = following ? "Pause" : "Follow";
    byId("follow").hidden = isOver();
    if (!following) {
      pending = [];
      pendingLines = 0;
    }
    showWaiting();
  };

  /** Show the end, and go on with what comes. */
  const goToEnd = async () => {
    while (loading) await loading;
    setFollowing(true);
    if (lastHeld() < total || !held.length) await load(loadEnd);
    toEnd();
    showWaiting();
  };

  const draw = () => {
    drawing = null;
    if (loading) {
      loading.then(planDraw);
      return;
    }
    const chunks = pending;
    pending = [];
    pendingLines = 0;
    if (!following) return;
    const lines = chunks.flatMap(linesOf).filter(({ n }) => n > lastHeld());
    if (!lines.length) return;
    if (lines.length >= PIECE) replace(lines.slice(-PIECE));
    else if (held.length && lines[0].n > lastHeld() + 1) load(loadEnd).then(planDraw);
    else append(lines);
    toEnd();
  };

  const planDraw = () => {
    if (pending.length) drawing ??= requestAnimationFrame(draw);
  };

  /** Lines came.  A tab that nobody looks at, or a flood, must not fill the memory. */
  const takeLines = (chunk) => {
    total = Math.max(total, chunk.first + chunk.lines.length - 1);
    if (!following) {
      changed();
      return;
    }
    pending.push(chunk);
    pendingLines += chunk.lines.length;
    while (pendingLines - pending[0].lines.length > PIECE) pendingLines -= pending.shift().lines.length;
    planDraw();
  };

  // -- the stream ---------------------------------------------------------------------------

  const takeFacts = async () => {
    const answer = await fetch(location.pathname, { cache: "no-store", redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("facts");
    if (fresh) {
      byId("facts").replaceWith(document.importNode(fresh, true));
      document.title = page.title;
      startTicking();
      if (isOver()) setFollowing(false);
      changed();
    }
  };

  const finish = async (wasFollowing) => {
    await takeFacts();
    if (wasFollowing) await goToEnd();
  };

  const onEvent = (name, data) => {
    if (name === "lines") takeLines(JSON.parse(data));
    else if (name === "state") takeFacts().catch(() => {});
    else if (name === "ended") {
      // What has come is shown before anything else: then it is no longer followed.
      if (drawing !== null) cancelAnimationFrame(drawing);
      draw();
      finish(following).catch(() => { say(WORDS.ended); });
    }
  };

  let stop = null;
  const onState = (state) => {
    say(WORDS[state]);
    box.dataset.stream = state;
  };
  /** A browser has six connections to a host: a page that nobody looks at must not hold one. */
  const watch = () => {
    stop?.();
    stop = null;
    if (document.hidden || isOver()) return;
    const asked = new URLSearchParams({ after: String(total), view: talks ? "readable" : "raw" });
    stop = apiStream(`${path}/stream?${asked}`, onEvent, onState);
  };

  let ticker = null;
  const startTicking = () => {
    clearInterval(ticker);
    const place = byId("ticking");
    if (!place) return;
    const began = performance.now() - Number(place.dataset.elapsed);
    ticker = setInterval(() => { place.textContent = spanOf(performance.now() - began); }, 1000);
  };

  const spanOf = (milliseconds) => {
    const seconds = Math.round(milliseconds / 1000);
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  };

  // -- going to lines -----------------------------------------------------------------------

  const goTo = async (number) => {
    while (loading) await loading;
    const wanted = Math.max(1, Math.min(number, total));
    setFollowing(false);
    target = wanted;
    if (wanted < firstHeld() || wanted > lastHeld()) await load(() => loadAround(wanted));
    for (const each of box.querySelectorAll(".is-target")) each.classList.remove("is-target");
    const row = byId(`L${wanted}`);
    if (!row) return;
    row.classList.add("is-target");
    box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
    lastTop = box.scrollTop;
    box.scrollIntoView({ block: "nearest" });
    showWaiting();
  };

  const onHash = () => {
    const found = /^#L([1-9]\d{0,14})$/.exec(location.hash);
    if (found) goTo(Number(found[1]));
    return found !== null;
  };

  // -- finding ------------------------------------------------------------------------------

  let hits = { text: "", lines: [], more: false, at: -1, upTo: 0 };
  let asking = null;

  const find = async (text) => {
    if (text === "") {
      hits = { text, lines: [], more: false, at: -1, upTo: 0 };
    } else {
      const upTo = total;
      const answer = await apiFetch(`${path}/find?${new URLSearchParams({ q: text })}`);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const found = await answer.json();
      if (byId("find-text").value !== text) return;
      hits = { text, lines: found.lines, more: found.more, at: -1, upTo };
    }
    showHits();
    planMarks();
  };

  const showHits = () => {
    const all = hits.lines.length.toLocaleString("en") + (hits.more ? "+" : "");
    const place = hits.at < 0 ? "" : `${(hits.at + 1).toLocaleString("en")} of `;
    byId("find-count").textContent = hits.text === "" ? "" : `${place}${all} line${all === "1" ? "" : "s"}`;
  };

  /** The next line that holds the text, or the one before; from where one is. */
  const step = async (by) => {
    const text = byId("find-text").value;
    if (text !== hits.text || hits.upTo < total) {
      const kept = text === hits.text ? hits.at : -1;
      await find(text);
      hits.at = Math.min(kept, hits.lines.length - 1);
    }
    if (!hits.lines.length) return;
    const count = hits.lines.length;
    if (hits.at < 0) {
      const seen = firstSeen();
      const next = hits.lines.findIndex((n) => n >= seen);
      hits.at = by > 0 ? Math.max(next, 0) : (next < 0 ? count : next) - 1;
    } else {
      hits.at += by;
    }
    hits.at = (hits.at + count) % count;
    showHits();
    await goTo(hits.lines[hits.at]);
    const row = byId(`L${hits.lines[hits.at]}`);
    for (const fold of row?.querySelectorAll("details") ?? []) {
      if (fold.textContent.toLowerCase().includes(text.toLowerCase())) fold.open = true;
    }
    drawMarks();
  };

  /** The number of the first line on the screen. */
  const firstSeen = () => {
    const top = box.getBoundingClientRect().top;
    return held.find(({ row }) => row.getBoundingClientRect().bottom > top)?.n ?? 1;
  };

  let marking = null;
  const planMarks = () => {
    if (hits.text !== "") marking ??= setTimeout(drawMarks, PATIENCE_MS);
  };

  /** Highlight what is looked for, without touching the document. */
  const drawMarks = () => {
    clearTimeout(marking);
    marking = null;
    if (!window.CSS?.highlights) return;
    CSS.highlights.delete("found");
    if (hits.text === "") return;
    const wanted = hits.text.toLowerCase();
    const ranges = [];
    for (const { row } of held) {
      const texts = document.createTreeWalker(row.lastElementChild, NodeFilter.SHOW_TEXT);
      for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
        const text = node.data.toLowerCase();
        if (text.length !== node.data.length) continue;
        for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
          const range = new StaticRange({
            startContainer: node, startOffset: at, endContainer: node, endOffset: at + wanted.length,
          });
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  };

  // -- tools --------------------------------------------------------------------------------

  const remember = (name, value) => {
    try {
      localStorage.setItem(`agented-log-${name}`, value ? "yes" : "no");
    } catch {
      // It is as before next time.
    }
  };

  const remembered = (name) => {
    try {
      return localStorage.getItem(`agented-log-${name}`);
    } catch {
      return null;
    }
  };

  /** A button that is on or off; `apply` gets which, and the line on top stays where it is. */
  const toggle = (id, apply, { keep = false } = {}) => {
    const button = byId(id);
    if (!button) return;
    const set = (on) => {
      button.setAttribute("aria-pressed", String(on));
      const anchor = held.find(({ n }) => n === firstSeen())?.row;
      const before = anchor?.getBoundingClientRect().top;
      apply(on);
      if (following) toEnd();
      else if (anchor) scrollTo(box.scrollTop + anchor.getBoundingClientRect().top - before);
      if (keep) remember(id, on);
      planMarks();
    };
    button.addEventListener("click", () => set(button.getAttribute("aria-pressed") !== "true"));
    const known = keep ? remembered(id) : null;
    if (known !== null) set(known === "yes");
  };

  const copy = async () => {
    let text = held.map((line) => line.text).join("\n");
    let told = `Copied the ${held.length.toLocaleString("en")} lines that are here`;
    if (total <= COPIED_LINES) {
      const answer = await apiFetch(`${path}/log.txt`);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      text = await answer.text();
      told = "Copied";
    }
    if (!navigator.clipboard) throw new Error("this browser allows it over https only");
    await navigator.clipboard.writeText(text);
    say(told);
  };

  const attempt = (work, what) => () => {
    work().catch((error) => {
      say(error instanceof SignedOutError ? WORDS["signed-out"] : `${what}: ${error.message}`);
    });
  };

  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      "/": () => byId("find-text").focus(), f: () => byId("follow").click(),
      n: () => step(1).catch(trouble), N: () => step(-1).catch(trouble),
      g: () => byId("jump-line").focus(), End: () => goToEnd(), Home: () => goTo(1),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  const onScroll = () => {
    // A log that grew taller (a phone is turned) is moved too, but stays at its end.
    if (following && box.scrollTop < lastTop - 2 && fromEnd() > 4) setFollowing(false);
    else if (!following && box.scrollTop > lastTop && fromEnd() < 4 && lastHeld() >= total) {
      setFollowing(true);
    }
    lastTop = box.scrollTop;
    fillUp();
    showWaiting();
  };

  const start = async () => {
    byId("log-tools").hidden = false;
    toggle("wrap", (on) => box.classList.toggle("is-wrapped", on), { keep: true });
    toggle("times", (on) => box.classList.toggle("is-timed", on), { keep: true });
    toggle("raw", (on) => {
      raw = on;
      for (const line of held) fill(line);
    });
    toggle("unfold", (on) => {
      unfolded = on;
      for (const fold of box.querySelectorAll("details")) fold.open = on;
    });
    const seeEnd = async () => {
      await goToEnd();
      box.focus({ preventScroll: true });
      box.scrollIntoView({ block: "nearest" });
    };
    byId("follow").addEventListener("click", () => {
      if (following) setFollowing(false);
      else goToEnd();
    });
    byId("to-end").addEventListener("click", seeEnd);
    byId("copy").addEventListener("click", attempt(copy, "Not copied"));
    byId("download").addEventListener(
      "click", attempt(() => apiDownload(`${path}/log.txt`, `${execution}.log`), "Not downloaded"),
    );
    byId("find").addEventListener("submit", (event) => {
      event.preventDefault();
      step(1).catch(trouble);
    });
    byId("find-previous").addEventListener("click", () => { step(-1).catch(trouble); });
    byId("find-text").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.shiftKey) {
        event.preventDefault();
        step(-1).catch(trouble);
      } else if (event.key === "Escape") {
        event.preventDefault(); // Else the browser empties the field, and the places are gone.
        box.focus();
      }
    });
    byId("find-text").addEventListener("input", ({ target: { value } }) => {
      clearTimeout(asking);
      asking = setTimeout(() => { find(value).catch(trouble); }, PATIENCE_MS);
    });
    byId("jump").addEventListener("submit", (event) => {
      event.preventDefault();
      const number = Number.parseInt(byId("jump-line").value, 10);
      if (!(number > 0)) return;
      if (location.hash === `#L${number}`) onHash();
      else location.hash = `L${number}`;
      box.focus();
    });
    box.addEventListener("keydown", (event) => { if (event.target === box) onKey(event); });
    box.addEventListener("scroll", onScroll, { passive: true });
    new ResizeObserver(() => { if (following) toEnd(); }).observe(box);
    addEventListener("hashchange", onHash);
    document.addEventListener("visibilitychange", watch);
    addEventListener("pagehide", () => stop?.());
    addEventListener("pageshow", (event) => { if (event.persisted) watch(); });
    startTicking();
    const line = Number(box.dataset.line);
    if (!onHash() && line) goTo(line);
    if (!target) {
      setFollowing(true);
      await load(loadEnd);
    }
    watch();
    if (isOver()) say(WORDS.ended);
  };

  start();
})();
