"""Keys: kept as digests, shown once, refused from the request after their end."""

import json
import re
import threading
import time
from pathlib import Path

import pytest

from tests.service.guard.calling import Caller, host_command, new_address
from tests.service.served import KEY, Served
from tests.service.shared import rows


def everything_written(served: Served) -> bytes:
    """All bytes of the state folder and the log."""
    files = [path for path in served.state.rglob("*") if path.is_file()]
    return b"\0".join(path.read_bytes() for path in [*files, served.log])


def test_a_key_is_shown_once_and_kept_as_a_digest(call: Caller, service: Served) -> None:
    """Neither the database, its log, nor the service's log ever holds a key or a cookie."""
    key_id, text = call.new_key("read")
    assert re.fullmatch(rf"agdk_{key_id}_[A-Za-z0-9_-]{{43}}", text)
    assert call("GET", "/admin/triggers", key=text).status == 200
    cookie = call.sign_in(text)
    assert call("GET", "/", cookie=cookie).status == 200
    listed = call("GET", "/admin/keys", key=KEY)
    shown = next(key for key in listed.json["keys"] if key["id"] == key_id)
    assert shown["prefix"] == f"agdk_{key_id}"
    assert shown["state"] == "valid"
    for secret in (text, text.split("_", 2)[2], KEY, cookie.partition("=")[2]):
        assert secret not in listed.text
        assert secret.encode() not in everything_written(service)
    digest = rows(service, "SELECT digest FROM keys WHERE id = ?", key_id)[0]["digest"]
    assert len(digest) == 32


def test_a_revoked_key_is_refused_at_the_next_request(call: Caller) -> None:
    key_id, text = call.new_key("read")
    cookie = call.sign_in(text)
    token = call("POST", "/session/token", cookie=cookie, form={}).json["token"]
    assert call("GET", "/admin/triggers", key=text).status == 200
    assert call("GET", "/admin/triggers", key=token).status == 200
    answer = call("POST", f"/admin/keys/{key_id}/revoke", key=KEY)
    assert (answer.status, answer.json["state"]) == (200, "revoked")
    assert call("GET", "/admin/triggers", key=text).status == 401
    assert call("GET", "/admin/triggers", key=token).status == 401
    assert call("GET", "/", cookie=cookie).status == 401
    assert call("POST", "/login", form={"key": text}).status == 401
    assert call("POST", f"/admin/keys/{key_id}/revoke", key=KEY).status == 409


def test_the_host_revokes_while_the_service_runs(call: Caller, service: Served) -> None:
    """Also the session in its memory, and without any delay."""
    for _ in range(2):
        text = host_command(service, "new", "laptop", "--person", "Ada Host").strip()
        key_id = text.split("_")[1]
        cookie = call.sign_in(text)
        assert call("GET", "/admin/triggers", key=text).status == 200
        host_command(service, "revoke", key_id)
        assert call("GET", "/admin/triggers", key=text).status == 401
        assert call("GET", "/", cookie=cookie).status == 401


def test_an_open_stream_ends_within_5_s_of_the_revocation(call: Caller, service: Served) -> None:
    key_id, text = call.new_key("read")
    cookie = call.sign_in(text)
    token = call("POST", "/session/token", cookie=cookie, form={}).json["token"]
    ends: dict[str, float] = {}
    opened = threading.Barrier(3, timeout=20)

    def read(key: str) -> None:
        reader = Caller(service)
        stream = reader.open_stream("/api/events", key=key)
        stream.readline()
        opened.wait()
        rest = stream.read()
        ends[key] = time.monotonic()
        assert b'"credentials"' in rest
        reader.close()

    threads = [threading.Thread(target=read, args=(each,)) for each in (text, token)]
    for thread in threads:
        thread.start()
    opened.wait()
    host_command(service, "revoke", key_id)
    revoked = time.monotonic()
    for thread in threads:
        thread.join(20)
    assert set(ends) == {text, token}
    assert max(ends.values()) - revoked < 5


def test_rotation_keeps_both_keys_for_a_while(call: Caller) -> None:
    key_id, old = call.new_key("propose", email="grace@example.org", expires_in_days=10)
    answer = call(
        "POST", f"/admin/keys/{key_id}/rotate", key=KEY, json_body={"overlap_seconds": 600}
    )
    assert answer.status == 201
    made = answer.json
    assert made["key"]["replaces"] == key_id
    for name in ("label", "person", "email", "scopes"):
        assert (
            made["key"][name]
            == next(
                key
                for key in call("GET", "/admin/keys", key=KEY).json["keys"]
                if key["id"] == key_id
            )[name]
        )
    assert call("GET", "/admin/triggers", key=old).status == 200
    assert call("GET", "/admin/triggers", key=made["text"]).status == 200


def test_rotation_without_overlap_ends_the_old_key(call: Caller) -> None:
    key_id, old = call.new_key("read")
    answer = call("POST", f"/admin/keys/{key_id}/rotate", key=KEY, json_body={"overlap_seconds": 0})
    assert answer.status == 201
    assert call("GET", "/admin/triggers", key=old).status == 401
    again = call("POST", f"/admin/keys/{key_id}/rotate", key=KEY, json_body={})
    assert again.status == 409


