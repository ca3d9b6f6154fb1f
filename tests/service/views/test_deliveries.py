"""What came, looked up and judged once more, by a real service: as JSON and as pages."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.served import Answer, Served
from tests.service.shared import FREE, forget_events, rows, shared_service

SECRET = "secret-of-the-trigger-0123456789"
GITHUB_SECRET = "secret-of-github-0123456789abcdef"
COMMANDS = '[commands.hello]\nargv = ["echo", "hello"]\n'
URL = "/admin/deliveries"
EVIL = "<script>alert(1)</script> ‮evil"


def settings(folder: Path) -> dict[str, str]:
    file = folder / "commands.toml"
    file.write_text(COMMANDS, "utf-8")
    return {"COMMANDS_FILE": str(file), "GITHUB_WEBHOOK_SECRET": GITHUB_SECRET, **FREE}


def make_trigger(service: Served, name: str, source: str = "webhook", **more: Any) -> str:
    body = {"name": name, "source": source, "backend": "command:hello", **more}
    body["prompt_template"] = "Look at it."
    made = service.post("/admin/triggers", json_body=body)
    assert made.status == 201, made.text
    return str(made.json["id"])


def send(service: Served, body: Any, secret: str = "", **headers: str) -> Answer:
    raw = json.dumps(body, ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json", **headers}
    if secret:
        digest = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        sent["X-Webhook-Signature-256"] = f"sha256={digest}"
    return service.post("/", body=raw, headers=sent, key=None)


def send_github(service: Served, number: int, secret: str = GITHUB_SECRET) -> Answer:
    body = {
        "action": "opened",
        "repository": {"full_name": "team/plan"},
        "pull_request": {"number": number},
    }
    raw = json.dumps(body).encode()
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": f"guid-{number}",
        "X-Hub-Signature-256": f"sha256={digest}",
    }
    return service.post("/api/webhooks/github/", body=raw, headers=headers, key=None)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that got five deliveries and refused two."""
    folder = tmp_path_factory.mktemp("deliveries")
    with shared_service(folder, **settings(folder)) as served:
        make_trigger(served, "Open", allow_unsigned=True, detection_keyword="fire")
        make_trigger(served, "Signed", secret=SECRET, detection_keyword="smoke")
        make_trigger(served, "Hub", "github", repository="team/plan")
        token = {"Authorization": "Bearer abcdefghijklmnop", "X-Note": "kept"}
        assert send(served, {"text": "fire 100% Straße", "evil": EVIL}, **token).status == 202
        assert send(served, {"text": "nothing"}).status == 202
        assert send(served, {"text": 'smoke "here"'}, SECRET).status == 202
        assert send_github(served, 7).status == 202
        assert send_github(served, 8).status == 202
        assert send(served, {"text": "forged"}, "another secret").status == 403
        assert send_github(served, 9, "another secret").status == 403
        yield served


def found(service: Served, query: str) -> list[Any]:
    answer = service.get(f"{URL}?{query}")
    assert answer.status == 200, answer.text
    assert answer.json["total_count"] >= len(answer.json["deliveries"])
    return [json.loads(body(service, each["id"])) for each in answer.json["deliveries"]]


def body(service: Served, delivery_id: str) -> str:
    return str(service.get(f"{URL}/{delivery_id}").json["body"])


def trigger_id(service: Served, name: str) -> str:
    return str(rows(service, "SELECT id FROM triggers WHERE name = ?", name)[0]["id"])


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("", [None, None, 'smoke "here"', "nothing", "fire 100% Straße"]),
        ("limit=1&offset=2", ['smoke "here"']),
        ("source=github", [None, None]),
        ("event=pull_request&limit=1", [None]),
        ("fired=false", ["nothing"]),
        ("fired=true&source=webhook", ['smoke "here"', "fire 100% Straße"]),
        ("text=FIRE", ["fire 100% Straße"]),
        ("text=100%25", ["fire 100% Straße"]),
        ("text=100_", []),
        ("text=Stra%C3%9Fe", ["fire 100% Straße"]),
        ("text=smoke+%22here%22", ['smoke "here"']),
        ("text=%22text%22:+%22nothing", ["nothing"]),
        ("since=2020-01-01&until=2020-01-02", []),
        ("since=2020-01-01&source=webhook&limit=1", ['smoke "here"']),
    ],
)
def test_deliveries_are_found(service: Served, query: str, texts: list[str | None]) -> None:
    """By source, event, outcome, time and text, the newest first."""
    assert [each.get("text") for each in found(service, query)] == texts


