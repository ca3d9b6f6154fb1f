"""`/admin/executions` of a real service: lists, cancel, replay, pause."""

from collections.abc import Iterator

import pytest

from tests.service.executions.running import (
    URL,
    ended,
    queue,
    record,
    run_now,
    running_service,
    show,
)
from tests.service.served import Served
from tests.service.watching import eventually


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all tests of this file."""
    with running_service(tmp_path_factory.mktemp("service")) as served:
        yield served


def key_with(service: Served, *scopes: str) -> str:
    made = service.post(
        "/admin/keys", json_body={"label": "k", "person": "Grace", "scopes": list(scopes)}
    )
    assert made.status == 201
    return str(made.json["text"])


def test_a_run_from_the_queue_to_its_end(service: Served) -> None:
    """What it was given and how it ended stand in its row."""
    done = ended(service, run_now(service, "hello"))
    assert (done["state"], done["reason"], done["exit_code"]) == (
        "succeeded",
        "it exited with 0",
        0,
    )
    assert (done["lines"], done["person"], done["source"]) == (4, "Ada", "manual")
    assert done["prompt"] == "look here"
    assert done["argv"][0] == "sh"
    assert done["duration_ms"] > 0
    assert not done["cleared"]


def test_the_list_is_filtered_and_paged(service: Served) -> None:
    """By state, trigger, source, delivery and time; newest first."""
    failed = ended(service, run_now(service, "fail", delivery_id="dlv-1"))
    listed = service.get(f"{URL}?state=failed&trigger_id=trig-fail").json
    assert [each["id"] for each in listed["executions"]] == [failed["id"]]
    assert (listed["total_count"], listed["paused"]) == (1, False)
    assert service.get(f"{URL}?delivery_id=dlv-1").json["total_count"] == 1
    assert service.get(f"{URL}?source=github").json["total_count"] == 0
    assert service.get(f"{URL}?until=2020-01-01").json["total_count"] == 0
    everything = service.get(f"{URL}?since=2020-01-01&limit=500").json
    rest = service.get(f"{URL}?limit=500&offset=1").json["executions"]
    assert [each["id"] for each in rest] == [each["id"] for each in everything["executions"]][1:]
    for wrong in ("state=gone", "since=yesterday", "source=", "limit=0", "surprise=1"):
        assert service.get(f"{URL}?{wrong}").status == 400, wrong


@pytest.mark.parametrize(
    "moment", ["2026-13-01", "2026-02-30", "2026-01-01T25:00:00Z", "yesterday"]
)
def test_a_day_that_no_calendar_has_is_refused(service: Served, moment: str) -> None:
    """It would quietly find other runs than those that are meant."""
    for name in ("since", "until"):
        assert service.get(f"{URL}?{name}={moment}").status == 400
    assert service.get(f"{URL}?since=2026-01-01&until=2026-01-01T10:00:00.000Z").status == 200


def test_the_list_carries_no_payload(service: Served) -> None:
    """Fifty of a megabyte each would be a heavy page."""
    queue(
        service, "later", payload='{"a": "secret-payload"}', not_before="2999-01-01T00:00:00.000Z"
    )
    assert b"secret-payload" not in service.get(URL).body


def test_running_is_cancelled_and_ends_once(service: Served) -> None:
    """A second wish is a conflict, and so is one after the end."""
    execution = run_now(service, "sleep")
    eventually(lambda: show(service, execution)["lines"] >= 1, "it printed")
    assert show(service, execution)["state"] == "running"
    assert service.post(f"{URL}/{execution}/cancel").status == 202
    done = ended(service, execution)
    assert (done["state"], done["reason"]) == ("cancelled", "it was cancelled")
    assert service.post(f"{URL}/{execution}/cancel").status == 409


def test_waiting_is_cancelled_at_once(service: Served) -> None:
    execution = queue(service, "hello", not_before="2999-01-01T00:00:00.000Z")
    answer = service.post(f"{URL}/{execution}/cancel")
    assert (answer.status, answer.json["state"]) == (202, "cancelled")
    assert "before it began" in answer.json["reason"]


def test_what_has_ended_is_run_again(service: Served) -> None:
    """As a new execution that names the first; what runs is a conflict."""
    first = ended(service, run_now(service, "hello", event="push", payload='{"a": 1}'))
    again = service.post(f"{URL}/{first['id']}/replay")
    assert again.status == 202
    done = ended(service, again.json["id"])
    assert (done["first_id"], done["source"], done["state"]) == (first["id"], "replay", "succeeded")
    assert (done["event"], done["payload"]) == ("push", '{"a": 1}')
    running = run_now(service, "sleep")
    assert service.post(f"{URL}/{running}/replay").status == 409
    service.post(f"{URL}/{running}/cancel")
    ended(service, running)


def test_while_paused_nothing_begins(service: Served) -> None:
    """And what waited begins at once when it goes on."""
    assert service.request("PUT", "/admin/execution-pause", json_body={"paused": True}).json[
        "paused"
    ]
    execution = queue(service, "hello")
    assert service.get(URL).json["paused"]
    assert show(service, execution)["state"] == "queued"
    assert (
        service.request("PUT", "/admin/execution-pause", json_body={"paused": False}).status == 200
    )
    assert ended(service, execution)["state"] == "succeeded"


def test_nobody_gets_more_than_their_key_says(service: Served) -> None:
    """Reading needs no more than READ, doing needs OPERATE; strangers get nothing."""
    execution = record(service, [("out", ["a"])]).id
    reader, operator = key_with(service, "read"), key_with(service, "operate")
    for path in ("", "/lines", "/log.txt", "/find?q=a"):
        assert service.get(f"{URL}/{execution}{path}", key=reader).status == 200, path
        assert service.get(f"{URL}/{execution}{path}", key=None).status == 401, path
    for path in ("cancel", "replay"):
        assert service.post(f"{URL}/{execution}/{path}", key=reader).status == 403
    assert (
        service.request(
            "PUT", "/admin/execution-pause", key=reader, json_body={"paused": True}
        ).status
        == 403
    )
    replayed = service.post(f"{URL}/{execution}/replay", key=operator)
    assert replayed.status == 202
    ended(service, replayed.json["id"])


@pytest.mark.parametrize("name", ["exec-0000", "..%2f..", "a" * 65, "%00", "pause"])
def test_what_is_not_there_is_404(service: Served, name: str) -> None:
    for path in ("", "/lines", "/stream", "/log.txt", "/find?q=a"):
        assert service.get(f"{URL}/{name}{path}").status in (404, 405), path
    for path in ("cancel", "replay"):
        assert service.post(f"{URL}/{name}/{path}").status in (404, 405), path


def test_readiness_and_metrics_know_the_runner(service: Served) -> None:
    """With a key; without one only the status."""
    ended(service, run_now(service, "fail"))
    figures = service.get("/health/readiness").json["components"]["executions"]
    assert figures["ready"]
    figures = figures["figures"]
    assert figures["ended"]["failed"] >= 1
    assert figures["at_once"] == 4
    assert b"executions" not in service.get("/health/readiness", key=None).body
    text = service.get("/metrics").text
    assert "\nagented_executions_running " in text
    assert "\nagented_executions_waiting " in text
    counted = {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if line.startswith(("agented_executions_total{", "agented_execution_lines_total"))
    }
    assert counted['agented_executions_total{state="failed"}'] >= 1
    assert counted["agented_execution_lines_total"] >= 2
