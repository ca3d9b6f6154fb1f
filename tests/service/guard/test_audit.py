"""The audit log: every deed, with who and from where; a row that is tampered with shows."""

import sqlite3
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli.db import db_command
from service.cli.on_host import FailedError
from service.db.connection import connect, transaction
from service.db.upgrade import migrate
from service.guard.audit_log import about_host, first_broken, record, rows
from tests.service.guard.calling import Caller, host_command, new_address
from tests.service.served import KEY, Answer, Served
from tests.service.shared import rows as found_in


def last(call: Caller, action: str) -> dict[str, object]:
    """The newest row of an action, as the API shows it."""
    answer = call("GET", f"/admin/audit?action={action}&limit=1", key=KEY)
    assert answer.status == 200, answer.text
    row = answer.json["rows"][0]
    assert isinstance(row, dict)
    return row


def who_and_where(call: Caller, answer: Answer) -> dict[str, object]:
    """What each row about a request has to say."""
    return {"address": call.address, "request_id": answer.headers["X-Request-ID"]}


def test_sign_in_and_sign_out_are_noted(call: Caller, service: Served) -> None:
    own = found_in(service, "SELECT id FROM keys WHERE origin = 'setting'")[0]["id"]
    call.address = new_address()
    answer = call("POST", "/login", form={"key": KEY})
    started = last(call, "session.start")
    assert (
        started.items()
        >= {
            **who_and_where(call, answer),
            "outcome": "ok",
            "key_id": own,
            "person": "Administrator",
            "details": {"how": "key"},
        }.items()
    )
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    answer = call("POST", "/logout", cookie=cookie, form={})
    ended = last(call, "session.end")
    assert ended.items() >= {**who_and_where(call, answer), "outcome": "ok", "key_id": own}.items()


def test_a_failed_sign_in_is_noted_without_what_was_typed(call: Caller, service: Served) -> None:
    key_id, text = call.new_key("read")
    call("POST", f"/admin/keys/{key_id}/revoke", key=KEY)
    call.address = new_address()
    answer = call("POST", "/login", form={"key": text})
    assert answer.status == 401
    row = last(call, "session.start")
    assert (
        row.items()
        >= {
            **who_and_where(call, answer),
            "outcome": "refused",
            "key_id": None,
            "person": "",
            "target": key_id,
        }.items()
    )
    assert text not in str(found_in(service, "SELECT * FROM audit"))


def test_changes_of_keys_are_noted(call: Caller, service: Served) -> None:
    call.address = new_address()
    key_id, _ = call.new_key("read", "edit", expires_in_days=3)
    made = last(call, "key.create")
    assert (made["target"], made["person"], made["address"]) == (
        key_id, "Administrator", call.address,
    )  # fmt: skip
    details = made["details"]
    assert isinstance(details, dict)
    assert (details["holder"], details["scopes"]) == ("Grace Tester", "read edit")
    call("POST", f"/admin/keys/{key_id}/rotate", key=KEY, json_body={"overlap_seconds": 60})
    rotated = last(call, "key.rotate")
    assert rotated.items() >= {"target": key_id, "outcome": "ok"}.items()
    newest = call("GET", "/admin/keys", key=KEY).json["keys"][0]
    assert newest["replaces"] == key_id
    assert rotated["details"] == {
        "label": newest["label"], "overlap_s": 60, "successor": newest["id"],
    }  # fmt: skip
    call("POST", f"/admin/keys/{key_id}/revoke", key=KEY)
    revoked = last(call, "key.revoke")
    assert revoked.items() >= {"target": key_id, "outcome": "ok"}.items()
    assert revoked["details"] == {"label": newest["label"]}
    by_host = host_command(service, "new", "ci", "--person", "Ada").strip().split("_")[1]
    row = last(call, "key.create")
    assert row["details"] == {
        "label": "ci", "holder": "Ada", "scopes": "read", "expires_at": None,
    }  # fmt: skip
    assert row["target"] == by_host
    assert (row["address"], row["key_id"]) == ("host", None)
    assert str(row["person"]).endswith(" on the host")


