"""Which domains a brief touches, and which readings its words suggest."""

from collections.abc import Iterable

from planner.interview.probes import GATE
from planner.interview.questions import Option, Probes, Question
from planner.interview.state import Brief, Interview, words_of

_LONG = 120
"""A text of so many words mentions much in passing: a domain must be named twice in it."""


class Mentions:
    """What the words of a text say: built once, asked for many words."""

    def __init__(self, text: str) -> None:
        words = words_of(text)
        self._text = f" {' '.join(words)} "
        self.long = len(words) >= _LONG

    def count(self, phrase: str) -> int:
        """How often a word or phrase is there; one that ends in `*` begins a word."""
        words = " ".join(words_of(phrase))
        return self._text.count(f" {words}" if phrase.endswith("*") else f" {words} ")

    def first(self, phrases: Iterable[str]) -> str:
        """The first of the phrases that is there, or empty."""
        return next((each.rstrip("*") for each in phrases if self.count(each)), "")

    def total(self, phrases: Iterable[str]) -> int:
        """How often they are there together."""
        return sum(self.count(each) for each in phrases)


def touched(brief: Brief, probes: Probes) -> dict[str, str]:
    """The domains that a brief mentions, each with the word that shows it."""
    said = Mentions(brief.text)
    least = 2 if said.long else 1
    return {
        each.id: said.first(each.words)
        for each in probes.domains
        if not each.always and said.total(each.words) >= least
    }


def opened(state: Interview, probes: Probes) -> dict[str, str]:
    """The domains that are asked about, each with the reason (empty: every project has it)."""
    if not state.brief.text.strip():
        return {}
    found = {each.id: "" for each in probes.domains if each.always}
    for domain_id, word in touched(state.brief, probes).items():
        found[domain_id] = f"your text says “{word}”"
    for domain in probes.domains:
        answer = state.answers.get(f"{GATE}.{domain.id}")
        if answer is None:
            continue
        if answer.how == "option" and answer.value == "yes":
            found.setdefault(domain.id, "you said that it belongs to this release")
        elif answer.how == "out" or (answer.how == "option" and answer.value == "no"):
            found.pop(domain.id, None)
    return {each.id: found[each.id] for each in probes.domains if each.id in found}


def suggested(question: Question, brief: Brief) -> tuple[Option, str] | None:
    """The reading that the words of a brief suggest, with the word; None: none, or several."""
    said = Mentions(brief.text)
    found = [(each, word) for each in question.options if (word := said.first(each.words))]
    return found[0] if len(found) == 1 else None
