"""What a draft is worth by rules that a program can apply; no model judges another one.

Nothing here asks a model.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from planner.interviewing import Draft, findings
from planner.model.problem import Severity

_COUNTS = frozenset({Severity.ERROR, Severity.WARNING})


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    good: int
    all: int

    def plus(self, other: "Share") -> "Share":
        """Both together."""
        return Share(self.good + other.good, self.all + other.all)

    @property
    def words(self) -> str:
        """For people; of nothing there is no share."""
        if not self.all:
            return "none"
        return f"{self.good} of {self.all} ({100 * self.good / self.all:.0f} %)"


@dataclass(frozen=True, slots=True)
class Scores:
    """The shares of a draft.

    `wording`: requirements about which the wording rules find neither an error nor a warning,
    judged as approved ones.  `checkable`: criteria about which they find neither.  `verified`:
    requirements that a criterion verifies.  `verifying`: criteria that verify a requirement.
    """

    wording: Share
    checkable: Share
    verified: Share
    verifying: Share

    def plus(self, other: "Scores") -> "Scores":
        """Those of both drafts together."""
        return Scores(
            self.wording.plus(other.wording),
            self.checkable.plus(other.checkable),
            self.verified.plus(other.verified),
            self.verifying.plus(other.verifying),
        )


NONE = Scores(Share(0, 0), Share(0, 0), Share(0, 0), Share(0, 0))


def scores_of(made: Draft) -> Scores:
    """The shares of one draft."""
    faulty = {key for key, problem in findings(made) if problem.severity in _COUNTS}
    criteria = [each for phase in made.phases for each in phase.criteria]
    keys = {each.key for each in made.requirements}
    verified = {key for each in criteria for key in each.verifies}
    return Scores(
        wording=_share(each.key not in faulty for each in made.requirements),
        checkable=_share(each.key not in faulty for each in criteria),
        verified=_share(key in verified for key in keys),
        verifying=_share(bool(keys.intersection(each.verifies)) for each in criteria),
    )


def _share(answers: Iterable[bool]) -> Share:
    found = list(answers)
    return Share(sum(found), len(found))
