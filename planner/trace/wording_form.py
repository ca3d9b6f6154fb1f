"""Rules about the form of a requirement: condition, subject, one `shall`, response.

The forms are those of EARS (Easy Approach to Requirements Syntax): `The X shall …`, `While state,
…`, `When event, …`, `Where feature, …`, `If trouble, then …`, with `While` before `When`; and the
form of most plans, actor and capability: `A user can …`.
"""

import re

from planner.trace.wording_check import (
    ERROR,
    HINT,
    WARNING,
    Case,
    Hit,
    shortened,
    wording_rule,
)
from planner.trace.wording_text import Prose
from planner.trace.wording_verbs import states_something

_KEYWORDS = ("when", "while", "where", "if", "whenever", "once", "after", "upon", "during")
_LEADING = re.compile(rf"\s*({'|'.join(_KEYWORDS)})\b")
_BINDING = ("shall", "must")
_MODAL = re.compile(r"\b(?:shall|must|can|cannot|will|may|should)\b")
_IF_THEN = re.compile(r"\s*if\b[^,]*,\s*(then\b)?")
_WHEN_WHILE = re.compile(r"\s*when\b[^,;.]*,\s*while\b")


_NOTHING_AFTER = re.compile(r"\s*(?:not\b\s*)?(?:[.;,:]|$)")


def _ears_form(prose: Prose, _case: Case) -> Hit | None:
    for start, word in _binding(prose):
        if _NOTHING_AFTER.match(prose.low, start + len(word)):
            return Hit(
                start,
                f'the response is missing: nothing follows "{word}"',
                'say what it does: "… shall <verb> …"',
            )
    leading = _LEADING.match(prose.low)
    return _condition_form(prose, leading) if leading else None


def _binding(prose: Prose) -> list[tuple[int, str]]:
    """Each `shall` and `must` with its offset, in order."""
    return sorted((start, word) for word in _BINDING for start in prose.places(word))


def _condition_form(prose: Prose, leading: re.Match[str]) -> Hit | None:
    low, word = prose.low, prose.raw[leading.start(1) : leading.end(1)]
    modal = _MODAL.search(low, leading.end())
    comma = low.find(",", leading.end())
    if comma < 0 or (modal and modal.start() < comma and modal[0] in _BINDING):
        return Hit(
            leading.start(1),
            f'no comma closes the condition that "{word}" opens',
            f'write "{word} <condition>, the <part> shall <response>"',
        )
    if _WHEN_WHILE.match(low):
        return Hit(
            leading.start(1),
            'the event ("When") stands before the state ("While")',
            'write "While <state>, when <event>, the <part> shall <response>"',
        )
    then = _IF_THEN.match(low)
    if then and not then[1] and prose.vocabulary & {"shall", "must"}:
        return Hit(
            leading.start(1),
            'no "then" opens the response to "If"',
            f'write "{shortened(prose.raw[leading.start(1) : comma])}, then the <part> shall …"',
        )
    return None


def _one_shall(prose: Prose, _case: Case) -> Hit | None:
    count = sum(map(prose.tokens.count, _BINDING))
    if count < 2:
        return None
    second = _binding(prose)[1][0]
    return Hit(second, f'{count} times "shall" or "must" in one requirement')


_FIRST_CONDITION = re.compile(r"\s*(?:when|while|where|if)\b[^,.;]*,\s*(?:then\b\s*)?")


def _missing_subject(prose: Prose, _case: Case) -> Hit | None:
    condition = _FIRST_CONDITION.match(prose.low)
    for start, word in _binding(prose):
        opens = prose.before(start) in ("", ".", ";", ":")
        if opens or (condition is not None and condition.end() == start):
            rest = prose.raw[start + len(word) : start + 200].split(".", 1)[0]
            return Hit(
                start,
                f'no subject before "{word}"',
                f'write "The <part> {word} {shortened(rest, 50)}"',
            )
    return None


def _no_statement(prose: Prose, _case: Case) -> Hit | None:
    if states_something(prose.tokens):
        return None
    return Hit(0, "names a thing but states nothing about it: no verb")


# Inside one stretch without any punctuation, `a or b and c` can be read in two ways.
_STRETCH = re.compile(r"[^,;:.()—–/\n]+")
_CONDITION = re.compile(r"\b(?:if|when|while|where|unless|until|whenever|only)\b")
_GROUPED = ("either", "both", "between")


def _unclear_condition(prose: Prose, _case: Case) -> Hit | None:
    for stretch in _STRETCH.finditer(prose.low):
        text = stretch[0]
        if " or " not in text or " and " not in text:
            continue
        opening = _CONDITION.search(text)
        if opening is None:
            continue
        words = text[opening.start() :].split()
        if "or" in words and "and" in words and not any(word in words for word in _GROUPED):
            start = stretch.start() + opening.start()
            written = shortened(prose.raw[start : stretch.end()])
            return Hit(start, f'"or" and "and" are mixed in one condition: "{written}"')
    return None


RULES = (
    wording_rule(
        "ears-form",
        "Structured form",
        on={"requirement": WARNING},
        why="In a fixed form a reader sees at once when it holds, who acts, and what must happen.",
        hint='write "When <event>, the <part> shall <response>"; see the forms of EARS',
        good="When a key is wrong, the server shall answer 401.",
        bad="When a key is wrong the server shall answer 401.",
        check=_ears_form,
        words=frozenset({*_KEYWORDS, *_BINDING}),
    ),
    wording_rule(
        "no-statement",
        "States nothing",
        on={"requirement": HINT},
        why="A name alone can be neither done nor tested.",
        hint='say what it does: "The <part> shall <verb> …" or "A user can <verb> …"',
        good="A user can export the dashboard.",
        bad="A dashboard with an export.",
        check=_no_statement,
    ),
    wording_rule(
        "one-shall",
        "Exactly one shall",
        on={"requirement": ERROR},
        why="Two duties under one id cannot be planned, tested or dropped one by one.",
        hint="make a requirement of each, and link them",
        good="The server shall log each request.",
        bad="The server shall log each request and shall delete logs after 30 days.",
        check=_one_shall,
        words=frozenset(_BINDING),
    ),
    wording_rule(
        "missing-subject",
        "Missing subject",
        on={"requirement": WARNING},
        why="Nobody is named who has to do it.",
        hint='name the part of the system: "The <part> shall …"',
        good="The server shall log each request.",
        bad="Shall log each request.",
        check=_missing_subject,
        words=frozenset(_BINDING),
    ),
    wording_rule(
        "unclear-condition",
        "Unclear condition",
        on={"requirement": WARNING},
        why='"a or b and c" holds in different cases for different readers.',
        hint="group the parts with a comma or brackets, or make a list, or split it",
        good="When a key is missing, or is expired and revoked, the server shall answer 401.",
        bad="When a key is missing or expired and revoked, the server shall answer 401.",
        check=_unclear_condition,
        words=frozenset({"or"}),
    ),
)
