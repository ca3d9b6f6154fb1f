"""What is wrong in a plan, as data."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters: errors make `planner check` fail."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file of the plan; line 0 means the file as a whole."""

    path: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding.

    `path` is relative to the plan folder with `/` as separator, `line` counts from 1 (0: the whole
    file), `rule` is a stable rule id, `item` the id of the item it is about (empty: none), `hint`
    says how to mend it, `related` are further places that take part (the other file of a
    duplicate, the other side of a contradiction), `waived` is the reason of the waiver that
    covers it (empty: not waived).
    """

    path: str
    line: int
    rule: str
    severity: Severity
    message: str
    hint: str = ""
    item: str = ""
    related: tuple[Place, ...] = ()
    waived: str = ""

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.path, self.line)
