"""Rules about terms and signs: acronyms, named products, slashes, brackets, pointers elsewhere."""

import re
from collections.abc import Iterator

from planner.model.items import Requirement
from planner.trace.wording_acronyms import KNOWN_ACRONYMS
from planner.trace.wording_check import (
    ERROR,
    HINT,
    WARNING,
    Case,
    Hit,
    Phrases,
    phrase_check,
    quoted,
    shortened,
    wording_rule,
)
from planner.trace.wording_lists import word_list
from planner.trace.wording_text import FILLER, Prose

_CAPITALS = re.compile(r"[A-Z][A-Z0-9]+")
_LONGEST = 6
_WORDS = re.compile(r"[A-Za-z]+")
_NEAR = 80
"""The long form of an acronym is looked for so many characters around it."""
# Beside such a character the capitals are part of an id (AUTH-01), a name, a path or an address.
_JOINED_BEFORE = frozenset("_./$<{@#-\\")
_JOINED_AFTER = re.compile(r"s?(?:[\w/@=-]|[.:][\w/])")


def unknown_acronyms(prose: Prose, case: Case) -> Iterator[re.Match[str]]:
    """Each acronym that nothing explains."""
    for match in _CAPITALS.finditer(prose.text):
        explained = match[0] in KNOWN_ACRONYMS or match[0] in case.glossary
        if not explained and _is_acronym(prose.text, match):
            yield match


def _undefined_acronym(prose: Prose, case: Case) -> Hit | None:
    found = list(unknown_acronyms(prose, case))
    if not found:
        return None
    unknown = [match[0] for match in found]
    noun = "acronyms" if len(set(unknown)) > 1 else "acronym"
    return Hit(found[0].start(), f"{noun} not in the glossary: {quoted(unknown)}")


def _is_acronym(text: str, match: re.Match[str]) -> bool:
    """Whether the capitals stand as a word of their own, without their long form beside them."""
    before = text[match.start() - 1 : match.start()]
    return (
        len(match[0]) <= _LONGEST
        and match[0][1].isalpha()
        and not (before.isalnum() or before in _JOINED_BEFORE)
        and not _JOINED_AFTER.match(text, match.end())
        and not _explained(text, match)
    )


def _explained(text: str, match: re.Match[str]) -> bool:
    """Whether the long form stands beside it: `Server-Sent Events (SSE)`, `SSE (Server-Sent …)`."""
    if text.startswith(" (", match.end()):
        words = _WORDS.findall(text, match.end(), match.end() + _NEAR)
        return _may_stand_for(match[0], words[: len(match[0])])
    bracketed = text[match.start() - 1 : match.start()] == "(" and text.startswith(")", match.end())
    return bracketed and _explained_before(text, match.start(), match[0])


def _explained_before(text: str, start: int, acronym: str) -> bool:
    words = _WORDS.findall(text, max(0, start - _NEAR), start)
    return _may_stand_for(acronym, words[-len(acronym) - 1 :])


def _may_stand_for(acronym: str, words: list[str]) -> bool:
    """Whether one of the words begins as the acronym does, so that they may be its long form."""
    return any(word[0].upper() == acronym[0] for word in words)


_DEFINED = re.compile(r"\(([A-Z][A-Z0-9]{1,5})s?\)")


def defined_acronyms(text: str) -> frozenset[str]:
    """The acronyms that `text` explains in the form `Server-Sent Events (SSE)`."""
    if "(" not in text:
        return frozenset()
    return frozenset(
        match[1]
        for match in _DEFINED.finditer(text)
        if _explained_before(text, match.start(), match[1])
    )


_PRODUCTS = frozenset(
    word_list(
        """
        react vue angular svelte nextjs nuxt jquery tailwind bootstrap django flask fastapi
        rails laravel spring express nestjs postgresql postgres mysql mariadb sqlite mongodb
        redis memcached kafka rabbitmq elasticsearch docker kubernetes terraform ansible nginx
        gunicorn celery graphql webpack vite pytest jest cypress playwright selenium sqlalchemy
        prisma supabase firebase sentry grafana prometheus apscheduler gevent pydantic
        typescript golang kotlin scala
        """
    )
)
_SOURCE_FILE = re.compile(
    r"`[\w.-]+(?:/[\w.*-]+)*/[\w.-]+\.(?:py|js|ts|tsx|jsx|rs|go|java|rb|php|c|cc|cpp|h|cs|kt|swift|vue|"
    r"css|scss|sql)(?:[:#][\w-]+)?`"
)


def _solution(prose: Prose, case: Case) -> Hit | None:
    if isinstance(case.item, Requirement) and case.item.type != "functional":
        return None
    named = sorted(prose.vocabulary & _PRODUCTS, key=prose.tokens.index)
    if named:
        index = prose.tokens.index(named[0])
        names = (prose.words(prose.tokens.index(n), prose.tokens.index(n) + 1) for n in named)
        return Hit(prose.offset(index), f"names a solution: {quoted(names)}")
    match = _SOURCE_FILE.search(prose.raw)
    return Hit(match.start(), f"names a source file: {match[0]}") if match else None


