"""Many who watch a command that prints a lot: they come and go, and nobody misses a line.

Readers join at random places and leave at random moments; some stay from the first line to the
last, and must get every line once and in order.  Meanwhile a form and its saving answer, and the
worker's memory stays bounded.  The numbers of the ordinary run are small; `just readers` sets
READERS=full: 500 at a time of whom 20 stay, of 200,000 lines, then one alone of 1,000,000.
"""

import json
import multiprocessing
import os
import random
import secrets
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.service.executions.running import URL, ended, run_now
from tests.service.processes import children
from tests.service.served import Served
from tests.service.shared import shared_service

FULL = os.environ.get("READERS") == "full"
READERS, STAYING, LINES, ALONE = (500, 20, 200_000, 1_000_000) if FULL else (40, 5, 20_000, 50_000)
# Lines come in bursts, so that there is time to join and to leave.
PAUSE_S = 0.05
DEADLINE_S = 900 if FULL else 120
# What the worker may grow by: the ring, and for each reader a piece in all its forms on its way.
GROWTH_MIB = 60 + READERS * 0.6
# So many join in a second at most: who finds no place comes again, as browsers do.
JOINS_PER_S = 100
STAY_S = (0.05, 3.0)
PAD = "x" * 60
PRINT = f"""
import sys, time
lines, burst, pause = map(int, sys.argv[1:])
for at in range(0, lines, burst):
    sys.stdout.write("".join(f"line {{n:08d}} {PAD}\\n" for n in range(at, at + burst)))
    sys.stdout.flush()
    time.sleep(pause / 1000)
"""

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Reader:
    """One open stream; `last` is the last line that came, `leaves_at` when it goes (0: never)."""

    connection: socket.socket
    last: int
    leaves_at: float = 0.0
    ended: bool = False
    rest: bytes = b""
    seen: int = 0
    begun: bool = False
    refused: bool = False
    wrong: list[str] = field(default_factory=list)

    def take(self) -> None:
        """Read what is there, and look at each line of it."""
        data = self.connection.recv(1 << 20)
        self.ended = not data
        if not self.begun:
            self.begun, self.refused = True, not data.startswith(b"HTTP/1.1 200")
            self.ended = self.ended or self.refused
        whole, _, self.rest = (self.rest + data).rpartition(b"\n\n")
        for event in whole.split(b"\n\n"):
            if b"event: lines" in event:
                self._look(json.loads(event.partition(b"data: ")[2].partition(b"\n")[0]))
            elif b"event: ended" in event:
                self.ended = True

    def _look(self, told: dict[str, object]) -> None:
        lines = told["lines"]
        assert isinstance(lines, list)
        if told["first"] != self.last + 1:
            self.wrong.append(f"{told['first']} after {self.last}")
        if told["stream"] == "out":
            expected = [f"line {self.last + at:08d} {PAD}" for at in range(len(lines))]
            if lines != expected:
                self.wrong.append(f"other lines behind {self.last}")
        self.last += len(lines)
        self.seen += len(lines)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with two commands that print, behind a proxy: its readers have many addresses."""
    folder = tmp_path_factory.mktemp("readers")
    argv = [sys.executable, "-c", PRINT]
    commands = {
        "bursts": [*argv, str(LINES), str(LINES // 200), str(int(PAUSE_S * 1000))],
        "flood": [*argv, str(ALONE), "1000", "0"],
    }
    text = "".join(f"[commands.{n}]\nargv = {json.dumps(argv)}\n" for n, argv in commands.items())
    (folder / "commands.toml").write_text(text, "utf-8")
    settings = {"TRUSTED_PROXIES": "1", "EXECUTION_LOG_MIB": "500"}
    with shared_service(folder, COMMANDS_FILE=str(folder / "commands.toml"), **settings) as made:
        yield made


def keys_of(served: Served) -> list[str]:
    """Keys for the readers: each may open 200 streams."""
    wanted = {"label": "reader", "person": "Ada", "scopes": ["read"]}
    made = [served.post("/admin/keys", json_body=wanted) for _ in range(READERS // 100 + 1)]
    return [str(each.json["text"]) for each in made]


@dataclass(slots=True)
class Crowd:
    """All who read one execution now, and those who have read it."""

    served: Served
    execution: str
    keys: list[str]
    chance: random.Random
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    here: list[Reader] = field(default_factory=list)
    gone: list[Reader] = field(default_factory=list)
    joined: int = 0
    began: float = field(default_factory=time.monotonic)

    def join(self, *, after: int, stay_s: float = 0.0) -> Reader:
        """Open a stream behind the line `after`."""
        connection = socket.create_connection(("127.0.0.1", self.served.port), timeout=60)
        number = self.joined = self.joined + 1
        connection.sendall(
            f"GET {URL}/{self.execution}/stream?after={after} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"X-Forwarded-For: 10.0.{number // 200 % 250}.{number % 200 + 1}\r\n"
            f"X-API-Key: {self.keys[number % len(self.keys)]}\r\n\r\n".encode()
        )
        leaves_at = time.monotonic() + stay_s if stay_s else 0.0
        reader = Reader(connection, after, leaves_at)
        self.selector.register(connection, selectors.EVENT_READ, reader)
        self.here.append(reader)
        return reader

    def may_join(self) -> bool:
        """Whether it is time for another one."""
        return self.joined < STAYING + (time.monotonic() - self.began) * JOINS_PER_S

    def leave(self, reader: Reader) -> None:
        self.selector.unregister(reader.connection)
        reader.connection.close()
        self.here.remove(reader)
        self.gone.append(reader)

    def turn(self) -> None:
        """Read what came; let go of those whose time has come or whose stream has ended."""
        for key, _ in self.selector.select(0.05):
            key.data.take()
        now = time.monotonic()
        for each in list(self.here):
            if each.ended or (each.leaves_at and now > each.leaves_at):
                self.leave(each)


class Meanwhile:
    """Asks for a page and saves a form, and looks at the worker's memory, all the time.

    In a process of its own: this one has its hands full with reading.
    """

    def __init__(self, served: Served) -> None:
        assert served.process is not None
        body = {"name": "x", "source": "manual", "backend": "command:flood", "prompt_template": "x"}
        body["name"] += secrets.token_hex(4)
        trigger = served.post("/admin/triggers", json_body=body).json["id"]
        spawning = multiprocessing.get_context("spawn")
        self._stop, self._taken = spawning.Event(), spawning.Queue()
        self._asking = spawning.Process(
            target=_ask,
            args=(replace(served, process=None), trigger, served.process.pid, self._stop,
                  self._taken),
        )  # fmt: skip
        self.statuses: list[int] = []
        self.took_ms: list[float] = []
        self.rss_mib: list[float] = [_rss_mib(served.process.pid)]

    def __enter__(self) -> "Meanwhile":
        self._asking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.statuses, self.took_ms, sizes = self._taken.get(timeout=120)
        self.rss_mib += sizes
        self._asking.join()

    def told(self) -> str:
        """What it saw."""
        took = sorted(self.took_ms)
        return (
            f"page and save p50 {took[len(took) // 2]:.0f} ms, most {took[-1]:.0f} ms "
            f"({len(took)}); worker from {self.rss_mib[0]:.0f} to {max(self.rss_mib):.0f} MiB"
        )


def _ask(served: Served, trigger: str, master: int, stop: Any, taken: Any) -> None:
    statuses, took_ms, sizes = [], [], []
    while not stop.wait(0.1) or not statuses:
        began = time.monotonic()
        page = served.get(f"/ops/executions?state=running&n={len(statuses)}")
        name = {"name": f"x{began}"}
        saved = served.request("PATCH", f"/admin/triggers/{trigger}", json_body=name)
        took_ms.append((time.monotonic() - began) * 1000)
        statuses += [page.status, saved.status]
        sizes.append(_rss_mib(master))
    taken.put((statuses, took_ms, sizes))


def _rss_mib(master: int) -> float:
    """Resident size of the worker."""
    sizes = [
        int(Path(f"/proc/{each}/status").read_text("utf-8").partition("VmRSS:")[2].split()[0])
        for each in children(master)
    ]
    return max(sizes) / 1024


def test_readers_who_come_and_go_hold_up_nobody(served: Served) -> None:
    """Those who stay get every line once and in order; so do the others while they are there."""
    chance = random.Random(7)
    crowd = Crowd(served, run_now(served, "bursts"), keys_of(served), chance)
    with Meanwhile(served) as meanwhile:
        staying = [crowd.join(after=0) for _ in range(STAYING)]
        deadline = time.monotonic() + DEADLINE_S
        while any(not each.ended for each in staying):
            assert time.monotonic() < deadline, f"at line {[each.last for each in staying]}"
            while len(crowd.here) < READERS and crowd.may_join():
                after = chance.randrange(max(each.last for each in staying) + 1)
                crowd.join(after=after, stay_s=chance.uniform(*STAY_S))
            crowd.turn()
        for each in list(crowd.here):
            crowd.leave(each)
    seen = sum(each.seen for each in crowd.gone)
    print(
        f"\n{crowd.joined} readers, {STAYING} of them from the first to the last of {LINES:,} lines"
    )
    print(f"{seen:,} lines read; {meanwhile.told()}")
    refused = sum(each.refused for each in crowd.gone)
    print(f"{refused} found no place")
    assert not any(each.refused for each in staying)
    assert refused < crowd.joined / 2
    assert [each.wrong for each in crowd.gone if each.wrong] == []
    # One line more, of the service itself: how it ended.
    assert {each.last for each in staying} == {LINES + 1}
    assert crowd.joined > READERS
    assert set(meanwhile.statuses) == {200}
    assert max(meanwhile.rss_mib) - meanwhile.rss_mib[0] < GROWTH_MIB
    assert ended(served, crowd.execution)["lines"] == LINES + 1


def test_one_reader_alone_of_a_flood(served: Served) -> None:
    """As fast as the command can print."""
    chance = random.Random(8)
    crowd = Crowd(served, run_now(served, "flood"), keys_of(served), chance)
    with Meanwhile(served) as meanwhile:
        reader = crowd.join(after=0)
        began = time.monotonic()
        while not reader.ended:
            assert time.monotonic() < began + DEADLINE_S, f"at line {reader.last}"
            crowd.turn()
    seconds = time.monotonic() - began
    print(f"\n{reader.seen:,} lines to one reader in {seconds:.1f} s; {meanwhile.told()}")
    assert reader.wrong == []
    assert reader.last == ALONE + 1
    assert set(meanwhile.statuses) == {200}
    assert max(meanwhile.rss_mib) - meanwhile.rss_mib[0] < GROWTH_MIB
