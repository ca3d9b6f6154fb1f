"""What a question of the interview is made of, and what an answer to it would write.

All of it is data: a question says which parts of the draft its readings cause, and asks for
nothing else.  Texts of additions may name what other answers fill in: `{system}`, `{person}`,
`{a person}`, `{value}`.
"""

from dataclasses import dataclass
from typing import Literal

AnswerType = Literal["choice", "number", "date", "text", "lines"]
"""What "something else" is: one's own words, a number, a day, a text, or one text per line."""


@dataclass(frozen=True, slots=True)
class Addition:
    """A requirement and the criterion that shows it, as an answer adds them to the draft.

    `phase` is the key of a phase; empty: that of the question's domain.  `own_words`: the text
    holds an answer as it was given, so that a person has to word and check it.
    """

    title: str
    text: str
    criterion: str
    type: str = "functional"
    phase: str = ""
    own_words: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One reading of the matter; the readings of a question exclude one another.

    `because` is the reason for which it is recommended (empty: it is not); `value` what it stands
    for where the question wants a number, a day or a text; `words` are words of a brief that
    suggest it; `opens` is a domain whose questions follow, `closes` one that is left out.
    `constraint` and `out` are lines of the milestone.
    """

    id: str
    text: str
    because: str = ""
    value: str = ""
    words: tuple[str, ...] = ()
    adds: tuple[Addition, ...] = ()
    constraint: str = ""
    out: str = ""
    opens: str = ""
    closes: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A field of an item that is in the plan already, which an answer sets."""

    kind: str
    id: str
    field: str
    criterion: str = ""
    """`+` adds a criterion; of assumptions it is the text of the entry; empty: the field itself."""


@dataclass(frozen=True, slots=True)
class Question:
    """One card of the interview.

    `topic` is its matter in a few words; `why` says why it is asked and `affects` which parts of
    the draft an answer changes; `options` are the readings and `type` is what else may be
    answered, a number in `unit`.  `assume` is the reading that holds until somebody knows (empty:
    there is none).  `impact` and `uncertainty` go from 1 to 5.  An interview is not done while a
    question with `must` is open.

    `when` are answers without which it is not asked, as `question=option`.  `adds` and
    `constraint` hold for every value that is answered; `sets` is the field of the draft that the
    answer is (`title`, `person`, `target` …), `target` that of an item of the plan.
    """

    id: str
    domain: str
    topic: str
    text: str
    why: str
    type: AnswerType = "choice"
    affects: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    assume: str = ""
    impact: int = 3
    uncertainty: int = 3
    must: bool = False
    unit: str = ""
    when: tuple[str, ...] = ()
    phase: str = ""
    adds: tuple[Addition, ...] = ()
    constraint: str = ""
    sets: str = ""
    target: Target | None = None

    @property
    def weight(self) -> int:
        """How much an answer would settle: impact by uncertainty."""
        return self.impact * self.uncertainty

    def option(self, option_id: str) -> Option | None:
        """The reading with this id."""
        return next((each for each in self.options if each.id == option_id), None)


@dataclass(frozen=True, slots=True)
class PhaseSeed:
    """A phase that a draft has as soon as something is to be delivered in it.

    `order` says where it comes; `after` are keys of phases that it needs, where they are there.
    """

    key: str
    title: str
    goal: str
    order: int
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Domain:
    """A field of matters that an idea may touch.

    `words` are those of a brief by which one sees it; `category` begins the ids of its
    requirements; `phase` is the key of the phase that delivers them; `always` says that every
    project touches it.
    """

    id: str
    title: str
    category: str
    phase: str
    words: tuple[str, ...] = ()
    always: bool = False


@dataclass(frozen=True, slots=True)
class Probes:
    """All that the interview can ask, in the order of the files."""

    domains: tuple[Domain, ...]
    phases: tuple[PhaseSeed, ...]
    questions: tuple[Question, ...]

    def domain(self, domain_id: str) -> Domain | None:
        """The domain with this id."""
        return next((each for each in self.domains if each.id == domain_id), None)
