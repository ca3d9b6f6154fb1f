"""Editing a plan of 5,000 requirements through the running service: forms, saves, readers beside.

`./justw bench-editing` needs git and Debian's `wrk`.  A real gunicorn serves a real repository on
127.0.0.1; every save is a commit, and counts once the page shows it.  The figures belong to the
machine and its other work, so its load is printed with them; where the time of a save goes,
`bench/visible.py` tells.
"""

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serving import KEY, ROOT, Target, free_port, load, served
from synthetic import write_plan

_PLENTY = "9999999 per second"
_SAVERS = 10
_SETTLE_S = 5.0  # until the first build's work after the start is done
_PER_SAVER = 15  # items that one saver goes round


@contextmanager
def editable(folder: Path, requirements: int) -> Iterator[Target]:
    """The service on a repository with a plan."""
    repository, port = folder / "repository", free_port()
    repository.mkdir()
    write_plan(repository / "content", requirements)
    for command in ("init -q -b main", "add -A", "-c user.name=A -c user.email=a@b commit -qm 1"):
        subprocess.run(["git", *command.split()], cwd=repository, check=True)
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AGENTED_STATE_DIR": str(folder / "state"),
        "AGENTED_CONTENT_DIR": str(repository / "content"),
        "AGENTED_API_KEY": KEY,
        "GUNICORN_BIND": f"127.0.0.1:{port}",
        "LOG_FILE": str(folder / "agented.log"),
        "API_RATE_LIMIT": _PLENTY,
        "SITE_RATE_LIMIT": _PLENTY,
    }
    argv = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")]
    with served(argv, env, folder, port, "/health/readiness") as target:
        yield target


class Caller:
    """One person with one connection and the key."""

    def __init__(self, target: Target) -> None:
        self._line = http.client.HTTPConnection(target.address.removeprefix("http://"), timeout=120)

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """Status, headers and text of the answer."""
        sent = {
            "X-API-Key": KEY,
            **{name.replace("_", "-"): each for name, each in headers.items()},
        }
        data = None
        if body is not None:
            sent["Content-Type"], data = "application/json", json.dumps(body)
        self._line.request(method, path, data, sent)
        answer = self._line.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def tag(self, item_id: str) -> str:
        """The ETag of a requirement."""
        status, headers, text = self.ask("GET", f"/api/plan/requirement/{item_id}")
        if status != 200:
            sys.exit(f"{item_id} cannot be read: {status} {text[:300]}")
        return headers["ETag"]

    def save(self, item_id: str, owner: str) -> None:
        """Save a requirement; ends the program when that is refused."""
        body = {"changes": {"owner": owner}}
        status, _, text = self.ask(
            "PATCH", f"/api/plan/requirement/{item_id}", body, If_Match=self.tag(item_id)
        )
        if status != 200:
            sys.exit(f"{item_id} was not saved: {status} {text[:300]}")


@dataclass(slots=True)
class Times:
    """Milliseconds of each round, by part."""

    parts: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """The time of a block belongs to `part`."""
        began = time.perf_counter()
        yield
        self.parts.setdefault(part, []).append((time.perf_counter() - began) * 1000)

    def shown(self) -> dict[str, str]:
        """Medians, and the worst."""
        return {
            part: f"{statistics.median(each):.0f} ms (worst {max(each):.0f})"
            for part, each in self.parts.items()
        }


def edit_rounds(target: Target, ids: list[str]) -> Times:
    """Open a form, review, save, look at the page, as one person does; and save without a review.

    Agents save without one.
    """
    caller, times = Caller(target), Times()
    for number, item_id in enumerate(ids):
        with times.of("form opens"):
            status, _, text = caller.ask("GET", f"/edit/requirement/{item_id}")
        if status != 200:
            sys.exit(f"the form of {item_id} does not open: {status} {text[:300]}")
        changes = {"owner": f"owner-{number}"}
        edit = {"op": "set", "kind": "requirement", "id": item_id, "changes": changes}
        with times.of("review"):
            status, _, text = caller.ask("POST", "/api/plan/preview", {"edit": edit})
        if status != 200:
            sys.exit(f"the edit of {item_id} cannot be reviewed: {status} {text[:300]}")
        saved_and_seen(caller, times, "save to visible page", item_id, changes["owner"])
        saved_and_seen(caller, times, "the same without a review", item_id, f"again-{number}")
    return times


