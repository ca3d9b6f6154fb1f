"""The run of a model that an interview waits for: begun once, and taken over once.

Each function is a piece of work for `Database.write`.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from service.interview import sessions
from service.interview.sessions import Session

MOST_PROPOSED: Final = 200
"""So many parts that models proposed an interview keeps."""
_MOST_EXTRA: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a run brought: questions, words by part and field, parts of the draft."""

    questions: Sequence[Mapping[str, Any]] = ()
    offers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    parts: Sequence[Mapping[str, Any]] = ()


def begin(db: sqlite3.Connection, session: Session, execution: str) -> bool:
    """Note the run that is begun for an interview, and which answers it was told.

    False: it is over, or waits for another run by now.  Raises NotFoundError for one that is gone.
    """
    sessions.touch(db, session.id)
    told = max((each.number for each in session.answers), default=0)
    done = db.execute(
        """UPDATE ask_sessions SET execution = ?, told = ?
            WHERE id = ? AND execution = '' AND state != 'done'""",
        (execution, told, session.id),
    )
    return done.rowcount > 0


def forget(db: sqlite3.Connection, session_id: str, execution: str) -> None:
    """Let go of a run, unless another one was begun since."""
    db.execute(
        "UPDATE ask_sessions SET execution = '' WHERE id = ? AND execution = ?",
        (session_id, execution),
    )


def take(
    db: sqlite3.Connection, session_id: str, execution: str, model: str, brought: Brought
) -> int | None:
    """Take over what a run brought, once; how many of its parts there was room for.

    None: of two that looked at once, the other one has taken it.  Parts make room whose answer has
    changed; a requirement comes with its criterion or not at all.  Raises NotFoundError.
    """
    session = sessions.get(db, session_id)
    if session.execution != execution:
        return None
    ids = {each["id"] for each in session.extra}
    extra = [*session.extra, *(each for each in brought.questions if each["id"] not in ids)]
    models = dict.fromkeys((*session.models, *([model] if model else [])))
    standing = _standing(session)
    parts = _whole(brought.parts, MOST_PROPOSED - len(standing))
    db.execute(
        """UPDATE ask_sessions SET execution = '', extra = ?, models = ?, offers = ?,
            offer_models = ?, proposed = ? WHERE id = ?""",
        (
            json.dumps(extra[:_MOST_EXTRA]),
            json.dumps(list(models)),
            json.dumps({**session.offers, **brought.offers}),
            json.dumps({**session.offer_models, **dict.fromkeys(brought.offers, model)}),
            json.dumps([*standing, *parts]),
            session_id,
        ),
    )
    sessions.touch(db, session_id)
    return len(parts)


def _standing(session: Session) -> list[Mapping[str, Any]]:
    """The parts that were proposed before and rest on what is answered still."""
    answers = {each.question: (each.how, each.value) for each in session.current}
    return [
        each
        for each in session.proposed
        if (rests := each["answer"]) is None
        or answers.get(rests["question"]) == (rests["how"], rests["value"])
    ]


def _whole(parts: Sequence[Mapping[str, Any]], room: int) -> list[Mapping[str, Any]]:
    """The first of them, no requirement without its criterion; later ones need earlier ones."""
    fitting: list[Mapping[str, Any]] = []
    for _, together in groupby(parts, lambda each: str(each["key"]).partition("/")[0]):
        more = list(together)
        if len(fitting) + len(more) > room:
            break
        fitting += more
    return fitting
