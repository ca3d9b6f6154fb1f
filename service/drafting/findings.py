"""The findings of a review: each quotes the plan word for word, and keeps its id while it does.

A finding is an opinion.  It is shown, dismissed or acted upon by people, and no check of the plan
ever fails because of one.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.drafting.answers import FoundWeakness
from service.drafting.offers import clean

KINDS: Final[Mapping[str, str]] = {
    "ambiguity": "Ambiguity",
    "contradiction": "Contradiction",
    "missing-case": "Missing case",
    "untestable": "Untestable criterion",
    "wrong-level": "Wrong level",
}
"""What a finding can be, and what it is called."""
_ID_DIGITS: Final = 12
# Where an item says something; the other fields are choices and references.
_SPOKEN: Final = (
    "title", "statement", "overview", "constraints", "out_of_scope", "goal", "text", "rationale",
    "notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Words of an item: `at` is the field, or `criteria.c3`, where they stand."""

    kind: str
    item: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A weakness that a review found.  `id` is made of what it says it is and what it quotes."""

    id: str
    kind: str
    places: tuple[Place, ...]
    problem: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class ReviewedItem:
    """An item that was given to a review."""

    kind: str
    id: str
    values: Mapping[str, Any]

    def texts(self) -> Iterable[tuple[str, str]]:
        """What it says, by field; each criterion and each reason by itself."""
        for name in _SPOKEN:
            if self.values.get(name):
                yield name, str(self.values[name])
        for each in self.values.get("criteria", ()):
            yield f"criteria.{each['id']}", each["text"]
            if each["check"]:
                yield f"criteria.{each['id']}", each["check"]
        for each in self.values.get("depends_on", ()):
            if each["reason"]:
                yield "depends_on", each["reason"]


@dataclass(frozen=True, slots=True)
class Judged:
    """The findings of an answer, and why the others are none."""

    findings: tuple[Finding, ...]
    refused: tuple[str, ...]


def judged(answers: Iterable[FoundWeakness], items: Iterable[ReviewedItem]) -> Judged:
    """Findings whose quotes stand in the items that they name; the others are refused.

    Two that say the same of the same words are one.
    """
    known = {each.id: each for each in items}
    findings: dict[str, Finding] = {}
    refused: list[str] = []
    for number, answer in enumerate(answers, start=1):
        places = []
        for quote in answer.quotes:
            place = place_of(known.get(quote.item), quote.text)
            if place is None:
                refused.append(_refusal(number, quote.item, known))
                break
            places.append(place)
        else:
            made = _finding(answer, tuple(places))
            findings.setdefault(made.id, made)
    return Judged(tuple(findings.values()), tuple(refused))


def _refusal(number: int, item: str, known: Mapping[str, ReviewedItem]) -> str:
    if item in known:
        return f"Finding {number} quotes words that {item} does not say."
    return f"Finding {number} names an item that is not part of what was reviewed."


def _finding(answer: FoundWeakness, places: tuple[Place, ...]) -> Finding:
    return Finding(
        id=finding_id(answer.kind, places),
        kind=answer.kind,
        places=places,
        problem=clean(answer.problem),
        suggestion=clean(answer.suggestion),
    )


def finding_id(kind: str, places: Iterable[Place]) -> str:
    """The id of a finding: the same for the same kind, items and words, in any order."""
    said = sorted((each.item, plain(each.text)) for each in places)
    digest = hashlib.sha256(repr((kind, said)).encode("utf-8", "replace")).hexdigest()
    return f"f-{digest[:_ID_DIGITS]}"


def place_of(item: ReviewedItem | None, quote: str) -> Place | None:
    """Where an item says these words; None where it does not, or there is no such item.

    Words are compared exactly; where the lines of a text break does not count.
    """
    wanted = plain(quote)
    if item is None or not wanted:
        return None
    for at, text in item.texts():
        if wanted in plain(text):
            return Place(item.kind, item.id, at, wanted)
    return None


def is_stale(places: Iterable[Place], now: Mapping[tuple[str, str], ReviewedItem]) -> bool:
    """Whether the plan does not say any more what a finding quotes."""
    return any(place_of(now.get((each.kind, each.item)), each.text) is None for each in places)


def plain(text: str) -> str:
    """A text as one line."""
    return " ".join(text.split())
