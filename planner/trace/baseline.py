"""Baselines: the problems that a plan had when checking began, so that only new ones count.

A problem is known by rule, file, item and message.  Lines do not count, so a baseline survives
edits elsewhere in a file; what is known twice and found three times is new once.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from planner.errors import SourceError
from planner.model.problem import Problem

_FORM = 1
_LINE = re.compile(r"\bline\s+\d+|(?<=:)\d+\b")
_HINT = "write it anew with `planner check --write-baseline FILE`"


class Fingerprint(NamedTuple):
    """What a problem is known by; `message` is without numbers of lines."""

    path: str
    rule: str
    item: str
    message: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Problems beside a baseline.

    `new` are those that it does not know, waived ones included; `known` those that it knows; `gone`
    says how many it knows that are there no more.
    """

    new: tuple[Problem, ...]
    known: tuple[Problem, ...]
    gone: int


def fingerprint(problem: Problem) -> Fingerprint:
    """What `problem` is known by."""
    message = " ".join(_LINE.sub("line", problem.message).split())
    return Fingerprint(problem.path, problem.rule, problem.item, message)


def write_baseline(problems: Iterable[Problem]) -> str:
    """The text of a baseline of all problems that are not waived; the same for any order."""
    counts = Counter(fingerprint(problem) for problem in problems if not problem.waived)
    rows = [
        {**known._asdict(), **({"count": count} if count > 1 else {})}
        for known, count in sorted(counts.items())
    ]
    return json.dumps({"form": _FORM, "problems": rows}, ensure_ascii=False, indent=1) + "\n"


def read_baseline(text: str) -> Counter[Fingerprint]:
    """How often each problem is known.  Raises SourceError where the text is no baseline."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"this is no baseline: {error}", _HINT) from error
    if not isinstance(data, dict) or data.get("form") != _FORM:
        raise SourceError(f"this is no baseline of form {_FORM}", _HINT)
    rows = data.get("problems")
    if not isinstance(rows, list):
        raise SourceError("this is no baseline: it has no list of problems", _HINT)
    counts: Counter[Fingerprint] = Counter()
    for number, row in enumerate(rows, 1):
        counts.update(_row(row, number))
    return counts


def _row(row: object, number: int) -> dict[Fingerprint, int]:
    if isinstance(row, dict):
        values = [row.get(name) for name in Fingerprint._fields]
        texts = [value for value in values if isinstance(value, str)]
        count = row.get("count", 1)
        if len(texts) == len(values) and type(count) is int and count > 0:
            return {Fingerprint(*texts): count}
    raise SourceError(f"problem {number} of the baseline cannot be read", _HINT)


def apply_baseline(problems: Sequence[Problem], known: Counter[Fingerprint]) -> Compared:
    """Divide `problems` into those that the baseline knows and the new ones, in their order.

    Waived problems are not looked up: they count as neither errors nor known.
    """
    left = Counter(known)
    new, old = [], []
    for problem in problems:
        name = fingerprint(problem)
        if not problem.waived and left[name] > 0:
            left[name] -= 1
            old.append(problem)
        else:
            new.append(problem)
    return Compared(tuple(new), tuple(old), sum(left.values()))
