"""Runs of a model for an interview, in a real database: begun once, taken over once, in room."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.db.connection import connect
from service.db.upgrade import migrate
from service.errors import NotFoundError
from service.interview import runs, sessions
from service.interview.runs import MOST_PROPOSED, Brought
from service.interview.sessions import Given


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(tmp_path / "test.sqlite3")) as found:
        migrate(found)
        yield found


@pytest.fixture
def session_id(db: sqlite3.Connection) -> str:
    return sessions.begin(db, "idea", "A bakery.", "standard", "Ada")


def say(db: sqlite3.Connection, session_id: str, question: str, value: str) -> None:
    sessions.answer(db, session_id, Given(question, "Which?", "other", value, "Ada", "now"))


def part(key: str, question: str = "", value: str = "") -> Mapping[str, Any]:
    """A proposed part that rests on an answer, or (without a question) on the brief."""
    rests = {"question": question, "how": "other", "value": value, "by": "Ada", "at": "now"}
    return {"key": key, "answer": rests if question else None}


def asked(db: sqlite3.Connection, session_id: str, execution: str) -> bool:
    return runs.begin(db, sessions.get(db, session_id), execution)


def drafted(db: sqlite3.Connection, session_id: str, *parts: Mapping[str, Any]) -> int | None:
    assert asked(db, session_id, "exec-1")
    return runs.take(db, session_id, "exec-1", "m", Brought(parts=parts))


def keys(db: sqlite3.Connection, session_id: str) -> list[str]:
    return [each["key"] for each in sessions.get(db, session_id).proposed]


def test_only_one_run_is_waited_for(db: sqlite3.Connection, session_id: str) -> None:
    """A second one begins nothing; what is over begins none either."""
    assert asked(db, session_id, "exec-1")
    assert not asked(db, session_id, "exec-2")
    assert sessions.get(db, session_id).execution == "exec-1"
    runs.forget(db, session_id, "exec-2")
    assert sessions.get(db, session_id).execution == "exec-1"
    runs.forget(db, session_id, "exec-1")
    before = sessions.get(db, session_id)
    sessions.set_state(db, session_id, "done")
    assert not runs.begin(db, before, "exec-3")
    sessions.delete(db, session_id)
    with pytest.raises(NotFoundError):
        runs.begin(db, before, "exec-3")


def test_a_run_is_taken_over_once(db: sqlite3.Connection, session_id: str) -> None:
    assert drafted(db, session_id, part("a")) == 1
    assert runs.take(db, session_id, "exec-1", "m", Brought(parts=[part("b")])) is None
    assert keys(db, session_id) == ["a"]


def test_it_was_told_what_was_answered_when_its_question_was_made(
    db: sqlite3.Connection, session_id: str
) -> None:
    say(db, session_id, "q", "bread")
    before = sessions.get(db, session_id)
    say(db, session_id, "q", "cake")
    assert runs.begin(db, before, "exec-1")
    now = sessions.get(db, session_id)
    assert [each.number <= now.told for each in now.answers] == [True, False]


def test_proposals_make_room_whose_answer_has_changed(
    db: sqlite3.Connection, session_id: str
) -> None:
    say(db, session_id, "q", "bread")
    old = [part(f"old{number}", "q", "bread") for number in range(MOST_PROPOSED - 1)]
    assert drafted(db, session_id, *old, part("brief")) == MOST_PROPOSED
    say(db, session_id, "q", "cake")
    assert drafted(db, session_id, part("new", "q", "cake")) == 1
    assert keys(db, session_id) == ["brief", "new"]


def test_a_requirement_is_kept_with_its_criterion_or_not_at_all(
    db: sqlite3.Connection, session_id: str
) -> None:
    full = [part(f"old{number}") for number in range(MOST_PROPOSED - 3)]
    drafted(db, session_id, *full)
    new = [part(key) for key in ("a", "a/criterion", "b", "b/criterion", "c")]
    assert drafted(db, session_id, *new) == 2
    assert keys(db, session_id)[-2:] == ["a", "a/criterion"]
    assert drafted(db, session_id, *new[2:]) == 0


def test_offered_words_keep_the_name_of_their_model(
    db: sqlite3.Connection, session_id: str
) -> None:
    for number, (model, offered) in enumerate((("one", ["a", "b"]), ("two", ["b"]), ("three", []))):
        words = {key: {"text": model} for key in offered}
        assert asked(db, session_id, f"exec-{number}")
        runs.take(db, session_id, f"exec-{number}", model, Brought(offers=words))
    found = sessions.get(db, session_id)
    assert found.models == ("one", "two", "three")
    assert found.offer_models == {"a": "one", "b": "two"}
