"""What a wording rule is made of: the row of the registry, its check, and lists of phrases.

A check looks at one text.  So that thousands of texts cost little, each rule names the words or
characters without which it has nothing to say, and phrases are found word by word from their
rarest word; no rule scans a text with a long list of alternatives.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from planner.model.items import Criterion, Item
from planner.model.problem import Severity
from planner.trace.rule import Rule
from planner.trace.wording_lists import word_list
from planner.trace.wording_text import Prose

ERROR, WARNING, HINT = Severity.ERROR, Severity.WARNING, Severity.HINT


@dataclass(frozen=True, slots=True)
class Case:
    """Where a text stands: which part of the plan, of which item, and which terms are known."""

    part: str
    item: Item
    criterion: Criterion | None = None
    glossary: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """What a check found, at an offset in the text.

    `hint` is more exact than the rule's own; empty: the rule's own serves.
    """

    offset: int
    message: str
    hint: str = ""


Check = Callable[[Prose, Case], Hit | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingRule:
    """A rule with its check.

    The check is run only on a text that has one of `words` or one of the characters `marks`; a
    rule with neither is run on every text.  A rule with `any_language` is also run on a text that
    is not English.
    """

    rule: Rule
    check: Check
    words: frozenset[str] = frozenset()
    marks: str = ""
    any_language: bool = False


def wording_rule(
    id: str,
    title: str,
    *,
    on: Mapping[str, Severity],
    why: str,
    hint: str,
    good: str,
    bad: str,
    check: Check,
    words: frozenset[str] = frozenset(),
    marks: str = "",
    any_language: bool = False,
) -> WordingRule:
    """A rule of the group `wording`; `on` is its severity per part of a plan."""
    rule = Rule(
        id=id, group="wording", title=title, severity=on, why=why, good=good, bad=bad, hint=hint
    )
    return WordingRule(rule=rule, check=check, words=words, marks=marks, any_language=any_language)


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase in a text: its first word, the word after its last, and the advice for it."""

    start: int
    stop: int
    advice: str


# Words that most texts hold are no help in finding a phrase.
_FREQUENT = frozenset(
    word_list(
        """
        the that with this and for not can are all is to of in on as be by it or an at if no
        when where time requirement section criterion file page user system
        """
    )
)


class Phrases:
    """A list of phrases, each with the advice that goes with it.

    `words` are the words that set off the search, one of each phrase.
    """

    __slots__ = ("_by_word", "words")

    def __init__(self, phrases: Mapping[str, str] | Iterable[str]) -> None:
        advice = phrases if isinstance(phrases, Mapping) else dict.fromkeys(phrases, "")
        by_word: dict[str, list[tuple[int, tuple[str, ...], str]]] = {}
        for phrase, text in advice.items():
            words = tuple(phrase.split())
            rarest = max(words, key=lambda word: (word not in _FREQUENT, len(word)))
            by_word.setdefault(rarest, []).append((words.index(rarest), words, text))
        self._by_word = by_word
        self.words = frozenset(by_word)

    def find(self, prose: Prose) -> list[Found]:
        """The phrases in `prose`, in order; of two that overlap the one that starts first."""
        if self.words.isdisjoint(prose.vocabulary):
            return []
        found = sorted(self._all(prose), key=lambda one: (one.start, -one.stop))
        kept: list[Found] = []
        for one in found:
            if not kept or one.start >= kept[-1].stop:
                kept.append(one)
        return kept

    def _all(self, prose: Prose) -> Iterator[Found]:
        tokens = prose.tokens
        for word in prose.vocabulary & self.words:
            for index in positions(tokens, word):
                for before, words, advice in self._by_word[word]:
                    start = index - before
                    if start >= 0 and tokens[start : start + len(words)] == words:
                        yield Found(start, start + len(words), advice)


def positions(tokens: tuple[str, ...], word: str) -> Iterator[int]:
    """Every index of `word` in `tokens`."""
    index = -1
    for _ in range(tokens.count(word)):
        index = tokens.index(word, index + 1)
        yield index


def quoted(words: Iterable[str], limit: int = 4) -> str:
    """The words for a message: "fast", "robust" and 2 more."""
    distinct = list(dict.fromkeys(shortened(word) for word in words))
    shown = ", ".join(f'"{word}"' for word in distinct[:limit])
    return shown if len(distinct) <= limit else f"{shown} and {len(distinct) - limit} more"


def shortened(text: str, limit: int = 60) -> str:
    """`text` on one line, cut to `limit` characters."""
    line = " ".join(text.replace("\x1a", " ").split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def phrase_check(phrases: Phrases, what: str) -> Check:
    """A check that reports all phrases of the list in one finding, `what` before their names.

    The hint is the advice for the first phrase that has one.
    """

    def check(prose: Prose, _case: Case) -> Hit | None:
        found = phrases.find(prose)
        if not found:
            return None
        return found_hit(prose, found, what)

    return check


def found_hit(prose: Prose, found: list[Found], what: str) -> Hit:
    """One finding for `found`, which must not be empty."""
    names = quoted(prose.words(one.start, one.stop) for one in found)
    advice = next((one.advice for one in found if one.advice), "")
    return Hit(prose.offset(found[0].start), f"{what} {names}", advice)
