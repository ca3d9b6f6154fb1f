// What was typed and is not saved: this browser keeps it, the page asks before it is left, and the
// page after the save forgets it (edit-links.js).
window.agentedDrafts = (() => {
  "use strict";
  const DRAFTS = "agented-draft:";
  const SENT = "agented-sent";
  const MOST = 20;

  /** The drafts of an item, or of a page such as the table, each by the blob it was typed upon. */
  class Drafts {
    #isSent = false;

    constructor(item, proposal) {
      this.prefix = `${DRAFTS}${proposal ? `${proposal}:` : ""}${item}@`;
    }

    key(blob) {
      return this.prefix + blob;
    }

    /** The newest one with its `key` and its time `at`, whatever the file was then; else null. */
    newest() {
      const found = this.#all((key) => key.startsWith(this.prefix));
      return found[0] ?? null;
    }

    /** Keep the properties of `what`.  Returns whether this browser did. */
    keep(blob, what) {
      try {
        localStorage.setItem(this.key(blob), JSON.stringify({ ...what, at: Date.now() }));
        for (const { key: old } of this.#all((each) => each.startsWith(DRAFTS)).slice(MOST)) {
          localStorage.removeItem(old);
        }
        return true;
      } catch {
        return false; // No room, or no memory at all.
      }
    }

    /** Forget all of them. */
    drop() {
      for (const { key } of this.#all((each) => each.startsWith(this.prefix))) localStorage.removeItem(key);
    }

    // -- leaving the page ---------------------------------------------------------------------

    /** Ask before the page is left while `isUnsent()` says so. */
    guard(isUnsent) {
      addEventListener("beforeunload", (event) => {
        if (!this.#isSent && isUnsent()) event.preventDefault();
      });
      // Back from the review by the browser's own way, with the page as it was left.
      addEventListener("pageshow", () => { this.#isSent = false; });
    }

    /** The page is left for the review: nothing asks, and the drafts go once that is saved. */
    send() {
      this.#isSent = true;
      try {
        sessionStorage.setItem(SENT, this.prefix);
      } catch {
        // Then the draft is offered once more.
      }
    }

    #all(wanted) {
      const found = [];
      try {
        for (const key of Object.keys(localStorage).filter(wanted)) {
          try {
            found.push({ ...JSON.parse(localStorage.getItem(key)), key });
          } catch {
            localStorage.removeItem(key);
          }
        }
      } catch {
        return [];
      }
      return found.sort((a, b) => b.at - a.at);
    }
  }

  return Object.freeze({ Drafts });
})();
