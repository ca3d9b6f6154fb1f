"""Interviews in the database: what they began with, every answer, what was decided of the draft.

Answers are only ever added, so that the history says who answered what, and when; the latest to a
question counts.  Each function is a piece of work for `Database.read` or `Database.write`.
"""

import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from service.clock import stamp
from service.errors import ConflictError, NotFoundError

SOURCES: Final = ("idea", "readme", "plan")
DEPTHS: Final = ("quick", "standard", "deep")
LONGEST_TEXT: Final = 60_000
# More of any of these is no interview of people.
_MOST_OPEN = 200
_MOST_ANSWERS = 2000
_MOST_PARTS = 1000
_TITLE = 80
REOPENED: Final = "open"


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that somebody gave; `how` is `open` where an answer was taken back."""

    question: str
    text: str
    how: str
    value: str
    person: str
    at: str
    number: int = 0
    """Its place among all answers that were ever given; 0: it is not kept."""

    def plain(self) -> dict[str, str]:
        """As the planner process takes it."""
        return {
            "question": self.question,
            "how": self.how,
            "value": self.value,
            "by": self.person,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of a part of the draft: `accepted`, `dropped` or nothing, and new texts.

    `written` says which model wrote a field.
    """

    decision: str
    changes: Mapping[str, str]
    person: str
    at: str
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An interview.  `state` is `open`, `stopped` (a person said that it is enough) or `done`.

    `answers` are all that were given, oldest first; `passed` are questions that somebody left
    open in this round; `extra` are questions of a model, `offers` words of it by part and field;
    `proposed` are parts of the draft that a model proposed; `models` are those that took part, and
    `offer_models` those whose words are offered, by part.  `told` is the number of the last answer
    that the run `execution` was told.
    """

    id: str
    title: str
    source: str
    text: str
    depth: str
    state: str
    person: str
    created_at: str
    updated_at: str
    execution: str
    passed: tuple[str, ...] = ()
    extra: tuple[Mapping[str, Any], ...] = ()
    proposed: tuple[Mapping[str, Any], ...] = ()
    models: tuple[str, ...] = ()
    offers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    offer_models: Mapping[str, str] = field(default_factory=dict)
    told: int = 0
    answers: tuple[Given, ...] = ()
    decisions: Mapping[str, Decided] = field(default_factory=dict)

    @property
    def current(self) -> tuple[Given, ...]:
        """The answers that count, by question in the order of their first answers."""
        latest: dict[str, Given] = {}
        for each in self.answers:
            latest[each.question] = each
        return tuple(each for each in latest.values() if each.how != REOPENED)


@dataclass(frozen=True, slots=True)
class Listed:
    """An interview in the list."""

    id: str
    title: str
    depth: str
    state: str
    person: str
    updated_at: str
    answers: int
    people: tuple[str, ...]


def title_of(text: str, source: str) -> str:
    """What an interview is called: the first words of what it began with."""
    first = next((line.strip("# \t") for line in text.splitlines() if line.strip("# \t")), "")
    if not first:
        return "The plan that is there" if source == "plan" else "An idea"
    return first if len(first) <= _TITLE else f"{first[: _TITLE - 1].rstrip()}…"


def begin(db: sqlite3.Connection, source: str, text: str, depth: str, person: str) -> str:
    """Begin an interview and return its id.  Raises ConflictError when too many are open."""
    (count,) = db.execute("SELECT count(*) FROM ask_sessions WHERE state != 'done'").fetchone()
    if count >= _MOST_OPEN:
        raise ConflictError(f"{count} interviews are open", "finish or delete some of them first")
    session_id, at = f"ask-{secrets.token_hex(6)}", stamp()
    db.execute(
        """INSERT INTO ask_sessions (id, title, source, text, depth, state, person, created_at,
            updated_at) VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?)""",
        (session_id, title_of(text, source), source, text, depth, person, at, at),
    )
    return session_id


def get(db: sqlite3.Connection, session_id: str) -> Session:
    """An interview with all that belongs to it.  Raises NotFoundError."""
    row = db.execute("SELECT * FROM ask_sessions WHERE id = ?", (session_id,)).fetchone()
    if row is None:
        raise NotFoundError("there is no such interview", "it may have been deleted: see /ask")
    given = db.execute(
        "SELECT * FROM ask_answers WHERE session_id = ? ORDER BY number", (session_id,)
    )
    parts = db.execute("SELECT * FROM ask_parts WHERE session_id = ?", (session_id,))
    return Session(
        id=row["id"],
        title=row["title"],
        source=row["source"],
        text=row["text"],
        depth=row["depth"],
        state=row["state"],
        person=row["person"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        execution=row["execution"],
        passed=tuple(json.loads(row["passed"])),
        extra=tuple(json.loads(row["extra"])),
        proposed=tuple(json.loads(row["proposed"])),
        models=tuple(json.loads(row["models"])),
        offers=json.loads(row["offers"]),
        offer_models=json.loads(row["offer_models"]),
        told=row["told"],
        answers=tuple(
            Given(
                each["question"],
                each["text"],
                each["how"],
                each["value"],
                each["person"],
                each["at"],
                each["number"],
            )
            for each in given
        ),
        decisions={
            each["part"]: Decided(
                each["decision"],
                json.loads(each["changes"]),
                each["person"],
                each["at"],
                json.loads(each["written"]),
            )
            for each in parts
        },
    )


def listed(db: sqlite3.Connection) -> tuple[Listed, ...]:
    """All interviews, those that are open first, the latest first."""
    rows = db.execute(
        """SELECT s.*, (SELECT count(DISTINCT question) FROM ask_answers a
                WHERE a.session_id = s.id) AS answers,
            (SELECT json_group_array(DISTINCT person) FROM ask_answers a
                WHERE a.session_id = s.id) AS people
            FROM ask_sessions s ORDER BY state = 'done', updated_at DESC LIMIT 300"""
    )
    return tuple(
        Listed(
            row["id"],
            row["title"],
            row["depth"],
            row["state"],
            row["person"],
            row["updated_at"],
            row["answers"],
            tuple(json.loads(row["people"])),
        )
        for row in rows
    )


def answer(db: sqlite3.Connection, session_id: str, given: Given) -> bool:
    """Add an answer, unless it says what counts already; tell whether it was added."""
    (count,) = db.execute(
        "SELECT count(*) FROM ask_answers WHERE session_id = ?", (session_id,)
    ).fetchone()
    if count >= _MOST_ANSWERS:
        raise ConflictError("this interview has too many answers", "begin another one")
    last = db.execute(
        """SELECT how, value FROM ask_answers WHERE session_id = ? AND question = ?
            ORDER BY number DESC LIMIT 1""",
        (session_id, given.question),
    ).fetchone()
    if (last is None and given.how == REOPENED) or (
        last is not None and (last["how"], last["value"]) == (given.how, given.value)
    ):
        return False
    db.execute(
        """INSERT INTO ask_answers (session_id, question, text, how, value, person, at)
            VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (
            session_id,
            given.question,
            given.text,
            given.how,
            given.value,
            given.person,
            given.at,
        ),
    )
    touch(db, session_id)
    return True


