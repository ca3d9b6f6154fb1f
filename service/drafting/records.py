"""What is kept of suggestions and reviews: which run was asked what, findings, and dismissals.

Findings are kept here and not in the plan: they are what a model said of one text on one day, and
a plan whose history is full of them is harder to review, not easier.  So is a dismissal, which says
something of a finding; everybody who may read the plan sees it with its reason on the page of the
review and in its export.  What comes of a finding is an edit of the plan, and that is in git.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from service.clock import stamp
from service.drafting.findings import Finding, Place
from service.errors import NotFoundError

SUGGEST: Final = "suggest"
REVIEW: Final = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run was asked: the item and, of a suggestion, the task and what it is about.

    `read` says whether its answer was taken in; `why` why there is none to take, `refused` what of
    it was no finding.  `commit` is that of the plan that was reviewed.
    """

    execution: str
    purpose: str
    kind: str
    item: str
    task: str = ""
    about: str = ""
    proposal: str = ""
    person: str
    model: str = ""
    commit: str = ""
    at: str = ""
    read: bool = False
    why: str = ""
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFinding:
    """A finding with what became of it; `dismissed` is the reason (empty: it stands)."""

    finding: Finding
    first_run: str
    last_run: str
    last_at: str
    dismissed: str = ""
    dismissed_by: str = ""
    dismissed_at: str = ""


# -- runs ----------------------------------------------------------------------------------------

_RUN: Final = (
    "execution, purpose, kind, item, task, about, proposal, person, model, commit_id, at, is_read,"
    " why, refused"
)


def add_run(db: sqlite3.Connection, run: Run) -> None:
    """Keep what a run was asked."""
    db.execute(
        f"INSERT INTO drafting_runs ({_RUN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '[]')",  # noqa: S608 - constants
        (run.execution, run.purpose, run.kind, run.item, run.task, run.about, run.proposal,
         run.person, run.model, run.commit, stamp()),
    )  # fmt: skip


def run_of(db: sqlite3.Connection, execution: str) -> Run | None:
    """What a run was asked; None when it is no run of these."""
    row = db.execute(
        f"SELECT {_RUN} FROM drafting_runs WHERE execution = ?",  # noqa: S608 - constants
        (execution,),
    ).fetchone()
    return _run(row) if row is not None else None


def reviews_of(db: sqlite3.Connection, kind: str, item: str, most: int) -> tuple[Run, ...]:
    """The runs that reviewed an item, newest first."""
    rows = db.execute(
        f"""SELECT {_RUN} FROM drafting_runs WHERE purpose = ? AND kind = ? AND item = ?
        ORDER BY at DESC, rowid DESC LIMIT ?""",  # noqa: S608 - constants
        (REVIEW, kind, item, most),
    )
    return tuple(map(_run, rows))


def open_review(db: sqlite3.Connection, kind: str, item: str) -> Run | None:
    """The review of an item whose answer was not taken in yet; None when there is none."""
    found = reviews_of(db, kind, item, 1)
    return found[0] if found and not found[0].read else None


def close_run(
    db: sqlite3.Connection, run: Run, why: str, model: str, refused: Iterable[str]
) -> bool:
    """Say that the answer of a run was taken in; False when somebody else did so already."""
    done = db.execute(
        """UPDATE drafting_runs SET is_read = 1, why = ?, model = ?, refused = ?
        WHERE execution = ? AND is_read = 0""",
        (why, model, json.dumps(list(refused)), run.execution),
    )
    return done.rowcount == 1


def _run(row: Any) -> Run:
    (execution, purpose, kind, item, task, about, proposal, person, model, commit, at, is_read,
     why, refused) = row  # fmt: skip
    return Run(
        execution=execution,
        purpose=purpose,
        kind=kind,
        item=item,
        task=task,
        about=about,
        proposal=proposal,
        person=person,
        model=model,
        commit=commit,
        at=at,
        read=bool(is_read),
        why=why,
        refused=tuple(json.loads(refused)),
    )


# -- findings ------------------------------------------------------------------------------------


def keep_findings(db: sqlite3.Connection, run: Run, findings: Iterable[Finding]) -> None:
    """Keep what a review found; what an earlier one found as well is one finding."""
    for each in findings:
        db.execute(
            """INSERT INTO review_findings (kind, item, id, what, places, problem, suggestion,
                first_run, last_run, last_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (kind, item, id) DO UPDATE SET problem = excluded.problem,
                suggestion = excluded.suggestion, last_run = excluded.last_run,
                last_at = excluded.last_at""",
            (run.kind, run.item, each.id, each.kind, _places_text(each), each.problem,
             each.suggestion, run.execution, run.execution, run.at),
        )  # fmt: skip


def findings_of(db: sqlite3.Connection, kind: str, item: str) -> tuple[KeptFinding, ...]:
    """All that reviews of an item found, those of the newest first."""
    rows = db.execute(
        """SELECT id, what, places, problem, suggestion, first_run, last_run, last_at, dismissed,
            dismissed_by, dismissed_at
        FROM review_findings WHERE kind = ? AND item = ? ORDER BY last_at DESC, rowid""",
        (kind, item),
    )
    return tuple(map(_kept, rows))


def dismiss(
    db: sqlite3.Connection, scope: tuple[str, str], finding: str, reason: str, person: str
) -> None:
    """Dismiss a finding of a milestone or phase, or (without a reason) let it stand again.

    Raises NotFoundError when there is none of that id.
    """
    at = stamp() if reason else ""
    done = db.execute(
        """UPDATE review_findings SET dismissed = ?, dismissed_by = ?, dismissed_at = ?
        WHERE kind = ? AND item = ? AND id = ?""",
        (reason, person if reason else "", at, *scope, finding),
    )
    if done.rowcount != 1:
        raise NotFoundError(f"there is no finding {finding!r} here", "open the review again")


def _places_text(finding: Finding) -> str:
    return json.dumps([asdict(each) for each in finding.places])


def _kept(row: Any) -> KeptFinding:
    (finding, what, places, problem, suggestion, first, last, last_at, dismissed, by, at) = row
    known: Iterable[Mapping[str, str]] = json.loads(places)
    return KeptFinding(
        finding=Finding(finding, what, tuple(Place(**each) for each in known), problem, suggestion),
        first_run=first,
        last_run=last,
        last_at=last_at,
        dismissed=dismissed,
        dismissed_by=by,
        dismissed_at=at,
    )
