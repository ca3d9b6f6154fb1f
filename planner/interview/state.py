"""An interview: what it began with, and what was answered so far."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from planner.interview.proposal import Proposal
from planner.interview.questions import Question
from planner.model.items import PlanTree

How = Literal["option", "other", "out", "unknown"]
"""One of the readings; something else; out of scope; nobody knows yet."""
Source = Literal["idea", "readme", "plan"]


@dataclass(frozen=True, slots=True)
class Brief:
    """What an interview begins with: an idea in a sentence, a README, or the plan that is there.

    `text` is what the words that suggest a domain are looked for in; `title` what the project is
    called, and `statement` what it is for (both may be empty).  `plan` is the plan that the draft
    adds to; its open gaps are asked about.
    """

    text: str
    title: str = ""
    statement: str = ""
    source: Source = "idea"
    plan: PlanTree | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered.

    `value` is the id of the option, or what was written (a number without its unit, a day as
    YYYY-MM-DD, a text); `by` is who answered, `at` when (RFC 3339).
    """

    question: str
    how: How
    value: str = ""
    by: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Interview:
    """A brief and the answers, by the id of the question.

    `extra` are questions beside the built-in ones, such as those of a model, and `proposed` parts
    of the draft beside those that answers cause; `owner` is who answers for assumptions.
    """

    brief: Brief
    answers: Mapping[str, Answer] = field(default_factory=dict)
    extra: tuple[Question, ...] = ()
    owner: str = ""
    proposed: tuple[Proposal, ...] = ()

    def answered(self, *answers: Answer) -> "Interview":
        """The same with these answers in the place of older ones."""
        return replace(self, answers={**self.answers, **{each.question: each for each in answers}})

    def reopened(self, questions: Iterable[str]) -> "Interview":
        """The same with these questions open again."""
        gone = set(questions)
        kept = {key: each for key, each in self.answers.items() if key not in gone}
        return replace(self, answers=kept)


_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, folded: what `mentions` looks at."""
    return tuple(_WORD.findall(text.casefold()))
