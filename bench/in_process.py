"""A cold build and edits in one resident process, as `planner serve` does them; prints JSON."""

import json
import statistics
import sys
import time
from pathlib import Path

import synthetic

from planner.store.location import find_plan
from planner.workspace import Workspace

_EDITS = 7


def main() -> None:
    """Measure the plan in argv[1], building into argv[2]."""
    content, out = Path(sys.argv[1]), Path(sys.argv[2])
    count = len(list((content / "requirements").iterdir()))
    opened = Workspace(
        find_plan(str(content), {}, content), out.parent / "cache-resident", cache=False
    )
    started = time.perf_counter()
    cold_parts = opened.build(out).seconds
    cold = time.perf_counter() - started
    edits, parts = [], {}
    for turn in range(_EDITS):
        synthetic.edit_one(content, count, 1000 + turn)
        started = time.perf_counter()
        built = opened.build(out)
        edits.append(time.perf_counter() - started)
        for name, seconds in built.seconds.items():
            parts.setdefault(name, []).append(seconds)
    edit = statistics.median(edits)
    print(
        json.dumps(
            {
                "cold": round(cold, 3),
                "one edit": round(edit, 4),
                "edit / cold": round(edit / cold, 4),
                "files written by the edit": built.report.tally.written,
                "cold parts": {name: round(value, 3) for name, value in cold_parts.items()},
                "edit parts": {
                    name: round(statistics.median(values), 4) for name, values in parts.items()
                },
            }
        )
    )


if __name__ == "__main__":
    main()
