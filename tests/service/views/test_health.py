"""Health and figures of a running service: little for strangers, all for those with a key."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.service.served import Serve, Served


@pytest.fixture(scope="module")
def served(serve_for_module: Serve) -> Served:
    return serve_for_module()


def test_a_stranger_learns_status_and_time_and_nothing_else(served: Served) -> None:
    answer = served.get("/health/readiness", key=None)
    assert answer.status == 200
    assert set(answer.json) == {"status", "timestamp"}
    assert answer.json["status"] == "ok"
    told = datetime.fromisoformat(answer.json["timestamp"])
    assert abs((datetime.now(UTC) - told).total_seconds()) < 60
    assert served.get("/health/liveness", key=None).json == {"status": "ok"}


@pytest.mark.parametrize("key", ["wrong", "", "x" * 500])
def test_a_wrong_key_is_told_no_more_than_none(served: Served, key: str) -> None:
    answer = served.get("/health/readiness", key=key)
    assert answer.status == 200
    assert set(answer.json) == {"status", "timestamp"}


def test_a_key_is_told_about_each_part(served: Served) -> None:
    body = served.get("/health/readiness").json
    assert set(body["components"]) == {"database", "planner", "executions", "service"}
    assert all(each["ready"] for each in body["components"].values())
    assert body["components"]["database"]["figures"]["journal_mode"] == "wal"
    assert body["components"]["planner"]["figures"]["built"]["written"] > 0


def test_health_is_never_limited_nor_kept(served: Served) -> None:
    answers = [served.get("/health/readiness", key=None) for _ in range(60)]
    assert {answer.status for answer in answers} == {200}
    assert answers[0].headers["Cache-Control"] == "no-store"


def test_metrics_need_a_key(served: Served) -> None:
    assert served.get("/metrics", key=None).status == 401
    for headers in ({"X-Forwarded-For": "127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}):
        assert served.get("/metrics", key=None, headers=headers).status == 401


def test_metrics_tell_what_was_served(served: Served) -> None:
    served.get("/admin/triggers")
    answer = served.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = {each.name: each for each in text_string_to_metric_families(answer.text)}
    routes = {sample.labels["route"] for sample in families["agented_requests"].samples}
    assert "/admin/triggers" in routes
    assert {"process_resident_memory_bytes", "agented_planner_builds", "agented_database_bytes",
            "agented_streams_open"} <= set(families)  # fmt: skip
    assert families["agented_database_bytes"].samples[0].value > 0


def test_health_answers_while_another_process_holds_the_database(served: Served) -> None:
    with closing(sqlite3.connect(served.state / "agented.sqlite3", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        while time.monotonic() - begun < 2:
            assert served.get("/health/readiness", key=None).status == 200
            assert served.get("/health/liveness", key=None).status == 200
        db.execute("ROLLBACK")


def test_a_service_without_a_site_is_not_ready_and_says_so(serve: Serve, tmp_path: Path) -> None:
    served = serve(wait=False, AGENTED_CONTENT_DIR=str(tmp_path / "nowhere"))
    deadline = time.monotonic() + 30
    while "Booting worker" not in served.log.read_text("utf-8"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    answer = served.get("/health/readiness", key=None)
    assert answer.status == 503
    assert answer.json["status"] == "unavailable"
    assert set(answer.json) == {"status", "timestamp"}
    assert int(answer.headers["Retry-After"]) >= 1
    components = served.get("/health/readiness").json["components"]
    assert not components["planner"]["ready"]
    assert components["planner"]["problem"] == "the site is not built yet"
