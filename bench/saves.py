"""How long opening an item and saving it take in a plan of N requirements, part by part."""

import cProfile
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from synthetic import write_plan

from planner.edit.bulk import Together
from planner.edit.creating import Create
from planner.edit.editor import Editor
from planner.edit.fields import SetFields
from planner.edit.renaming import Delete, Rename
from planner.store.commits import Person
from planner.store.folder import open_plan_folder

_ADA = Person("Ada", "ada@example.org")


def timed(what: str, times: int, work: Callable[[int], object]) -> None:
    """Print the median of several runs, in milliseconds."""
    spent = []
    for number in range(times):
        started = time.perf_counter()
        work(number)
        spent.append((time.perf_counter() - started) * 1000)
    print(f"{what:40} {statistics.median(spent):8.1f} ms  (worst {max(spent):.1f})")


def _renamed(old: str) -> Rename:
    return Rename(old, "requirement", f"NEW-{old}")


def main(count: int, *, profile: bool) -> None:
    """Measure in a fresh repository."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_plan(root / "content", count)
        for command in ("init -q", "add -A", "-c user.name=A -c user.email=a@b commit -qm first"):
            subprocess.run(["git", *command.split()], cwd=root, check=True)
        editor = Editor(open_plan_folder(root / "content"))
        ids = [each.id for each in editor.plan().tree.requirements]
        print(f"{count} requirements")
        timed("open, first", 1, lambda n: editor.open(ids[n]))
        timed("open", 20, lambda n: editor.open(ids[n]))
        edit = lambda n: SetFields(ids[n], "requirement", {"owner": f"o{n}"})  # noqa: E731
        timed("preview, first", 1, lambda n: editor.preview(edit(n)))
        timed("preview", 10, lambda n: editor.preview(edit(n)))
        timed("save", 20, lambda n: editor.save(edit(n), _ADA))
        many = [SetFields(each, "requirement", {"tags": ["bulk"]}) for each in ids[:500]]
        timed("save 500 items as one commit", 1, lambda _: editor.save(Together(many), _ADA))
        timed("rename, with its references", 5, lambda n: editor.save(_renamed(ids[n]), _ADA))
        new = Create("requirement", {"text": "The service shall answer.", "phase": "phase-0001"})
        timed("create, id minted", 5, lambda _: editor.save(new, _ADA))
        timed("look at 200 new rows", 3, lambda _: editor.preview(Together([new] * 200)))
        gone = [Delete(each, "requirement", "detach") for each in ids[100:150]]
        timed("look at 50 deletions", 1, lambda _: editor.preview(Together(gone)))
        if profile:
            profiler = cProfile.Profile()
            profiler.enable()
            for n in range(20, 30):
                editor.save(edit(n), _ADA)
            profiler.disable()
            pstats.Stats(profiler).sort_stats("cumulative").print_stats(35)


if __name__ == "__main__":
    main(int(sys.argv[1]), profile="--profile" in sys.argv)
