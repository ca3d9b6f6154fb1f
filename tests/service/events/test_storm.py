"""Deliveries that come three times at once, to a service that is killed again and again.

Each is executed exactly once or reported as interrupted, and none is lost after a 202.  The counts
of the ordinary run are small; `just storm` sets STORM=full: 1,000 deliveries and 25 kills.
"""

import http.client
import json
import os
import queue
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.service.killing import kill_all, kill_worker
from tests.service.served import Serve, Served
from tests.service.shared import FREE, rows
from tests.service.watching import eventually

FULL = os.environ.get("STORM") == "full"
DELIVERIES, KILLS, CLIENTS = (1000, 25, 12) if FULL else (60, 2, 6)
COPIES = 3
# Of one trigger not more than 200 may wait: several share the load.
LANES = 8
_RAN = "SELECT id, state, reason FROM executions"
DEADLINE_S = 3000.0 if FULL else 300.0
# Leaves a mark that no database could forget, then takes a moment in which a kill may come.
MARK = "grep -o 'storm-[0-9]*' | head -n 1 >> {file}; sleep 0.0$(( $$ % 10 ))"


@dataclass
class Storm:
    """What is sent, and what was answered: delivery -> answers, by status and by ids."""

    port: int
    left: queue.SimpleQueue[int]
    statuses: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    ids: dict[int, set[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(set))
    strange: list[tuple[int, bytes]] = field(default_factory=list)
    answered: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)

    def client(self) -> None:
        """Send what is left, each until it is answered: whoever gets no answer sends again."""
        while not self.stop.is_set():
            try:
                number = self.left.get_nowait()
            except queue.Empty:
                return
            while not self.stop.is_set() and not self._sent(number):
                time.sleep(0.05)

    def _sent(self, number: int) -> bool:
        """Whether it was taken, now or before."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Content-Type": "application/json"}
        if number % 2:
            # Half of them have an id; of the others the body is what counts.
            headers["webhook-id"] = f"msg-{number}"
        body = json.dumps({"text": f"lane-{number % LANES} storm-{number:04}"})
        try:
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        with self.lock:
            if answer.status in (200, 202):
                told = json.loads(raw)
                self.statuses[number].append(answer.status)
                self.ids[number].add((told["delivery_id"], *told["executions"]))
                self.answered += 1
                return True
            if answer.status not in (429, 503):
                self.strange.append((answer.status, raw))
        return False


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """The file of the marks that executions leave."""
    made = tmp_path / "marks"
    made.touch()
    return made


@pytest.fixture
def service(serve: Serve, tmp_path: Path, marks: Path) -> Served:
    """A service with one trigger for each lane."""
    file = tmp_path / "commands.toml"
    script = json.dumps(MARK.format(file=marks))
    file.write_text(f'[commands.mark]\nargv = ["sh", "-c", {script}]\n', "utf-8")
    served = serve(COMMANDS_FILE=str(file), EXECUTIONS_AT_ONCE="6", LOG_LEVEL="warning", **FREE)
    for lane in range(LANES):
        body = {
            "name": f"Lane {lane}", "source": "webhook", "backend": "command:mark",
            "prompt_template": "{message}", "allow_unsigned": True, "concurrency": 4,
            "detection_keyword": f"lane-{lane}",
        }  # fmt: skip
        made = served.post("/admin/triggers", json_body=body)
        assert made.status == 201, made.text
    return served


@pytest.mark.slow
def test_each_delivery_is_executed_once_whatever_is_killed(service: Served, marks: Path) -> None:
    """Three copies of each by clients that run at once; kills of the worker and of everything."""
    chance = random.Random(20)
    work = [number for number in range(DELIVERIES) for _ in range(COPIES)]
    # Copies come close to each other, so that some are under way at the same time.
    work.sort(key=lambda number: number + chance.uniform(0, 8))
    storm = Storm(service.port, queue.SimpleQueue())
    for each in work:
        storm.left.put(each)
    clients = [threading.Thread(target=storm.client) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        for kill in range(1, KILLS + 1):
            part = len(work) * kill // (KILLS + 1)
            eventually(answered(storm, part), f"{part} are answered", DEADLINE_S)
            time.sleep(chance.uniform(0, 0.3))
            if kill % 2:
                kill_worker(service)
            else:
                kill_all(service)
                service.start(wait=False)
        eventually(answered(storm, len(work)), "all are answered", DEADLINE_S)
    finally:
        storm.stop.set()
        for client in clients:
            client.join(60)
    service.wait_ready()
    unfinished = "SELECT id FROM executions WHERE state IN ('queued', 'running')"
    eventually(lambda: not rows(service, unfinished), "all executions have ended", DEADLINE_S)
    judge(service, storm, Counter(marks.read_text("utf-8").split()))


def answered(storm: Storm, count: int) -> Callable[[], bool]:
    return lambda: storm.answered >= count


def judge(service: Served, storm: Storm, marked: Counter[str]) -> None:
    """Every delivery is there, was answered alike, and ran once or was interrupted."""
    assert rows(service, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert storm.strange == []
    kept = {row["id"] for row in rows(service, "SELECT id FROM deliveries")}
    assert len(kept) == DELIVERIES
    states: Counter[str] = Counter()
    for number in range(DELIVERIES):
        assert len(storm.statuses[number]) == COPIES
        # The answer of the first one may have been lost with the worker that made it.
        assert storm.statuses[number].count(202) <= 1
        ((delivery, *executions),) = storm.ids[number]
        assert delivery in kept
        ran = rows(service, f"{_RAN} WHERE delivery_id = ?", delivery)
        assert [row["id"] for row in ran] == executions
        (only,) = ran
        states[only["state"]] += 1
        times = marked.pop(f"storm-{number:04}", 0)
        assert only["state"] in ("succeeded", "interrupted"), (number, only)
        assert times == 1 or (times == 0 and only["state"] == "interrupted"), (number, only, times)
    assert not marked
    assert len(rows(service, "SELECT id FROM executions")) == DELIVERIES
    assert states["succeeded"] > DELIVERIES / 2
    print(f"{DELIVERIES} deliveries in {COPIES} copies, {KILLS} kills: {dict(states)}")
