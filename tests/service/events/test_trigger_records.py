"""Triggers in the database: what is refused, what is kept of each change, and what never shows."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.db.connection import transaction
from service.db.seeds import seed_predefined_triggers
from service.errors import ConflictError, ForbiddenError, NotFoundError
from service.events.trigger_history import difference, get_revision, revisions
from service.events.trigger_records import SPEC_FIELDS, Trigger, get, list_triggers
from service.events.trigger_schema import TriggerChange, TriggerSpec, UnfitTriggerError
from service.events.trigger_writing import MOST, delete, update
from tests.service.events.making import build, database, make

SECRET = "secret-of-a-trigger-0123456789"
OTHER = "another-secret-0123456789abcdef"
WEBHOOK = {"source": "webhook", "detection_keyword": "audit", "secret": SECRET}
CLAUDE = {"backend": "claude", "prompt_template": "Look at {message}."}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with database(tmp_path) as db:
        yield db


def change(db: sqlite3.Connection, known: Trigger, **values: Any) -> Trigger:
    with transaction(db):
        return update(db, known.id, values, person="Grace", build=build)


def refused(db: sqlite3.Connection, **values: Any) -> dict[str, str]:
    """What is told of a trigger that cannot be."""
    with pytest.raises(UnfitTriggerError) as caught:
        make(db, **values)
    assert list_triggers(db, limit=9, offset=0) == ((), 0)
    return dict(caught.value.problems)


def test_a_trigger_is_kept_as_it_was_written(db: sqlite3.Connection) -> None:
    written: dict[str, Any] = {
        "name": "Review", "source": "github", "repository": "team/plan", "enabled": True,
        "events": ("pull_request.opened", "push"), "authors": ("OWNER",), "secret": SECRET,
        "match_field_path": "a.b", "match_field_value": "c", "text_field_path": "d.e",
        "detection_keyword": "/review", "allow_unsigned": False, "dedup_s": 0, "cron": "",
        "time_zone": "Europe/Berlin", "prompt_template": "Review {pr_url}.\n", "backend": "claude",
        "model": "opus", "effort": "high", "allowed_tools": ("Read", "Bash(git log:*)"),
        "paths": ("/srv/plan",),
        "worktree": True, "timeout_s": 10, "concurrency": 16, "priority": -100, "retries": 5,
        "runs_per_day": 10_000, "notify_on": "always", "notify_url": "https://example.org/a?b=c",
        "notify_secret": OTHER, "report_status": True,
    }  # fmt: skip
    assert set(written) == set(SPEC_FIELDS)
    made = make(db, **written)
    for name, value in written.items():
        if name in ("secret", "notify_secret"):
            assert getattr(made, f"has_{name}")
        else:
            assert getattr(made, name) == value, name
    assert (made.revision, made.predefined, made.next_fire_at) == (1, False, "")
    assert made.id.startswith("trig-")
    assert len(made.id) == 15
    assert get(db, made.id) == made
    row = db.execute("SELECT * FROM triggers").fetchone()
    assert (row["secret"], row["notify_secret"]) == (SECRET, OTHER)


def test_no_secret_is_shown_or_kept_in_the_history(db: sqlite3.Connection) -> None:
    known = make(db, **WEBHOOK, notify_secret=OTHER)
    after = change(db, known, secret=OTHER[::-1])
    assert SECRET not in repr(known)
    kept = json.dumps([dict(row) for row in db.execute("SELECT * FROM trigger_revisions")])
    for each in (SECRET, OTHER, OTHER[::-1]):
        assert each not in kept
    found, _ = revisions(db, after.id, limit=9, offset=0)
    # That it was replaced is told, and by whom.
    assert (found[0].changed, found[0].person) == (("secret",), "Grace")


@pytest.mark.parametrize(
    ("values", "field", "word"),
    [
        ({"timeout_s": 9}, "timeout_s", "10"),
        ({"timeout_s": 14_401}, "timeout_s", "14400"),
        ({"concurrency": 0}, "concurrency", "1"),
        ({"concurrency": 17}, "concurrency", "16"),
        ({"priority": -101}, "priority", "-100"),
        ({"priority": 101}, "priority", "100"),
        ({"retries": -1}, "retries", "0"),
        ({"retries": 6}, "retries", "5"),
        ({"runs_per_day": 0}, "runs_per_day", "1"),
        ({"runs_per_day": 10_001}, "runs_per_day", "10000"),
        ({"dedup_s": -1}, "dedup_s", "0"),
        ({"timeout_s": True}, "timeout_s", "integer"),
        ({"timeout_s": "60"}, "timeout_s", "integer"),
        ({"unknown": 1}, "unknown", "not permitted"),
        ({"name": ""}, "name", "at least 1"),
        ({"name": "a\nb"}, "name", "form"),
        ({"name": "<b>"}, "name", "form"),
        ({"source": "clock"}, "source", "webhook"),
        ({"prompt_template": "a\0b"}, "prompt_template", "form"),
        ({**WEBHOOK, "secret": "short"}, "secret", "16"),
        ({**WEBHOOK, "secret": "with a space in the middle"}, "secret", "form"),
        ({**WEBHOOK, "secret": None}, "secret", "unsigned"),
        ({**WEBHOOK, "detection_keyword": ""}, "detection_keyword", "everything"),
        ({**WEBHOOK, "match_field_path": "a"}, "match_field_value", "together"),
        ({**WEBHOOK, "match_field_value": "a"}, "match_field_path", "together"),
        ({**WEBHOOK, "events": ("push",)}, "events", "GitHub"),
        ({**WEBHOOK, "repository": "team/plan"}, "repository", "GitHub"),
        ({"source": "github"}, "repository", "owner/name"),
        ({"source": "github", "repository": "project"}, "repository", "form"),
        ({"source": "github", "repository": "a/b", "events": ("Push",)}, "events", "form"),
        ({"source": "github", "repository": "a/b", "authors": ("me",)}, "authors", "OWNER"),
        ({"source": "schedule"}, "cron", "when it fires"),
        ({"source": "schedule", "cron": "0 0 31 2 *"}, "cron", "never"),
        ({"cron": "0 0 * * *"}, "cron", "only a trigger"),
        ({"source": "schedule", "cron": "* * * * *", "time_zone": "Mars/Up"}, "time_zone", "zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone", "form"),
        ({"backend": "claude"}, "prompt_template", "agent"),
        ({**CLAUDE, "backend": "gpt"}, "backend", "claude"),
        ({**CLAUDE, "backend": "command:lint"}, "backend", "lint"),
        ({"backend": "builtin:other"}, "backend", "builtin"),
        ({**CLAUDE, "model": "--help"}, "model", "model"),
        ({**CLAUDE, "effort": "--help"}, "effort", "input"),
        ({**CLAUDE, "allowed_tools": ("Bash",)}, "allowed_tools", "Bash"),
        ({**CLAUDE, "allowed_tools": ("Read,Write",)}, "allowed_tools", "tool"),
        ({**CLAUDE, "paths": ("srv",)}, "paths", "absolute"),
        ({**CLAUDE, "paths": ("/srv/../etc",)}, "paths", "absolute"),
        ({**CLAUDE, "worktree": True}, "paths", "checkout"),
        ({"notify_on": "failure"}, "notify_url", "where"),
        ({"notify_on": "failure", "notify_url": "file:///etc/passwd"}, "notify_url", "https"),
        ({"notify_url": "https://me:secret@example.org"}, "notify_url", "https"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(
    db: sqlite3.Connection, values: dict[str, Any], field: str, word: str
) -> None:
    found = refused(db, **values)
    assert list(found) == [field]
    assert word in found[field]
    assert "secret-of" not in found[field]


def test_all_that_is_wrong_is_told_at_once(db: sqlite3.Connection) -> None:
    found = refused(db, source="webhook", backend="claude", cron="x", notify_on="always")
    assert list(found) == ["detection_keyword", "secret", "cron", "prompt_template", "notify_url"]


def test_one_that_is_switched_off_may_be_incomplete(db: sqlite3.Connection) -> None:
    known = make(db, source="github", enabled=False)
    assert change(db, known, name="Draft").revision == 2
    with pytest.raises(UnfitTriggerError, match="repository"):
        change(db, known, enabled=True)
    assert change(db, known, enabled=True, repository="team/plan").enabled


def test_null_clears_and_what_is_missing_stays(db: sqlite3.Connection) -> None:
    known = make(
        db, **WEBHOOK, **CLAUDE, model="opus", runs_per_day=3, timeout_s=60, dedup_s=5,
        match_field_path="a", match_field_value="b", allowed_tools=("Read",),
    )  # fmt: skip
    after = change(
        db, known, model=None, runs_per_day=None, timeout_s=None, match_field_path=None,
        match_field_value=None, allowed_tools=None, dedup_s=None,
    )  # fmt: skip
    assert (after.model, after.runs_per_day, after.timeout_s, after.dedup_s) == (
        "",
        None,
        600,
        None,
    )
    assert (after.match_field_path, after.match_field_value, after.allowed_tools) == ("", "", ())
    assert (after.has_secret, after.detection_keyword, after.prompt_template) == (
        True, "audit", CLAUDE["prompt_template"],
    )  # fmt: skip
    unsigned = change(db, known, secret=None, allow_unsigned=True)
    assert not unsigned.has_secret
    for name in ("name", "source", "backend"):
        with pytest.raises(UnfitTriggerError, match="cleared"):
            change(db, known, **{name: None})
    assert get(db, known.id) == unsigned


def test_making_and_changing_share_one_schema() -> None:
    assert set(TriggerChange.model_fields) == set(TriggerSpec.model_fields)
    assert not any(field.is_required() for field in TriggerChange.model_fields.values())


def test_each_change_is_a_revision_with_who_and_what(db: sqlite3.Connection) -> None:
    known = make(db, **CLAUDE)
    change(db, known, prompt_template="Look twice.", timeout_s=60)
    change(db, known, prompt_template="Look twice.")
    change(db, known, enabled=False)
    found, total = revisions(db, known.id, limit=2, offset=0)
    assert total == 3
    assert [(each.revision, each.person, each.changed) for each in found] == [
        (3, "Grace", ("enabled",)),
        (2, "Grace", ("prompt_template", "timeout_s")),
    ]
    (first,), _ = revisions(db, known.id, limit=9, offset=2)
    assert (first.revision, first.person, first.changed) == (1, "Ada", ())
    assert difference(first.template, found[0].template) == (
        "@@ -1 +1 @@", "-Look at {message}.", "+Look twice.",
    )  # fmt: skip
    present = get(db, known.id)
    assert present.revision == 3
    assert get_revision(db, known.id, 1).template == CLAUDE["prompt_template"]
    assert revisions(db, known.id, limit=9, offset=3) == ((), 3)
    with pytest.raises(NotFoundError):
        get_revision(db, known.id, 9)


def test_a_comparison_of_huge_templates_is_bounded() -> None:
    old, new = "a\n" * 5_000, "b\n" * 5_000
    assert len(difference(old, new)) == 10_000
    assert difference(old, old) == ()


def test_names_are_unique(db: sqlite3.Connection) -> None:
    known, other = make(db, name="One"), make(db, name="Two")
    with pytest.raises(ConflictError, match="called One"):
        make(db, name="One")
    with pytest.raises(ConflictError, match=known.id):
        change(db, other, name="One")
    assert change(db, known, name="One", priority=1).priority == 1


def test_there_is_a_greatest_number_of_them(db: sqlite3.Connection) -> None:
    for number in range(MOST):
        make(db, name=f"T{number}")
    with pytest.raises(ConflictError, match="500"):
        make(db, name="One more")


def test_what_came_with_the_service_is_changed_but_not_deleted(db: sqlite3.Connection) -> None:
    with transaction(db):
        seeded = seed_predefined_triggers(db)
    for each in seeded:
        with pytest.raises(ForbiddenError, match="cannot be deleted"), transaction(db):
            delete(db, each)
        known = get(db, each)
        after = change(db, known, prompt_template="Ours.", backend="claude")
        assert after.prompt_template == "Ours."
        # As it came is a revision too, made by nobody.
        found, total = revisions(db, each, limit=9, offset=0)
        assert (total, found[1].person, found[1].template) == (2, "", known.prompt_template)
    with transaction(db):
        assert seed_predefined_triggers(db) == ()
    assert get(db, seeded[0]).prompt_template == "Ours."


def test_a_deleted_trigger_takes_its_history_along(db: sqlite3.Connection) -> None:
    known = make(db)
    with transaction(db):
        assert delete(db, known.id) == known
    assert db.execute("SELECT count(*) FROM trigger_revisions").fetchone()[0] == 0
    with pytest.raises(NotFoundError), transaction(db):
        delete(db, known.id)
