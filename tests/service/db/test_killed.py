"""`kill -9` under load, again and again: what was acknowledged is there."""

import http.client
import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from tests.service.killing import kill_all, kill_worker
from tests.service.served import Served
from tests.service.shared import shared_service

KILLS = 15
CLIENTS = 6
TEXT = "x" * 2000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with shared_service(tmp_path_factory.mktemp("killed"), LOG_LEVEL="warning") as found:
        yield found


@dataclass
class Load:
    """Clients that send events as fast as they are accepted."""

    port: int
    acknowledged: list[str] = field(default_factory=list)
    strange: list[int] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def client(self) -> None:
        """Send until told to stop, over one connection as long as it lives."""
        while not self.stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                while not self.stop.is_set():
                    self._send(connection)
            except (OSError, http.client.HTTPException):
                # Killed in the middle: whoever gets no answer was promised nothing.
                time.sleep(0.02)
            finally:
                connection.close()

    def _send(self, connection: http.client.HTTPConnection) -> None:
        # Each is another one: what comes again is not written.
        body = json.dumps({"text": TEXT, "id": uuid.uuid4().hex})
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = answer.read()
        if answer.status == 202:
            self.acknowledged.append(json.loads(told)["delivery_id"])
        else:
            self.strange.append(answer.status)


def kill_and_start(served: Served) -> None:
    """As the criterion of the roadmap does it; somebody else starts the service again."""
    kill_all(served)
    served.start(wait=False)


def stored(served: Served) -> set[str]:
    with closing(sqlite3.connect(served.state / "agented.sqlite3", timeout=20)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return {row[0] for row in db.execute("SELECT id FROM deliveries")}


@pytest.mark.slow
def test_no_acknowledged_event_is_lost(served: Served) -> None:
    """Fifteen times, each in the middle of the load; every third time all processes at once."""
    load = Load(served.port)
    clients = [threading.Thread(target=load.client) for _ in range(CLIENTS)]
    for each in clients:
        each.start()
    try:
        for number in range(KILLS):
            seen = len(load.acknowledged)
            deadline = time.monotonic() + 60
            # Only a service that is accepting at this moment is worth killing.
            while len(load.acknowledged) < seen + 20:
                assert time.monotonic() < deadline, served.log.read_text("utf-8")[-3000:]
                time.sleep(0.01)
            # In full swing, and never twice at the same moment of a commit.
            time.sleep(0.2 + number / 50)
            (kill_worker if number % 3 else kill_and_start)(served)
    finally:
        load.stop.set()
        for each in clients:
            each.join(30)
    served.wait_ready()
    lost = set(load.acknowledged) - stored(served)
    print(f"{len(load.acknowledged)} acknowledged, {len(lost)} lost, {KILLS} kills")
    assert not lost
    assert len(set(load.acknowledged)) == len(load.acknowledged) >= KILLS * 20
    assert not [status for status in load.strange if status != 503]
