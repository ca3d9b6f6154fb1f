"""Notifications of a real service: every way in which an execution ends is told."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.killing import kill_all
from tests.service.notifications.hearing import Receiver, receiver
from tests.service.served import Serve, Served
from tests.service.shared import FREE, rows
from tests.service.watching import eventually

SECRET = "whsec_" + base64.b64encode(b"secret of the notifications 0123").decode()
COMMANDS = """
[commands.good]
argv = ["true"]
[commands.bad]
argv = ["sh", "-c", "exit 3"]
[commands.long]
argv = ["sleep", "300"]
"""


@pytest.fixture
def there() -> Iterator[Receiver]:
    """A receiver of notifications."""
    with receiver() as made:
        yield made


@pytest.fixture
def service(serve: Serve, tmp_path: Path, there: Receiver) -> Served:
    """A service that may tell the receiver."""
    file = tmp_path / "commands.toml"
    file.write_text(COMMANDS, "utf-8")
    return serve(
        COMMANDS_FILE=str(file), NOTIFY_HOSTS=there.host, PUBLIC_URL="https://plan.example.org/",
        **FREE,
    )  # fmt: skip


def run(service: Served, there: Receiver, command: str, on: str = "always") -> str:
    """Make a trigger of the command, and run it."""
    body = {
        "name": f"{command} {on}", "source": "manual", "backend": f"command:{command}",
        "prompt_template": "Go.", "notify_on": on, "notify_url": there.url,
        "notify_secret": SECRET,
    }  # fmt: skip
    made = service.post("/admin/triggers", json_body=body)
    assert made.status == 201, made.text
    started = service.post(f"/admin/triggers/{made.json['id']}/run", json_body={})
    assert started.status == 202, started.text
    return str(started.json["execution_id"])


def shown(service: Served, execution: str) -> Any:
    return service.get(f"/admin/executions/{execution}").json


def test_ends_are_told_and_shown(service: Served, there: Receiver) -> None:
    """On the execution, in the list, on the page; with no secret and no path of the address."""
    bad = run(service, there, "bad", "failure")
    good = run(service, there, "good", "failure")
    eventually(lambda: shown(service, good)["finished_at"], "the good one ends")
    eventually(lambda: (shown(service, bad)["notification"] or {}).get("state") == "sent", "told")
    assert shown(service, good)["notification"] is None
    (heard,) = there.heard
    assert heard.is_signed_by(SECRET)
    assert heard.json["type"] == "execution.failed"
    assert heard.json["execution"]["address"] == f"https://plan.example.org/ops/executions/{bad}"
    listed = service.get("/admin/notifications?state=sent")
    assert listed.json["total_count"] == 1
    (told,) = listed.json["notifications"]
    assert told == shown(service, bad)["notification"]
    assert (told["execution_id"], told["to"]) == (bad, f"http://{there.host}")
    assert service.get(f"/admin/notifications?execution_id={good}").json["total_count"] == 0
    page = service.get(f"/ops/executions/{bad}").text
    assert f"to http://{there.host}" in page
    for text in (listed.text, page, service.log.read_text("utf-8")):
        assert SECRET not in text
        assert "hook?a=1" not in text


def test_what_a_kill_interrupts_is_told_by_the_next_service(
    service: Served, there: Receiver
) -> None:
    """And so is what a person cancels before it begins."""
    long = run(service, there, "long", "failure")
    eventually(lambda: shown(service, long)["state"] == "running", "it runs")
    service.request("PUT", "/admin/execution-pause", json_body={"paused": True})
    waiting = run(service, there, "good")
    assert service.post(f"/admin/executions/{waiting}/cancel").status == 202
    eventually(lambda: len(there.heard) == 1, "the cancelled one is told")
    assert there.heard[0].json["type"] == "execution.cancelled"
    kill_all(service)
    service.start()
    eventually(lambda: len(there.heard) == 2, "the interrupted one is told")
    told = there.heard[1].json["execution"]
    assert (told["id"], told["state"]) == (long, "interrupted")
    assert rows(service, "SELECT count(*) AS n FROM notifications")[0]["n"] == 2
