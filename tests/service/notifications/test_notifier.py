"""Notifications of real ends, sent to real receivers: signed, tried again, never elsewhere."""

import base64
import shutil
import socket
import sqlite3
import ssl
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import gevent
import pytest

from service.clock import stamp
from service.db.connection import connect
from service.db.database import Database
from service.db.upgrade import prepare
from service.executions import records as executions
from service.executions.records import NewExecution, Order, Outcome, State
from service.notifications import records
from service.notifications.notifier import Notifier
from service.notifications.records import ATTEMPTS, WAITS_MIN, Notification
from service.notifications.sending import Sender
from tests.service.notifications.hearing import Receiver, always, in_turn, receiver
from tests.service.served import free_port

SECRET = "whsec_" + base64.b64encode(b"secret of the notifications 0123").decode()
SOON = (0.0005,) * len(WAITS_MIN)


class Bench:
    """A database with one trigger, and notifiers on it."""

    def __init__(self, folder: Path) -> None:
        prepare(folder / "db.sqlite3", lambda *_: None)
        self.path = folder / "db.sqlite3"
        self.database = Database(self.path)

    def trigger(self, url: str, on: str = "always", secret: str | None = SECRET) -> None:
        values = ("trig-1", "Check", "manual", "", "builtin:plan-check", "", "", on, url, secret)
        self.database.write(
            lambda db: db.execute(
                "INSERT INTO triggers (id, name, source, prompt_template, backend, created_at,"
                " updated_at, notify_on, notify_url, notify_secret)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
        )

    def end(self, state: State = State.FAILED) -> str:
        """An execution that ends like this."""

        def work(db: sqlite3.Connection) -> str:
            new = NewExecution(
                trigger_id="trig-1", trigger_name="Check", order=Order("builtin:plan-check"),
                source="manual", person="Ada", request_id="r",
            )  # fmt: skip
            made = executions.enqueue(db, new)
            assert executions.claim(db, "me", 99) is not None
            outcome = Outcome(state=state, reason="it exited with 3", duration_ms=1234)
            assert executions.finish(db, made.number, outcome)
            records.note_end(db, made.id)
            return made.id

        return self.database.write(work)

    def notification(self, execution_id: str) -> Notification | None:
        return self.database.read(lambda db: records.notification_of(db, execution_id))

    def until(self, execution_id: str, holds: Callable[[Notification], bool]) -> Notification:
        with gevent.Timeout(60):
            while True:
                found = self.notification(execution_id)
                if found is not None and holds(found):
                    return found
                gevent.sleep(0.02)

    def done(self, execution_id: str) -> Notification:
        return self.until(execution_id, lambda found: found.state != "waiting")

    @contextmanager
    def notifier(
        self, *allowed: str, waits: Sequence[float] = SOON, timeout_s: float = 20
    ) -> Iterator[None]:
        sender = Sender(frozenset(allowed), "https://plan.example.org/", timeout_s=timeout_s)
        made = Notifier(self.database, sender, waits_min=waits, look_s=0.05)
        made.start()
        yield
        made.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A database of its own."""
    made = Bench(tmp_path)
    yield made
    made.database.close()


def test_an_end_is_told_signed(bench: Bench) -> None:
    """The whole message, and the id of the notification in its head."""
    with receiver() as there, bench.notifier(there.host):
        bench.trigger(there.url)
        ended = bench.end()
        told = bench.done(ended)
    assert (told.state, told.attempts, told.reason) == ("sent", 1, "")
    assert told.to == f"http://127.0.0.1:{there.port}"
    (heard,) = there.heard
    assert heard.path == "/hook?a=1"
    assert heard.is_signed_by(SECRET)
    assert heard.headers["webhook-id"] == told.id
    assert heard.headers["Content-Type"] == "application/json"
    timestamp = heard.json["timestamp"]
    assert "2020" < timestamp <= stamp()
    assert heard.json == {
        "type": "execution.failed",
        "timestamp": timestamp,
        "execution": {
            "id": ended, "trigger": "Check", "trigger_id": "trig-1", "state": "failed",
            "reason": "it exited with 3", "duration_ms": 1234, "attempt": 1,
            "address": f"https://plan.example.org/ops/executions/{ended}",
        },
    }  # fmt: skip


def test_a_clock_that_was_ahead_makes_none_wait(bench: Bench) -> None:
    """Neither what it queued, nor what it was to try again in a while."""
    with receiver() as there:
        bench.trigger(there.url)
        queued, tried = bench.end(), bench.end()
        ahead = "2999-01-01T00:00:00.000Z"
        for column, run in (("next_at", queued), ("at", queued), ("next_at", tried)):
            bench.database.write(
                lambda db, column=column, run=run: db.execute(  # type: ignore[misc]
                    f"UPDATE notifications SET {column} = ? WHERE execution_id = ?",
                    (ahead, run),
                )
            )
        with bench.notifier(there.host):
            assert [bench.done(each).state for each in (queued, tried)] == ["sent", "sent"]
    assert len(there.heard) == 2


def test_without_a_secret_it_is_not_signed(bench: Bench) -> None:
    with receiver() as there, bench.notifier(there.host):
        bench.trigger(there.url, secret=None)
        assert bench.done(bench.end()).state == "sent"
    assert "webhook-signature" not in there.heard[0].headers


@pytest.mark.parametrize(
    ("on", "told"),
    [
        ("never", ()),
        ("failure", (State.FAILED, State.TIMED_OUT, State.INTERRUPTED)),
        ("always", tuple(state for state in State if state.final)),
    ],
)
def test_only_what_is_asked_for_is_told(bench: Bench, on: str, told: tuple[State, ...]) -> None:
    """What a person cancelled is no failure."""
    bench.trigger("https://hooks.example.org/", on)
    for state in State:
        if state.final:
            assert (bench.notification(bench.end(state)) is not None) == (state in told), state


def test_it_is_tried_again_after_an_error(bench: Bench) -> None:
    """With the same id and another signature each time; why it failed is seen meanwhile."""
    with receiver(in_turn(500, 503, 200)) as there, bench.notifier(there.host):
        bench.trigger(there.url)
        told = bench.done(bench.end())
    assert (told.state, told.attempts) == ("sent", 3)
    assert len({each.headers["webhook-id"] for each in there.heard}) == 1
    assert all(each.is_signed_by(SECRET) for each in there.heard)


def test_it_is_tried_again_while_nobody_listens(bench: Bench) -> None:
    """Until somebody does."""
    port = free_port()
    with bench.notifier(f"127.0.0.1:{port}", waits=(0.0005,) * 2 + (0.01,) * 5):
        bench.trigger(f"http://127.0.0.1:{port}/")
        ended = bench.end()
        waits = bench.until(ended, lambda found: found.attempts >= 2 and bool(found.reason))
        assert (waits.state, waits.reason) == (
            "waiting",
            "its host cannot be reached: Connection refused",
        )
        with receiver(port=port) as there:
            assert bench.done(ended).state == "sent"
    assert len(there.heard) == 1


def test_it_gives_up_after_eight_attempts_of_a_day(bench: Bench) -> None:
    """No receiver is asked for ever."""
    assert ATTEMPTS == 8
    assert 20 * 60 < sum(WAITS_MIN) < 26 * 60
    with receiver(always(500)) as there, bench.notifier(there.host):
        bench.trigger(there.url)
        told = bench.done(bench.end())
        gevent.sleep(0.3)
    assert (told.state, told.attempts, told.reason) == ("failed", 8, "its host answered 500")
    assert len(there.heard) == 8


def test_a_redirect_is_not_followed(bench: Bench) -> None:
    """It could lead to where nothing may be sent."""
    with receiver() as inner:
        redirect = always(307, Location=inner.url)
        with receiver(redirect) as there, bench.notifier(there.host, inner.host):
            bench.trigger(there.url)
            told = bench.done(bench.end())
    assert (told.state, told.attempts) == ("failed", 1)
    assert told.reason == "its host answered 307; redirects are not followed"
    assert inner.heard == []


def test_who_is_gone_is_not_asked_again(bench: Bench) -> None:
    with receiver(always(410)) as there, bench.notifier(there.host):
        bench.trigger(there.url)
        told = bench.done(bench.end())
    assert (told.state, told.attempts) == ("failed", 1)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "0.0.0.0",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    ],
)  # fmt: skip
def test_the_own_machine_is_not_told_unless_the_operator_allows(bench: Bench, host: str) -> None:
    """A receiver listens there, and nothing arrives; not even a connection is tried again."""
    with receiver() as there, bench.notifier(f"127.0.0.1:{there.port + 1}", "127.0.0.2"):
        bench.trigger(f"http://{host}:{there.port}/")
        told = bench.done(bench.end())
    assert (told.state, told.attempts) == ("failed", 1)
    assert "NOTIFY_HOSTS" in told.reason
    assert there.heard == []


@contextmanager
def babbler(said: bytes) -> Iterator[int]:
    """A port that answers each connection with these bytes, and then says nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held = []

        def talk() -> None:
            while True:
                connection, _ = listener.accept()
                held.append(connection)
                connection.sendall(said)

        pool = gevent.get_hub().threadpool
        pool.spawn(_until_closed, talk)
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        for each in held:
            each.close()


def _until_closed(talk: Callable[[], None]) -> None:
    try:
        talk()
    except OSError:
        return


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "did not answer within 1 s"),
        (b"HTTP/1.1 200 OK\r\nX: ", "did not answer within 1 s"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000, "does not speak HTTP"),
    ],
)
def test_odd_answers_are_failures(bench: Bench, said: bytes, reason: str) -> None:
    """Too slow, too long, another protocol: each is told in words, and tried again."""
    with babbler(said) as port, bench.notifier(f"127.0.0.1:{port}", waits=(9,) * 7, timeout_s=1):
        bench.trigger(f"http://127.0.0.1:{port}/")
        told = bench.until(bench.end(), lambda found: bool(found.reason))
    assert told.state == "waiting"
    assert reason in told.reason


