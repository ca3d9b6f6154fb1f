"""Problems as text for people, for programs, and for annotations of a code host.

SARIF is in `planner.trace.sarif`.

Every function takes the problems in the order in which they are to appear, `root`, which is put
before each path so that it leads to the file from where the reader is, and `known`, problems that a
baseline knows: they are counted and, where the format has a place for it, listed as known.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from planner.model.problem import Place, Problem, Severity

_JOINERS = "\u200c\u200d"  # part of words and of emoji in many scripts
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}


def count(problems: Iterable[Problem]) -> dict[Severity, int]:
    """How many problems of each severity are not waived."""
    counts = dict.fromkeys(Severity, 0)
    for problem in problems:
        if not problem.waived:
            counts[problem.severity] += 1
    return counts


def format_text(
    problems: Sequence[Problem], *, root: str = "", known: Sequence[Problem] = ()
) -> str:
    """`path:line: severity rule message`, a hint below each, and a summary.

    A problem of a file as a whole stands at its line 1.  Waived problems are only counted.
    """
    lines = []
    for problem in problems:
        if problem.waived:
            continue
        place = _at(problem.path, problem.line, root)
        lines.append(f"{place}: {problem.severity} {problem.rule} {printable(problem.message)}")
        lines.extend(f"    see: {_at(each.path, each.line, root)}" for each in problem.related)
        if problem.hint:
            lines.append(f"    hint: {printable(problem.hint)}")
    lines.append(summary(problems, known))
    return "\n".join(lines) + "\n"


def summary(problems: Sequence[Problem], known: Sequence[Problem] = ()) -> str:
    """How much there is of what, as one line."""
    counts = count(problems)
    parts = [_number(number, severity) for severity, number in counts.items() if number]
    waived = sum(bool(problem.waived) for problem in problems)
    more = [
        *([f"{waived} waived"] if waived else []),
        *([f"{len(known)} in the baseline"] if known else []),
    ]
    return "; ".join([", ".join(parts) or "no problems", *more])


def _number(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _at(path: str, line: int, root: str) -> str:
    return f"{printable(root + path) or '.'}:{line or 1}"


def printable(text: str) -> str:
    """One line of `text` that a terminal may be given: signs that steer it are spelled out."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(
        sign if sign.isprintable() or sign in _JOINERS else _spelled(sign) for sign in line
    )


def _spelled(sign: str) -> str:
    number = ord(sign)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def format_json(
    problems: Sequence[Problem], *, root: str = "", known: Sequence[Problem] = ()
) -> str:
    """One JSON object: `summary` with counts, and `problems` with every field, waived ones too."""
    counts = count(problems)
    listed = [(problem, False) for problem in problems] + [(problem, True) for problem in known]
    data = {
        "summary": {
            "errors": counts[Severity.ERROR],
            "warnings": counts[Severity.WARNING],
            "hints": counts[Severity.HINT],
            "waived": sum(bool(problem.waived) for problem in problems),
            "known": len(known),
        },
        "problems": [_as_json(problem, root, is_known) for problem, is_known in listed],
    }
    return json.dumps(data, indent=2) + "\n"


def _as_json(problem: Problem, root: str, is_known: bool) -> dict[str, Any]:
    return {
        "path": root + problem.path,
        "line": problem.line,
        "severity": problem.severity,
        "rule": problem.rule,
        "message": problem.message,
        "hint": problem.hint,
        "item": problem.item,
        "related": [_place(each, root) for each in problem.related],
        "waived": problem.waived,
        "known": is_known,
    }


def _place(place: Place, root: str) -> dict[str, Any]:
    return {"path": root + place.path, "line": place.line}


def format_github(
    problems: Sequence[Problem], *, root: str = "", known: Sequence[Problem] = ()
) -> str:
    """Workflow commands of GitHub Actions, which show each problem at its line.

    Hints are notices; waived and known problems are only counted.
    """
    lines = []
    for problem in problems:
        if problem.waived:
            continue
        path = _property(root + problem.path)
        line = f",line={problem.line}" if problem.line else ""
        message = problem.message + (f"\nhint: {problem.hint}" if problem.hint else "")
        title = _property(problem.rule)
        lines.append(
            f"::{_LEVELS[problem.severity]} file={path}{line},title={title}::{_data(message)}"
        )
    lines.append(f"{summary(problems, known)}")
    return "\n".join(lines) + "\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
