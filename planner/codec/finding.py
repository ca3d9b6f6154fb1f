"""What the codec finds wrong in one file, before it knows the path."""

from typing import NamedTuple

from planner.model.problem import Place, Problem, Severity

SEVERITY: dict[str, Severity] = {
    "bad-encoding": Severity.ERROR,
    "too-large": Severity.ERROR,
    "no-front-matter": Severity.ERROR,
    "bad-yaml": Severity.ERROR,
    "duplicate-key": Severity.ERROR,
    "yaml-anchor": Severity.ERROR,
    "yaml-alias": Severity.ERROR,
    "yaml-merge": Severity.ERROR,
    "yaml-tag": Severity.ERROR,
    "bad-value": Severity.ERROR,
    "bad-id": Severity.ERROR,
    "missing-field": Severity.ERROR,
    "no-plan": Severity.ERROR,
    "duplicate-criterion": Severity.ERROR,
    "malformed-criterion": Severity.WARNING,
    "duplicate-section": Severity.WARNING,
    "criterion-without-id": Severity.HINT,
    "unknown-key": Severity.HINT,
    "unknown-file": Severity.HINT,
}

_SHOWN = 60


class Finding(NamedTuple):
    """One finding of reading: rule id, line (1-based, of the file), what, and how to mend it.

    `related` are lines of the same file that take part.
    """

    rule: str
    line: int
    message: str
    hint: str = ""
    related: tuple[int, ...] = ()


class BadValueError(Exception):
    """A value is not what its field takes.  `line` is 0 where there is no file."""

    def __init__(self, message: str, hint: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line


def problem_of(finding: Finding, path: str, item: str) -> Problem:
    """The finding as a problem of the file `path`, which holds `item`."""
    return Problem(
        path=path,
        line=finding.line,
        rule=finding.rule,
        severity=SEVERITY[finding.rule],
        message=finding.message,
        hint=finding.hint,
        item=item,
        related=tuple(Place(path, line) for line in finding.related),
    )


def shown(text: str) -> str:
    """`text` in quotes for a message: cut short, invisible characters escaped."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return '"' + "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut) + '"'
