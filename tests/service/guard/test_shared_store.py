"""Rate limits that are counted in a real Redis server, while it is there and when it is gone."""

import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from tests.service.served import Answer, Serve, Served, free_port
from tests.service.watching import eventually


@dataclass(slots=True)
class Store:
    """A Redis server of a test: it listens on this machine alone and keeps nothing on disk."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """For RATELIMIT_STORAGE_URI."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Run it, and wait until it answers."""
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        with redis.Redis(port=self.port) as client:
            eventually(lambda: _answers(client), "Redis answers")

    def kill(self) -> None:
        """As a crash does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)
        self.process = None


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A running server."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server on PATH")
    made = Store(tmp_path, free_port())
    made.start()
    yield made
    if made.process is not None:
        made.kill()


def event(served: Served) -> Answer:
    """Each is another one: what comes again is answered with 200."""
    return served.post("/", json_body={"id": uuid.uuid4().hex})


def test_counts_are_shared_and_outlive_a_restart(serve: Serve, store: Store) -> None:
    """The count of before holds for the next process, which memory alone could not know."""
    served = serve(RATELIMIT_STORAGE_URI=store.address, WEBHOOK_RATE_LIMIT="3 per hour")
    assert [event(served).status for _ in range(3)] == [202] * 3
    served.stop()
    served.start()
    answer = event(served)
    assert answer.status == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600


def test_a_store_that_dies_opens_nothing_and_breaks_nothing(serve: Serve, store: Store) -> None:
    """Counting goes on in the process, the log says so once, and the store is taken up again."""
    served = serve(RATELIMIT_STORAGE_URI=store.address, WEBHOOK_RATE_LIMIT="3 per hour")
    store.kill()
    statuses = [event(served).status for _ in range(5)]
    assert statuses == [202] * 3 + [429] * 2
    assert served.get("/admin/triggers").status == 200
    assert served.log.read_text("utf-8").count("store of the rate limits failed") == 1
    store.start()
    eventually(lambda: event(served).status == 202, "the store counts again")


def test_a_silent_store_holds_up_neither_start_nor_requests(serve: Serve) -> None:
    """One that takes connections and never answers counts as gone, after a second."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        served = serve(RATELIMIT_STORAGE_URI=uri, WEBHOOK_RATE_LIMIT="3 per hour")
        statuses = [event(served).status for _ in range(4)]
    assert statuses == [202] * 3 + [429]
    assert "store of the rate limits failed" in served.log.read_text("utf-8")
