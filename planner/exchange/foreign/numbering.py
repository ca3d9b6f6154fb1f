"""Phase numbers as people write them: one, a list, or a range."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

PHASE_WORDS = (
    "phase", "fase", "faza", "fáze", "fas", "étape", "etapa", "etappe", "vaihe",
    "фаза", "этап", "阶段", "階段", "フェーズ", "단계",
)  # fmt: skip
_PLURALS = ("phases", "phasen", "fases", "fasen", "fasi", "fazy", "étapes", "etapas", "фазы")

NUMBER = (
    r"(?:\d{1,6}[A-Za-z]?(?:\.\d{1,6}[A-Za-z]?){0,6}"
    r"|[A-Z]{2,8}-\d{1,6}"
    r"|[A-Z](?:\.\d{1,6}[A-Za-z]?){0,6}(?![A-Za-z])"
    r"|[IVX]{1,6}(?![A-Za-z]))"
)
_WORD = "(?i:" + "|".join(PHASE_WORDS) + ")"
_ANY_WORD = "(?i:" + "|".join((*_PLURALS, *PHASE_WORDS)) + ")"
_DASH = r"[-\u2010-\u2015\u2212~]|\.{2,3}|\u2026|\u2192|(?i:to|through|thru|bis|até|hasta)(?=\s)"

_LABEL = re.compile(
    rf"{_WORD}\s*(?P<number>{NUMBER}|[a-z0-9]{{1,40}}(?:-[a-z0-9]{{1,40}}){{1,4}}(?=\s*[:：]))"
)
_RANGE_TAIL = re.compile(
    rf"\s*(?:{_DASH})\s*(?:{_WORD}\s*)?(?P<last>{NUMBER})\s*(?:$|[:：)\]—–*]|-\s|\()"
)
_TIGHT_RANGE_TAIL = re.compile(r"[-\u2010-\u2015~](?P<last>\d{1,6})(?![\w.])")
_MENTION = re.compile(rf"(?<![A-Za-z]){_ANY_WORD}\s*(?={NUMBER})")
_NUMBER = re.compile(NUMBER)
_JOIN = re.compile(
    rf"\s*(?:(?P<range>{_DASH})|[,&+/;]|(?:and|und|et|y|e|plus|or)(?=\s))\s*(?:{_ANY_WORD}\s*)?"
    rf"(?={NUMBER})"
)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
MAX_SPAN = 500
"""A range of more phases than this is taken for a slip of the pen, not expanded."""


@dataclass(frozen=True, slots=True)
class Label:
    """The start `Phase 3` of a line: number as written, its key, and the text behind it.

    `last` is set where a range of phases was written (`Phase 11-18`).
    """

    number: str
    rest: str
    last: str = ""

    @property
    def key(self) -> str:
        """The number as it is compared."""
        return number_id(self.number)


def number_id(number: str) -> str:
    """A phase number without leading zeros and case, as numbers are compared."""
    parts = re.split(r"([.\-])", number.strip().casefold())
    return "".join((part.lstrip("0") or "0") if part[:1] == "0" else part for part in parts)


def phase_label(text: str) -> Label | None:
    """Read `Phase 3` at the start of `text`; a separator or the end must follow the number."""
    match = _LABEL.match(text)
    if match is None:
        return None
    number, rest = match["number"], text[match.end() :]
    if number[-1:].isalpha() and rest[:1].isalnum():
        return None
    tail = _RANGE_TAIL.match(rest) or _TIGHT_RANGE_TAIL.match(rest)
    if tail and _is_range(number, tail["last"]):
        return Label(number, rest[tail.end("last") :], tail["last"])
    return Label(number, rest)


def _is_range(first: str, last: str) -> bool:
    if first.isdigit() and last.isdigit():
        return int(last) > int(first)
    return "." in first and "." in last


def cell_label(text: str) -> Label | None:
    """The phase that a table cell names: `1. Name`, `4.1 Name`, `F.1. Name`, `1 - Name`, `3`."""
    body = text.strip()
    label = phase_label(body)
    if label is not None:
        return label
    match = _NUMBER.match(body)
    if match is None:
        return None
    number, rest = match[0], body[match.end() :]
    if rest[:1].isalnum() or (number.isalpha() and rest[:1] not in {"", ":", ".", "—", "–"}):
        return None
    tail = _RANGE_TAIL.match(rest) or _TIGHT_RANGE_TAIL.match(rest)
    if tail and _is_range(number, tail["last"]):
        return Label(number, rest[tail.end("last") :], tail["last"])
    return Label(number, rest)


def is_parked(key: str) -> bool:
    """Whether a phase lies in the parking lot: 999.x is outside of the sequence."""
    return key.partition(".")[0] == "999"


class PhaseKeys:
    """The phases of a plan, so that a range takes in the inserted ones (2.1 lies in 1-3)."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._inserted: dict[int, list[str]] = {}
        for key in keys:
            whole = key.partition(".")[0]
            if "." in key and whole.isdigit() and len(whole) < 7:
                self._inserted.setdefault(int(whole), []).append(key)

    def after(self, number: int) -> list[str]:
        """The inserted phases between `number` and the next whole one."""
        return self._inserted.get(number, [])


NO_KEYS = PhaseKeys()


@dataclass(frozen=True, slots=True)
class Mention:
    """Phases named in running text: keys in order, and where the words start and end."""

    keys: tuple[str, ...]
    start: int
    end: int


def mentions(text: str, known: PhaseKeys = NO_KEYS) -> tuple[Mention, ...]:
    """Every `Phase 1`, `Phases 1, 2 and 4`, `Phases 3-5` in `text`.

    A range becomes the whole numbers in it and those of `known` that lie between.
    """
    found = []
    at = 0
    while match := _MENTION.search(text, at):
        keys, end = _number_list(text, match.end(), known)
        found.append(Mention(keys, match.start(), end))
        at = max(end, match.end() + 1)
    return tuple(found)


def number_list(text: str, known: PhaseKeys = NO_KEYS) -> tuple[str, ...]:
    """A cell that is nothing but numbers: `3`, `80, 81, 82`, `2-4`; else empty."""
    body = text.strip()
    if not _NUMBER.match(body):
        return ()
    keys, end = _number_list(body, 0, known)
    return keys if not body[end:].strip(" .") else ()


def _number_list(text: str, at: int, known: PhaseKeys) -> tuple[tuple[str, ...], int]:
    keys: list[str] = []
    ranged = False
    while match := _NUMBER.match(text, at):
        key = number_id(match[0])
        if match.end() < len(text) and text[match.end()].isalnum():
            break
        if ranged:
            keys.extend(expand(keys[-1], key, known)[1:] or (key,))
        else:
            keys.append(key)
        at = match.end()
        joint = _JOIN.match(text, at)
        if joint is None:
            break
        ranged = joint["range"] is not None
        at = joint.end()
    return tuple(dict.fromkeys(keys)), at


def expand(first: str, last: str, known: PhaseKeys = NO_KEYS) -> tuple[str, ...]:
    """The phase keys from `first` to `last`, both included; what is no range gives both ends."""
    if not (first.isdigit() and last.isdigit()):
        return (first, last)
    low, high = int(first), int(last)
    if not low < high <= low + MAX_SPAN:
        return tuple(dict.fromkeys((first, last)))
    keys: list[str] = []
    for number in range(low, high):
        keys += (str(number), *known.after(number))
    return tuple(dict.fromkeys((*keys, last)))


def is_slug(number: str) -> bool:
    """Whether a phase is named by a word (`Phase generics-fix:`) instead of a number."""
    return _SLUG.fullmatch(number) is not None