def saved_and_seen(caller: Caller, times: Times, name: str, item_id: str, owner: str) -> None:
    """Save an owner, and look at the page that shows it."""
    tag = caller.tag(item_id)
    with times.of(name):
        status, _, text = caller.ask(
            "PATCH",
            f"/api/plan/requirement/{item_id}",
            {"changes": {"owner": owner}},
            If_Match=tag,
        )
        _, _, page = caller.ask("GET", f"/r/{item_id}/")
    if status != 200 or owner not in page:
        sys.exit(f"{item_id} does not show the save: {status} {text[:300]}")


def hand_edits(target: Target, content: Path, ids: list[str]) -> Times:
    """Edit files by hand and look until the page shows it."""
    caller, times = Caller(target), Times()
    for number, item_id in enumerate(ids):
        path, word = content / "requirements" / f"{item_id}.md", f"by-hand-{number}"
        text = path.read_text("utf-8")
        with times.of("edit by hand to visible page"):
            path.write_text(f"{text}\n## Notes\n\nSeen {word}.\n", "utf-8")
            deadline = time.monotonic() + 60
            while word not in caller.ask("GET", f"/r/{item_id}/")[2]:
                if time.monotonic() > deadline:
                    sys.exit(f"the edit of {path} by hand is not shown")
                time.sleep(0.01)
    return times


class Savers:
    """Several people who save at once, each again and again on items of their own."""

    def __init__(self, target: Target, ids: list[str], pause: float) -> None:
        self.saved = 0
        self._target, self._ids, self._pause = target, ids, pause
        self._ended = threading.Event()
        self._counting = threading.Lock()
        self._threads = [threading.Thread(target=self._save, args=(n,)) for n in range(_SAVERS)]

    def __enter__(self) -> "Savers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _save(self, number: int) -> None:
        caller, turn = Caller(self._target), 0
        own = self._ids[number * _PER_SAVER : (number + 1) * _PER_SAVER]
        self._ended.wait(self._pause * number / _SAVERS)
        while not self._ended.is_set():
            caller.save(own[turn % len(own)], f"saver-{number}-{turn}")
            turn += 1
            with self._counting:
                self.saved += 1
            self._ended.wait(self._pause)


def readers(target: Target, ids: list[str], rounds: int, seconds: int) -> dict[str, str]:
    """What readers get with nobody saving, with savers that pause, and with savers that do not."""
    url, row = f"{target.address}/r/{ids[0]}/", {}
    seen: dict[str, list[float]] = {"idle": []}
    counts: dict[str, list[float]] = {}
    cases = {
        f"{_SAVERS} savers, each every 5 s": 5.0,
        f"{_SAVERS} savers without a pause": 0.0,
    }
    for _ in range(rounds):
        seen["idle"].append(load(url, seconds, 16).per_second)
        for name, pause in cases.items():
            with Savers(target, ids, pause) as savers:
                seen.setdefault(name, []).append(load(url, seconds, 16).per_second)
                counts.setdefault(name, []).append(savers.saved / seconds)
            time.sleep(2)  # the last build ends
    row["readers, idle"] = f"{statistics.median(seen['idle']):,.0f} pages/s"
    for name in cases:
        pairs = zip(seen[name], seen["idle"], strict=True)
        ratio = statistics.median(with_ / without for with_, without in pairs)
        saves = statistics.median(counts[name])
        row[f"readers, {name}"] = f"{ratio:.2f} of idle, {saves:.1f} saves/s"
    return row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="200 requirements, few rounds")
    parser.add_argument("--requirements", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not on PATH: install Debian's package wrk")
    count, rounds, seconds = options.requirements, options.rounds, options.seconds
    if options.small:
        count, rounds, seconds = 200, 3, 2
    with tempfile.TemporaryDirectory(prefix="agented-bench-") as name:
        folder = Path(name)
        with editable(folder, count) as target:
            content = folder / "repository" / "content"
            ids = sorted(path.stem for path in (content / "requirements").glob("*.md"))
            time.sleep(_SETTLE_S)
            edit_rounds(target, ids[-2:])
            row: dict[str, Any] = {"requirements": count, "load before": os.getloadavg()[0]}
            row |= edit_rounds(target, ids[:rounds]).shown()
            by_hand = ids[-3 - min(rounds, 8) : -3]
            row |= hand_edits(target, content, by_hand).shown()
            subprocess.run(["git", "checkout", "-q", "."], cwd=content, check=True)
            row |= readers(target, ids[: len(ids) - 20], 1 if options.small else 3, seconds)
            row["load after"] = os.getloadavg()[0]
        subprocess.run(["git", "fsck", "--strict"], cwd=content, check=True, capture_output=True)
    print(json.dumps(row, indent=2))


if __name__ == "__main__":
    main()
