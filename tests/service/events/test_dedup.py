"""A delivery that comes again starts nothing again: over restarts, at once, after failures."""

import base64
import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.db.connection import connect, transaction
from service.db.upgrade import prepare
from service.events.dedup import Windows, claim, keys_of
from service.events.signature import TOLERANCE_S, standard_signed_by
from tests.service.served import Answer, Served
from tests.service.shared import forget_events, rows, shared_service

SECRET = "whsec_" + base64.b64encode(b"secret of the trigger, 0123456789").decode()
GITHUB_SECRET = "secret-of-github-0123456789abcdef"
COMMANDS = '[commands.hello]\nargv = ["echo", "hello"]\n'


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all tests of this file."""
    folder = tmp_path_factory.mktemp("dedup")
    file = folder / "commands.toml"
    file.write_text(COMMANDS, "utf-8")
    settings = {"COMMANDS_FILE": str(file), "GITHUB_WEBHOOK_SECRET": GITHUB_SECRET}
    with shared_service(folder, **settings) as served:
        yield served


@pytest.fixture
def service(shared: Served) -> Served:
    """It has heard nothing yet, and has one trigger of each source that runs a command."""
    forget_events(shared)
    for name, source, more in (
        ("open", "webhook", {"allow_unsigned": 1, "detection_keyword": "fire"}),
        ("signed", "webhook", {"secret": SECRET, "detection_keyword": "smoke"}),
        ("hub", "github", {"repository": "team/plan"}),
    ):
        values = {
            "id": f"trig-{name}", "name": name, "source": source, "backend": "command:hello",
            "prompt_template": "", "created_at": "2026-01-01T00:00:00.000Z",
            "updated_at": "2026-01-01T00:00:00.000Z", **more,
        }  # fmt: skip
        marks = ", ".join("?" for _ in values)
        rows(
            shared, f"INSERT INTO triggers ({', '.join(values)}) VALUES ({marks})",
            *values.values(),
        )  # fmt: skip
    return shared


def send(service: Served, raw: bytes, path: str = "/", **headers: str) -> Answer:
    sent = {"Content-Type": "application/json"}
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    return service.post(path, body=raw, headers=sent, key=None)


def signature(raw: bytes) -> str:
    """That of the generic door, with the trigger's secret."""
    return "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()


def executions(service: Served) -> list[dict[str, Any]]:
    return rows(service, "SELECT * FROM executions ORDER BY number")


@pytest.mark.parametrize("restart", [True, False])
def test_the_same_payload_is_told_apart_over_a_restart(service: Served, *, restart: bool) -> None:
    """OBS-03 and criterion 3 of phase 5: twice, a restart or none, a third time."""
    raw = b'{"text": "fire"}'
    first = send(service, raw)
    assert first.status == 202
    assert first.json["triggers"] == ["trig-open"]
    assert len(first.json["executions"]) == 1
    second = send(service, raw)
    if restart:
        assert service.stop() == 0
        service.start()
    third = send(service, raw)
    for again in (second, third):
        assert again.status == 200
        assert again.json == {**first.json, "duplicate": True}
    assert [each["id"] for each in executions(service)] == first.json["executions"]
    assert len(rows(service, "SELECT id FROM deliveries")) == 1
    assert send(service, b'{"text": "fire!"}').status == 202


def test_many_at_once_count_as_one(service: Served) -> None:
    """They all get the same ids; one of them is the first."""
    raw = b'{"text": "a fire at once"}'
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: send(service, raw), range(48)))
    assert sorted(answer.status for answer in answers) == [200] * 47 + [202]
    assert len({answer.json["delivery_id"] for answer in answers}) == 1
    assert len(executions(service)) == 1


def github(service: Served, payload: Any, delivery: str) -> Answer:
    raw = json.dumps(payload).encode()
    signature = "sha256=" + hmac.new(GITHUB_SECRET.encode(), raw, hashlib.sha256).hexdigest()
    return send(
        service, raw, "/api/webhooks/github/", X_GitHub_Event="pull_request",
        X_Hub_Signature_256=signature, X_GitHub_Delivery=delivery,
    )  # fmt: skip


def test_github_is_told_apart_by_id_and_by_body(service: Served) -> None:
    """Its ids are not signed: the same body under another id is the same event."""
    payload = {
        "action": "opened",
        "repository": {"full_name": "team/plan"},
        "pull_request": {"number": 7},
    }
    assert github(service, payload, "one").status == 202
    assert github(service, payload, "two").json["duplicate"] is True
    payload["pull_request"] = {"number": 8}
    assert github(service, payload, "one").json["duplicate"] is True
    assert github(service, payload, "three").status == 202
    assert [each["trigger_id"] for each in executions(service)] == ["trig-hub"] * 2


def standard(raw: bytes, message_id: str, sent_at: int | None = None) -> dict[str, str]:
    moment = str(sent_at if sent_at is not None else int(time.time()))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{moment}.".encode() + raw, hashlib.sha256).digest()
    return {
        "webhook_id": message_id,
        "webhook_timestamp": moment,
        "webhook_signature": "v1,bm9wZQ== v1," + base64.b64encode(digest).decode(),
    }


def test_standard_webhooks_are_heard_and_told_apart_by_their_id(service: Served) -> None:
    """Id, time and body are signed together; equal bodies with other ids are other messages."""
    raw = b'{"text": "smoke"}'
    assert send(service, raw, **standard(raw, "msg_1")).json["triggers"] == ["trig-signed"]
    assert send(service, raw, **standard(raw, "msg_1")).json["duplicate"] is True
    assert send(service, raw, **standard(raw, "msg_2")).status == 202
    old = standard(raw, "msg_3", int(time.time()) - TOLERANCE_S - 10)
    for headers in (
        old,
        {**standard(raw, "msg_4"), "webhook_id": "msg_5"},
        {**standard(raw, "msg_6"), "webhook_timestamp": str(int(time.time()) - 1)},
        {**standard(raw, "msg_7"), "webhook_timestamp": "now"},
        {**standard(raw, "msg_8"), "webhook_signature": "v1,"},
    ):
        assert send(service, raw, **headers).status == 403
    assert len(executions(service)) == 2


