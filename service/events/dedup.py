"""Whether a delivery has come before: by the id that its sender gave it, or by its bytes.

The keys are claimed in the transaction that records the delivery and queues what it starts.  So
two that come at once count as one, a restart forgets nothing, and a delivery that could not be
queued has not spent its key: it may come again.
"""

import hashlib
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from service.clock import after, stamp

_ID: Final = b"id:"
_BODY: Final = b"body:"
# No id of a trigger, and not the empty one of the door.
_NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Windows:
    """For how long a key is remembered, in seconds."""

    of_ids: int = 7 * 24 * 3600
    of_bodies: int = 600

    def for_triggers(self, seconds: Iterable[int | None]) -> "Windows":
        """The same where triggers fire that have a time of their own for bodies (None: not).

        The longest counts: one delivery is one event, however many triggers it fires.
        """
        given = list(seconds)
        own = [each for each in given if each is not None]
        if not own:
            return self
        usual = [self.of_bodies] if len(own) < len(given) else []
        return replace(self, of_bodies=max(own + usual))


USUAL: Final = Windows()


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a delivery, and for how many seconds it is remembered."""

    key: bytes
    seconds: int


def keys_of(
    source: str,
    sender_id: str,
    raw: bytes,
    windows: Windows,
    signed_for: Collection[str] = (),
) -> tuple[Key, ...]:
    """The keys under which a delivery must not have come before, for each of `signed_for`.

    That says whose secret signed it (nobody's: empty).  Who does not know a secret must not be able
    to spend the keys of events that it signs, and two senders may count their events alike.

    GitHub does not sign the ids of its deliveries, so whoever saw one could send it again under
    another id: its bodies are remembered at least as long as ids.  Other senders may repeat equal
    bodies on purpose; theirs count only where there is no id, and for a shorter time.
    """
    given: list[tuple[bytes, bytes, int]] = []
    if sender_id:
        by_id = _digest(sender_id.encode("utf-8", "replace"))
        given.append((_ID, by_id, windows.of_ids))
    if source == "github":
        given.append((_BODY, _digest(raw), max(windows.of_ids, windows.of_bodies)))
    elif not sender_id:
        given.append((_BODY, _digest(raw), windows.of_bodies))
    return tuple(
        Key(kind + _digest(digest + scope.encode()), seconds)
        for scope in sorted(signed_for) or (_NOBODY,)
        for kind, digest, seconds in given
    )


def claim(db: sqlite3.Connection, source: str, keys: tuple[Key, ...], delivery_id: str) -> str:
    """Claim all keys for a delivery; or return the id of the delivery that has one of them."""
    now = stamp()
    claimed = db.executemany(
        # A key whose time is over is free again.
        "INSERT INTO seen_deliveries (source, key, delivery_id, expires_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET delivery_id = excluded.delivery_id,"
        " expires_at = excluded.expires_at WHERE expires_at <= ?",
        [(source, each.key, delivery_id, after(seconds=each.seconds), now) for each in keys],
    ).rowcount
    if claimed == len(keys):
        return ""
    db.executemany(
        "DELETE FROM seen_deliveries WHERE source = ? AND key = ? AND delivery_id = ?",
        [(source, each.key, delivery_id) for each in keys],
    )
    found = (
        db.execute(
            "SELECT delivery_id FROM seen_deliveries WHERE source = ? AND key = ?",
            (source, each.key),
        ).fetchone()
        for each in keys
    )
    return next(str(row["delivery_id"]) for row in found if row is not None)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