# One pair of plain words; not a path (a/b/c, ./a, a/b.py), not capitals (PASS/FAIL, TCP/IP).
_SLASH = re.compile(r"(?<![\w/.~@#<&-])([A-Za-z][a-z]+)/([a-z]{2,})(?![\w/(]|\.\w|-\w)")
_PAIRS = frozenset(
    word_list(
        """
        read/write input/output client/server on/off yes/no pass/fail start/stop true/false
        up/down left/right request/response before/after key/value master/slave
        producer/consumer push/pull light/dark dark/light success/failure enable/disable
        enabled/disabled show/hide open/close open/closed get/set left/right min/max try/catch
        try/except if/else import/export issue/paid copy/paste drag/drop login/logout in/out
        old/new yes/no create/update upload/download lock/unlock publish/subscribe
        encrypt/decrypt expand/collapse play/pause prev/next previous/next connect/disconnect
        add/remove install/uninstall backup/restore hot/cold
        """
    )
)


def _slash(prose: Prose, _case: Case) -> Hit | None:
    for match in _SLASH.finditer(prose.text):
        pair = match[0].lower()
        if pair == "and/or":
            return Hit(match.start(), '"and/or"', 'write "a, b or both", or make a list')
        if pair not in _PAIRS:
            left, right = match[1], match[2]
            return Hit(
                match.start(),
                f'slash between words: "{match[0]}"',
                f'write "{left} and {right}" or "{left} or {right}"',
            )
    return None


_BRACKETS = re.compile(r"\(([^()]{1,400})\)")
# An example, a pointer, a default, a number or an id is no statement.
_ALLOWED = re.compile(r"^\s*(?:e\.g|i\.e|see\b|default|for example|such as)|\d|\x1a", re.IGNORECASE)
_SHORT = 4
"""Brackets of fewer words hold a unit, an id or another name."""


def _parentheses(prose: Prose, _case: Case) -> Hit | None:
    for match in _BRACKETS.finditer(prose.text):
        inside = match[1]
        if len(inside.split()) < _SHORT or "," in inside or _ALLOWED.search(inside):
            continue
        written = prose.raw[match.start() : match.end()]
        return Hit(match.start(), f'statement in brackets: "{shortened(written, 50)}"')
    return None


_POINTERS = Phrases(
    (
        "see above",
        "see below",
        "as above",
        "as described above",
        "as described below",
        "as mentioned above",
        "as mentioned",
        "as discussed",
        "as noted above",
        "mentioned above",
        "described above",
        "listed above",
        "the above",
        "above mentioned",
        "above-mentioned",
        "aforementioned",
        "previous section",
        "next section",
        "following section",
        "previous requirement",
        "previous criterion",
        "same as above",
    )
)

RULES = (
    wording_rule(
        "undefined-acronym",
        "Undefined acronym",
        on={"requirement": WARNING, "criterion": HINT},
        why="One acronym stands for several things; a new reader guesses.",
        hint='write it out once, or add it to "glossary:" in plan.yaml',
        good="The server shall send server-sent events (SSE).",
        bad="The server shall send XQF messages.",
        check=_undefined_acronym,
    ),
    wording_rule(
        "solution",
        "Names a solution",
        on={"requirement": HINT},
        why="A function that names its library or file is changed by each refactoring.",
        hint='say what must happen; give a binding choice "type: constraint"',
        good="The service shall keep deliveries over a restart.",
        bad="The service shall keep deliveries in PostgreSQL.",
        check=_solution,
        words=_PRODUCTS,
        marks=FILLER,
    ),
    wording_rule(
        "slash",
        "Slash between words",
        on={"requirement": WARNING, "criterion": HINT},
        why='The slash may mean "and", "or", or "the same as".',
        hint='write "and", "or", or "a, b or both"',
        good="The planner shall accept folders and archives.",
        bad="The planner shall accept folders and/or archives.",
        check=_slash,
        marks="/",
    ),
    wording_rule(
        "parentheses",
        "Statement in brackets",
        on={"requirement": HINT},
        why="What stands in brackets binds for one reader and is a remark for another.",
        hint='take it out of the brackets, or move it to "## Notes"',
        good="The server shall log each request of an admin.",
        bad="The server shall log each request (unless the caller is an admin).",
        check=_parentheses,
        marks="(",
    ),
    wording_rule(
        "vague-reference",
        "Pointer to another place",
        on={"requirement": ERROR, "criterion": ERROR},
        why="Each item is shown alone and moved: nothing is above it.",
        hint="name the id of the item, or repeat what it says",
        good="The server shall reject each key that AUTH-01 rejects.",
        bad="The server shall reject keys as described above.",
        check=phrase_check(_POINTERS, "points to another place:"),
        words=_POINTERS.words,
    ),
)
