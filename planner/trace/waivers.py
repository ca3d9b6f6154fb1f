"""Waivers: findings that people accept, each with its reason, and waivers that do nothing.

A waiver of a criterion covers findings on that criterion; one of an item covers the item and its
criteria; one of the plan covers the whole plan.  A finding that involves several items (two equal
texts, a cycle) is covered by the waiver of any of them.  A waiver without a reason does not get so
far: it is a bad value when the file is read.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.model.fields import kind_of
from planner.model.items import Criterion, Item, Phase, PlanTree, Waiver
from planner.model.problem import Problem
from planner.trace.finding import HINT, WARNING, finding, line_of, table
from planner.trace.names import all_items
from planner.trace.rule import Rule

_EXAMPLE = """\
== phases/login.md
---
title: Login
number: "01"
{}---
People can log in.
"""

UNKNOWN_RULE = Rule(
    id="unknown-rule",
    group="waivers",
    title="Waiver of a rule that does not exist",
    severity=WARNING,
    why="It waives nothing, and the finding that it was written for still stands.",
    good=_EXAMPLE.format("waive:\n  phase-without-criteria: written when the design is known\n"),
    bad=_EXAMPLE.format("waive:\n  no-criteria: written when the design is known\n"),
    hint="`planner rules` lists the ids of all rules",
)
UNUSED = Rule(
    id="unused-waiver",
    group="waivers",
    title="Waiver that waives nothing",
    severity=HINT,
    why="It would hide the next finding, which may be another one.",
    good=_EXAMPLE.format("waive:\n  phase-without-criteria: written when the design is known\n"),
    bad=_EXAMPLE.format("waive:\n  duplicate-phase-number: the old roadmap had it twice\n"),
    hint="remove it",
)

WAIVER_RULES = table((UNKNOWN_RULE, UNUSED))

_ONLY_AT_IMPORT = "import"
"""Findings of this group are made when a plan is imported, not here: a waiver may wait for one."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """A waiver with the item, and maybe the criterion, that it stands on."""

    waiver: Waiver
    item: Item
    criterion: Criterion | None
    line: int


class Waivers:
    """The waivers of a plan, and which of them were used."""

    def __init__(self, tree: PlanTree) -> None:
        self._all: list[_Standing] = []
        self._of_plan: dict[str, _Standing] = {}
        self._of_path: dict[str, dict[str, _Standing]] = {}
        self._of_criteria: dict[str, _CriterionWaivers] = {}
        self._used: set[int] = set()
        self._add(tree.plan, None, tree.plan.waive, self._of_plan)
        for item in all_items(tree):
            if item.waive:
                self._add(item, None, item.waive, self._of_path.setdefault(item.path, {}))
        for phase in tree.phases:
            self._add_criteria(phase)

    def _add(
        self,
        item: Item,
        criterion: Criterion | None,
        waivers: Iterable[Waiver],
        into: dict[str, _Standing],
    ) -> None:
        for index, waiver in enumerate(waivers):
            line = waiver.line or _line(item, criterion, index)
            standing = _Standing(waiver, item, criterion, line)
            self._all.append(standing)
            into.setdefault(waiver.rule, standing)

    def _add_criteria(self, phase: Phase) -> None:
        if not any(criterion.waive for criterion in phase.criteria):
            return
        spans = _CriterionWaivers(phase)
        for criterion in phase.criteria:
            self._add(phase, criterion, criterion.waive, spans.of.setdefault(criterion.line, {}))
        self._of_criteria[phase.path] = spans

    def apply(self, problems: Iterable[Problem]) -> list[Problem]:
        """The problems, those that a waiver covers with its reason in `waived`."""
        if not self._all:
            return list(problems)
        return [self._applied(problem) for problem in problems]

    def _applied(self, problem: Problem) -> Problem:
        standing = self._cover(problem)
        if standing is None:
            return problem
        self._used.add(id(standing))
        return replace(problem, waived=" ".join(standing.waiver.reason.split()))

    def _cover(self, problem: Problem) -> _Standing | None:
        for path, line in (
            (problem.path, problem.line),
            *((place.path, place.line) for place in problem.related),
        ):
            spans = self._of_criteria.get(path)
            standing = spans.at(line, problem.rule) if spans else None
            if standing is None:
                standing = self._of_path.get(path, {}).get(problem.rule)
            if standing is not None:
                return standing
        return self._of_plan.get(problem.rule)

    def problems(self, rules: Mapping[str, Rule]) -> Iterator[Problem]:
        """What is wrong with the waivers themselves, once they were applied."""
        for standing in self._all:
            waiver = standing.waiver
            if waiver.rule not in rules:
                message = f"there is no rule {waiver.rule!r}"
                near = near_rule(waiver.rule, rules)
                hint = f"did you mean {near}?" if near else ""
                yield self._problem(UNKNOWN_RULE, standing, message, hint)
            elif id(standing) not in self._used and rules[waiver.rule].group != _ONLY_AT_IMPORT:
                yield self._problem(UNUSED, standing, f"the waiver of {waiver.rule} waives nothing")

    def _problem(self, rule: Rule, standing: _Standing, message: str, hint: str = "") -> Problem:
        part = "criterion" if standing.criterion else kind_of(standing.item)
        return finding(rule, part, standing.item, message, line=standing.line, hint=hint)


class _CriterionWaivers:
    """The waivers of the criteria of one phase, found by line."""

    def __init__(self, phase: Phase) -> None:
        self.of: dict[int, dict[str, _Standing]] = {}
        self._starts = sorted(criterion.line for criterion in phase.criteria)
        last = self._starts[-1]
        below = [section.line for section in phase.sections if section.line > last]
        self._end = min(below, default=0)

    def at(self, line: int, rule: str) -> _Standing | None:
        """The waiver of `rule` by the criterion in whose lines `line` is."""
        index = bisect_right(self._starts, line) - 1
        if not line or index < 0 or (self._end and line >= self._end):
            return None
        return self.of.get(self._starts[index], {}).get(rule)


def _line(item: Item, criterion: Criterion | None, index: int) -> int:
    if criterion is None:
        return line_of(item, "waive", index)
    return criterion.lines.get("waive") or criterion.line


def near_rule(rule: str, rules: Mapping[str, Rule]) -> str:
    """The rule whose words `rule` shares most, if it shares most of its own; else empty."""
    words = set(rule.casefold().replace("_", "-").split("-"))

    def shared(other: str) -> tuple[float, str]:
        others = set(other.split("-"))
        return len(words & others) / len(words | others), other

    best = max(rules, key=shared, default="")
    return best if best and shared(best)[0] >= 0.5 else ""


def waive(tree: PlanTree, problems: Sequence[Problem], rules: Mapping[str, Rule]) -> list[Problem]:
    """The problems with waivers applied, and the problems of the waivers."""
    waivers = Waivers(tree)
    applied = waivers.apply(problems)
    return [*applied, *waivers.problems(rules)]