def test_what_did_not_happen_is_not_noted(call: Caller, service: Served) -> None:
    before = found_in(service, "SELECT count(*) AS n FROM audit")
    assert call("POST", "/admin/keys/nothing/revoke", key=KEY).status == 404
    assert call("POST", "/admin/keys", key=KEY, json_body={"label": "x"}).status == 400
    assert call("POST", "/login", form={"key": KEY}, headers={"Origin": "null"}).status == 403
    assert found_in(service, "SELECT count(*) AS n FROM audit") == before


def test_the_log_is_read_in_parts_newest_first(call: Caller, service: Served) -> None:
    for _ in range(5):
        call.new_key("read")
    numbers: list[int] = []
    before = ""
    while True:
        part = call("GET", f"/admin/audit?limit=3{before}", key=KEY).json
        numbers += [row["number"] for row in part["rows"]]
        if part["before"] is None:
            break
        before = f"&before={part['before']}"
    stored = found_in(service, "SELECT number FROM audit ORDER BY number DESC")
    assert numbers == [row["number"] for row in stored]
    for wrong in ("limit=0", "limit=501", "before=0", "before=x", "action=A%20B", "page=2"):
        assert call("GET", f"/admin/audit?{wrong}", key=KEY).status == 400, wrong


def test_only_administrators_read_it(call: Caller) -> None:
    _, text = call.new_key("operate", "edit")
    assert call("GET", "/admin/audit", key=text).status == 403


def test_many_deeds_at_once_make_one_chain(call: Caller, service: Served) -> None:
    """From the service and from the host at the same time."""

    def deeds() -> None:
        caller = Caller(service)
        for _ in range(10):
            caller.new_key("read")
        caller.close()

    threads = [threading.Thread(target=deeds) for _ in range(6)]
    threads.append(
        threading.Thread(target=host_command, args=(service, "new", "x", "--person", "A"))
    )
    before = found_in(service, "SELECT count(*) AS n FROM audit")[0]["n"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found_in(service, "SELECT count(*) AS n FROM audit")[0]["n"] == before + 61
    db = connect(service.state / "agented.sqlite3", read_only=True)
    try:
        assert first_broken(db) is None
    finally:
        db.close()


# -- the chain, without a service -----------------------------------------------------------------


@pytest.fixture
def db(tmp_path: Path) -> sqlite3.Connection:
    """A database with ten rows."""
    made = connect(tmp_path / "audit.sqlite3")
    migrate(made)
    with transaction(made):
        for number in range(10):
            record(made, about_host("key.create", "Ada", f"k{number}", number=number))
    return made


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE audit SET person = 'Eve' WHERE number = 4", 4),
        ("UPDATE audit SET at = '2020-01-01T00:00:00.000Z' WHERE number = 10", 10),
        ("UPDATE audit SET details = '{}' WHERE number = 2", 2),
        ("UPDATE audit SET key_id = 'x' WHERE number = 7", 7),
        ("DELETE FROM audit WHERE number = 5", 6),
        ("UPDATE audit SET chain = x'00' WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number <= 5", None),  # retention
        ("SELECT 1", None),
    ],
)
def test_a_changed_row_breaks_the_chain(
    db: sqlite3.Connection, tampering: str, broken: int | None
) -> None:
    db.execute(tampering)
    assert first_broken(db) == broken
    db.close()


def test_long_and_odd_texts_are_kept_within_bounds(db: sqlite3.Connection) -> None:
    with transaction(db):
        record(db, about_host("key.create", "A" * 9000, "\u2028\n\x00é", text="B" * 9000, n=None))
    row = rows(db, limit=1)[0]
    assert len(row.entry.person) == 500
    assert row.entry.target == "\u2028\n\x00é"
    assert row.entry.details == {"text": "B" * 500, "n": None}
    assert first_broken(db) is None
    db.close()


def test_the_check_of_the_database_reads_the_chain(db: sqlite3.Connection, tmp_path: Path) -> None:
    file = str(tmp_path / "audit.sqlite3")
    sound = CliRunner().invoke(db_command, ["check", file])
    assert sound.exit_code == 0
    assert "so is its audit log" in sound.output
    db.execute("UPDATE audit SET person = 'Eve' WHERE number = 4")
    db.close()
    found = CliRunner().invoke(db_command, ["check", file])
    assert isinstance(found.exception, FailedError)
    assert "changed at row 4" in str(found.exception)
