"""Rules about success criteria, and about two statements in one."""

import re
from collections.abc import Iterator

from planner.trace.wording_check import (
    HINT,
    WARNING,
    Case,
    Found,
    Hit,
    Phrases,
    found_hit,
    shortened,
    wording_rule,
)
from planner.trace.wording_lists import word_list
from planner.trace.wording_text import FILLER, Prose
from planner.trace.wording_verbs import BASE_VERBS, STATING, states_something

_BRACKETS = re.compile(r"\([^()]{0,1000}\)")
# Where a new statement may begin after a comma: a conjunction that a subject follows.
_SECOND_SUBJECT = re.compile(
    r",\s+(?:and|but|while|whereas)\s+"
    rf"(?=(?:the|a|an|each|every|no|all|its|their)\s|{FILLER})"
)
_CONJUNCTIONS = (", and", ", but", ", while", ", whereas", ",\n", ",  ")
_COMMA_OR_SEMICOLON = re.compile("[,;]")


def _joints(prose: Prose, low: str) -> list[tuple[int, int]]:
    """Where a statement ends and the next may start: at `;`, a sentence's end, `, and the`."""
    joints = list(prose.inner_stops()) if prose.has_inner_stop() else []
    if ";" not in low and not any(map(low.__contains__, _CONJUNCTIONS)):
        return joints
    for match in _COMMA_OR_SEMICOLON.finditer(low):
        if match[0] == ";":
            joints.append(match.span())
        elif second := _SECOND_SUBJECT.match(low, match.start()):
            joints.append(second.span())
    return sorted(joints)


def _statements(low: str, joints: list[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """Each part of the text that states something of its own, with its offset."""
    start = 0
    for stop, following in joints:
        yield from _statement(low, start, stop)
        start = following
    yield from _statement(low, start, len(low))


# "; otherwise it …" is the other half of a statement, "; observable by …" says how to see it.
_NO_STATEMENT = ("otherwise", "else", "e.g", "i.e", "for example", "observable", "visible", "seen")


def _statement(low: str, start: int, stop: int) -> Iterator[tuple[int, str]]:
    part = low[start:stop].lstrip()
    if not part.startswith(_NO_STATEMENT):
        words = [word.strip(".,:!?\"'") for word in part.split()]
        if states_something(words):
            yield stop - len(part), part


def _compound(prose: Prose, case: Case) -> Hit | None:
    low = prose.low
    if "(" in low:
        low = _BRACKETS.sub(lambda match: " " * len(match[0]), low)
    joints = _joints(prose, low)
    parts = list(_statements(low, joints)) if joints else []
    if len(parts) < 2:
        return None
    offset, part = parts[1]
    second = shortened(prose.raw[offset : offset + len(part)], 50)
    noun = "checks" if case.part == "criterion" else "statements"
    return Hit(offset, f'{len(parts)} {noun} in one; the second: "{second}"')


def _compound_requirement(prose: Prose, case: Case) -> Hit | None:
    # Two times "shall" is an error of its own (one-shall).
    if prose.tokens.count("shall") + prose.tokens.count("must") > 1:
        return None
    return _compound(prose, case)


_WORKING = Phrases(
    (
        *["works", "work", "correctly", "properly"],
        "as expected",
        "as intended",
        "as designed",
        "without issues",
        "without problems",
        "without any issues",
        "no issues",
        "is fine",
        "looks good",
        "behaves well",
        "in a good state",
    )
)


def _manual_wording(prose: Prose, _case: Case) -> Hit | None:
    value = prose.last_value()
    found = [
        one
        for one in _WORKING.find(prose)
        if value < one.stop and not _value_follows_colon(prose, one) and not _is_noun(prose, one)
    ]
    return found_hit(prose, found, "no expected value:") if found else None


_WORK_NOUNS = frozenset(
    word_list(
        """
        package packages item items order orders hours log logs tree unit
        """
    )
)


def _value_follows_colon(prose: Prose, one: Found) -> bool:
    """Whether the value follows, as in `works: the list is empty`."""
    end = prose.offset(one.stop - 1) + len(prose.tokens[one.stop - 1])
    return prose.text[end : end + 1] == ":"


def _is_noun(prose: Prose, one: Found) -> bool:
    """Whether `work` belongs to a noun, as in `work packages`."""
    following = prose.tokens[one.stop : one.stop + 1]
    return prose.tokens[one.start] == "work" and not _WORK_NOUNS.isdisjoint(following)


# What is said of a thing when nothing about it can be seen.
_FINISHED = Phrases(
    tuple(
        f"{verb} {word}"
        for verb in ("is", "are")
        for word in word_list(
            """
            implemented supported complete completed integrated established ready done finished
            handled improved
            """
        )
    )
)


def _unobservable(prose: Prose, case: Case) -> Hit | None:
    criterion = case.criterion
    if criterion is not None and (criterion.check or criterion.proof):
        return None
    if prose.last_value() >= 0:
        return None
    found = _FINISHED.find(prose)
    # "is handled" as the last words, or before a full stop, is all that is said.
    if found and found[-1].stop == len(prose.tokens):
        return found_hit(prose, found, "nothing to observe:")
    if prose.vocabulary & STATING or prose.vocabulary & BASE_VERBS:
        return None
    return Hit(0, "nothing to observe: no verb and no expected value")


RULES = (
    wording_rule(
        "compound-requirement",
        "Compound requirement",
        on={"requirement": WARNING},
        why="One id for two duties: one may be met and the other not.",
        hint="make a requirement of each, and link them",
        good="The server shall log each request.",
        bad="The server shall log each request; the page shows the last ten.",
        check=_compound_requirement,
        words=frozenset(("and", "but", "while", "whereas")),
        marks=";.",
    ),
    wording_rule(
        "compound-criterion",
        "Compound criterion",
        on={"criterion": WARNING},
        why="When one of two checks fails, the criterion can be neither met nor open.",
        hint="make a criterion of each check",
        good="`curl -I /` prints `HTTP/1.1 200 OK`.",
        bad="The server starts; the log shows the port.",
        check=_compound,
        words=frozenset(("and", "but", "while", "whereas")),
        marks=";.",
    ),
    wording_rule(
        "manual-wording",
        "No expected value",
        on={"criterion": WARNING, "goal": HINT},
        why='"Works correctly" is an opinion: two people who look at it may disagree.',
        hint="say what is seen: a returned value, a text on the page, an exit code",
        good="`just build` exits with code 0.",
        bad="The export works correctly.",
        check=_manual_wording,
        words=_WORKING.words,
    ),
    wording_rule(
        "unobservable-criterion",
        "Nothing to observe",
        on={"criterion": WARNING},
        why="A criterion that names a thing cannot be tried.",
        hint='say what is seen ("returns …", "shows …", "exits with …") or add "check:"',
        good="The page shows the date of the last backup.",
        bad="Good backup documentation.",
        check=_unobservable,
    ),
)
