// The form of a trigger: shows what its source needs, the next times of its schedule while it is
// typed, and puts placeholders into the template.  Without this script all of the form is there.
(() => {
  "use strict";
  const PAUSE_MS = 300;
  const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

  class TriggerForm extends HTMLElement {
    #timer = null;
    #asked = 0;

    connectedCallback() {
      this.source = this.querySelector("#source");
      this.cron = this.querySelector("#cron");
      this.zone = this.querySelector("#time_zone");
      this.fires = this.querySelector("[data-next-fires]");
      if (this.source) {
        this.source.addEventListener("change", () => this.showGroups());
        this.showGroups();
      }
      for (const input of [this.cron, this.zone]) {
        input?.addEventListener("input", () => {
          clearTimeout(this.#timer);
          this.#timer = setTimeout(() => this.showTimes(), PAUSE_MS);
        });
      }
      for (const list of this.querySelectorAll("[data-placeholders]")) this.offer(list);
    }

    disconnectedCallback() {
      clearTimeout(this.#timer);
    }

    /** Hide the groups that another source needs; one with a mistake or a value stays. */
    showGroups() {
      for (const group of this.querySelectorAll("[data-sources]")) {
        const sources = group.dataset.sources.split(" ").filter(Boolean);
        const needed = sources.length === 0 || sources.includes(this.source.value);
        group.hidden = !needed && !group.querySelector("[aria-invalid]") && !this.isFilled(group);
      }
    }

    isFilled(group) {
      const usual = { text_field_path: "text", time_zone: "UTC" };
      return [...group.querySelectorAll("input, textarea")].some((input) =>
        input.type === "checkbox" ? input.checked : input.value !== (usual[input.name] ?? ""));
    }

    async showTimes() {
      const mine = (this.#asked += 1);
      const expression = this.cron.value.trim();
      let said = { valid: false, problem: "", next_fires: [] };
      if (expression) {
        try {
          const answer = await window.agented.apiFetch("/admin/validate-cron", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ expression, time_zone: this.zone.value.trim() || "UTC" }),
          });
          said = answer.ok ? await answer.json() : { ...said, problem: "It cannot be checked now." };
        } catch {
          said.problem = "It cannot be checked now.";
        }
      }
      if (mine === this.#asked) this.fires.replaceChildren(this.told(said));
    }

    told({ valid, problem, next_fires: times }) {
      if (!valid) {
        const line = document.createElement("p");
        line.className = problem ? "field-error" : "fine";
        line.textContent = problem ? problem[0].toUpperCase() + problem.slice(1) : "Type when it fires.";
        return line;
      }
      const list = document.createElement("ol");
      for (const at of times) {
        const item = document.createElement("li");
        const time = document.createElement("time");
        time.dateTime = at;
        time.textContent = `${at.slice(0, 10)} ${at.slice(11, 16)}`;
        const here = new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
        item.append(time, " UTC");
        if (ZONE !== "UTC") item.append(`, here ${here}`);
        list.append(item);
      }
      return list;
    }

    /** Make each placeholder of a list a button that puts it where the cursor is. */
    offer(list) {
      const field = this.querySelector(`#${list.dataset.placeholders}`);
      if (!field || field.matches(":disabled")) return;
      for (const code of list.querySelectorAll("dt code")) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "placeholder";
        button.title = "Put it into the template";
        code.replaceWith(button);
        button.append(code);
        button.addEventListener("click", () => {
          field.setRangeText(code.textContent, field.selectionStart, field.selectionEnd, "end");
          field.focus();
        });
      }
    }
  }

  customElements.define("trigger-form", TriggerForm);
})();
