"""Measures building side by side with Hugo: whole processes, pairwise, in one run.

`./justw bench` measures 1,000 and 5,000 requirements; `--small` is a quick look at 300.
Read the ratios: the seconds belong to the machine and its other work.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import hugo_site
import synthetic

HERE = Path(__file__).parent
ROOT = HERE.parent


@dataclass(slots=True)
class Series:
    """The seconds of one measured thing, one per round."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """Note one measurement."""
        self.seconds.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        """The median of what was measured under `name`."""
        return statistics.median(self.seconds[name])

    def ratio(self, name: str, other: str) -> float:
        """The median of the ratios of pairs measured in the same round."""
        pairs = zip(self.seconds[name], self.seconds[other], strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)


def environment(cache: Path) -> dict[str, str]:
    """The environment of measured processes: compiled modules are kept, as in an installation."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    kept["AGENTED_CACHE_DIR"] = str(cache)
    kept["PYTHONPYCACHEPREFIX"] = str(cache / "pyc")
    return kept


def run(argv: list[str], env: dict[str, str], cwd: Path) -> float:
    """Run a command to its end and return its wall seconds."""
    started = time.perf_counter()
    done = subprocess.run(argv, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    # 1 means problems in the plan: the site is built all the same.
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return seconds


def peak_memory_mb(argv: list[str], env: dict[str, str], cwd: Path) -> float:
    """The largest resident size of a command and its children together, in MB, by sampling.

    Pages that a child shares with its parent count twice, so the true figure is lower.
    """
    process = subprocess.Popen(
        argv, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_resident_kb(pid) for pid in _family(process.pid)))
        time.sleep(0.02)
    return peak / 1024


def _family(pid: int) -> list[int]:
    """A process and its children, found by their parent's number."""
    running = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid, *(other for other in running if _status(other, "PPid:") == pid)]


def _resident_kb(pid: int) -> int:
    return _status(pid, "VmRSS:")


def _status(pid: int, name: str) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def measure(count: int, rounds: int, folder: Path) -> dict[str, object]:
    """Measure a plan of `count` requirements and return a table row."""
    content, hugo = folder / "content", folder / "hugo"
    site, public, cache = folder / "site", folder / "public", folder / "cache"
    synthetic.write_plan(content, count)
    hugo_site.write_hugo(hugo, count)
    env = environment(cache)
    planner = [sys.executable, "-m", "planner", "build", "--plan", str(content), "--out", str(site)]
    alone = [sys.executable, str(HERE / "pages_alone.py"), str(content), str(folder / "alone")]
    theirs = ["hugo", "--quiet", "--source", str(hugo), "--destination", str(public)]
    with_hugo = shutil.which("hugo") is not None
    series = Series()
    run([*planner, "--no-cache"], env, ROOT)  # compiles the modules
    for turn in range(rounds):
        for old in (site, public, folder / "alone", cache / "builds"):
            shutil.rmtree(old, ignore_errors=True)
        if with_hugo:
            series.add("hugo cold", run(theirs, env, hugo))
        series.add("cold", run(planner, env, ROOT))
        series.add("pages alone", run(alone, env, ROOT))
        for name, edit in (("no change", False), ("one edit", True)):
            if edit:
                synthetic.edit_one(content, count, turn)
                hugo_site.edit_one(hugo, count, turn)
            if with_hugo:
                series.add(f"hugo {name}", run(theirs, env, hugo))
            series.add(name, run(planner, env, ROOT))
    shutil.rmtree(site)
    row: dict[str, object] = {"requirements": count, "seconds": {}, "ratio to hugo": {}}
    row["seconds"] = {name: round(series.median(name), 3) for name in series.seconds}
    if with_hugo:
        pairs = [("pages alone", "hugo cold"), ("cold", "hugo cold")]
        pairs += [(name, f"hugo {name}") for name in ("no change", "one edit")]
        row["ratio to hugo"] = {
            f"{ours} / {other}": round(series.ratio(ours, other), 2) for ours, other in pairs
        }
    row["in process"] = in_process(content, folder, env)
    shutil.rmtree(cache / "builds", ignore_errors=True)
    row["peak MB (shared pages counted twice)"] = round(peak_memory_mb(planner, env, ROOT))
    return row


def in_process(content: Path, folder: Path, env: dict[str, str]) -> dict[str, object]:
    """What `serve` does: a cold build and edits in one process, with the seconds of each part."""
    argv = [sys.executable, str(HERE / "in_process.py"), str(content), str(folder / "resident")]
    done = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="300 requirements, one round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 5000])
    options = parser.parse_args()
    sizes = [300] if options.small else options.sizes
    rounds = 1 if options.small else options.rounds
    rows = []
    for count in sizes:
        with tempfile.TemporaryDirectory(prefix="agented-bench-") as folder:
            print(f"measuring {count} requirements, {rounds} rounds …", file=sys.stderr)
            rows.append(measure(count, rounds, Path(folder)))
    for row in rows:
        print(json.dumps(row, indent=2))
    if len(rows) > 1:
        first, last = rows[0], rows[-1]
        grown = math.log(last["seconds"]["cold"] / first["seconds"]["cold"])
        size = math.log(last["requirements"] / first["requirements"])
        print(f"cold build grows as N^{grown / size:.2f}")


if __name__ == "__main__":
    main()
