// The one way in which pages call /api and /admin: every request carries X-API-Key.
//
// The key is a token that stands for the session of this browser and ends with it, or after ten
// minutes.  It lives in this script's memory only; the long-lived key never comes near a page.
window.agented = (() => {
  "use strict";
  const OURS = /^\/(?:api|admin)\//;
  const MARGIN_MS = 30_000;
  const FIRST_PAUSE_MS = 1000;
  const LONGEST_PAUSE_MS = 30_000;
  // The service sends something every 15 s: a stream that is silent for so long is dead.
  const SILENCE_MS = 45_000;

  class SignedOutError extends Error {}

  let asked = null;

  const askForToken = async () => {
    const answer = await fetch("/session/token", { method: "POST", cache: "no-store" });
    if (answer.status === 401 || answer.status === 403) return null;
    if (!answer.ok) throw new Error(`no token: HTTP ${answer.status}`);
    const said = await answer.json();
    const ends = performance.now() + said.expires_in * 1000 - MARGIN_MS;
    return { token: said.token, person: said.person, scopes: said.scopes, ends };
  };

  /** Who is signed in, with a token that still holds for a while; null for nobody. */
  const session = async () => {
    const mine = (asked ??= askForToken());
    let found = null;
    try {
      found = await mine;
    } finally {
      if (found === null || found.ends < performance.now()) forget(mine);
    }
    return found === null || asked === mine ? found : session();
  };

  /** Ask for a new token next time, unless that has been done since. */
  const forget = (known) => {
    if (asked === known) asked = null;
  };

  /**
   * `fetch` for /api and /admin of this service.  Throws SignedOutError when nobody is signed in.
   * A body must be one that can be sent twice (a text): a request that is answered 401 was not
   * carried out, so it is sent again with a new token, once.
   */
  const apiFetch = async (path, options = {}) => {
    const address = new URL(path, location.href);
    if (address.origin !== location.origin || !OURS.test(address.pathname)) {
      throw new TypeError(`not an address of /api or /admin: ${path}`);
    }
    for (let tries = 1; ; tries += 1) {
      const who = await session();
      if (who === null) throw new SignedOutError("sign in again");
      const headers = new Headers(options.headers);
      headers.set("X-API-Key", who.token);
      const answer = await fetch(address, {
        cache: "no-store", ...options, headers, credentials: "omit", redirect: "error",
      });
      if (answer.status !== 401 || tries === 2) return answer;
      asked = null;
    }
  };

  /** Save what an address answers as a file. */
  const apiDownload = async (path, name) => {
    const answer = await apiFetch(path);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  /** Read events from the body of an answer; `take` gets {name, data, id, retry}. */
  const readEvents = async (body, take, alive) => {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const text of events) take(eventOf(text));
    }
  };

  const eventOf = (text) => {
    const event = { name: "message", data: [], id: null, retry: null };
    for (const line of text.split("\n")) {
      const [, field, value] = /^([^:]*):? ?([\s\S]*)$/.exec(line);
      if (field === "event") event.name = value;
      else if (field === "data") event.data.push(value);
      else if (field === "id") event.id = value;
      else if (field === "retry") event.retry = Number(value);
    }
    return { ...event, data: event.data.join("\n") };
  };

  const pauseAfter = (answer) => {
    const seconds = Number(answer.headers.get("Retry-After"));
    return Number.isFinite(seconds) ? seconds * 1000 : 0;
  };

  /**
   * Follow a stream, over restarts of the service: each time from the last event that came.
   * `onEvent(name, data)` gets the events, `onState` one of: connecting, open, ended, refused,
   * signed-out (the last three are final).  Returns a function that ends it.
   */
  const apiStream = (path, onEvent, onState = () => {}) => {
    const stop = new AbortController();
    let last = null;
    let pause = FIRST_PAUSE_MS;

    const take = (event) => {
      if (event.retry !== null) pause = event.retry;
      if (event.id !== null) last = event.id;
      if (event.name === "bye") return JSON.parse(event.data).reason;
      if (event.data) onEvent(event.name, event.data);
      return null;
    };

    /** One connection; returns the final state, or null when it is worth another one. */
    const connect = async () => {
      const one = new AbortController();
      const end = () => one.abort();
      let timer = setTimeout(end, SILENCE_MS);
      stop.signal.addEventListener("abort", end);
      try {
        const headers = { Accept: "text/event-stream" };
        if (last !== null) headers["Last-Event-ID"] = last;
        const answer = await apiFetch(path, { headers, signal: one.signal });
        if (answer.status === 204) return "ended";
        if (!answer.ok) {
          if (answer.status < 500 && answer.status !== 429) return "refused";
          pause = Math.max(pause, pauseAfter(answer));
          return null;
        }
        onState("open");
        pause = FIRST_PAUSE_MS;
        let reason = null;
        await readEvents(answer.body, (event) => { reason = take(event) ?? reason; }, () => {
          clearTimeout(timer);
          timer = setTimeout(end, SILENCE_MS);
        });
        if (reason === "credentials") asked = null;
        return reason === "end" ? "ended" : null;
      } finally {
        clearTimeout(timer);
        stop.signal.removeEventListener("abort", end);
      }
    };

    const follow = async () => {
      while (!stop.signal.aborted) {
        onState("connecting");
        let final = null;
        try {
          final = await connect();
        } catch (error) {
          if (error instanceof SignedOutError) final = "signed-out";
          // Else the connection was lost: the next one goes on from the last event.
        }
        if (stop.signal.aborted) return;
        if (final !== null) {
          onState(final);
          return;
        }
        // Not all pages at the same moment after a restart.
        await new Promise((resolve) => { setTimeout(resolve, pause * (0.75 + Math.random() / 2)); });
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    };

    follow();
    return () => stop.abort();
  };

  return Object.freeze({ apiFetch, apiDownload, apiStream, session, SignedOutError });
})();
