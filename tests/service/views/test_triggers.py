"""`GET /admin/triggers` of a real service: what is shown, in parts, and never a secret."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from tests.service.served import Served
from tests.service.shared import rows, shared_service

SECRET = "canary-secret-of-a-trigger"
URL = "/admin/triggers"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with twelve triggers: every third signed, every fourth off, the last of GitHub."""
    with shared_service(tmp_path_factory.mktemp("triggers")) as served:
        # What comes with the service has a test of its own.
        rows(served, "DELETE FROM triggers")
        for number in range(12):
            rows(
                served,
                """INSERT INTO triggers (id, name, source, enabled, secret, match_field_path,
                    match_field_value, prompt_template, backend, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, 'kind', 'alert', '/audit {message}', 'claude',
                    '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z')""",
                f"trig-{number}",
                f"Trigger {number:02}",
                "github" if number == 11 else "webhook",
                int(number % 4 != 0),
                SECRET if number % 3 == 0 else None,
            )
        yield served


def names(answer: Any) -> list[str]:
    assert answer.status == 200
    return [each["name"] for each in answer.json["triggers"]]


def test_a_trigger_is_shown_whole_but_for_its_secret(service: Served) -> None:
    first = service.get(URL).json["triggers"][0]
    assert first == {
        "id": "trig-0", "name": "Trigger 00", "source": "webhook", "enabled": False,
        "predefined": False, "match_field_path": "kind", "match_field_value": "alert",
        "text_field_path": "text", "detection_keyword": "", "events": [], "repository": "",
        "authors": [], "has_secret": True, "allow_unsigned": False, "dedup_s": None, "cron": "",
        "time_zone": "UTC", "next_fire_at": "", "prompt_template": "/audit {message}",
        "backend": "claude", "model": "", "effort": "", "allowed_tools": [], "paths": [],
        "worktree": False,
        "timeout_s": 600, "concurrency": 1, "priority": 0, "retries": 0, "runs_per_day": None,
        "report_status": False,
        "notify_on": "never", "notify_url": "", "has_notify_secret": False, "revision": 1,
        "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-02T00:00:00.000Z",
    }  # fmt: skip
    assert service.get(f"{URL}/trig-0").json == first
    assert service.get(f"{URL}/trig-none").status == 404


def test_no_secret_is_in_any_answer(service: Served) -> None:
    for query in ("", "?limit=500", "?source=webhook", "?enabled=true", "?offset=3"):
        answer = service.get(URL + query)
        assert answer.status == 200
        assert SECRET not in answer.text
        assert SECRET not in str(answer.headers)
    signed = [each["has_secret"] for each in service.get(URL).json["triggers"]]
    assert signed == [number % 3 == 0 for number in range(12)]
    assert SECRET not in service.log.read_text("utf-8")


def test_parts_follow_each_other_by_name(service: Served) -> None:
    whole = names(service.get(URL))
    assert whole == [f"Trigger {number:02}" for number in range(12)]
    parts = [service.get(f"{URL}?limit=5&offset={offset}") for offset in (0, 5, 10, 15)]
    assert [name for part in parts for name in names(part)] == whole
    assert {part.json["total_count"] for part in parts} == {12}


def test_triggers_are_found_by_source_and_state(service: Served) -> None:
    found = service.get(f"{URL}?source=github")
    assert names(found) == ["Trigger 11"]
    assert found.json["total_count"] == 1
    off = service.get(f"{URL}?enabled=false")
    assert names(off) == ["Trigger 00", "Trigger 04", "Trigger 08"]
    assert service.get(f"{URL}?enabled=true&source=webhook").json["total_count"] == 8
    assert service.get(f"{URL}?source=schedule").json == {"triggers": [], "total_count": 0}


@pytest.mark.parametrize("query", ["source=other", "enabled=1", "limit=0", "limit=501", "secret=x"])
def test_other_questions_are_refused(service: Served, query: str) -> None:
    assert service.get(f"{URL}?{query}").status == 400


def test_reading_needs_a_key_and_changes_nothing(service: Served) -> None:
    before = dump(service)
    assert service.get(URL, key=None).status == 401
    assert service.get(URL).status == 200
    assert service.request("HEAD", URL).body == b""
    for method in ("POST", "PATCH", "DELETE"):
        path = URL if method == "POST" else f"{URL}/trig-0"
        assert service.request(method, path, json_body={}, key=None).status == 401
    for method in ("PUT", "PATCH", "DELETE"):
        assert service.request(method, URL, json_body={}).status == 405
    assert dump(service) == before


def dump(service: Served) -> list[dict[str, Any]]:
    return rows(service, "SELECT * FROM triggers ORDER BY id")


def test_the_database_itself_refuses_an_unknown_source(service: Served) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        rows(service, "UPDATE triggers SET source = 'other'")
