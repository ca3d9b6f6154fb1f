"""What is kept of researches: the brief, which execution each researcher is, and what came of it.

The answer of a researcher that has ended is kept here as it came, so that it is still there when
its log has been cleared.  What becomes of it is an edit of the plan, and that is in git.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from service.clock import after, stamp
from service.errors import ConflictError, NotFoundError
from service.guard.principal import Principal, Scope, Via
from service.research.brief import Brief

LONGEST_TEXT: Final = 400_000
MOST_PAGES: Final = 600
_NOTHING: Final = Decimal()


class NameTakenError(ConflictError):
    """There is a research of that name."""

    code = "name_taken"


class Stage(StrEnum):
    """Where a run stands: researchers are at work, then the summary, then it is over."""

    LOOKING = "looking"
    SUMMING = "summing"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was searched or opened; `at` is when the researcher's answer came."""

    url: str
    title: str
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one researcher is at; an empty `execution` was not begun, `why` says why not.

    `state` is that of its execution once it has ended (empty before); `text` all that it said.
    `reason` are words for an end that is none of success.
    """

    topic: str
    execution: str
    state: str = ""
    reason: str = ""
    text: str = ""
    pages: tuple[Page, ...] = ()
    model: str = ""
    cost: str = ""
    usd: Decimal | None = None
    ended_at: str = ""
    attempt: int = 1
    first_claim: int = 0
    """The number of its first claim; 0: it follows those before it."""
    usd_before: Decimal = Decimal()
    """What earlier attempts cost."""
    usd_most: Decimal = Decimal()
    """What this one may cost."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state != ""

    @property
    def is_good(self) -> bool:
        """Whether it came to its end."""
        return self.state == "succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A research.  `person` is who began it; `note` says in words why there is no summary.

    A note of a run that is not over says who cancelled all of it: nothing more begins.
    """

    brief: Brief
    stage: Stage
    person: Principal
    at: str
    until: str
    note: str
    tasks: tuple[Task, ...]

    @property
    def name(self) -> str:
        """The name of the run."""
        return self.brief.name

    @property
    def is_called_off(self) -> bool:
        """Whether what is at work is only being ended."""
        return self.note != "" and self.stage is not Stage.OVER

    def task(self, topic: str) -> Task | None:
        """What a researcher is at."""
        return next((each for each in self.tasks if each.topic == topic), None)


def add_run(db: sqlite3.Connection, brief: Brief, person: Principal) -> None:
    """Keep a run that begins now.  Raises NameTakenError when there is one of its name."""
    done = db.execute(
        """INSERT INTO research_runs (run, brief, stage, person, at, until)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run) DO NOTHING""",
        (brief.name, _brief_text(brief), Stage.LOOKING, _person_text(person), stamp(),
         after(minutes=brief.minutes)),
    )  # fmt: skip
    if not done.rowcount:
        raise NameTakenError(f"there is a research {brief.name} already", "choose another name")
    # All of them before any begins: a run is over when all its researchers are.
    db.executemany(
        """INSERT INTO research_tasks (run, topic, execution, attempt, last_claim)
        VALUES (?, ?, '', 0, 0)""",
        [(brief.name, each) for each in brief.kinds],
    )


def put_task(
    db: sqlite3.Connection,
    run: str,
    topic: str,
    execution: str,
    why: str = "",
    usd_most: Decimal = _NOTHING,
) -> None:
    """Say which execution a researcher is; one that could not begin has none, and words why.

    What an earlier attempt came to is replaced, but what it cost stays known; so do the numbers of
    its claims, which requirements may refer to.
    """
    row = db.execute(
        "SELECT * FROM research_tasks WHERE run = ? AND topic = ?", (run, topic)
    ).fetchone()
    earlier = _task(row) if row is not None else None
    before = earlier.usd_before + (earlier.usd or _NOTHING) if earlier is not None else _NOTHING
    db.execute(
        """INSERT INTO research_tasks (run, topic, execution, state, reason, usd_before, usd_most,
            last_claim)
        VALUES (?, ?, ?, ?, ?, ?, ?, 0)
        ON CONFLICT (run, topic) DO UPDATE SET execution = excluded.execution,
            state = excluded.state, reason = excluded.reason, text = '', pages = '[]', model = '',
            cost = '', usd = NULL, ended_at = '', attempt = attempt + 1,
            usd_before = excluded.usd_before, usd_most = excluded.usd_most""",
        (run, topic, execution, "failed" if why else "", why, str(before), str(usd_most)),
    )


def end_task(db: sqlite3.Connection, run: str, task: Task, claims: int = 0) -> bool:
    """Keep what a researcher came to; False when that is kept already, or it began anew since.

    Its `claims` get the next numbers of the run.
    """
    (last,) = db.execute(
        "SELECT coalesce(max(last_claim), 0) FROM research_tasks WHERE run = ?", (run,)
    ).fetchone()
    done = db.execute(
        """UPDATE research_tasks SET state = ?, reason = ?, text = ?, pages = ?, model = ?,
            cost = ?, usd = ?, ended_at = ?, first_claim = ?, last_claim = ?
        WHERE run = ? AND topic = ? AND execution = ? AND state = ''""",
        (task.state, task.reason, task.text[:LONGEST_TEXT],
         json.dumps([asdict(each) for each in task.pages[:MOST_PAGES]]), task.model, task.cost,
         None if task.usd is None else str(task.usd), stamp(), last + 1, last + claims,
         run, task.topic, task.execution),
    )  # fmt: skip
    return done.rowcount == 1


def move(db: sqlite3.Connection, run: str, old: Stage, new: Stage, note: str | None = None) -> bool:
    """Bring a run from one stage to the next; False when it is not in `old` (any more).

    Without a new `note` the one that is there stays: somebody may have called it off just now.
    """
    done = db.execute(
        "UPDATE research_runs SET stage = ?, note = coalesce(?, note) WHERE run = ? AND stage = ?",
        (new, note, run, old),
    )
    return done.rowcount == 1


def call_off(db: sqlite3.Connection, run: str, note: str) -> bool:
    """Say that nothing more is to begin, and why; False when the run is over."""
    done = db.execute(
        "UPDATE research_runs SET note = ? WHERE run = ? AND stage <> ?", (note, run, Stage.OVER)
    )
    return done.rowcount == 1


def extend(db: sqlite3.Connection, run: str, minutes: int) -> None:
    """Give a run its time once more, from now: a person has part of it done again."""
    db.execute("UPDATE research_runs SET until = ? WHERE run = ?", (after(minutes=minutes), run))


def forget(db: sqlite3.Connection, run: str) -> None:
    """Forget a run of which nothing has begun."""
    db.execute("DELETE FROM research_runs WHERE run = ?", (run,))


def run_of(db: sqlite3.Connection, name: str) -> Run:
    """A run.  Raises NotFoundError."""
    row = db.execute("SELECT * FROM research_runs WHERE run = ?", (name,)).fetchone()
    if row is None:
        raise NotFoundError(f"there is no research {name!r}", "begin one at /research/new")
    return _run(db, row)


def name_of(db: sqlite3.Connection, executions: Sequence[str]) -> str:
    """The name of the run that one of these executions is part of; empty: of none that is kept."""
    row = db.execute(
        "SELECT run FROM research_tasks"
        " WHERE execution IN (SELECT value FROM json_each(?)) LIMIT 1",
        (json.dumps(executions),),
    ).fetchone()
    return str(row["run"]) if row is not None else ""


def open_runs(db: sqlite3.Connection) -> tuple[Run, ...]:
    """All that are not over."""
    rows = db.execute(
        "SELECT * FROM research_runs WHERE stage <> ? ORDER BY at", (Stage.OVER,)
    ).fetchall()
    return tuple(_run(db, row) for row in rows)


def latest(db: sqlite3.Connection, most: int) -> Sequence[Mapping[str, str]]:
    """The newest runs: `run`, `stage`, `at`, and the decision that each serves."""
    rows = db.execute(
        "SELECT run, stage, at, brief FROM research_runs ORDER BY at DESC LIMIT ?", (most,)
    ).fetchall()
    return [
        {"run": row["run"], "stage": row["stage"], "at": row["at"],
         "decision": json.loads(row["brief"])["decision"]}
        for row in rows
    ]  # fmt: skip


def _run(db: sqlite3.Connection, row: sqlite3.Row) -> Run:
    tasks = db.execute(
        "SELECT * FROM research_tasks WHERE run = ? ORDER BY rowid", (row["run"],)
    ).fetchall()
    return Run(
        brief=_brief(row["brief"]),
        stage=Stage(row["stage"]),
        person=_person(row["person"]),
        at=row["at"],
        until=row["until"],
        note=row["note"],
        tasks=tuple(map(_task, tasks)),
    )


def _task(row: sqlite3.Row) -> Task:
    return Task(
        topic=row["topic"],
        execution=row["execution"],
        state=row["state"],
        reason=row["reason"],
        text=row["text"],
        pages=tuple(Page(**each) for each in json.loads(row["pages"])),
        model=row["model"],
        cost=row["cost"],
        usd=None if row["usd"] is None else Decimal(row["usd"]),
        ended_at=row["ended_at"],
        attempt=row["attempt"],
        first_claim=row["first_claim"],
        usd_before=Decimal(row["usd_before"]),
        usd_most=Decimal(row["usd_most"]),
    )


def _brief_text(brief: Brief) -> str:
    return json.dumps({**asdict(brief), "usd": str(brief.usd)})


def _brief(text: str) -> Brief:
    values: dict[str, Any] = json.loads(text)
    for name in ("kinds", "domains"):
        values[name] = tuple(values[name])
    return Brief(**{**values, "usd": Decimal(values["usd"])})


def _person_text(person: Principal) -> str:
    """Who began it: the summary is made for the same person, without any leave of theirs."""
    return json.dumps(
        {"key_id": person.key_id, "label": person.label, "person": person.person,
         "email": person.email}
    )  # fmt: skip


def _person(text: str) -> Principal:
    return Principal(**json.loads(text), scopes=frozenset[Scope](), via=Via.KEY)
