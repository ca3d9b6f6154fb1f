"""The walk over all references of a plan, with the rules of `planner.trace.reference_rules`."""

from collections.abc import Iterator, Sequence

from planner.model.fields import kind_of
from planner.model.items import Criterion, Item, Phase, Requirement
from planner.model.problem import Problem
from planner.trace.finding import finding, line_of, place_of
from planner.trace.graph import Trace
from planner.trace.names import fold
from planner.trace.reference_rules import DROPPED, LEVEL, REPEATED, SELF, UNRESOLVED
from planner.trace.suggest import Suggestions


def check_references(trace: Trace) -> Iterator[Problem]:
    """Problems of references, item by item."""
    yield from _References(trace).problems()


class _References:
    """One walk over all references of a plan."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._suggestions = Suggestions(trace.tree)
        # References to a file that cannot be read are not wrong: that file is reported already.
        self._unreadable = {fold(each.id) for each in trace.tree.unreadable}
        self._dropped = {
            item.id: item
            for items in (trace.milestones, trace.phases, trace.requirements)
            for item in items
            if item.status == "dropped"
        }
        self._levels = {fold(level) for level in trace.tree.plan.verification_levels}

    def problems(self) -> Iterator[Problem]:
        for phase in self._trace.phases:
            yield from self._phase(phase)
            for criterion in phase.criteria:
                yield from self._criterion(phase, criterion)
        for requirement in self._trace.requirements:
            yield from self._requirement(requirement)

    def _phase(self, phase: Phase) -> Iterator[Problem]:
        if phase.milestone:
            line = line_of(phase, "milestone")
            yield from self._reference(phase, "phase", "milestone", phase.milestone, line)
        seen: set[str] = set()
        for index, dependency in enumerate(phase.depends_on):
            line = dependency.line or line_of(phase, "depends_on", index)
            yield from self._reference(phase, "phase", "phase", dependency.phase, line)
            yield from self._twice(phase, "phase", seen, "phase", dependency.phase, line)
        yield from self._level(phase, "phase", phase.verification, line_of(phase, "verification"))

    def _criterion(self, phase: Phase, criterion: Criterion) -> Iterator[Problem]:
        if criterion.verifies and not self._plain(criterion.verifies):
            line = criterion.lines.get("verifies") or criterion.line
            seen: set[str] = set()
            for ref in criterion.verifies:
                yield from self._reference(phase, "criterion", "requirement", ref, line)
                yield from self._twice(phase, "criterion", seen, "requirement", ref, line)
        if criterion.level:
            line = criterion.lines.get("level") or criterion.line
            yield from self._level(phase, "criterion", criterion.level, line)

    def _plain(self, refs: Sequence[str]) -> bool:
        """Whether these are ids of requirements as they are written there, none twice.

        That is how nearly all are, and nothing can be wrong with them unless something is dropped.
        """
        if self._dropped or len(refs) != len(set(refs)):
            return False
        written = self._trace.requirement_by_id
        return all(ref in written for ref in refs)

    def _requirement(self, requirement: Requirement) -> Iterator[Problem]:
        trace = self._trace
        phases = trace.phases_of_requirement.get(requirement.id, ())
        links = trace.links_out.get(requirement.id, ())
        # As many ends as references: each names an item, and none names one twice.
        settled = len(phases) == len(requirement.phases) and len(links) == len(requirement.links)
        if settled and not self._dropped:
            return
        seen: set[str] = set()
        for index, ref in enumerate(requirement.phases):
            line = line_of(requirement, "phases", index)
            yield from self._reference(requirement, "requirement", "phase", ref, line)
            yield from self._twice(requirement, "requirement", seen, "phase", ref, line)
        pairs: set[tuple[str, str]] = set()
        for index, link in enumerate(requirement.links):
            line = link.line or line_of(requirement, "links", index)
            # A link may lead to any kind of item; a requirement is meant first.
            any_kind = trace.resolve(link.to, "requirement") is None
            kind = "" if any_kind else "requirement"
            yield from self._reference(
                requirement, "requirement", kind, link.to, line, link_type=link.type
            )
            # Claims of one run are one document, but not one claim.
            claim = link.type == "based-on" and "/" in link.to
            target = fold(link.to) if claim else trace.resolve(link.to, kind) or link.to
            pair = (target, link.type)
            if pair in pairs:
                yield _again(requirement, "requirement", link.to, line)
            pairs.add(pair)

    def _reference(
        self,
        item: Phase | Requirement,
        part: str,
        kind: str,
        ref: str,
        line: int,
        link_type: str = "",
    ) -> Iterator[Problem]:
        target = self._trace.resolve(ref, kind)
        if target is None:
            if fold(ref) not in self._unreadable:
                yield self._unresolved(item, part, kind, ref, line)
        elif target == item.id and kind == kind_of(item):
            message = f"{item.id} {'links to' if link_type else 'depends on'} itself"
            yield finding(SELF, part, item, message, line=line)
        elif target in self._dropped and item.status != "dropped" and link_type != "replaces":
            other = self._dropped[target]
            yield finding(
                DROPPED,
                part,
                item,
                f"{_names(item, part)} refers to {target}, which is dropped",
                line=line,
                related=(place_of(other, "status"),),
            )

    def _unresolved(self, item: Item, part: str, kind: str, ref: str, line: int) -> Problem:
        kinds = (kind,) if kind else ("requirement", "phase", "milestone", "research")
        elsewhere = self._trace.resolve(ref)
        if kind and elsewhere is not None:
            other = self._trace.kind(elsewhere)
            message = f"{ref!r} is a {other}, but a {kind} is to be named here"
            hint = f"name the id of a {kind}"
        else:
            message = f"no {kind or 'item'} has the id {ref!r}"
            hint = self._suggestions.hint(ref, kinds, UNRESOLVED.hint)
        return finding(UNRESOLVED, part, item, message, line=line, hint=hint)

    def _twice(
        self, item: Item, part: str, seen: set[str], kind: str, ref: str, line: int
    ) -> Iterator[Problem]:
        target = self._trace.resolve(ref, kind) or fold(ref)
        if target in seen:
            yield _again(item, part, ref, line)
        seen.add(target)

    def _level(self, phase: Phase, part: str, level: str, line: int) -> Iterator[Problem]:
        if level and self._levels and fold(level) not in self._levels:
            known = ", ".join(self._trace.tree.plan.verification_levels)
            message = f"{level!r} is not a verification level of this plan ({known})"
            yield finding(LEVEL, part, phase, message, line=line)


def _again(item: Item, part: str, ref: str, line: int) -> Problem:
    return finding(REPEATED, part, item, f"{ref} is named twice", line=line)


def _names(item: Item, part: str) -> str:
    return f"a criterion of {item.id}" if part == "criterion" else item.id
