"""Webhooks against a real service: who is heard, what is refused, what the database keeps."""

import hashlib
import hmac
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from tests.service.served import ROOT, Answer, Served
from tests.service.shared import rows, shared_service

SECRET = "secret-of-the-trigger-0123456789"
GITHUB_SECRET = "secret-of-github-0123456789abcdef"
GITHUB = "/api/webhooks/github/"
PULL_REQUEST = {
    "action": "opened",
    "repository": {"full_name": "team/plan"},
    "pull_request": {"number": 7, "title": "Raise the lamp"},
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module; each test starts with empty tables."""
    with shared_service(
        tmp_path_factory.mktemp("webhooks"),
        GITHUB_WEBHOOK_SECRET=GITHUB_SECRET,
        WEBHOOK_BODY_MIB="2",
        # Telling repetitions apart has tests of its own.
        DELIVERY_ID_DEDUP_SECONDS="0",
        DELIVERY_BODY_DEDUP_SECONDS="0",
    ) as served:
        yield served


@pytest.fixture(autouse=True)
def _empty(service: Served) -> None:
    for table in ("triggers", "deliveries", "seen_deliveries"):
        rows(service, f"DELETE FROM {table}")
    # Triggers have the same ids again: what waits from an earlier test would fill their queues.
    rows(service, "UPDATE executions SET state = 'cancelled' WHERE state = 'queued'")


def add_trigger(service: Served, name: str, source: str = "webhook", **columns: Any) -> str:
    """Write a trigger into the table, as another process might."""
    values = {
        "id": f"trig-{name}", "name": name, "source": source, "prompt_template": "/audit {message}",
        "backend": "claude", "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z", **columns,
    }  # fmt: skip
    marks = ", ".join("?" for _ in values)
    rows(service, f"INSERT INTO triggers ({', '.join(values)}) VALUES ({marks})", *values.values())
    return f"trig-{name}"


def deliveries(service: Served) -> list[dict[str, Any]]:
    return rows(service, "SELECT * FROM deliveries ORDER BY received_at")


def sign(secret: str, raw: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def send(service: Served, raw: bytes, *, path: str = "/", **headers: str) -> Answer:
    """POST without a key, as strangers do."""
    sent = {"Content-Type": "application/json"}
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    return service.post(path, body=raw, headers=sent, key=None)


def send_github(service: Served, payload: Any, event: str = "pull_request") -> Answer:
    """POST as GitHub does."""
    raw = json.dumps(payload).encode()
    signature = sign(GITHUB_SECRET, raw)
    return send(service, raw, path=GITHUB, X_GitHub_Event=event, X_Hub_Signature_256=signature)


def test_an_event_is_recorded_as_it_came(service: Served) -> None:
    """Body and digest are those of the raw bytes, spaces and all."""
    raw = '{"text" :  "Grüße"}'.encode()
    answer = send(service, raw)
    assert answer.status == 202
    assert answer.json["triggers"] == []
    assert answer.json["executions"] == []
    (kept,) = deliveries(service)
    assert kept["id"] == answer.json["delivery_id"]
    assert kept["source"] == "webhook"
    assert kept["body"] == raw
    assert kept["digest"] == hashlib.sha256(raw).digest()
    assert kept["address"] == "127.0.0.1"
    assert kept["request_id"] == answer.headers["X-Request-ID"]
    assert json.loads(kept["matched"]) == []


def test_the_answer_names_the_triggers_that_fire(service: Served) -> None:
    fires = add_trigger(service, "a", allow_unsigned=1, detection_keyword="fire")
    other = add_trigger(service, "b", allow_unsigned=1, detection_keyword="flood")
    off = add_trigger(service, "c", allow_unsigned=1, detection_keyword="fire", enabled=0)
    manual = add_trigger(service, "d", "manual", allow_unsigned=1, detection_keyword="fire")
    answer = send(service, b'{"text": "a fire"}')
    assert answer.status == 202
    assert answer.json["triggers"] == [fires]
    verdicts = {each["trigger_id"]: each for each in json.loads(deliveries(service)[0]["matched"])}
    assert verdicts[fires]["fires"] is True
    assert verdicts[other] == {
        "trigger_id": other, "fires": False, "hindrance": "text lacks the keyword",
    }  # fmt: skip
    assert off not in verdicts
    assert manual not in verdicts


def test_the_same_event_again_has_an_id_of_its_own(service: Served) -> None:
    """Where repetitions are not told apart, each is one."""
    ids = {send(service, b"{}").json["delivery_id"] for _ in range(3)}
    assert len(ids) == 3 == len(deliveries(service))


def test_a_change_of_the_triggers_holds_for_the_next_event(service: Served) -> None:
    """Even a change by another process: added, signed, rotated, disabled, removed."""
    raw = b'{"text": "fire"}'
    assert send(service, raw).json["triggers"] == []
    trigger = add_trigger(service, "a", allow_unsigned=1, detection_keyword="fire")
    assert send(service, raw).json["triggers"] == [trigger]
    rows(service, "UPDATE triggers SET secret = ?", SECRET)
    assert send(service, raw).status == 403
    first = {"X_Webhook_Signature_256": sign(SECRET, raw)}
    assert send(service, raw, **first).json["triggers"] == [trigger]
    rows(service, "UPDATE triggers SET secret = ?", SECRET + "-new")
    assert send(service, raw, **first).status == 403
    second = {"X_Webhook_Signature_256": sign(SECRET + "-new", raw)}
    assert send(service, raw, **second).json["triggers"] == [trigger]
    rows(service, "UPDATE triggers SET enabled = 0")
    assert send(service, raw, **second).json["triggers"] == []
    rows(service, "DELETE FROM triggers")
    assert send(service, raw).json["triggers"] == []


@pytest.mark.parametrize("raw", [b'{"text": "fire"}', b"no JSON at all", b"[1", b""])
def test_a_forged_event_is_not_even_parsed(service: Served, raw: bytes) -> None:
    """The refusal is the same for what is no JSON, and no row is left."""
    add_trigger(service, "a", secret=SECRET, detection_keyword="fire")
    good = sign(SECRET, raw)
    forged = ["", good[:-1], good.upper(), good[7:], f"sha1={good[7:]}", f"{good}, {good}", "none",
              "sha256=", sign("", raw), sign(GITHUB_SECRET, raw), "é" * 64]  # fmt: skip
    answers = [
        send(service, raw, **({"X_Webhook_Signature_256": header} if header else {}))
        for header in forged
    ]
    assert {answer.status for answer in answers} == {403}
    assert len({answer.json["error"]["message"] for answer in answers}) == 1
    assert deliveries(service) == []


def test_a_forged_event_spends_nothing_of_the_real_one(service: Served) -> None:
    trigger = add_trigger(service, "a", secret=SECRET, detection_keyword="fire")
    raw = b'{"text": "fire"}'
    assert send(service, raw, X_Webhook_Signature_256=sign(SECRET, b"{}")).status == 403
    real = send(service, raw, X_Webhook_Signature_256=sign(SECRET, raw))
    assert (real.status, real.json["triggers"]) == (202, [trigger])
    assert len(deliveries(service)) == 1


def test_who_operates_the_service_learns_of_forged_events(service: Served) -> None:
    """A line and a figure, without what the sender sent."""
    add_trigger(service, "a", secret=SECRET, detection_keyword="fire")
    before = refused_webhooks(service)
    answer = send(service, b'{"text": "canary-1"}', X_Webhook_Signature_256="sha256=canary-2")
    assert answer.status == 403
    assert refused_webhooks(service) == before + 1
    lines = [json.loads(line) for line in service.log.read_text("utf-8").splitlines()]
    (line,) = [
        each
        for each in lines
        if each["event"] == "webhook refused"
        and each["request_id"] == answer.headers["X-Request-ID"]
    ]
    assert (line["source"], line["reason"]) == ("webhook", "signature missing or wrong")
    assert "canary" not in service.log.read_text("utf-8")


def refused_webhooks(service: Served) -> int:
    """The figure of `/metrics`; 0 before the first."""
    for line in service.get("/metrics").text.splitlines():
        if line.startswith("agented_refused_webhooks") and not line.startswith("#"):
            return int(float(line.split()[-1]))
    return 0


def test_each_secret_is_heard_by_its_own_triggers(service: Served) -> None:
    one = add_trigger(service, "a", secret=SECRET, detection_keyword="fire")
    add_trigger(service, "b", secret=SECRET + "-b", detection_keyword="fire")
    add_trigger(service, "c", allow_unsigned=1, detection_keyword="smoke")
    raw = b'{"text": "fire"}'
    assert send(service, raw, X_Webhook_Signature_256=sign(SECRET, raw)).json["triggers"] == [one]
    assert send(service, raw).json["triggers"] == []


def test_a_trigger_without_secret_must_allow_unsigned_events(service: Served) -> None:
    add_trigger(service, "a", detection_keyword="fire")
    assert send(service, b'{"text": "fire"}').json["triggers"] == []


def test_the_example_of_the_guide_is_heard(service: Served) -> None:
    """The commands of docs/webhooks.md, as they are written."""
    if shutil.which("openssl") is None:
        pytest.skip("the example signs with openssl, which is not on PATH")
    trigger = add_trigger(service, "a", secret=SECRET, detection_keyword="audit")
    guide = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
    (example,) = re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
    done = subprocess.run(
        ["bash", "-euc", example.replace("http://127.0.0.1:20000", service.address)],
        env={**os.environ, "SECRET": SECRET},
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["triggers"] == [trigger]


def test_a_challenge_is_answered_and_leaves_nothing(service: Served) -> None:
    """Also where every trigger is signed: whoever asks does not know the secret yet."""
    add_trigger(service, "a", secret=SECRET, detection_keyword="fire")
    answer = send(service, b'{"type": "url_verification", "challenge": "<b>3eZbrw1a</b>"}')
    assert answer.status == 200
    assert answer.json == {"challenge": "<b>3eZbrw1a</b>"}
    assert answer.headers["Content-Type"] == "application/json"
    assert deliveries(service) == []


@pytest.mark.parametrize("path", [GITHUB, GITHUB.rstrip("/")])
def test_github_is_heard_with_and_without_a_slash(service: Served, path: str) -> None:
    raw = json.dumps(PULL_REQUEST).encode()
    trigger = add_trigger(
        service,
        "a",
        "github",
        match_field_path="repository.full_name",
        match_field_value="team/plan",
    )
    answer = send(
        service, raw, path=path, X_GitHub_Event="pull_request",
        X_Hub_Signature_256=sign(GITHUB_SECRET, raw),
    )  # fmt: skip
    assert (answer.status, answer.json["triggers"]) == (202, [trigger])
    (kept,) = deliveries(service)
    assert (kept["source"], kept["event"]) == ("github", "pull_request")


def test_github_without_a_right_signature_is_refused(service: Served) -> None:
    raw = json.dumps(PULL_REQUEST).encode()
    for header in ("", "sha256=00", sign(SECRET, raw), sign(GITHUB_SECRET, raw + b" ")):
        for event in ("pull_request", "ping", "push", ""):
            answer = send(
                service, raw, path=GITHUB, X_GitHub_Event=event, X_Hub_Signature_256=header
            )
            assert answer.status == 403
    assert deliveries(service) == []


def test_ping_and_other_events_of_github_are_answered_and_not_kept(service: Served) -> None:
    assert send_github(service, {"zen": "Keep it simple"}, "ping").json == {"message": "pong"}
    for event, payload in (
        ("push", {"ref": "refs/heads/main"}),
        ("unknown", {}),
        ("pull_request", {**PULL_REQUEST, "action": "labeled"}),
        ("pull_request", {**PULL_REQUEST, "action": ["opened"]}),
    ):
        answer = send_github(service, payload, event)
        assert (answer.status, answer.json) == (200, {"message": "ignored"})
    assert deliveries(service) == []


def test_an_event_of_github_that_lacks_its_fields_is_refused(service: Served) -> None:
    for payload in ({"action": "opened"}, {**PULL_REQUEST, "pull_request": {"number": "7"}}):
        assert send_github(service, payload).status == 400
    assert send_github(service, PULL_REQUEST, "").status == 400
    assert send_github(service, PULL_REQUEST, "x" * 65).status == 400
    assert send_github(service, [PULL_REQUEST]).status == 400


def test_without_a_secret_github_is_refused(
    tmp_path: Any,
) -> None:
    """As if the signature were wrong: nobody learns that there is no secret."""
    with shared_service(tmp_path) as unset:
        raw = json.dumps(PULL_REQUEST).encode()
        for secret in ("", GITHUB_SECRET):
            answer = send(
                unset, raw, path=GITHUB, X_GitHub_Event="ping",
                X_Hub_Signature_256=sign(secret, raw),
            )  # fmt: skip
            assert answer.status == 403
            assert answer.json["error"]["message"] == "the signature is missing or wrong"


MALFORMED = {
    "nothing": b"",
    "text": b"hello",
    "a list": b"[1]",
    "a number": b"1",
    "null": b"null",
    "100,000 brackets": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "depth 65": b'{"a":' * 65 + b"1" + b"}" * 65,
    "a lone surrogate": b'{"a": "\\ud800"}',
    "a lone surrogate as name": b'{"\\udfff": 1}',
    "NUL": b'{"a": "\\u0000"}',
    "a raw NUL": b'{"a": "\0"}',
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "1e999": b'{"a": 1e999}',
    "a name twice": b'{"a": 1, "a": 2}',
    "invalid UTF-8": b'{"a": "\xff"}',
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "4301 digits": b'{"a": ' + b"9" * 4301 + b"}",
    "60,000 names": b"{" + b",".join(b'"%d":1' % n for n in range(60_000)) + b"}",
    "something after it": b"{} {}",
    "a comment": b"{/* */}",
    "single quotes": b"{'a': 1}",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_bodies_are_refused(service: Served, name: str) -> None:
    """400 in the one shape, the same for both addresses, and no traceback."""
    raw = MALFORMED[name]
    for path, event, header in (("/", "", ""), (GITHUB, "pull_request", sign(GITHUB_SECRET, raw))):
        answer = send(service, raw, path=path, X_GitHub_Event=event, X_Hub_Signature_256=header)
        assert answer.status == 400, answer.text
        assert set(answer.json["error"]) == {"code", "message", "hint", "request_id"}
        assert answer.json["error"]["code"] == "bad_request"
    assert deliveries(service) == []
    assert "Traceback" not in service.log.read_text("utf-8")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 202),
        ("application/json; charset=utf-8", 202),
        ("Application/JSON", 202),
        ("application/cloudevents+json", 202),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("text/json", 415),
        ("application/jsonp", 415),
        ("application/json, text/plain", 415),
        ("", 415),
    ],
)
def test_only_json_is_read(service: Served, kind: str, status: int) -> None:
    assert send(service, b"{}", Content_Type=kind).status == status


def test_a_form_of_github_is_refused_with_the_way_to_mend_it(service: Served) -> None:
    raw = b"payload=%7B%7D"
    answer = send(
        service, raw, path=GITHUB, X_GitHub_Event="ping",
        X_Hub_Signature_256=sign(GITHUB_SECRET, raw),
        Content_Type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.status == 415
    assert "application/json" in answer.json["error"]["hint"]


def raw_exchange(service: Served, head: str, body: bytes = b"", *, close: bool = False) -> bytes:
    """Send bytes as they are and read until the service closes or answers whole."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + body)
        if close:
            connection.shutdown(socket.SHUT_WR)
        return connection.recv(65536)


HEAD = "POST {path} HTTP/1.1\nHost: localhost\nContent-Type: application/json\nConnection: close\n"


@pytest.mark.parametrize("path", ["/", GITHUB])
@pytest.mark.parametrize(
    ("more", "body", "status"),
    [
        ("\n", b"", b"411"),
        ("Transfer-Encoding: chunked\n\n", b"2\r\n{}\r\n0\r\n\r\n", b"411"),
        ("Content-Length: 3000000\n\n", b"", b"413"),
        ("Content-Length: 2\nContent-Length: 3\n\n", b"{}", b"400"),
        ("Content-Length: +2\n\n", b"{}", b"400"),
        ("Content-Length: 2\nTransfer-Encoding: chunked\n\n", b"0\r\n\r\n", b"400"),
    ],
)
def test_bodies_without_a_true_length_are_refused(
    service: Served, path: str, more: str, body: bytes, status: bytes
) -> None:
    answer = raw_exchange(service, HEAD.format(path=path) + more, body)
    assert answer.split(b" ", 2)[1] == status
    assert deliveries(service) == []


def test_a_body_that_ends_before_its_length_leaves_nothing(service: Served) -> None:
    answer = raw_exchange(
        service, HEAD.format(path="/") + "Content-Length: 100\n\n", b"{}", close=True
    )
    assert answer == b"" or answer.split(b" ", 2)[1] in (b"400", b"408")
    assert deliveries(service) == []
    assert service.get("/health/liveness", key=None).status == 200


def too_large(service: Served) -> tuple[float, int]:
    """How many webhooks were too large since the start, and how often the log says so."""
    metrics = service.get("/metrics").text
    found = re.search(r"^agented_too_large_webhooks_total (\S+)", metrics, re.MULTILINE)
    log = service.log.read_text("utf-8").replace(": ", ":")
    return float(found[1]) if found else 0.0, log.count('"reason":"too large"')


def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_not(service: Served) -> None:
    """As the setting says; answer and log tell the operator, and others stay as they are."""
    limit = 2 * 1024 * 1024
    whole = b'{"a": "%s"}' % (b"x" * (limit - 9))
    assert len(whole) == limit
    assert send(service, whole).status == 202
    before = too_large(service)
    for path in ("/", GITHUB):
        refused = send(service, whole + b" ", path=path)
        assert refused.status == 413
        assert refused.json["error"]["message"] == (
            "the body has 2,097,153 bytes, over the limit of 2,097,152"
        )
        assert "WEBHOOK_BODY_MIB" in refused.json["error"]["hint"]
    assert len(deliveries(service)) == 1
    # Counted each time, and told once: a stranger fills no disk with it.
    counted, told = too_large(service)
    assert counted == before[0] + 2
    assert max(1, before[1]) <= told <= before[1] + 1
    other = service.post("/admin/triggers", json_body={"name": "x" * 1_100_000})
    assert (other.status, "WEBHOOK_BODY_MIB" in other.text) == (413, False)


def test_a_trigger_of_a_new_kind_of_event_hears_the_very_next_one(service: Served) -> None:
    """Events that no trigger waits for are let go: by what triggers say now, not a while ago."""
    event = {"action": "created", "repository": {"full_name": "team/plan"}}
    assert send_github(service, event, "deployment").json == {"message": "ignored"}
    trigger = {
        "name": "Seen", "source": "github", "repository": "team/plan", "events": ["deployment"],
        "backend": "builtin:plan-check",
    }  # fmt: skip
    made = service.post("/admin/triggers", json_body=trigger)
    assert made.status == 201, made.text
    heard = send_github(service, event, "deployment")
    assert (heard.status, heard.json.get("triggers")) == (202, [made.json["id"]])


def test_a_push_of_as_many_commits_as_github_tells_is_taken(service: Served) -> None:
    """2,048 of them have more names than other bodies may; at `POST /` they are too many."""
    add_trigger(service, "a", "github", repository="team/plan", events='["push"]')
    person = {"name": "A", "email": "a@example.org", "username": "a"}
    commits = [
        {
            "id": f"{number:040x}", "tree_id": f"{number:040x}", "distinct": True,
            "message": "Raise the lamp " * 8, "timestamp": "2026-01-01T00:00:00Z",
            "url": f"https://github.com/team/plan/commit/{number:040x}", "author": person,
            "committer": person, "added": [], "removed": [], "modified": ["lamp.md"] * 9,
        }
        for number in range(2048)
    ]  # fmt: skip
    push = {"ref": "refs/heads/main", "commits": commits, "repository": {"full_name": "team/plan"}}
    assert len(json.dumps(push)) > 1024 * 1024
    answer = send_github(service, push, "push")
    assert answer.status == 202, answer.text
    assert answer.json["triggers"] == ["trig-a"]
    (execution,) = answer.json["executions"]
    page = service.get(f"/ops/executions/{execution}").text
    assert "… the rest is in the delivery" in page
    assert len(page) < 1024 * 1024
    assert "more than 10,000 names" in send(service, json.dumps(push).encode()).text


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_only_post_sends_an_event(service: Served, method: str) -> None:
    """Other methods change nothing, whatever their answer is."""
    answer = service.request(
        method, GITHUB, key=None, body=b"{}", headers={"Content-Type": "application/json"}
    )
    assert answer.status in (401, 405)
    assert deliveries(service) == []


def test_a_stranger_never_sees_401(service: Served) -> None:
    add_trigger(service, "a", secret=SECRET, detection_keyword="fire")
    for path in ("/", GITHUB, GITHUB.rstrip("/")):
        for raw in (b"{}", b"", b"["):
            for headers in ({}, {"X_API_Key": "wrong"}, {"Content_Type": "text/plain"}):
                answer = send(service, raw, path=path, **headers)
                assert answer.status in (202, 400, 403, 415)


def test_a_foreign_lock_makes_the_sender_come_again(service: Served) -> None:
    """503 with the time to wait, and no row; a forged event waits for nothing."""
    add_trigger(service, "a", secret=SECRET, detection_keyword="fire")
    raw = b'{"text": "fire"}'
    signed = {"X_Webhook_Signature_256": sign(SECRET, raw)}
    assert send(service, raw, **signed).status == 202
    with closing(sqlite3.connect(service.state / "agented.sqlite3", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(send, service, raw, **signed)
            assert send(service, raw, X_Webhook_Signature_256="sha256=00").status == 403
            assert service.get("/admin/triggers").status == 200
            assert not waiting.done()
            answer = waiting.result()
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
        db.execute("ROLLBACK")
    assert len(deliveries(service)) == 1
    assert send(service, raw, **signed).status == 202


def test_many_at_once_are_each_recorded_once(service: Served) -> None:
    trigger = add_trigger(service, "a", allow_unsigned=1, detection_keyword="fire")

    def one(number: int) -> str:
        answer = send(service, json.dumps({"text": f"fire {number}"}).encode())
        assert (answer.status, answer.json["triggers"]) == (202, [trigger])
        return str(answer.json["delivery_id"])

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(one, range(160)))
    kept = {each["id"]: json.loads(each["body"])["text"] for each in deliveries(service)}
    assert kept == {identity: f"fire {number}" for number, identity in enumerate(ids)}


def test_triggers_changing_under_load_never_fire_on_old_rules(service: Served) -> None:
    """What is recorded was judged by rules that held in its transaction."""
    add_trigger(service, "a", allow_unsigned=1, detection_keyword="fire")

    def one(number: int) -> int:
        return send(service, json.dumps({"text": f"fire {number}"}).encode()).status

    with ThreadPoolExecutor(8) as pool:
        statuses = pool.map(one, range(200))
        rows(service, "UPDATE triggers SET secret = ?", SECRET)
        count = len(deliveries(service))
        assert set(statuses) <= {202, 403}
    assert len(deliveries(service)) == count
    assert one(0) == 403
