"""The statuses of commits at GitHub that tell how runs go: one row for each run.

It stands beside the notifications, and is written in the transaction of what it tells.  It says
`pending` first and is written anew at the end.  Of one commit and name only the latest word counts:
what still waited to be told before is dropped, and nothing is sent while an earlier word is on its
way, so that no old one comes last.
"""

import secrets
import sqlite3
from typing import Final

from service.clock import stamp
from service.events.reported_commits import Commit
from service.executions.plan_checks import checked_commit
from service.executions.records import Execution, State, get

_ID_BYTES: Final = 10
PENDING: Final = "pending"
_SUCCESS: Final = "success"
_FAILURE: Final = "failure"
_ERROR: Final = "error"
# What a description at GitHub may have.
_LONGEST: Final = 140
_ERRORS: Final = {
    State.CANCELLED: "cancelled",
    State.TIMED_OUT: "timed out",
    State.INTERRUPTED: "interrupted: the service ended while it ran",
}
_NOT_HERE: Final = "not judged: what was pushed is not what was checked"
REPLACED: Final = "a later word about the same commit took its place"


def begin(db: sqlite3.Connection, execution: Execution, commit: Commit) -> None:
    """Tell that a run about a commit waits, in the transaction that queues it."""
    _say(db, execution, commit, PENDING, "queued")


def begin_again(db: sqlite3.Connection, execution: Execution) -> None:
    """The same for a run that repeats another, if that was told and its trigger still asks."""
    asked = db.execute(
        "SELECT 1 FROM triggers WHERE id = ? AND report_status = 1", (execution.trigger_id,)
    ).fetchone()
    commit = _commit_of(db, execution)
    if asked is not None and commit is not None:
        begin(db, execution, commit)


def end(db: sqlite3.Connection, execution_id: str) -> None:
    """Tell how a run ended, if it was told that it began; of a retry, if what it retries was."""
    # Most runs are about no commit: then their events, which may be long, are not read.
    told = db.execute(
        """SELECT 1 FROM notifications WHERE kind = 'status' AND execution_id = coalesce(
            (SELECT begun.id FROM executions AS again
                JOIN executions AS begun
                ON begun.id = again.first_id OR begun.first_id = again.first_id
                WHERE again.id = :id AND again.source = 'retry'
                AND begun.source <> 'retry' AND begun.number < again.number
                ORDER BY begun.number DESC LIMIT 1),
            :id)""",
        {"id": execution_id},
    ).fetchone()
    if told is None:
        return
    execution = get(db, execution_id)
    commit = _commit_of(db, execution)
    if execution.state.final and commit is not None:
        _say(db, execution, commit, *_outcome(db, execution, commit))


def _outcome(db: sqlite3.Connection, execution: Execution, commit: Commit) -> tuple[str, str]:
    """What GitHub is told, and in which words."""
    says = _ERROR
    if execution.state is State.SUCCEEDED:
        says = _SUCCESS
    elif execution.state is State.FAILED and execution.exit_code is not None:
        says = _FAILURE
    if says == _ERROR:
        # Everybody reads it there: no names of persons, no places of this machine.
        return says, _error_words(execution)
    words = f"{execution.state.value}: {execution.reason}"
    if execution.kind == "builtin":
        if checked_commit(db, execution.number) != commit.id:
            # It looked at another one, or at files: that says nothing about this commit.
            return _ERROR, _NOT_HERE
        words = _last_words(db, execution.number) or words
    return says, words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def _error_words(execution: Execution) -> str:
    if execution.state is not State.FAILED:
        return _ERRORS[execution.state]
    if execution.failure == "start":
        return "it could not be started"
    return (
        "it was killed" if execution.exit_signal is not None else "it could not be seen to its end"
    )


def _last_words(db: sqlite3.Connection, number: int) -> str:
    """The last line that a command of ours printed: it says what it found."""
    row = db.execute(
        "SELECT text FROM log_chunks WHERE execution = ? AND stream = 'out'"
        " ORDER BY first DESC LIMIT 1",
        (number,),
    ).fetchone()
    return str(row["text"]).rstrip().rpartition("\n")[2] if row is not None else ""


def _commit_of(db: sqlite3.Connection, execution: Execution) -> Commit | None:
    """The commit of a run and of all that it repeats; None: nothing was told of any."""
    row = db.execute(
        """SELECT repository, commit_id FROM notifications WHERE kind = 'status' AND execution_id IN
            (SELECT id FROM executions WHERE id = :first OR first_id = :first) LIMIT 1""",
        {"first": execution.first_id or execution.id},
    ).fetchone()
    return Commit(row["repository"], row["commit_id"]) if row is not None else None


def _say(
    db: sqlite3.Connection, execution: Execution, commit: Commit, says: str, words: str
) -> None:
    values = {
        "id": f"ntf-{secrets.token_hex(_ID_BYTES)}",
        "execution": execution.id,
        "now": stamp(),
        "says": says,
        "words": words,
        "repository": commit.repository,
        "commit": commit.id,
        "context": f"agented/{execution.trigger_name}",
        "replaced": REPLACED,
    }
    db.execute(
        """UPDATE notifications SET state = 'failed', reason = :replaced
        WHERE kind = 'status' AND state = 'waiting' AND commit_id = :commit
        AND repository = :repository AND context = :context AND execution_id <> :execution""",
        values,
    )
    # `busy_until` stays as it is: an attempt that is under way ends before the next one begins.
    changed = db.execute(
        """UPDATE notifications SET says = :says, words = :words, state = 'waiting', attempts = 0,
            next_at = :now, reason = '', at = :now
        WHERE kind = 'status' AND execution_id = :execution""",
        values,
    ).rowcount
    if not changed:
        db.execute(
            """INSERT INTO notifications (id, execution_id, url, state, next_at, at, kind, says,
                words, repository, commit_id, context)
            VALUES (:id, :execution, '', 'waiting', :now, :now, 'status', :says, :words,
                :repository, :commit, :context)""",
            values,
        )