def test_an_endless_answer_ends_with_its_head(bench: Bench) -> None:
    """Of its body only a little is read."""
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 8192
    with babbler(said) as port, bench.notifier(f"127.0.0.1:{port}"):
        bench.trigger(f"http://127.0.0.1:{port}/")
        assert bench.done(bench.end()).state == "sent"


def test_an_attempt_that_a_kill_cut_short_counts(bench: Bench) -> None:
    """It is made again behind its lease, but not more often than eight times in all."""
    bench.trigger("http://127.0.0.1:9/")
    ended = bench.end()
    for number in range(1, 9):
        (attempt,) = bench.database.write(lambda db: records.take_due(db, 5))
        assert attempt.number == number
        assert bench.database.write(lambda db: records.take_due(db, 5)) == ()
        with closing(connect(bench.path)) as db:
            db.execute("UPDATE notifications SET next_at = ''")
    assert bench.database.write(lambda db: records.take_due(db, 5)) == ()
    told = bench.notification(ended)
    assert told is not None
    assert (told.state, told.attempts) == ("failed", 8)


def test_without_its_trigger_nothing_is_sent(bench: Bench) -> None:
    """Nobody knows any more how to sign it."""
    with receiver() as there:
        bench.trigger(there.url)
        ended = bench.end()
        bench.database.write(lambda db: db.execute("DELETE FROM triggers"))
        with bench.notifier(there.host):
            told = bench.done(ended)
    assert (told.state, told.reason) == ("failed", "its trigger or run was deleted")
    assert there.heard == []


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate of 127.0.0.1 that the system trusts during the test."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on PATH, to make a certificate with")
    files: Any = (tmp_path / "key.pem", tmp_path / "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=receiver", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", files[0], "-out", files[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(files[1]))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(files[1], files[0])
    return made


def secure(there: Receiver) -> str:
    return there.url.replace("http:", "https:")


def test_certificates_are_checked(
    bench: Bench, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that the system trusts will do; one that it does not know gets nothing."""
    with receiver(tls=certificate) as there, bench.notifier(there.host, waits=(9,) * 7):
        bench.trigger(secure(there))
        assert bench.done(bench.end()).state == "sent"
        monkeypatch.delenv("SSL_CERT_FILE")
        told = bench.until(bench.end(), lambda found: bool(found.reason))
    assert told.reason == "no secure connection to its host could be made"
    assert len(there.heard) == 1
