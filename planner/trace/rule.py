"""What a rule is: the one row from which findings, `planner rules` and the documents are made."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.model.problem import Severity

GROUPS = ("reading", "references", "structure", "status", "wording", "waivers", "import")
"""The groups in which rules are listed, in this order."""

PARTS = (
    "plan",
    "milestone",
    "phase",
    "goal",
    "criterion",
    "draft",
    "requirement",
    "research",
    "file",
)
"""The parts of a plan that a rule may speak about.

`goal` is the goal of a phase, `draft` a requirement of status draft, `requirement` any other one,
`file` a file of any kind.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    `id` is stable and written in kebab case.  `severity` is one severity for every part of a plan,
    or a mapping from part (one of `PARTS`) to severity: a part that is not named, or that maps to
    None, is not checked (`draft` falls back to `requirement` where it is not named).  `why` says
    what goes wrong without the rule, `hint` how to mend a finding in general.

    `good` and `bad` are examples: one sentence for a rule about wording; for every other rule the
    files of a small plan, each opened by a line `== <path>`.
    """

    id: str
    group: str
    title: str
    severity: Severity | Mapping[str, Severity | None]
    why: str
    good: str
    bad: str
    hint: str = ""

    def at(self, part: str) -> Severity | None:
        """The severity for `part`, or None where the rule is off."""
        if isinstance(self.severity, Severity):
            return self.severity
        if part == "draft" and part not in self.severity:
            return self.severity.get("requirement")
        return self.severity.get(part)
