"""Rules about what must come first: no circles, nothing later, and words that agree with them."""

import re
from collections.abc import Iterator, Mapping, Sequence

from planner.model.ids import number_key
from planner.model.items import Dependency, Item, Phase
from planner.model.problem import Problem
from planner.trace.completion import OUT
from planner.trace.finding import ERROR, finding, line_of, place_of, table
from planner.trace.graph import Trace
from planner.trace.order import cycles
from planner.trace.rule import Rule

_TWO_PHASES = """\
== phases/login.md
---
title: Login
number: "01"
---
People can log in.
== phases/orders.md
---
title: Orders
number: "02"
depends_on: {}
---
People can order.
"""

CYCLE = Rule(
    id="dependency-cycle",
    group="structure",
    title="Items that wait for each other",
    severity=ERROR,
    why="None of them can ever begin.",
    good=_TWO_PHASES.format("[login]"),
    bad=_TWO_PHASES.format("[login]").replace('"01"\n', '"01"\ndepends_on: [orders]\n'),
    hint="remove one of these dependencies, or make it soft",
)
LATER = Rule(
    id="later-dependency",
    group="structure",
    title="Hard dependency on a later phase",
    severity=ERROR,
    why="Read in order, the plan asks for something that is not there yet.",
    good=_TWO_PHASES.format("[login]"),
    bad=_TWO_PHASES.format("[]").replace('"01"\n', '"01"\ndepends_on: [orders]\n'),
    hint="give the phase a later number than the phase it needs, or make the dependency soft",
)
SOFT_DESCRIBED_HARD = Rule(
    id="soft-described-hard",
    group="structure",
    title="Hard dependency whose reason says that there is none",
    severity=ERROR,
    why="Work waits for a phase that, by the plan's own words, it does not need.",
    good=_TWO_PHASES.format("[{phase: login, soft: true, reason: can run in parallel}]"),
    bad=_TWO_PHASES.format("[{phase: login, reason: can run in parallel}]"),
    hint="add `soft: true`, or correct the reason",
)
REQUIREMENT_LATER = Rule(
    id="requirement-depends-on-later-phase",
    group="structure",
    title="Requirement that depends on one of a later phase",
    severity=ERROR,
    why="The phase of the first cannot be finished before a later phase is.",
    good=_TWO_PHASES.format("[login]")
    + """\
== requirements/AUTH-01.md
---
phase: login
---
The service shall ask for a password.
== requirements/SHOP-01.md
---
phase: orders
links: [{to: AUTH-01, type: depends-on}]
---
The service shall accept an order of a person who is logged in.
""",
    bad=_TWO_PHASES.format("[login]")
    + """\
== requirements/AUTH-01.md
---
phase: orders
---
The service shall ask for a password.
== requirements/SHOP-01.md
---
phase: login
links: [{to: AUTH-01, type: depends-on}]
---
The service shall accept an order of a person who is logged in.
""",
    hint="move one of the two to another phase, or make the link one that only relates",
)

DEPENDENCY_RULES = table((CYCLE, LATER, SOFT_DESCRIBED_HARD, REQUIREMENT_LATER))

