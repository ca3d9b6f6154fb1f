"""The revisions of triggers: who changed what and when, and how the template was before."""

import difflib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from service.errors import NotFoundError
from service.events.trigger_records import Trigger
from service.events.trigger_schema import TriggerSpec

# Beyond so many lines a comparison may take too long; then all of it counts as replaced.
_LINES: Final = 1_000
# Not of the trigger's author: what the service itself says of it.
_OWN: Final = ("id", "revision", "created_at", "updated_at", "next_fire_at", "predefined")
_REPLACED: Final = "replaced"


@dataclass(frozen=True, slots=True)
class Revision:
    """A state of a trigger: its fields without secrets, and the names of those that changed.

    `person` is empty for what came with the service.
    """

    revision: int
    at: str
    person: str
    fields: Mapping[str, Any]
    changed: tuple[str, ...]

    @property
    def template(self) -> str:
        """The prompt's template as it was."""
        return str(self.fields.get("prompt_template", ""))


def keep(db: sqlite3.Connection, trigger: Trigger, person: str, hidden: Iterable[str] = ()) -> None:
    """Keep the present state of a trigger as its revision, unless that is kept already.

    `hidden` names secrets that were replaced: only that is kept.
    """
    fields = {name: value for name, value in asdict(trigger).items() if name not in _OWN}
    db.execute(
        "INSERT OR IGNORE INTO trigger_revisions (trigger_id, revision, at, person, fields)"
        " VALUES (?, ?, ?, ?, ?)",
        (
            trigger.id,
            trigger.revision,
            trigger.updated_at,
            person,
            json.dumps({**fields, _REPLACED: list(hidden)}, ensure_ascii=False),
        ),
    )


def revisions(
    db: sqlite3.Connection, trigger_id: str, *, limit: int, offset: int
) -> tuple[tuple[Revision, ...], int]:
    """A part of the revisions, the newest first, and the number of all."""
    rows = db.execute(
        "SELECT * FROM trigger_revisions WHERE trigger_id = ? ORDER BY revision DESC"
        " LIMIT ? OFFSET ?",
        # One more, to tell what the oldest of them changed.
        (trigger_id, limit + 1, offset),
    ).fetchall()
    (total,) = db.execute(
        "SELECT count(*) FROM trigger_revisions WHERE trigger_id = ?", (trigger_id,)
    ).fetchone()
    before = [*rows[1:], None]
    return tuple(map(_revision, rows, before))[:limit], total


def get_revision(db: sqlite3.Connection, trigger_id: str, revision: int) -> Revision:
    """One revision.  Raises NotFoundError."""
    row = db.execute(
        "SELECT * FROM trigger_revisions WHERE trigger_id = ? AND revision = ?",
        (trigger_id, revision),
    ).fetchone()
    if row is None:
        raise NotFoundError(f"{trigger_id} has no revision {revision}", "see its history")
    return _revision(row, None)


def difference(old: str, new: str) -> tuple[str, ...]:
    """What changed from one text to the other: a unified diff without its head, line by line."""
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > _LINES:
        if before == after:
            return ()
        return (*(f"-{line}" for line in before), *(f"+{line}" for line in after))
    return tuple(difflib.unified_diff(before, after, lineterm="", n=2))[2:]


def _revision(row: sqlite3.Row, before: sqlite3.Row | None) -> Revision:
    fields = json.loads(row["fields"])
    replaced = fields.pop(_REPLACED, [])
    known = json.loads(before["fields"]) if before is not None else fields
    # A field that the service knew nothing of yet was as it is without a word.
    changed = [name for name, value in fields.items() if known.get(name, _usual(name)) != value]
    names = tuple(dict.fromkeys([*changed, *replaced]))
    return Revision(row["revision"], row["at"], row["person"], fields, names)


def _usual(name: str) -> Any:
    field = TriggerSpec.model_fields.get(name)
    return field.get_default() if field is not None else None
