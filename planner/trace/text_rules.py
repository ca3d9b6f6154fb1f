"""Rules about texts that say the same thing twice, or the same thing with another number."""

from collections.abc import Iterator, Sequence
from itertools import islice

from planner.model.items import Phase, Requirement
from planner.model.problem import Place, Problem
from planner.trace.completion import OUT
from planner.trace.finding import ERROR, WARNING, finding, place_of, table
from planner.trace.graph import Trace
from planner.trace.rule import Rule
from planner.trace.text_keys import TextKeys
from planner.trace.text_memo import TextMemo

_TWO = """\
== requirements/AUTH-01.md
---
---
The service shall lock an account after 5 wrong passwords within 10 minutes.
== requirements/AUTH-02.md
---
---
{}
"""

DUPLICATE = Rule(
    id="duplicate-text",
    group="structure",
    title="Two items with the same text",
    severity=ERROR,
    why="One of them is forgotten when the other changes.",
    good=_TWO.format("The service shall tell the owner of a locked account by mail."),
    bad=_TWO.format("The service shall lock an account after 5 wrong passwords within 10 minutes."),
    hint="drop one of the two, or say what makes it another one",
)
SIMILAR = Rule(
    id="similar-text",
    group="structure",
    title="Two items with nearly the same text",
    severity=WARNING,
    why="They are one requirement, or the difference that matters is hard to see.",
    good=_TWO.format("The service shall tell the owner of a locked account by mail."),
    bad=_TWO.format(
        "The service shall lock the account after 5 wrong passwords within 10 minutes."
    ),
    hint="join them into one, or put the difference first",
)
NUMERIC_CONFLICT = Rule(
    id="numeric-conflict",
    group="structure",
    title="Two items that differ only in a measured number",
    severity=WARNING,
    why="Both cannot hold, or one of them already includes the other.",
    good=_TWO.format("The service shall unlock an account within 2 minutes of a reset."),
    bad=_TWO.format("The service shall lock an account after 5 wrong passwords within 30 minutes."),
    hint="keep the number that is meant, or say in which case each holds",
)

TEXT_RULES = table((DUPLICATE, SIMILAR, NUMERIC_CONFLICT))


def check_texts(trace: Trace, memo: TextMemo | None = None) -> Iterator[Problem]:
    """Requirements that say the same, over the whole plan; criteria that do, within a phase.

    Criteria of different phases are not compared: "the test suite passes" is true of each.
    """
    memo = memo or TextMemo()
    requirements = [each for each in trace.requirements if each.status not in OUT]
    phases = [phase for phase in trace.phases if len(phase.criteria) > 1]
    texts = [each.text or each.title for each in requirements]
    texts.extend(criterion.text for phase in phases for criterion in phase.criteria)
    keys = memo.keys_of(texts)
    own = keys[: len(requirements)]
    yield from _requirements(requirements, own, memo.pairs(own))
    rest = iter(keys[len(requirements) :])
    groups = [list(islice(rest, len(phase.criteria))) for phase in phases]
    for phase, group, pairs in zip(phases, groups, memo.pairs_in_groups(groups), strict=True):
        yield from _criteria(phase, group, pairs)


def _requirements(
    requirements: Sequence[Requirement],
    keys: Sequence[TextKeys],
    pairs: Sequence[tuple[int, int]],
) -> Iterator[Problem]:
    for rule, one, other in _collisions(keys, pairs):
        first, later = requirements[one], requirements[other]
        if _told_apart(first, later):
            continue
        yield finding(
            rule,
            "requirement",
            later,
            f"{later.id} {_SAYS[rule.id].format(first.id)}{_numbers(rule, keys, one, other)}",
            line=later.lines.get("text", 0),
            related=(place_of(first, "text"),),
        )


def _criteria(
    phase: Phase, keys: Sequence[TextKeys], pairs: Sequence[tuple[int, int]]
) -> Iterator[Problem]:
    for rule, one, other in _collisions(keys, pairs):
        first, later = phase.criteria[one], phase.criteria[other]
        yield finding(
            rule,
            "criterion",
            phase,
            f"criterion {later.id} {_SAYS[rule.id].format(f'criterion {first.id}')}"
            f"{_numbers(rule, keys, one, other)}",
            line=later.line,
            related=(Place(phase.path, first.line),),
        )


_SAYS = {
    DUPLICATE.id: "says the same as {}",
    SIMILAR.id: "says nearly the same as {}",
    NUMERIC_CONFLICT.id: "says the same as {} with another number",
}


def _collisions(
    keys: Sequence[TextKeys], pairs: Sequence[tuple[int, int]]
) -> Iterator[tuple[Rule, int, int]]:
    """Pairs of texts that collide, the earlier first, in order of the later."""
    found = []
    for one, other in _conflicts(keys):
        found.append((other, one, NUMERIC_CONFLICT))
    for one, other in pairs:
        equal = keys[one].words == keys[other].words
        same_frame = keys[one].frame and keys[one].frame == keys[other].frame
        if not (same_frame and not equal):
            found.append((other, one, DUPLICATE if equal else SIMILAR))
    for other, one, rule in sorted(found, key=lambda row: (row[0], row[1], row[2].id)):
        yield rule, one, other


def _conflicts(keys: Sequence[TextKeys]) -> Iterator[tuple[int, int]]:
    """Texts that are equal but for measured numbers: each with the first of its frame."""
    first_with: dict[str, int] = {}
    for index, key in enumerate(keys):
        if key.values:
            first = first_with.setdefault(key.frame, index)
            if keys[first].values != key.values:
                yield first, index


def _numbers(rule: Rule, keys: Sequence[TextKeys], one: int, other: int) -> str:
    if rule is not NUMERIC_CONFLICT:
        return ""
    for index, value in enumerate(keys[one].values):
        if value != keys[other].values[index]:
            return f": {keys[one].written[index]} and {keys[other].written[index]}"
    return ""


def _told_apart(one: Requirement, other: Requirement) -> bool:
    """Whether a link between the two says how they differ."""
    types = ("replaces", "refines")
    return any(link.to == other.id and link.type in types for link in one.links) or any(
        link.to == one.id and link.type in types for link in other.links
    )