# Only phrases about the work itself: "tested against concurrent requests" says nothing about it.
_NO_NEED = re.compile(
    r"\bindependent(?:ly)?\b(?=\W*$|\s*[-–—;:,.()]|\s+(?:of|from|and|but|so)\b)"
    r"|\bin\s+parallel\b|\bparallel\s+(?:with|to)\b|\bparalleli[sz]able\b"
    r"|\b(?:run|start|begin|begun|proceed|happen|go|done|built|worked|developed|executed)\s+"
    r"(?:\w+\s+)?(?:concurrently|simultaneously)\b"
    r"|\bno\s+(?:\w+[\s-]+){0,2}(?:dep|deps|dependency|dependencies)\b"
    r"|\bnot\s+(?:strictly|really|technically)\s+(?:needed|required|necessary|dependent)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"(?:\b(?:not|never|cannot|nor)|n't)\W+(?:\w+\W+){0,2}$", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_RANGE = re.compile(r"(\d+)\s*(?:-|–|—|\.\.|to|through)\s*(\d+)", re.IGNORECASE)
_OTHER = re.compile(r"\s*(?:with|of|to|from|and)\b[^.;,()]*", re.IGNORECASE)
_LONGEST_REASON = 2000


def check_dependencies(trace: Trace) -> Iterator[Problem]:
    """Problems of dependencies between phases and between requirements."""
    yield from _phase_cycles(trace)
    yield from _requirement_cycles(trace)
    in_cycle = {
        pair for cycle in trace.cycles for pair in zip(cycle, (*cycle[1:], cycle[0]), strict=True)
    }
    numbers = {phase.id: number_key(phase.number) for phase in trace.phases if phase.number}
    for phase in trace.phases:
        if phase.status in OUT:
            continue
        for dependency in trace.depends.get(phase.id, ()):
            if dependency.soft:
                continue
            other = trace.phase_by_id[dependency.phase]
            later = _is_later(numbers, other.id, phase.id)
            if later and (phase.id, other.id) not in in_cycle:
                yield _later(phase, dependency, other)
            words = says_no_need(dependency.reason, other)
            if words:
                yield _soft(phase, dependency, other, words)
    yield from _requirements_on_later(trace, numbers)


def says_no_need(reason: str, other: Phase) -> str:
    """The words of `reason` that say `other` is not needed first; empty if there are none.

    "Can run in parallel with phases 14-16" speaks about those phases; it counts only where `other`
    is one of them.
    """
    for match in _NO_NEED.finditer(reason[:_LONGEST_REASON]):
        if _DENIED.search(reason, max(0, match.start() - 40), match.start()):
            continue
        rest = _OTHER.match(reason, match.end(), match.end() + 200)
        if rest and not _speaks_of(rest[0], other):
            continue
        return match[0]
    return ""


def _speaks_of(text: str, other: Phase) -> bool:
    """Whether `text` names no phase number at all, or that of `other`."""
    numbers = {number_key(number) for number in _NUMBERS.findall(text)}
    if not numbers or number_key(other.number) in numbers:
        return True
    own = _NUMBERS.fullmatch(other.number)
    return own is not None and any(
        int(low) <= float(".".join(own[0].split(".")[:2])) <= int(high)
        for low, high in _RANGE.findall(text)
    )


def _phase_cycles(trace: Trace) -> Iterator[Problem]:
    for cycle in trace.cycles:
        phases = [trace.phase_by_id[phase_id] for phase_id in cycle]
        yield _cycle("phase", phases, line_of(phases[0], "depends_on"), "depends_on")


def _requirement_cycles(trace: Trace) -> Iterator[Problem]:
    needs = _needs(trace)
    members = [each for each in trace.requirements if each.id in needs]
    number = {member.id: index for index, member in enumerate(members)}
    edges = [[number[to] for to in needs[member.id] if to in number] for member in members]
    for cycle in cycles(edges):
        requirements = [members[index] for index in cycle]
        yield _cycle("requirement", requirements, line_of(requirements[0], "links"), "links")


def _needs(trace: Trace) -> dict[str, list[str]]:
    """For each requirement with links of type depends-on, the requirements that it needs."""
    needs: dict[str, list[str]] = {}
    for source, ends in trace.links_out.items():
        targets = [end.id for end in ends if end.type == "depends-on"]
        if targets:
            needs[source] = targets
    return needs


def _cycle(part: str, items: Sequence[Item], line: int, field: str) -> Problem:
    names = [item.id for item in items]
    shown = " → ".join([*names, names[0]])
    return finding(
        CYCLE,
        part,
        items[0],
        f"the {part}s wait for each other: {shown}",
        line=line,
        related=tuple(place_of(item, field) for item in items[1:]),
    )


def _is_later(numbers: Mapping[str, tuple[object, ...]], one: str, other: str) -> bool:
    return one in numbers and other in numbers and numbers[one] > numbers[other]


def _later(phase: Phase, dependency: Dependency, other: Phase) -> Problem:
    return finding(
        LATER,
        "phase",
        phase,
        f"phase {phase.number} needs phase {other.number}, {other.title or other.id}, which comes"
        " later",
        line=dependency.line or line_of(phase, "depends_on"),
        related=(place_of(other, "number"),),
    )


def _soft(phase: Phase, dependency: Dependency, other: Phase, words: str) -> Problem:
    return finding(
        SOFT_DESCRIBED_HARD,
        "phase",
        phase,
        f"the dependency on {other.title or other.id} is hard, but its reason says {words!r}",
        line=dependency.line or line_of(phase, "depends_on"),
        related=(place_of(other),),
    )


def _requirements_on_later(
    trace: Trace, numbers: Mapping[str, tuple[object, ...]]
) -> Iterator[Problem]:
    for source, targets in _needs(trace).items():
        requirement = trace.requirement_by_id[source]
        phases = trace.phases_of_requirement.get(source)
        if not phases or requirement.status in OUT:
            continue
        for target in targets:
            others = trace.phases_of_requirement.get(target)
            if not others or not _is_later(numbers, others[0], phases[0]):
                continue
            later, own = trace.phase_by_id[others[0]], trace.phase_by_id[phases[0]]
            yield finding(
                REQUIREMENT_LATER,
                "requirement",
                requirement,
                f"{source} of phase {own.number} depends on {target} of phase {later.number},"
                " which comes later",
                line=line_of(requirement, "links"),
                related=(place_of(trace.requirement_by_id[target], "phases"),),
            )
