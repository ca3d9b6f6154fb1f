"""How long it takes from a save to the visible page in a plan of N requirements, part by part.

One process saves through the editor and then builds the site, as the planner process of the
service does; then it builds once more, as it does when the watcher reports that very save.  The
time of the processors, git's included, is what an idle machine would need at the least.
"""

import argparse
import cProfile
import gc
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from synthetic import write_plan

from planner.build.collecting import settle
from planner.editing import Editor, Person, SetFields, open_editor
from planner.workspace import Workspace, open_workspace

_ADA = Person("Ada", "ada@example.org")


class Times:
    """Seconds by part, of every round."""

    def __init__(self) -> None:
        self.parts: dict[str, list[float]] = defaultdict(list)
        self._last = time.perf_counter()

    def begin(self) -> None:
        """The time from here on belongs to the next part."""
        self._last = time.perf_counter()

    def lap(self, name: str) -> float:
        """The time since the last lap belongs to `name`."""
        spent = time.perf_counter() - self._last
        self.parts[name].append(spent)
        self._last = time.perf_counter()
        return spent

    def note(self, name: str, seconds: float) -> None:
        """A part that was measured elsewhere."""
        self.parts[name].append(seconds)

    def show(self) -> None:
        """Print the medians, in milliseconds."""
        for name, spent in self.parts.items():
            median = statistics.median(spent) * 1000
            print(f"{name:28} {median:8.1f} ms  (worst {max(spent) * 1000:.1f})")


def _worked() -> float:
    """Seconds that processors have worked for this process and those it started."""
    return sum(os.times()[:4])


def _edit(item_id: str, number: int) -> SetFields:
    return SetFields(item_id, "requirement", {"owner": f"owner-{number}"})


def _round(
    workspace: Workspace, editor: Editor, site: Path, item_id: str, number: int, times: Times
) -> None:
    """One edit as a person makes it: open, look, save, see; and the watcher's build after it."""
    edit = _edit(item_id, number)
    times.begin()
    worked = _worked()
    editor.open(item_id, "requirement")
    times.lap("open")
    editor.preview(edit)
    times.lap("preview")
    times.note("  open and preview: processors", _worked() - worked)
    worked = _worked()
    editor.save(edit, _ADA)
    saved = times.lap("save")
    built = workspace.build(site, keep=False)
    spent = times.lap("build")
    times.note("save to visible page", saved + spent)
    times.note("  of these: processors", _worked() - worked)
    for name, seconds in built.seconds.items():
        times.note(f"  build: {name}", seconds)
    times.begin()
    workspace.build(site, keep=False)
    times.lap("build again")
    settled = time.perf_counter()
    workspace.keep()
    settle()
    times.note("settle, when nobody asks", time.perf_counter() - settled)
    page = site / "r" / item_id / "index.html"
    if f"owner-{number}" not in page.read_text(encoding="utf-8"):
        raise SystemExit(f"{page} does not show the save")


def _measure(root: Path, count: int, rounds: int, *, profile: bool) -> None:
    write_plan(root / "content", count)
    for command in ("init -q", "add -A", "-c user.name=A -c user.email=a@b commit -qm first"):
        subprocess.run(["git", *command.split()], cwd=root, check=True)
    environ = {"AGENTED_CACHE_DIR": str(root.parent / "cache")}
    site = root.parent / "site"
    with open_workspace(str(root / "content"), environ=environ, cwd=root) as workspace:
        started = time.perf_counter()
        workspace.build(site)
        print(f"{count} requirements; first build {time.perf_counter() - started:.2f} s")
        editor = open_editor(workspace)
        ids = [each.id for each in editor.plan().tree.requirements]
        step = max(1, len(ids) // (rounds + 3))
        for number in range(2):
            _round(workspace, editor, site, ids[number], number, Times())
        gc.disable()  # as in the planner process
        settle()
        times = Times()
        profiler = cProfile.Profile()
        for number in range(2, rounds + 2):
            if profile:
                profiler.enable()
            _round(workspace, editor, site, ids[number * step], number, times)
            profiler.disable()
        times.show()
        if profile:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
            pstats.Stats(profiler).sort_stats("cumulative").print_stats(70)


def main() -> None:
    """Measure in a fresh repository."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=5000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repository"
        root.mkdir()
        _measure(root, options.count, options.rounds, profile=options.profile)


if __name__ == "__main__":
    main()
