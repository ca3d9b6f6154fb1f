"""What changed in the criteria of a phase."""

from collections.abc import Iterator, Sequence

from planner.model.items import Criterion, Phase
from planner.trace.as_text import pairs_that_differ, text_of
from planner.trace.change import Change, ChangeKind, change_of
from planner.trace.pairing import References
from planner.trace.quantities import weakened


class CriterionDiffer:
    """Compares the criteria of two states of a phase; equal ids mean the same criterion.

    `levels` are the verification levels of the plan, from weakest to strongest.
    """

    def __init__(self, references: References, levels: Sequence[str]) -> None:
        self._references = references
        self._levels = [level.casefold() for level in levels]

    def changes(self, was: Phase, now: Phase) -> Iterator[Change]:
        """The changes of all criteria: removed ones first, then in order of the newer phase."""
        old = {criterion.id: criterion for criterion in was.criteria}
        new = {criterion.id: criterion for criterion in now.criteria}
        for name, criterion in old.items():
            if name not in new:
                kind = ChangeKind.CRITERION_REMOVED
                yield change_of(now, kind, "criteria", criterion.text, "", criterion=name)
        for name, criterion in new.items():
            before = old.get(name)
            if before is None:
                kind = ChangeKind.CRITERION_ADDED
                yield change_of(now, kind, "criteria", "", criterion.text, criterion=name)
            elif before != criterion:
                yield from self._criterion(now, before, criterion)

    def _criterion(self, phase: Phase, was: Criterion, now: Criterion) -> Iterator[Change]:
        if was.text != now.text:
            weaker = weakened(was.text, now.text)
            kind = ChangeKind.CRITERION_REWORDED
            yield change_of(
                phase, kind, "text", was.text, now.text, criterion=now.id, weaker=weaker
            )
        if was.status != now.status:
            kind = ChangeKind.CRITERION_STATUS
            yield change_of(phase, kind, "status", was.status, now.status, criterion=now.id)
        old = [self._references.before(ref, "requirement") for ref in was.verifies]
        new = [self._references.now(ref, "requirement") for ref in now.verifies]
        rows = (
            ("verifies", ", ".join(old), ", ".join(new)),
            ("check", was.check, now.check),
            ("level", was.level, now.level),
            ("proof", text_of(was.proof), text_of(now.proof)),
            ("waive", text_of(was.waive), text_of(now.waive)),
            *pairs_that_differ(was.extra, now.extra),
        )
        for field, before, after in rows:
            if before != after:
                weaker = self._lower(before, after) if field == "level" else ""
                kind = ChangeKind.CHANGED
                yield change_of(phase, kind, field, before, after, criterion=now.id, weaker=weaker)

    def _lower(self, old: str, new: str) -> str:
        """What is said of a level that is lower now; empty where it is not."""
        levels = self._levels
        before, after = old.casefold(), new.casefold()
        if before in levels and after in levels and levels.index(after) < levels.index(before):
            return f"{old} became {new}"
        return ""
