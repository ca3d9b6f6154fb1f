/* Search over the static index (planner/render/search_index.py describes its files).
 *
 *   <plan-search page>…</plan-search>   the search page: form, facets, results; replaces its content
 *   <plan-search></plan-search>         a palette on any other page, shown by open()
 *
 * The root of the site is the relative address in <html data-root>.  Index files are classic
 * scripts that call planSearch(name, data): so they load from a server and from file:// alike.
 */
(() => {
  "use strict";

  const ROOT = document.documentElement.dataset.root ?? "";
  const ALPHABET = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
  const KEYS = ALPHABET.length ** 3;
  const KEY = 3;
  const MOST_WORDS = 12;
  const MOST_LETTERS = 300;
  const MOST_MEANT = 24;
  const PAGE = 20;
  const PALETTE = 8;
  const LEADING = 3; // results that are shown at once, before the records of the others are loaded

  /* How much a word counts by where it stands (id, title, tags, text), whole or as a beginning.
     Each place outweighs many words at the next. */
  const WHOLE = [100000, 2000, 100, 6];
  const BEGINNING = [30000, 1200, 60, 4];
  const MISTYPED = 0.4;

  // Loading

  const receivers = new Map();
  const files = new Map();

  window.planSearch = (name, data) => receivers.get(name)?.(data);

  /** The data of an index file; each is loaded once. */
  function load(name) {
    if (!files.has(name)) {
      const file = new Promise((resolve, reject) => {
        receivers.set(name, resolve);
        const script = document.createElement("script");
        script.src = `${ROOT}search/${name}.js`;
        script.onload = () => {
          script.remove();
          reject(new Error(`${script.src} holds no index`)); // no effect once it was resolved
        };
        script.onerror = () => {
          script.remove();
          files.delete(name);
          reject(new Error(`${script.src} cannot be loaded`));
        };
        document.head.append(script);
      });
      files.set(name, file);
    }
    return files.get(name);
  }

  const shard = (kind, number) => load(`${kind}-${number.toString(16).padStart(2, "0")}`);

  /** The overview: sizes, and for each document, in the order of ids, its key and facets. */
  let overview = null;
  function loadOverview() {
    overview ??= Promise.all([load("manifest"), load("facets")]).then(
      ([manifest, facets]) => {
        const width = facets.length / (manifest.documents || 1);
        const index = { manifest, keys: [], pairs: [], rank: new Map() };
        for (let at = 0; at < facets.length; at += width) {
          const key = facets.slice(at, at + KEY);
          index.rank.set(key, index.keys.length);
          index.keys.push(key);
          index.pairs.push(number(facets.slice(at + KEY, at + width)));
        }
        wordsOf("é 認-1"); // compiles the expressions now: that takes longer than a search
        return index;
      },
      (error) => {
        overview = null;
        throw error;
      },
    );
    return overview;
  }

  const number = (code) => [...code].reduce((sum, c) => sum * 64 + ALPHABET.indexOf(c), 0);

  // Words: the rules of planner/render/search_terms.py

  const DENSE =
    "\u0e01-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3041-\u3096" +
    "\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3" +
    "\uf900-\ufaff\u{20000}-\u{3ffff}";
  const LONGEST = 64;
  const LETTERS = { ß: "ss", ς: "σ", ı: "i", ł: "l", ø: "o", đ: "d", æ: "ae", œ: "oe", þ: "th", ð: "d" };
  const CHUNK = /[-_.'\u2019\u2010\p{L}\p{N}]+/gu;
  const JOINER = /[-_.'\u2019\u2010]+/u;
  const SEGMENT = new RegExp(`([${DENSE}]+)`, "u");

  const fold = (text) =>
    text
      .normalize("NFKD")
      .replace(/(?![\u3099\u309a])\p{M}/gu, "")
      .normalize("NFC")
      .toLowerCase()
      .replace(/[ßςıłøđæœþð]/g, (letter) => LETTERS[letter]);

  const together = (text) => fold(text).replace(/[^\p{L}\p{N}]+/gu, "");

  const cut = (letters) => {
    const terms = [];
    for (let at = 0; at < letters.length; at += LONGEST) {
      terms.push(letters.slice(at, at + LONGEST).join(""));
    }
    return terms;
  };

  /** A query as words; a word is found by all of its `units`, or by its parts `joined`. */
  function wordsOf(query) {
    const words = [];
    for (const [chunk] of fold(query.slice(0, MOST_LETTERS)).matchAll(CHUNK)) {
      const parts = chunk.split(JOINER).filter(Boolean);
      const units = parts.flatMap(unitsOf);
      if (units.length) {
        const plain = units.every((unit) => !unit.dense);
        words.push({ units, joined: parts.length > 1 && plain ? cut([...parts.join("")])[0] : "" });
      }
    }
    return words.slice(0, MOST_WORDS);
  }

  function unitsOf(part) {
    return part.split(SEGMENT).flatMap((segment, at) => {
      const letters = [...segment];
      if (at % 2 === 0) return cut(letters).map((term) => ({ term, dense: false, open: true }));
      if (letters.length === 1) return [{ term: segment, dense: true, open: true }];
      return letters
        .slice(1)
        .map((letter, before) => ({ term: letters[before] + letter, dense: true, open: false }));
    });
  }

  // Matching: a match is a Map from the rank of a document to its score

  const put = (match, rank, score) => {
    if (rank !== undefined && score > (match.get(rank) ?? 0)) match.set(rank, score);
  };

  /** The shards that may hold `term` or, if it is open, terms that begin with it. */
  function shardsOf({ first, second }, term, open) {
    const letters = [...term];
    const start = (letters[0].codePointAt(0) % first) * second;
    if (letters.length > 1) return [start + (((letters[1].codePointAt(0) * 7) >> 4) % second)];
    return open ? Array.from({ length: second }, (_, at) => start + at) : [start];
  }

  async function find(index, term, open, factor = 1) {
    const match = new Map();
    const shards = shardsOf(index.manifest, term, open).map((at) => shard("terms", at));
    for (const data of await Promise.all(shards)) {
      for (let at = 0; at < data.length; ) {
        const stop = data.indexOf(";", at);
        const end = stop < 0 ? data.length : stop;
        if (data.startsWith(term, at)) {
          const whole = data[at + term.length] === ",";
          if (whole || open) enter(index, match, data.slice(at, end), whole ? WHOLE : BEGINNING, factor);
        }
        at = end + 1;
      }
    }
    return match;
  }

  function enter(index, match, row, scores, factor) {
    const [, ...places] = row.split(",");
    places.forEach((keys, place) => {
      for (let at = 0; at < keys.length; at += KEY) {
        put(match, index.rank.get(keys.slice(at, at + KEY)), scores[place] * factor);
      }
    });
  }

  /** Documents that match all of some matches; scores add up. */
  function both(matches) {
    const [smallest, ...others] = [...matches].sort((a, b) => a.size - b.size);
    const result = new Map();
    for (const [rank, score] of smallest ?? []) {
      if (others.every((other) => other.has(rank))) {
        result.set(rank, others.reduce((sum, other) => sum + other.get(rank), score));
      }
    }
    return result;
  }

  function either(matches) {
    const result = new Map();
    for (const match of matches) for (const [rank, score] of match) put(result, rank, score);
    return result;
  }

  async function matchWord(index, word, alone) {
    // One letter begins too many words to be of use beside others.
    const open = (unit) => unit.open && (unit.dense || alone || unit.term.length > 1);
    const units = await Promise.all(word.units.map((unit) => find(index, unit.term, open(unit))));
    const matches = [both(units)];
    if (word.joined) matches.push(await find(index, word.joined, true));
    matches.push(named(index, word.joined || word.units.map((unit) => unit.term).join("")));
    return either(matches);
  }

  /** The documents whose kind or status is what was typed, be it in the plural. */
  function named(index, term) {
    const match = new Map();
    const is = (name) => name && (together(name) === term || `${together(name)}s` === term);
    const meant = index.manifest.pairs.map((pair) => pair.some(is));
    if (meant.some(Boolean)) {
      index.pairs.forEach((pair, rank) => meant[pair] && put(match, rank, WHOLE[2]));
    }
    return match;
  }

  // Mistyped words

  /** How many typos a word of this length may have. */
  const typos = (length) => (length >= 8 ? 2 : length >= 4 ? 1 : 0);
  const digits = (text) => text.replace(/\P{N}/gu, "");

  /** Typing errors between `typed` and, first, all of `word`; second, some beginning of it. */
  function distance(typed, word, most) {
    const width = Math.min(word.length, typed.length + most);
    let older = [];
    let old = Array.from({ length: width + 1 }, (_, at) => at);
    for (let i = 1; i <= typed.length; i++) {
      const row = [i];
      for (let j = 1; j <= width; j++) {
        const same = typed[i - 1] === word[j - 1];
        row[j] = Math.min(old[j - 1] + (same ? 0 : 1), old[j] + 1, row[j - 1] + 1);
        if (i > 1 && j > 1 && typed[i - 1] === word[j - 2] && typed[i - 2] === word[j - 1]) {
          row[j] = Math.min(row[j], older[j - 2] + 1);
        }
      }
      if (Math.min(...row) > most) return [most + 1, most + 1];
      [older, old] = [old, row];
    }
    return [width === word.length ? old[width] : most + 1, Math.min(...old)];
  }

  let vocabulary = null;
  function loadVocabulary(index) {
    const shards = Array.from({ length: index.manifest.words }, (_, at) => shard("words", at));
    vocabulary ??= Promise.all(shards).then((all) => all.join(",").split(","));
    vocabulary.catch(() => (vocabulary = null));
    return vocabulary;
  }

  /** The words of the plan that `typed` may stand for: the nearest; never with other digits. */
  async function meantBy(index, typed) {
    const most = typos(typed.length);
    if (!most) return [];
    const found = [];
    for (const word of await loadVocabulary(index)) {
      if (word.length < typed.length - most) continue;
      const [whole, beginning] = distance(typed, word, most);
      const errors = whole <= most ? whole : beginning + 0.5;
      if (errors <= most + 0.5 && digits(word).startsWith(digits(typed))) found.push([errors, word]);
    }
    found.sort((a, b) => a[0] - b[0] || a[1].length - b[1].length || (a[1] < b[1] ? -1 : 1));
    const nearest = found.filter(([errors]) => errors <= (found[0]?.[0] ?? 0) + 0.5);
    return nearest.slice(0, MOST_MEANT).map(([, word]) => word);
  }

  async function matchMeant(index, word, exact, meant) {
    const typed = (unit) => (unit.dense ? [] : meantBy(index, unit.term));
    const match = async (unit) => {
      const found = [find(index, unit.term, unit.open && unit.term.length > 1)];
      for (const other of await typed(unit)) {
        meant.add(other);
        found.push(find(index, other, false, MISTYPED));
      }
      return either(await Promise.all(found));
    };
    const units = Promise.all(word.units.map(match));
    const joined = word.joined ? match({ term: word.joined, open: false }) : new Map();
    return either([exact, both(await units), await joined]);
  }

  // The search itself

  /** Ranks of the documents that match, the best first; `meant` are words taken for typed ones,
   *  `loose` says that no document has all words. */
  async function search(query) {
    const index = await loadOverview();
    const words = wordsOf(query);
    const meant = new Set();
    const outcome = { index, words, meant, loose: false, ranks: [] };
    if (!words.length) {
      outcome.ranks = query.trim() ? [] : index.keys.map((_, rank) => rank);
      return outcome;
    }
    let matches = await Promise.all(words.map((word) => matchWord(index, word, words.length === 1)));
    let found = both(matches);
    if (!found.size) {
      // First only the words that are nowhere, then, if need be, all of them.
      const unknown = matches.map((match) => !match.size);
      for (const which of [unknown, words.map(() => true)]) {
        if (found.size || !which.some(Boolean)) continue;
        matches = await Promise.all(
          matches.map((match, at) =>
            which[at] ? matchMeant(index, words[at], match, meant) : match,
          ),
        );
        found = both(matches);
      }
    }
    if (!found.size && words.length > 1) {
      outcome.loose = true;
      for (const match of matches) {
        for (const [rank, score] of match) {
          // A further word counts more than any place.
          found.set(rank, (found.get(rank) ?? 0) + score + 4 * WHOLE[0]);
        }
      }
    }
    outcome.ranks = [...found.keys()].sort((a, b) => found.get(b) - found.get(a) || a - b);
    return outcome;
  }

  /** The records of some documents: id, title, address, excerpt, tags, kind, status. */
  async function records(index, ranks) {
    const { docs, pairs, portable } = index.manifest;
    const shards = ranks.map((rank) => Math.floor((number(index.keys[rank]) * docs) / KEYS));
    const loaded = new Map();
    await Promise.all(
      [...new Set(shards)].map(async (at) => loaded.set(at, await shard("docs", at))),
    );
    return ranks.flatMap((rank, at) => {
      const record = loaded.get(shards[at]).find(([key]) => key === index.keys[rank]);
      if (!record) return []; // an older file from a cache
      const [, id, title, href, excerpt, tags] = record;
      const [kind, status] = pairs[index.pairs[rank]];
      return [{ id, title, href: address(href, portable), excerpt, tags, kind, status }];
    });
  }

  /** The address of a page from here; without a server it must name the file. */
  function address(href, portable) {
    const [path] = href.split(/[?#]/, 1);
    const file = portable && (path === "" || path.endsWith("/")) ? "index.html" : "";
    return (ROOT || "./") + path + file + href.slice(path.length);
  }

  // Showing

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }

  /** Which stretches of `text` the search found, as [start, end]. */
  function stretches(text, { words, meant }) {
    const units = words.flatMap((word) => word.units);
    const found = [];
    for (const token of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
      const folded = fold(token[0]);
      const even = folded.length === token[0].length;
      if (meant.has(folded)) found.push([token.index, token.index + token[0].length]);
      for (const { term, dense } of units) {
        let at = folded.indexOf(term);
        if (!dense && at !== 0) continue;
        for (; at >= 0; at = dense ? folded.indexOf(term, at + 1) : -1) {
          const start = token.index + (even ? at : 0);
          found.push([start, even ? start + term.length : start + token[0].length]);
        }
      }
    }
    return found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  }

  /** `text` as nodes, with what was found in <mark>; a long text begins near the first. */
  function marked(text, outcome, room = Infinity) {
    const found = stretches(text, outcome);
    let start = 0;
    if (text.length > room && found.length && found[0][0] > room / 2) {
      start = text.indexOf(" ", found[0][0] - room / 3) + 1;
      if (start > found[0][0]) start = found[0][0];
    }
    const stop = text.length > start + room ? text.lastIndexOf(" ", start + room) : text.length;
    const end = stop > start ? stop : Math.min(text.length, start + room);
    const nodes = start ? ["… "] : [];
    let at = start;
    for (const [from, to] of found) {
      if (from < at || to > end) continue;
      nodes.push(text.slice(at, from), element("mark", {}, text.slice(from, to)));
      at = to;
    }
    nodes.push(text.slice(at, end));
    if (end < text.length && !text.endsWith("…", end)) nodes.push(" …");
    return nodes;
  }

  /** Title, id, facets and excerpt of a record. */
  function described(record, outcome, room) {
    const facts = [record.kind, record.status, record.tags].filter(Boolean).join(" · ");
    return [
      element("span", { class: "search-title" }, ...marked(record.title || record.id, outcome)),
      element(
        "span",
        { class: "search-facts" },
        element("span", { class: "search-id" }, ...marked(record.id, outcome)),
        " ",
        ...marked(facts, outcome),
      ),
      element("span", { class: "search-excerpt" }, ...marked(record.excerpt, outcome, room)),
    ];
  }

  const MISSING =
    "The search index cannot be loaded. It is made by “planner build” and lies in the folder search/.";

  function said(outcome, count) {
    const items = count === 1 ? "1 result" : `${count} results`;
    if (!count) return "Nothing found. Try fewer or other words.";
    if (outcome.loose) return `No item has all the words. ${items} with some of them.`;
    const meant = [...outcome.meant];
    return meant.length ? `${items}, taking it for: ${meant.slice(0, 3).join(", ")}` : items;
  }

  let instances = 0;

  class PlanSearch extends HTMLElement {
    connectedCallback() {
      if (this.input) return;
      this.name = `plan-search-${++instances}`;
      this.turn = 0;
      if (this.hasAttribute("page")) this.buildPage();
    }

    /** Show the search: the palette, or the field of the search page. */
    open() {
      if (!this.hasAttribute("page")) {
        if (!this.dialog) this.buildPalette();
        if (!this.dialog.open) this.dialog.showModal();
      }
      this.input.focus();
      this.input.select();
      loadOverview().catch(() => this.tell(MISSING));
    }

    tell(text) {
      if (this.status.textContent !== text) this.status.textContent = text;
    }

    /** Search, and list the results that `begin` picks, at most `most`; it also says their
     *  number.  Nothing is shown any more once a later query has begun. */
    async run(query, most, begin) {
      const turn = ++this.turn;
      this.list.setAttribute("aria-busy", "true");
      try {
        const outcome = await search(query);
        if (turn !== this.turn) return;
        const ranks = begin(outcome).slice(0, most);
        for (const [from, to] of [[0, LEADING], [LEADING, most]]) {
          const loading = records(outcome.index, ranks.slice(from, to));
          if (!from) this.meanwhile(outcome);
          const some = await loading;
          if (turn !== this.turn) return;
          const rows = some.map((record, at) => this.row(record, outcome, from + at));
          if (from) this.list.append(...rows);
          else this.list.replaceChildren(...rows);
          if (!from && this.dialog) this.offer(rows);
        }
      } catch (error) {
        if (turn === this.turn) this.tell(MISSING);
        console.warn(error.message);
      }
      if (turn === this.turn) this.list.setAttribute("aria-busy", "false");
    }

    // The palette: a combobox with a list of options

    buildPalette() {
      this.list = element("ul", {
        role: "listbox",
        id: `${this.name}-list`,
        "aria-label": "Results",
        class: "search-options",
        hidden: true,
      });
      this.input = element("input", {
        type: "text",
        role: "combobox",
        class: "search-input",
        "aria-label": "Search the plan",
        "aria-autocomplete": "list",
        "aria-expanded": "false",
        "aria-controls": this.list.id,
        placeholder: "Search the plan",
        autocomplete: "off",
        spellcheck: "false",
      });
      this.status = element("p", { role: "status", class: "search-status" });
      this.more = element("a", { class: "search-more", href: address("search/", false) }, "All results");
      this.dialog = element(
        "dialog",
        { class: "search-dialog", "aria-label": "Search" },
        this.input,
        this.list,
        element("div", { class: "search-foot" }, this.status, this.more),
      );
      this.append(this.dialog);
      this.input.addEventListener("input", () => this.suggest());
      this.input.addEventListener("keydown", (event) => this.pressed(event));
      this.dialog.addEventListener("click", (event) => {
        const option = event.target.closest("[role=option]");
        if (option) this.go(option, event.ctrlKey || event.metaKey);
        else if (event.target === this.dialog) this.dialog.close();
      });
      this.list.addEventListener("mousedown", (event) => event.preventDefault()); // keep the focus
    }

    suggest() {
      const query = this.input.value;
      this.run(query, PALETTE, (outcome) => {
        const ranks = query.trim() ? outcome.ranks : [];
        const all = address("search/", outcome.index.manifest.portable);
        this.more.href = `${all}?q=${encodeURIComponent(query)}`;
        this.tell(query.trim() ? said(outcome, ranks.length) : "");
        return ranks;
      });
    }

    offer(rows) {
      this.list.hidden = !rows.length;
      this.input.setAttribute("aria-expanded", String(rows.length > 0));
      this.choose(rows[0]);
    }

    option(record, outcome, at) {
      const id = `${this.name}-${at}`;
      return element(
        "li",
        { role: "option", id, "data-href": record.href, "aria-selected": "false" },
        ...described(record, outcome, 110),
      );
    }

    choose(option) {
      this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) this.input.setAttribute("aria-activedescendant", option.id);
      else this.input.removeAttribute("aria-activedescendant");
    }

    pressed(event) {
      if (event.isComposing) return;
      const options = [...this.list.children];
      const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
      const to = {
        ArrowDown: (at + 1) % options.length,
        ArrowUp: (at - 1 + options.length) % options.length,
      }[event.key];
      if (to !== undefined && options.length) {
        event.preventDefault();
        this.choose(options[to]);
      } else if (event.key === "Enter" && options[at]) {
        event.preventDefault();
        this.go(options[at], event.ctrlKey || event.metaKey);
      }
    }

    go(option, apart) {
      if (apart) {
        window.open(option.dataset.href, "_blank", "noopener");
      } else {
        this.dialog.close();
        location.href = option.dataset.href;
      }
    }

    // The page: a form, facets and a list of links; its state is in the address

    buildPage() {
      const asked = new URLSearchParams(location.search);
      this.chosen = { kind: new Set(asked.getAll("kind")), status: new Set(asked.getAll("status")) };
      this.input = element("input", {
        type: "search",
        name: "q",
        id: `${this.name}-q`,
        class: "search-input",
        autocomplete: "off",
        spellcheck: "false",
      });
      this.input.value = asked.get("q") ?? "";
      this.facets = element("div", { class: "search-facets" });
      this.status = element("p", { role: "status", class: "search-status" });
      this.list = element("ol", { class: "search-results" });
      this.button = element("button", { type: "button", class: "search-more", hidden: true }, "Show more");
      const form = element(
        "form",
        { role: "search", class: "search-form" },
        element("label", { for: this.input.id }, "Search the plan"),
        this.input,
        this.facets,
      );
      this.replaceChildren(form, this.status, this.list, this.button);
      form.addEventListener("submit", (event) => event.preventDefault());
      this.input.addEventListener("input", () => this.refresh());
      this.facets.addEventListener("change", ({ target }) => {
        this.chosen[target.name][target.checked ? "add" : "delete"](target.value);
        this.refresh();
      });
      this.button.addEventListener("click", () => this.showMore());
      this.addEventListener("keydown", (event) => this.step(event));
      this.refresh();
    }

    refresh() {
      const query = this.input.value;
      clearTimeout(this.remembering);
      this.remembering = setTimeout(() => this.remember(query), 150); // it is slow, and rationed
      this.run(query, PAGE, (outcome) => {
        const { manifest, pairs, keys } = outcome.index;
        const idle = !query.trim() && !this.chosen.kind.size && !this.chosen.status.size;
        const passes = manifest.pairs.map((pair) => !idle && this.passes(pair));
        this.outcome = outcome;
        this.ranks = outcome.ranks.filter((rank) => passes[pairs[rank]]);
        this.button.hidden = this.ranks.length <= PAGE;
        this.tell(idle ? `Type to search ${keys.length} items.` : said(outcome, this.ranks.length));
        return this.ranks;
      });
    }

    meanwhile(outcome) {
      if (!this.dialog) this.showFacets(outcome);
    }

    passes(pair, except = "") {
      return ["kind", "status"].every(
        (facet, at) =>
          facet === except || !this.chosen[facet].size || this.chosen[facet].has(pair[at]),
      );
    }

    link(record, outcome) {
      const link = element("a", { href: record.href }, ...described(record, outcome, 220));
      return element("li", {}, link);
    }

    async showMore() {
      const outcome = this.outcome;
      const from = this.list.children.length;
      const next = await records(outcome.index, this.ranks.slice(from, from + PAGE));
      if (outcome !== this.outcome) return;
      this.list.append(...next.map((record) => this.link(record, outcome)));
      this.list.children[from]?.querySelector("a").focus();
      this.button.hidden = this.ranks.length <= this.list.children.length;
    }

    row(...about) {
      return this.dialog ? this.option(...about) : this.link(...about);
    }

    /** Boxes to narrow by; each counts what it would give, other facets being as they are. */
    showFacets({ index, ranks }) {
      const focused = this.facets.contains(document.activeElement) ? document.activeElement.id : "";
      const names = index.manifest.pairs;
      const sums = names.map(() => 0);
      for (const rank of ranks) sums[index.pairs[rank]]++;
      const groups = ["kind", "status"].map((facet, at) => {
        const counts = new Map([...this.chosen[facet]].map((value) => [value, 0]));
        names.forEach((pair, which) => {
          const more = this.passes(pair, facet) ? sums[which] : 0;
          counts.set(pair[at], (counts.get(pair[at]) ?? 0) + more);
        });
        const useful = [...counts]
          .filter(([value, count]) => value && (count || this.chosen[facet].has(value)))
          .sort();
        const boxes = useful.map(([value, count]) => {
          const id = `${this.name}-${facet}-${value.replace(/\s/g, "_")}`;
          const box = element("input", { type: "checkbox", name: facet, value, id });
          box.checked = this.chosen[facet].has(value);
          const label = element("label", { for: id }, value, " ", element("small", {}, String(count)));
          return element("span", { class: "search-facet" }, box, label);
        });
        return element("fieldset", { hidden: !boxes.length }, element("legend", {}, facet), ...boxes);
      });
      this.facets.replaceChildren(...groups);
      if (focused) document.getElementById(focused)?.focus();
    }

    /** Put the state into the address, for reload, bookmark and sharing. */
    remember(query) {
      const state = new URLSearchParams();
      if (query) state.set("q", query);
      for (const facet of ["kind", "status"]) {
        for (const value of this.chosen[facet]) state.append(facet, value);
      }
      const text = state.toString();
      try {
        history.replaceState(history.state, "", location.pathname + (text && `?${text}`));
      } catch {
        // Some browsers do not let a page from a folder change its address.
      }
    }

    /** Arrows lead from the field through the results. */
    step(event) {
      const links = [this.input, ...this.list.querySelectorAll("a")];
      const at = links.indexOf(document.activeElement);
      const to = at + ({ ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0);
      if (event.isComposing || at < 0 || to === at || !links[to]) {
        if (event.key === "Enter" && at === 0 && links[1]) links[1].click();
        return;
      }
      event.preventDefault();
      links[to].focus();
    }
  }

  customElements.define("plan-search", PlanSearch);
})();
