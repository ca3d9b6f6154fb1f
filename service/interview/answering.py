"""The cards of a round as a person sent them, and the answers that they hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from service.errors import BadRequestError

LONGEST: Final = 4000
_MOST_CARDS: Final = 40
_OPTION: Final = "option:"
_WAYS: Final = ("other", "unknown", "out", "open")
# What no file of a plan holds: control characters but the line end and the tab, and half
# surrogates.
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def clean(text: str) -> str:
    """A text that people sent, with line ends of one kind and without control characters."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


@dataclass(frozen=True, slots=True)
class Sent:
    """What stands in one card: `how` as the planner knows it, `open` for a card left empty.

    `chosen` and `text` are what was chosen and typed, to show the card again.
    """

    question: str
    how: str
    value: str
    chosen: str
    text: str


def cards_in(form: MultiDict[str, str]) -> tuple[Sent, ...]:
    """The cards of a form.  Raises BadRequestError for one that is none of ours."""
    questions = list(dict.fromkeys(form.getlist("q")))
    if len(questions) > _MOST_CARDS or any(not each or len(each) > 120 for each in questions):
        raise BadRequestError("this is no form of this service", "open the page again")
    return tuple(_card(each, form) for each in questions)


def _card(question: str, form: Mapping[str, str]) -> Sent:
    chosen = form.get(f"how.{question}", "")
    text = clean(form.get(f"text.{question}", ""))
    if chosen.startswith(_OPTION):
        return Sent(question, "option", chosen.removeprefix(_OPTION)[:120], chosen, text)
    if chosen and chosen not in _WAYS:
        raise BadRequestError("this is no form of this service", "open the page again")
    if chosen in ("unknown", "out"):
        return Sent(question, chosen, "", chosen, text)
    if text.strip() and chosen != "open":
        return Sent(question, "other", text.strip(), "other", text)
    # "Something else" without a word, or nothing at all: it stays open.
    return Sent(question, "open", "", chosen, text)