def test_who_knows_no_secret_spends_no_key(service: Served) -> None:
    """What a stranger sends first, under the same id or with the same body, holds nothing up."""
    raw = b'{"text": "smoke in the hold"}'
    assert send(service, raw).status == 202
    assert send(service, raw).json["duplicate"] is True
    signed = send(service, raw, X_Webhook_Signature_256=signature(raw))
    assert (signed.status, signed.json["triggers"]) == (202, ["trig-signed"])
    again = send(service, raw, X_Webhook_Signature_256=signature(raw))
    assert (again.status, again.json["executions"]) == (200, signed.json["executions"])
    raw = b'{"text": "smoke again"}'
    assert send(service, raw, webhook_id="msg-1").status == 202
    signed = send(service, raw, webhook_id="msg-1", X_Webhook_Signature_256=signature(raw))
    assert (signed.status, signed.json["triggers"]) == (202, ["trig-signed"])
    # And learns nothing of what it started.
    assert send(service, raw, webhook_id="msg-1").json["executions"] == []


def test_two_senders_may_count_alike(db: sqlite3.Connection) -> None:
    """Each has a secret of its own; a trigger that joins them later changes nothing."""
    one = keys_of("webhook", "1", b"", Windows(), {"trig-a"})
    two = keys_of("webhook", "1", b"", Windows(), {"trig-b"})
    both = keys_of("webhook", "1", b"", Windows(), {"trig-a", "trig-c"})
    with transaction(db):
        assert claim(db, "webhook", one, "dlv-1") == ""
        assert claim(db, "webhook", two, "dlv-2") == ""
        assert claim(db, "webhook", both, "dlv-3") == "dlv-1"


def test_a_delivery_that_could_not_be_queued_may_come_again(service: Served) -> None:
    """Nothing of it is kept: neither its key nor its row."""
    rows(service, "INSERT INTO switches VALUES ('pause', 'on', 'x', 'x')")
    rows(service, "UPDATE triggers SET concurrency = 1")
    for number in range(200):
        assert send(service, json.dumps({"text": f"fire {number}"}).encode()).status == 202
    raw = b'{"text": "fire at last"}'
    refused = send(service, raw)
    assert refused.status == 429
    assert refused.json["error"]["code"] == "queue_full"
    assert int(refused.headers["Retry-After"]) > 0
    rows(service, "UPDATE executions SET state = 'cancelled'")
    assert send(service, raw).status == 202


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A fresh database."""
    prepare(tmp_path / "db.sqlite3", lambda *_: None)
    with closing(connect(tmp_path / "db.sqlite3")) as db:
        yield db


def test_a_key_is_forgotten_after_its_time(db: sqlite3.Connection) -> None:
    """And can then be claimed by another delivery; other sources have keys of their own."""
    keys = keys_of("webhook", "", b"body", Windows(of_ids=60, of_bodies=60))
    with transaction(db):
        assert claim(db, "webhook", keys, "dlv-1") == ""
        assert claim(db, "webhook", keys, "dlv-2") == "dlv-1"
        assert claim(db, "github", keys, "dlv-3") == ""
        db.execute("UPDATE seen_deliveries SET expires_at = '2020-01-01T00:00:00.000Z'")
        assert claim(db, "webhook", keys, "dlv-4") == ""
        assert claim(db, "webhook", keys, "dlv-5") == "dlv-4"


@pytest.mark.parametrize(
    ("own", "seconds"),
    [((), 600), ((None,), 600), ((0,), 0), ((5, 60), 60), ((5, None), 600), ((900, None), 900)],
)
def test_a_trigger_may_have_a_time_of_its_own_for_bodies(
    own: tuple[int | None, ...], seconds: int
) -> None:
    """The longest of those that fire; GitHub's bodies never count for less than its ids."""
    windows = Windows().for_triggers(own)
    assert [each.seconds for each in keys_of("webhook", "", b"{}", windows)] == [seconds]
    assert [each.seconds for each in keys_of("webhook", "msg", b"{}", windows)] == [604_800]
    assert [each.seconds for each in keys_of("github", "", b"{}", windows)] == [604_800]


def test_a_trigger_that_takes_repetitions_runs_each_time(service: Served) -> None:
    """With a time of zero equal bodies are two events; the next revision holds at once."""
    rows(service, "UPDATE triggers SET dedup_s = 0 WHERE id = 'trig-open'")
    raw = b'{"text": "fire again"}'
    assert [send(service, raw).status for _ in range(3)] == [202] * 3
    rows(service, "UPDATE triggers SET dedup_s = NULL WHERE id = 'trig-open'")
    assert [send(service, raw).status for _ in range(2)] == [202, 200]
    assert len(executions(service)) == 4


@pytest.mark.parametrize("header", [b"", b"v1,", b"v1", b"v2,abc", b"\xff\xfe", b"v1,a " * 50])
def test_signatures_that_are_none(header: bytes) -> None:
    """No form of them opens anything, or raises."""
    assert not standard_signed_by(SECRET, b"{}", b"msg", b"1", header)
    assert not standard_signed_by("", b"{}", b"msg", b"1", header)
    assert not standard_signed_by("whsec_no base64!", b"{}", b"msg", b"1" * 13, header)