def test_deliveries_are_found_by_trigger(service: Served) -> None:
    """Those that it heard of; with `fired`, those that did or did not fire it."""
    signed = trigger_id(service, "Signed")
    assert len(found(service, f"trigger_id={signed}")) == 3
    assert [each["text"] for each in found(service, f"trigger_id={signed}&fired=true")] == [
        'smoke "here"'
    ]
    assert len(found(service, f"trigger_id={signed}&fired=false")) == 2
    assert found(service, "trigger_id=trig-none&fired=false") == []


def test_a_delivery_is_shown_whole_but_for_secrets(service: Served) -> None:
    """Headers, body, verdicts with their hindrances, executions."""
    (listed,) = service.get(f"{URL}?text=100%25").json["deliveries"]
    shown = service.get(f"{URL}/{listed['id']}").json
    assert shown["headers"]["Authorization"] == "***"
    assert shown["headers"]["X-Note"] == "kept"
    assert "abcdefghijklmnop" not in json.dumps(shown)
    raw = json.dumps({"text": "fire 100% Straße", "evil": EVIL}, ensure_ascii=False)
    assert shown["body"] == raw
    assert shown["digest"] == hashlib.sha256(raw.encode()).hexdigest()
    verdicts = {each["trigger_name"]: each for each in shown["verdicts"]}
    assert verdicts["Open"]["fires"]
    assert verdicts["Signed"]["hindrance"] == "it is not signed with the trigger's secret"
    assert [each["trigger_name"] for each in shown["executions"]] == ["Open"]
    assert listed["fires"] == [verdicts["Open"]["trigger_id"]]
    assert (listed["executions"], listed["size"]) == (1, len(raw.encode()))
    signed = service.get(f"{URL}?text=smoke").json["deliveries"][0]["id"]
    assert service.get(f"{URL}/{signed}").json["headers"]["X-Webhook-Signature-256"] == "***"
    assert service.get(f"{URL}/dlv-none").status == 404


def test_of_refused_ones_the_head_is_shown(service: Served) -> None:
    """The newest first, and nothing of their bodies."""
    answer = service.get(f"{URL}/refused")
    assert [(each["source"], each["event"]) for each in answer.json["refused"]] == [
        ("github", "pull_request"),
        ("webhook", ""),
    ]
    assert "forged" not in answer.text


def test_the_pages_show_the_same(service: Served) -> None:
    """Strangers' text is text: no markup, and nothing that turns the direction of writing."""
    listed = service.get("/ops/deliveries?q=100%25&fired=yes").text
    (link,) = re.findall(r"/ops/deliveries/dlv-[0-9a-f]+", listed)
    assert ">Open</a>" in listed
    assert "1 delivery." in listed
    assert "2 refusals" in listed
    shown = service.get(link).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \\u202eevil" in shown
    assert "<script>alert" not in shown
    assert "‮" not in shown
    assert "not signed with the trigger" in shown
    assert "No delivery fits" in service.get("/ops/deliveries?q=nowhere").text
    for odd in ("source=x&fired=maybe&before=-1&since=today", "before=99999999999999999", "event="):
        assert "Show all" not in service.get(f"/ops/deliveries?{odd}").text
    assert service.get("/ops/deliveries/dlv-none").status == 404
    assert service.get("/ops/deliveries/..%20").status == 404


