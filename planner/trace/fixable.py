"""For which rules a mend can be offered, and what it does: words for lists and documents.

The mends themselves are in `planner.edit.fixes`; a test holds both tables together.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fixable:
    """What the fix of a rule does.

    `certain` tells that it can be so sure that `planner check --fix` makes it unasked; the others
    are only offered, since a person must choose or know something.
    """

    does: str
    certain: bool = False


def _sure(does: str) -> Fixable:
    return Fixable(does, certain=True)


FIXABLE: Mapping[str, Fixable] = {
    "bad-value": _sure("writes the near word or id, or the day as 2026-03-31"),
    "missing-field": Fixable("makes a title from the id"),
    "unknown-key": _sure("corrects the key or heading, where the near one is not there yet"),
    "duplicate-section": Fixable("puts both texts under the first heading"),
    "criterion-without-id": _sure("writes the id that it is read with"),
    "duplicate-criterion": Fixable("gives the second one a new id"),
    "malformed-criterion": Fixable("makes a numbered criterion of the bullet, or mends its id"),
    "unresolved-reference": _sure("writes the near id, or takes the reference out"),
    "repeated-reference": _sure("names it once"),
    "self-dependency": Fixable("takes the reference out"),
    "dropped-item-referenced": Fixable("names what replaces the item, or takes the reference out"),
    "verification-level-unknown": Fixable("writes the near level, or adds this one to plan.yaml"),
    "alias-clash": Fixable("takes the alias out"),
    "duplicate-phase-number": Fixable("gives it the number right behind the other phase"),
    "dependency-cycle": Fixable("makes the dependency soft, or of a link one that only relates"),
    "later-dependency": Fixable("makes the dependency soft"),
    "soft-described-hard": Fixable("makes the dependency soft"),
    "requirement-depends-on-later-phase": Fixable("makes the link one that only relates"),
    "requirement-without-phase": Fixable("takes the phase of its category, or defers it"),
    "requirement-in-several-phases": Fixable("leaves it to the phase that is chosen"),
    "phase-without-milestone": Fixable("puts it into the only milestone that is open"),
    "criterion-without-requirement": Fixable(
        "lets it verify the only requirement of the phase without a criterion"
    ),
    "requirement-without-criterion": Fixable(
        "lets the only criterion of the phase that verifies nothing verify it"
    ),
    "duplicate-text": Fixable("drops the later one"),
    "status-contradiction": _sure(
        "takes out the status of a phase that its requirements tell; else offers the other status"
    ),
    "done-but-unverified": Fixable("marks the criterion as met"),
    "met-before-done": Fixable("marks the requirement as done"),
    "target-after-milestone": Fixable("brings the day forward to that of the whole"),
    "ears-form": _sure('puts "then" before the response to "If"'),
    "weak-modal": Fixable('writes "shall", or "can" where something is possible'),
    "superfluous-infinitive": _sure("writes the verb itself"),
    "escape-clause": Fixable("leaves the clause out"),
    "universal": Fixable('writes "each"'),
    "range-without-bounds": Fixable('writes "at least … and at most …"'),
    "number-style": _sure("writes 0.5, and the sign of the unit after a space"),
    "undefined-acronym": Fixable("adds it to the glossary of plan.yaml"),
    "solution": Fixable("calls the requirement a constraint"),
    "slash": Fixable('writes "and" or "or"'),
    "one-sentence": Fixable('moves the other sentences to "## Notes"'),
    "final-stop": _sure("adds the full stop"),
    "doubled-word": _sure("writes the word once"),
    "unknown-rule": Fixable("names the near rule, or takes the waiver out"),
    "unused-waiver": _sure("takes the waiver out"),
}
"""The rules with a fix, by id."""