def decide(
    db: sqlite3.Connection,
    session_id: str,
    keys: Sequence[str],
    person: str,
    *,
    decision: str | None = None,
    changes: Mapping[str, str] | None = None,
    written: Mapping[str, str] | None = None,
) -> None:
    """Note what a person decided of parts; None leaves as it was what was decided before."""
    (count,) = db.execute(
        "SELECT count(*) FROM ask_parts WHERE session_id = ?", (session_id,)
    ).fetchone()
    if count + len(keys) > _MOST_PARTS * 2:
        raise ConflictError("this interview has too many parts", "begin another one")
    for key in keys:
        old = db.execute(
            "SELECT * FROM ask_parts WHERE session_id = ? AND part = ?", (session_id, key)
        ).fetchone()
        kept = old["decision"] if old is not None else ""
        said = old["changes"] if old is not None else "{}"
        wrote = old["written"] if old is not None else "{}"
        db.execute(
            """INSERT INTO ask_parts (session_id, part, decision, changes, written, person, at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (session_id, part) DO UPDATE SET decision = excluded.decision,
                changes = excluded.changes, written = excluded.written,
                person = excluded.person, at = excluded.at""",
            (
                session_id,
                key,
                kept if decision is None else decision,
                said if changes is None else json.dumps(dict(changes)),
                wrote if written is None else json.dumps(dict(written)),
                person,
                stamp(),
            ),
        )
    touch(db, session_id)


def set_passed(db: sqlite3.Connection, session_id: str, questions: Sequence[str]) -> None:
    """Note which questions are left open for now; with none, all of them are asked again."""
    text = json.dumps(list(dict.fromkeys(questions))[:500])
    db.execute("UPDATE ask_sessions SET passed = ? WHERE id = ?", (text, session_id))


def set_state(db: sqlite3.Connection, session_id: str, state: str) -> None:
    """Stop, go on, or finish."""
    db.execute("UPDATE ask_sessions SET state = ? WHERE id = ?", (state, session_id))
    touch(db, session_id)


def set_depth(db: sqlite3.Connection, session_id: str, depth: str) -> None:
    """Ask more, or less."""
    db.execute("UPDATE ask_sessions SET depth = ? WHERE id = ?", (depth, session_id))
    touch(db, session_id)


def drop_offer(db: sqlite3.Connection, session_id: str, part: str) -> None:
    """Let go of the words that a model offers for a part."""
    row = db.execute("SELECT offers FROM ask_sessions WHERE id = ?", (session_id,)).fetchone()
    offers = json.loads(row["offers"]) if row is not None else {}
    if offers.pop(part, None) is not None:
        db.execute(
            "UPDATE ask_sessions SET offers = ? WHERE id = ?", (json.dumps(offers), session_id)
        )


def delete(db: sqlite3.Connection, session_id: str) -> None:
    """Delete an interview with all that belongs to it.  Raises NotFoundError."""
    if not db.execute("DELETE FROM ask_sessions WHERE id = ?", (session_id,)).rowcount:
        raise NotFoundError("there is no such interview", "it may have been deleted: see /ask")


def touch(db: sqlite3.Connection, session_id: str) -> None:
    """Note that something changed.  Raises NotFoundError for an interview that is gone."""
    done = db.execute("UPDATE ask_sessions SET updated_at = ? WHERE id = ?", (stamp(), session_id))
    if not done.rowcount:
        raise NotFoundError("there is no such interview", "it may have been deleted: see /ask")
