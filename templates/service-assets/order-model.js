// The order of phases as it was and as it is: ranks, what needs what, requirements that moved.
window.agentedOrder = (() => {
  "use strict";

  class OrderModel {
    /** `phases` in their order, each with what it delivers and needs; `others` by their ids. */
    constructor({ phases, others }) {
      this.phases = new Map(phases.map((phase) => [phase.id, phase]));
      this.others = others;
      this.ranks = phases.map((phase) => phase.rank);
      this.first = phases.map((phase) => phase.id);
      this.home = new Map();
      this.requirements = new Map();
      this.moved = new Map();
      for (const phase of phases) {
        for (const each of phase.delivered) {
          // One that names two phases is moved out of the first.
          if (!this.requirements.has(each.id)) {
            this.requirements.set(each.id, each);
            this.home.set(each.id, phase.id);
          }
        }
      }
    }

    nameOf(id) {
      return (this.phases.get(id) ?? this.others[id])?.title || id;
    }

    // -- phases ---------------------------------------------------------------------------

    /** The rank that each phase would have: the numbers are dealt out anew. */
    rankOf(order) {
      return new Map(order.map((id, place) => [id, this.ranks[place]]));
    }

    /** The number that the phase at a place gets. */
    numberAt(place) {
      return this.phases.get(this.first[place]).number || "–";
    }

    /** What is wrong with an order: by phase, in words. */
    violations(order) {
      const ranks = this.rankOf(order);
      const found = new Map(order.map((id) => [id, []]));
      const rank = (id) => ranks.get(id) ?? this.others[id]?.rank;
      for (const id of order) {
        for (const need of this.phases.get(id).needs) {
          if (rank(need.id) > rank(id)) found.get(id).push(`comes before ${this.nameOf(need.id)}, which it needs`);
        }
      }
      return found;
    }

    /** The phases that an order puts in another place. */
    displaced(order) {
      return order.filter((id, place) => id !== this.first[place]);
    }

    /** How many things an order and the moves change; the order is one of them. */
    changes(order) {
      return this.moved.size + (this.displaced(order).length ? 1 : 0);
    }

    // -- requirements ---------------------------------------------------------------------

    phaseOf(id) {
      return this.moved.get(id) ?? this.home.get(id);
    }

    /** Move requirements into a phase, or with `-` into none. */
    move(ids, target) {
      for (const id of ids) {
        if (target === this.home.get(id)) this.moved.delete(id);
        else this.moved.set(id, target);
      }
    }

    isVerifiedIn(id, phase) {
      return this.requirements.get(id).verified.includes(phase);
    }

    /** The moved requirements that no criterion of their new phase verifies. */
    unverified() {
      return [...this.moved].filter(([id, target]) => !this.isVerifiedIn(id, target));
    }

    /** How a requirement stands: where a criterion verifies it, seen from its phase. */
    verifiedWords(id) {
      const { verified } = this.requirements.get(id);
      if (verified.includes(this.phaseOf(id))) return ["verified here", true];
      if (verified.length === 0) return ["no criterion", false];
      return [`verified in ${verified.map((each) => this.nameOf(each)).join(", ")}`, false];
    }

    // -- drafts ---------------------------------------------------------------------------

    draft(order) {
      return { first: this.first, order, moved: [...this.moved] };
    }

    /** Take the moves of a draft up again.  Returns its order, or the first if it means nothing now. */
    restore({ first, order, moved }) {
      if (!Array.isArray(order) || !Array.isArray(moved)) return this.first;
      for (const [id, target] of moved) {
        const known = target === "-" || this.phases.has(target) || Object.hasOwn(this.others, target);
        if (this.requirements.has(id) && known && this.home.get(id) !== target) this.moved.set(id, target);
      }
      // An order of other phases than these, or of phases that were moved since, means nothing.
      return String(first) === String(this.first) ? order.filter((id) => this.phases.has(id)) : this.first;
    }
  }

  return { OrderModel };
})();