def test_a_reader_may_look_but_not_redeliver(service: Served) -> None:
    """That takes the scope to operate."""
    body = {"label": "r", "person": "Ro", "email": "ro@example.org", "scopes": ["read"]}
    made = service.post("/admin/keys", json_body=body)
    assert made.status == 201, made.text
    key = made.json["text"]
    listed = service.get(URL, key=key)
    assert listed.status == 200
    one = listed.json["deliveries"][0]["id"]
    assert service.post(f"{URL}/{one}/redeliver", key=key).status == 403
    assert service.post(f"/ops/deliveries/{one}/redeliver", key=key).status == 403
    assert "Redeliver" not in service.get(f"/ops/deliveries/{one}", key=key).text


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Another service, for the tests that send and change."""
    folder = tmp_path_factory.mktemp("other")
    with shared_service(folder, **settings(folder)) as served:
        yield served


@pytest.fixture
def fresh(other: Served) -> Served:
    """A service that has heard nothing yet."""
    forget_events(other)
    return other


def redelivered(service: Served, first: Answer) -> Any:
    answer = service.post(f"{URL}/{first.json['delivery_id']}/redeliver")
    assert answer.status == 202, answer.text
    return answer.json


def test_a_redelivery_is_judged_by_the_rules_of_now(fresh: Served) -> None:
    """It is a delivery of its own, deduplicated from nothing, and told in the audit log."""
    first = send(fresh, {"text": "fire and smoke"})
    assert first.json["triggers"] == []
    opened = make_trigger(fresh, "Open", allow_unsigned=True, detection_keyword="fire")
    make_trigger(fresh, "Signed", secret=SECRET, detection_keyword="smoke")
    for _ in range(2):
        again = redelivered(fresh, first)
        assert again["triggers"] == [opened]
        assert again["duplicate"] is False
    kept = fresh.get(f"{URL}/{again['delivery_id']}").json
    assert kept["redelivery_of"] == first.json["delivery_id"]
    assert [each["id"] for each in kept["executions"]] == again["executions"]
    assert len(fresh.get(f"{URL}/{kept['redelivery_of']}").json["redeliveries"]) == 2
    (queued,) = rows(fresh, "SELECT * FROM executions WHERE id = ?", again["executions"][0])
    assert (queued["source"], queued["person"]) == ("webhook", "Administrator")
    assert json.loads(queued["payload"]) == {"text": "fire and smoke"}
    audit = fresh.get("/admin/audit?action=delivery.redeliver").json["rows"]
    assert [each["target"] for each in audit] == [first.json["delivery_id"]] * 2
    assert audit[0]["details"] == {"delivery": again["delivery_id"]}
    assert send(fresh, {"text": "fire and smoke"}).json["duplicate"] is True
    assert fresh.post(f"{URL}/dlv-none/redeliver").status == 404


def test_a_redelivery_fires_nothing_that_it_was_not_signed_for(fresh: Served) -> None:
    """Who may send it once more vouches for no signature."""
    opened = make_trigger(fresh, "Was open", allow_unsigned=True, detection_keyword="fire")
    unsigned = send(fresh, {"text": "fire"})
    assert unsigned.json["triggers"] == [opened]
    change = {"secret": SECRET, "allow_unsigned": False}
    assert fresh.request("PATCH", f"/admin/triggers/{opened}", json_body=change).status == 200
    assert redelivered(fresh, unsigned)["triggers"] == []
    signed = send(fresh, {"text": "fire, signed"}, SECRET)
    assert signed.json["triggers"] == [opened]
    assert redelivered(fresh, redelivered_answer(fresh, signed))["triggers"] == [opened]
    change = {"secret": "another-" + SECRET}
    assert fresh.request("PATCH", f"/admin/triggers/{opened}", json_body=change).status == 200
    assert redelivered(fresh, signed)["triggers"] == [opened]


def redelivered_answer(service: Served, first: Answer) -> Answer:
    """The answer of a redelivery, to be redelivered in turn."""
    answer = service.post(f"{URL}/{first.json['delivery_id']}/redeliver")
    assert answer.status == 202
    return answer


def test_a_redelivery_of_github_counts_as_signed_by_the_service_s_secret(fresh: Served) -> None:
    """A trigger that was made meanwhile hears it; one with a secret of its own does not."""
    make_trigger(fresh, "Other", "github", repository="team/other")
    first = send_github(fresh, 7)
    assert first.json["triggers"] == []
    hub = make_trigger(fresh, "Hub", "github", repository="team/plan")
    make_trigger(fresh, "Own", "github", repository="team/plan", secret=SECRET)
    assert redelivered(fresh, first)["triggers"] == [hub]


def test_a_full_queue_refuses_a_redelivery_whole(fresh: Served) -> None:
    """Neither a delivery nor an audit row is left of it; the page says why."""
    make_trigger(fresh, "Open", allow_unsigned=True, detection_keyword="fire")
    rows(fresh, "INSERT INTO switches VALUES ('pause', 'on', 'x', 'x')")
    first = send(fresh, {"text": "fire"})
    for number in range(199):
        assert send(fresh, {"text": f"fire {number}"}).status == 202
    path = f"{first.json['delivery_id']}/redeliver"
    answer = fresh.post(f"{URL}/{path}")
    assert (answer.status, answer.json["error"]["code"]) == (429, "queue_full")
    page = fresh.post(f"/ops/deliveries/{path}")
    assert page.status == 429
    assert "are waiting already" in page.text
    assert len(rows(fresh, "SELECT id FROM deliveries")) == 200
    assert fresh.get("/admin/audit?action=delivery.redeliver").json["rows"] == []
    rows(fresh, "UPDATE executions SET state = 'cancelled'")
    assert fresh.post(f"/ops/deliveries/{path}").status == 303
