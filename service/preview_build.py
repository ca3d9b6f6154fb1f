"""Builds the site of a plan at one revision into a folder, and ends.

Started by `service.previews` as `python -m service.preview_build`, with JSON on standard input: the
values of `Wanted`.  On standard output it says in one line of JSON what came of it.
"""

import ctypes
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from planner.build.today import today
from planner.errors import PlannerError
from planner.workspace import open_workspace

_PR_SET_PDEATHSIG = 1
# Behind the worker and the planner process: nobody waits for a preview as for a save.
_NICE = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which plan (as in `service.planner_wire.Opening`), which revision, and where to."""

    folder: str
    plan: str
    variable: str
    rev: str
    out: str


def build(wanted: Wanted) -> str:
    """Build; returns why that is not possible, or nothing."""
    named = {wanted.variable: wanted.plan} if wanted.plan and wanted.variable else {}
    try:
        with open_workspace(
            None if named else wanted.plan or None,
            environ={**os.environ, **named},
            cwd=Path(wanted.folder),
            cache=False,
            today=today,
        ) as opened:
            opened.build(Path(wanted.out), rev=wanted.rev)
    except PlannerError as error:
        return str(error)
    return ""


def main() -> None:
    """Build what standard input names."""
    if sys.platform == "linux":
        # Whoever asked has gone: nobody will look at it.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(_NICE)
    failure = build(Wanted(**json.load(sys.stdin)))
    sys.stdout.write(json.dumps({"failure": failure}) + "\n")


if __name__ == "__main__":
    main()
