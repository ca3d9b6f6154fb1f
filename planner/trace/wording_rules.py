"""The wording rules together, and which of them a text of each part of a plan must pass."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from planner.trace import (
    wording_compound,
    wording_degree,
    wording_form,
    wording_grammar,
    wording_modal,
    wording_number,
    wording_term,
    wording_vague,
)
from planner.trace.rule import Rule
from planner.trace.wording_check import WordingRule
from planner.trace.wording_text import Prose

CHECKS: tuple[WordingRule, ...] = (
    *wording_form.RULES,
    *wording_modal.RULES,
    *wording_vague.RULES,
    *wording_degree.RULES,
    *wording_number.RULES,
    *wording_term.RULES,
    *wording_compound.RULES,
    *wording_grammar.RULES,
)
"""Every wording rule with its check, in the order in which they are listed."""

WORDING_RULES: tuple[Rule, ...] = tuple(check.rule for check in CHECKS)
"""The rows for the registry of rules."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The rules of one part of a plan, by what sets them off.

    A set of rules is an integer: bit `n` stands for `CHECKS[n]`.
    """

    always: int
    by_word: Mapping[str, int]
    by_mark: tuple[tuple[str, int], ...]
    any_language: int

    def due(self, prose: Prose) -> tuple[WordingRule, ...]:
        """The rules that may have something to say about `prose`, in the order of `CHECKS`."""
        due = self.always
        for word in prose.vocabulary & self.by_word.keys():
            due |= self.by_word[word]
        text = prose.text
        for mark, rules in self.by_mark:
            if mark in text:
                due |= rules
        return _members(due if prose.english else due & self.any_language)


@lru_cache(maxsize=4096)
def _members(bits: int) -> tuple[WordingRule, ...]:
    return tuple(check for index, check in enumerate(CHECKS) if bits >> index & 1)


def _dispatch(part: str) -> Dispatch:
    always = any_language = 0
    by_word: defaultdict[str, int] = defaultdict(int)
    by_mark: defaultdict[str, int] = defaultdict(int)
    for index, check in enumerate(CHECKS):
        if check.rule.at(part) is None:
            continue
        bit = 1 << index
        for word in check.words:
            by_word[word] |= bit
        for mark in check.marks:
            by_mark[mark] |= bit
        if not check.words and not check.marks:
            always |= bit
        if check.any_language:
            any_language |= bit
    return Dispatch(always, dict(by_word), tuple(by_mark.items()), any_language)


DISPATCH: Mapping[str, Dispatch] = {
    part: _dispatch(part)
    for part in ("requirement", "draft", "criterion", "goal", "milestone", "plan")
}
"""The rules of each part of a plan that has text to check."""
