// What elements that follow a run of the model have in common: its stream, its events, and the texts
// of an answer whose JSON is not complete yet.
window.agentedRuns = (() => {
  "use strict";
  const { apiStream } = window.agented;
  const SAID = /"([a-z_]+)"\s*:\s*"((?:[^"\\]|\\.)*)/g;

  const unescaped = (text) => {
    const whole = text.replace(/\\(u[0-9a-fA-F]{0,3})?$/, "");
    try {
      return JSON.parse(`"${whole}"`);
    } catch {
      return whole;
    }
  };

  /** The last `most` texts of an answer, of those whose name `isShown` takes. */
  const saidIn = (text, isShown, most) => [...text.matchAll(SAID)]
    .filter(([, name]) => isShown(name)).slice(-most).map(([, , said]) => unescaped(said));

  const eventOf = (line) => {
    try {
      const event = JSON.parse(line);
      return event && typeof event === "object" ? event : {};
    } catch {
      return {}; // A line of the service's own, in words.
    }
  };

  /** Follows the run that its attribute `execution` names: `take` gets what comes, by name. */
  class RunFollower extends HTMLElement {
    #stop = null;

    connectedCallback() {
      const execution = this.getAttribute("execution");
      if (!execution || this.#stop) return;
      this.#stop = apiStream(
        `/admin/executions/${encodeURIComponent(execution)}/stream${this.query}`,
        (name, data) => this.take(name, JSON.parse(data)),
        (state) => this.state(state),
      );
      addEventListener("pagehide", () => this.#stop?.(), { once: true });
    }

    disconnectedCallback() {
      this.#stop?.();
      this.#stop = null;
    }

    get query() {
      return "";
    }

    /** Whether the stream goes on; most do not show it. */
    state() {}
  }

  return Object.freeze({ RunFollower, eventOf, saidIn });
})();
