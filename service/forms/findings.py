"""What the checks and the planner say, at the field of the form that it is about."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from service.forms.filled import Filled
from service.forms.sheet import PREFIX, SHEETS
from service.planning.records import CheckRecord, FixRecord

FIX: Final = "fix:"
_REFUSED: Final = re.compile(r"[^:\s]+(?::\d+)?: (?:([a-z_]{1,40}): )?")


@dataclass(frozen=True, slots=True)
class Mend:
    """A fix: what its button says, and what it sends."""

    label: str
    token: str


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as the form shows it; `name` is that of its field or row (empty: none)."""

    name: str
    severity: str
    message: str
    hint: str
    rule: str
    new: bool
    fixes: tuple[Mend, ...] = ()

    def plain(self) -> dict[str, object]:
        """The same for the script of the page."""
        return {
            "name": self.name,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
            "rule": self.rule,
            "new": self.new,
            "fixes": [{"label": each.label, "token": each.token} for each in self.fixes],
        }


def found_of(filled: Filled, checks: Iterable[CheckRecord]) -> tuple[Found, ...]:
    """The findings about an item, without those that are waived."""
    return tuple(
        Found(
            name=filled.name_of(each.problem.at),
            severity=each.problem.severity,
            message=each.problem.message,
            hint=each.problem.hint,
            rule=each.problem.rule,
            new=each.new,
            fixes=tuple(Mend(fix.label, _token(each, fix)) for fix in each.fixes),
        )
        for each in checks
        if not each.problem.waived
    )


def _token(check: CheckRecord, fix: FixRecord) -> str:
    """Names a fix among those of the same form; what it does is worked out anew when it is sent."""
    return f"{FIX}{check.problem.rule}:{check.problem.at}:{fix.label}"


def fix_of(checks: Iterable[CheckRecord], token: str) -> FixRecord | None:
    """The fix that a button named; None where the finding is gone."""
    return next((fix for each in checks for fix in each.fixes if _token(each, fix) == token), None)


def by_name(found: Iterable[Found]) -> Mapping[str, list[Found]]:
    """The findings by the name that they stand at."""
    places: dict[str, list[Found]] = {}
    for each in found:
        places.setdefault(each.name, []).append(each)
    return places


def refused(kind: str, message: str) -> tuple[str, str]:
    """The field that the planner refused, as its name in the form, and the rest of its message.

    The planner names file and field before what is wrong.  Empty where it names none.
    """
    match = _REFUSED.match(message)
    if match is not None and match[1] in {box.name for box in SHEETS[kind]}:
        return f"{PREFIX}{match[1]}", message[match.end() :]
    return "", message
