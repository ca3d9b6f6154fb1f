"""A part of the draft that a model proposes upon what was answered.

It is an answer's child: with another answer it is gone, as what we draft ourselves.
"""

from dataclasses import dataclass
from typing import Literal

ProposalKind = Literal["phase", "requirement", "criterion"]
IN_PLAN = "plan:"
"""How the key of a phase begins that is in the plan already; its id follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One proposed part; `key` is ours.

    `source` is the question that it rests on and `mark` that of the answer (see
    `planner.interview.effects.mark_of`); both empty: it rests on the brief.  `text` is the goal of
    a phase.  `phase` is the key of a phase of the draft, or one in the plan; `after` are keys of
    phases that a proposed phase needs.  `verifies` are keys of requirements of the draft, or ids of
    the plan's.
    """

    kind: ProposalKind
    key: str
    text: str
    source: str = ""
    mark: str = ""
    title: str = ""
    phase: str = ""
    after: tuple[str, ...] = ()
    verifies: tuple[str, ...] = ()
    type: str = "functional"
    priority: str = "should"
    rationale: str = ""
