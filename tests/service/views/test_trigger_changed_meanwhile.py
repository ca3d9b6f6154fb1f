"""Runs of a trigger that was changed, switched off or deleted meanwhile: nothing is lost."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.service.served import Served
from tests.service.shared import rows, shared_service
from tests.service.watching import eventually

COMMANDS = """
[commands.say]
argv = ["cat"]
[commands.limited]
argv = ["sh", "-c", "echo rate limit >&2; exit 1"]
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for the module."""
    folder = tmp_path_factory.mktemp("meanwhile")
    (folder / "commands.toml").write_text(COMMANDS, "utf-8")
    with shared_service(folder, COMMANDS_FILE=str(folder / "commands.toml")) as served:
        yield served


def make(service: Served, name: str, **more: Any) -> str:
    body = {"name": name, "source": "manual", "backend": "command:say",
            "prompt_template": "first words", **more}  # fmt: skip
    made = service.post("/admin/triggers", json_body=body)
    assert made.status == 201, made.text
    return str(made.json["id"])


def run(service: Served, trigger: str) -> str:
    made = service.post(f"/admin/triggers/{trigger}/run", json_body={"queue": True})
    assert made.status == 202, made.text
    return str(made.json["execution_id"])


def ended(service: Served, execution: str) -> str:
    """What it printed, once it has ended well."""
    path = f"/admin/executions/{execution}"
    eventually(lambda: service.get(path).json["finished_at"], "the end")
    assert service.get(path).json["state"] == "succeeded"
    return service.get(f"{path}/log.txt").text


def paused(service: Served, *, on: bool) -> None:
    assert service.request("PUT", "/admin/execution-pause", json_body={"paused": on}).status == 200


def test_what_waits_runs_as_it_was_queued(service: Served) -> None:
    """A change and a rollback hold for what is queued after them; both pages say so."""
    trigger = make(service, "Said")
    paused(service, on=True)
    first = run(service, trigger)
    change = {"prompt_template": "second words"}
    assert service.request("PATCH", f"/admin/triggers/{trigger}", json_body=change).status == 200
    second = run(service, trigger)
    assert "2 runs</a>, of which 1 go by the settings of before" in _page(service, trigger)
    back = service.post(f"/admin/triggers/{trigger}/rollback", json_body={"revision": 1})
    assert back.status == 200, back.text
    assert back.json["prompt_template"] == "first words"
    shown = service.get(f"/ops/executions/{second}").text
    assert "changed since: this runs as it was queued" in shown
    assert "changed since" not in service.get(f"/ops/executions/{first}").text
    paused(service, on=False)
    assert "second words" in ended(service, second)
    assert "first words" in ended(service, first)
    assert "this ran as it was queued" in service.get(f"/ops/executions/{second}").text
    assert "Waiting" not in _page(service, trigger)


def test_a_trigger_that_is_off_or_gone_takes_no_run_with_it(service: Served) -> None:
    """What waits runs; what ran is run again, by its own order; a run of now is refused."""
    trigger = make(service, "Gone")
    paused(service, on=True)
    waits = run(service, trigger)
    change = {"enabled": False}
    assert service.request("PATCH", f"/admin/triggers/{trigger}", json_body=change).status == 200
    refused = service.post(f"/admin/triggers/{trigger}/run", json_body={})
    assert (refused.status, "switched off" in refused.text) == (409, True)
    page = _page(service, trigger)
    assert "switching off does not stop what waits" in page
    assert "the one that waits still runs" in page
    assert service.request("DELETE", f"/admin/triggers/{trigger}").status in (200, 204)
    paused(service, on=False)
    assert "first words" in ended(service, waits)
    shown = service.get(f"/ops/executions/{waits}").text
    assert "Its trigger is deleted; that hinders nothing." in shown
    assert f"/ops/triggers/{trigger}" not in shown
    again = service.post(f"/admin/executions/{waits}/replay")
    assert again.status == 202
    assert "first words" in ended(service, again.json["id"])
    gone = service.post(f"/admin/triggers/{trigger}/run", json_body={})
    assert (gone.status, "it may have been deleted" in gone.text) == (404, True)


def test_a_retry_of_a_trigger_that_is_gone_is_made_all_the_same(service: Served) -> None:
    """As often as the order says that it was queued with."""
    trigger = make(service, "Limited", backend="command:limited", retries=1)
    first = run(service, trigger)
    found = f"/admin/executions?trigger_id={trigger}"
    eventually(lambda: service.get(found).json["total_count"] == 2, "the retry is queued")
    assert service.get(f"/admin/executions/{first}").json["failure"] == "rate_limit"
    assert service.request("DELETE", f"/admin/triggers/{trigger}").status in (200, 204)
    # Its time comes.
    rows(service, "UPDATE executions SET not_before = queued_at WHERE state = 'queued'")
    paused(service, on=False)
    eventually(lambda: service.get(found).json["queued"] == 0, "the retry begins")
    eventually(lambda: service.get(found).json["running"] == 0, "the retry ends")
    states = [each["state"] for each in service.get(found).json["executions"]]
    assert states == ["failed", "failed"]
    assert service.get(found).json["executions"][0]["attempt"] == 2


def test_a_redelivery_after_its_trigger_was_deleted_is_kept_and_fires_nothing(
    service: Served,
) -> None:
    """The first delivery and its run stay; the new one says that nothing heard it."""
    trigger = make(
        service, "Heard", source="webhook", allow_unsigned=True, detection_keyword="lamp"
    )
    first = service.post("/", key=None, json_body={"text": "the lamp"})
    assert (first.status, first.json["triggers"]) == (202, [trigger])
    (execution,) = first.json["executions"]
    ended(service, execution)
    assert service.request("DELETE", f"/admin/triggers/{trigger}").status in (200, 204)
    path = f"/admin/deliveries/{first.json['delivery_id']}/redeliver"
    again = service.post(path)
    assert again.status == 202, again.text
    assert (again.json["triggers"], again.json["executions"]) == ([], [])
    page = service.get(f"/ops/deliveries/{again.json['delivery_id']}").text
    assert "It fired nothing" in page
    before = service.get(f"/ops/deliveries/{first.json['delivery_id']}").text
    assert execution in before


def test_what_waits_of_a_trigger_is_cancelled_at_once(service: Served) -> None:
    """Also when it is gone; what others wait for stays, and nobody but an operator may."""
    trigger, other = make(service, "Flood", concurrency=1), make(service, "Other")
    paused(service, on=True)
    floods = [run(service, trigger) for _ in range(5)]
    kept = run(service, other)
    assert service.request("DELETE", f"/admin/triggers/{trigger}").status in (200, 204)
    page = service.get(f"/ops/executions?trigger={trigger}").text
    assert "5 runs of “Flood” will not begin" in page
    assert "will not begin" not in service.get("/ops/executions").text
    asked = {"trigger_id": trigger}
    path = "/admin/execution-cancellations"
    reader = service.post("/admin/keys", json_body={
        "label": "reader", "person": "Ada", "scopes": ["read"]}).json["text"]  # fmt: skip
    assert service.post(path, json_body=asked, key=reader).status == 403
    assert service.post(path, json_body=asked).json == {"cancelled": 5}
    assert service.post(path, json_body=asked).json == {"cancelled": 0}
    for each in floods:
        shown = service.get(f"/admin/executions/{each}").json
        assert (shown["state"], shown["reason"]) == (
            "cancelled", "cancelled by Administrator before it began",
        )  # fmt: skip
    assert service.get(f"/admin/executions/{kept}").json["state"] == "queued"
    paused(service, on=False)
    ended(service, kept)
    audited = service.get("/admin/audit?action=execution.cancel-waiting").json
    assert trigger in str(audited)


def _page(service: Served, trigger: str) -> str:
    return service.get(f"/ops/triggers/{trigger}").text