def test_a_key_ends_when_it_expires(call: Caller, service: Served) -> None:
    """Without a request that looks: expiry is no event, the clock just passes it."""
    key_id, text = call.new_key("read", expires_in_days=1)
    assert call("GET", "/admin/triggers", key=text).status == 200
    soon = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 3))
    rows(service, "UPDATE keys SET expires_at = ? WHERE id = ?", soon, key_id)
    host_command(service, "new", "another", "--person", "Ada")  # tells the service to look again
    deadline = time.monotonic() + 20
    while call("GET", "/admin/triggers", key=text).status == 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()) >= soon
    shown = call("GET", "/admin/keys", key=KEY).json["keys"]
    assert next(key for key in shown if key["id"] == key_id)["state"] == "expired"


def test_no_request_gets_through_after_the_revocation(call: Caller, service: Served) -> None:
    """Many readers at once, a writer of keys beside them: the cache never lags."""
    stop = threading.Event()
    late: list[int] = []

    def churn() -> None:
        with_key = Caller(service)
        while not stop.is_set():
            key_id, _ = with_key.new_key("read")
            with_key("POST", f"/admin/keys/{key_id}/revoke", key=KEY)
        with_key.close()

    def attack() -> None:
        caller = Caller(service)
        for _ in range(8):
            key_id, text = caller.new_key("read")
            assert caller("GET", "/admin/triggers", key=text).status == 200
            assert caller("POST", f"/admin/keys/{key_id}/revoke", key=KEY).status == 200
            late.append(caller("GET", "/admin/triggers", key=text).status)
        caller.close()

    churning = threading.Thread(target=churn)
    attacking = [threading.Thread(target=attack) for _ in range(4)]
    for thread in (churning, *attacking):
        thread.start()
    for thread in attacking:
        thread.join(60)
    stop.set()
    churning.join(60)
    assert late == [401] * 32


def test_the_last_admin_key_stays(call: Caller, service: Served) -> None:
    own = rows(service, "SELECT id FROM keys WHERE origin = 'setting'")[0]["id"]
    admins = [
        key["id"]
        for key in call("GET", "/admin/keys", key=KEY).json["keys"]
        if "admin" in key["scopes"] and key["state"] == "valid" and key["id"] != own
    ]
    for key_id in admins:
        assert call("POST", f"/admin/keys/{key_id}/revoke", key=KEY).status == 200
    answer = call("POST", f"/admin/keys/{own}/revoke", key=KEY)
    assert answer.status == 409
    assert "last key" in answer.json["error"]["message"]
    assert call("POST", f"/admin/keys/{own}/rotate", key=KEY, json_body={}).status == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"label": ""},
        {"label": " x"},
        {"label": "a\nb"},
        {"label": "x" * 101},
        {"person": "Eve <eve@example.org>"},
        {"email": "no address"},
        {"scopes": []},
        {"scopes": ["root"]},
        {"scopes": "read"},
        {"expires_in_days": 0},
        {"expires_in_days": 4000},
        {"id": "mine"},
        {"digest": "00"},
    ],
)
def test_a_key_is_made_of_nothing_but_what_is_asked_for(
    call: Caller, wrong: dict[str, object]
) -> None:
    asked = {"label": "x", "person": "Ada", "scopes": ["read"], **wrong} if wrong else {}
    answer = call("POST", "/admin/keys", key=KEY, json_body=asked)
    assert answer.status == 400, answer.text


@pytest.mark.parametrize("days", ["9" * 5000, "9" * 10, "-1", "1.0", "²", "x"])
def test_the_form_of_a_new_key_takes_no_odd_number(call: Caller, days: str) -> None:
    form = {"label": "x", "person": "Ada", "scopes": "read", "days": days}
    assert call("POST", "/ops/keys", key=KEY, form=form).status == 400


def test_unknown_keys_are_404(call: Caller) -> None:
    for path in ("/admin/keys/nothing/revoke", "/admin/keys/a%20b/revoke"):
        assert call("POST", path, key=KEY).status == 404
    answer = call("POST", "/admin/keys/nothing/rotate", key=KEY, json_body={})
    assert answer.status == 404


def test_each_refusal_is_one_line_with_the_id_of_the_key(call: Caller, service: Served) -> None:
    """AU6: never the key itself."""
    key_id, text = call.new_key("read")
    call("POST", f"/admin/keys/{key_id}/revoke", key=KEY)
    call.address = new_address()
    answer = call("GET", "/admin/triggers", key=text)
    assert answer.status == 401
    found: list[dict[str, object]] = []
    deadline = time.monotonic() + 10
    while not found and time.monotonic() < deadline:
        lines = [json.loads(line) for line in service.log.read_text("utf-8").splitlines()]
        found = [
            line
            for line in lines
            if line["event"] == "credentials refused"
            and line["request_id"] == answer.headers["X-Request-ID"]
        ]
    assert len(found) == 1
    line = found[0]
    assert (line["reason"], line["key_id"], line["address"], line["route"]) == (
        "dead key", key_id, call.address, "/admin/triggers",
    )  # fmt: skip


def test_the_host_lists_what_the_service_knows(
    call: Caller, service: Served, tmp_path: Path
) -> None:
    key_id, text = call.new_key("operate", "propose", email="grace@example.org")
    call("GET", "/admin/triggers", key=text)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        listed = json.loads(host_command(service, "list", "--json", home=tmp_path))
        mine = next(key for key in listed if key["id"] == key_id)
        if mine["last_used_at"]:
            break
        time.sleep(0.1)
    assert mine["scopes"] == ["propose", "operate"]
    assert mine["email"] == "grace@example.org"
    assert mine["last_used_at"] >= mine["created_at"]
    table = host_command(service, "list")
    assert re.search(rf"^{key_id} .* propose operate +\d{{4}}-", table, re.MULTILINE)
    assert text not in table
