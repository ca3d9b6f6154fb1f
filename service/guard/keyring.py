"""The keys in memory, so that a request with a key costs neither a query nor a thread.

The cache is dropped by `forget` after a change of our own, by a touch of `state.keys_changed` after
one by the command line, and anyway every half minute.  A request that finds it dropped waits for
the fresh keys: a revoked key never opens anything because of this cache.
"""

import hmac
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import Final

import gevent
import structlog
from gevent.lock import BoundedSemaphore

from service.clock import stamp
from service.db.database import Database
from service.errors import UnavailableError
from service.guard.keys import Key, all_keys, digest_of, mark_used
from service.guard.principal import Principal, Via

_log = structlog.get_logger(__name__)
_GREATEST_AGE_S: Final = 30.0
# How exact `last_used_at` is, and how long uses are gathered for one write.
_NOTE_S: Final = 60.0
_GATHER_S: Final = 1.0
LONGEST_KEY: Final = 512


@dataclass(frozen=True, slots=True)
class _Known:
    """A key with what a request needs of it at once."""

    key: Key
    principal: Principal
    ends: float


@dataclass(frozen=True, slots=True)
class _Cache:
    by_digest: Mapping[bytes, _Known]
    by_id: Mapping[str, _Known]
    version: tuple[int, int, int] | None
    loaded_at: float


_EMPTY: Final = _Cache(MappingProxyType({}), MappingProxyType({}), None, 0.0)


class Keyring:
    """All keys of the database, as fresh as the last change."""

    def __init__(self, database: Database, changed: Path) -> None:
        self._database = database
        self._changed = os.fspath(changed)
        self._cache = _EMPTY
        self._generation = 0
        self._loading = BoundedSemaphore(1)
        self._used: dict[str, str] = {}
        self._noted: dict[str, float] = {}

    def find(self, text: bytes) -> tuple[Key, bool] | None:
        """The key with this text, and whether it is live; None when there is none.

        Raises UnavailableError when the keys cannot be read.
        """
        if not text or len(text) > LONGEST_KEY:
            return None
        digest = digest_of(text)
        known = self._fresh().by_digest.get(digest)
        if known is None or not hmac.compare_digest(known.key.digest, digest):
            return None
        return known.key, time.time() < known.ends

    def principal(self, key: Key) -> Principal:
        """The principal behind a key that was shown itself; notes that the key is used."""
        self._note_use(key.id)
        known = self._cache.by_id.get(key.id)
        return key.principal(Via.KEY) if known is None else known.principal

    def live(self, key_id: str) -> Key | None:
        """The key with this id, if it is live.  Raises UnavailableError."""
        known = self._fresh().by_id.get(key_id)
        return known.key if known is not None and time.time() < known.ends else None

    def forget(self) -> None:
        """Drop what is known, after a change by this process."""
        self._generation += 1

    def _version(self) -> tuple[int, int, int]:
        try:
            found = os.stat(self._changed)  # noqa: PTH116 - at each request: half the time
        except FileNotFoundError:
            return 0, 0, self._generation
        return found.st_mtime_ns, found.st_ino, self._generation

    def _fresh(self) -> _Cache:
        if self._is_fresh():
            return self._cache
        with self._loading:
            if not self._is_fresh():
                # Read before the keys are: a change meanwhile makes this cache stale at once.
                version = self._version()
                keys = self._database.read(all_keys)
                known = [_Known(key, key.principal(Via.KEY), _ends(key)) for key in keys]
                self._cache = _Cache(
                    {each.key.digest: each for each in known},
                    {each.key.id: each for each in known},
                    version,
                    time.monotonic(),
                )
        return self._cache

    def _is_fresh(self) -> bool:
        cache = self._cache
        return (
            cache.version == self._version()
            and time.monotonic() - cache.loaded_at < _GREATEST_AGE_S
        )

    # -- when a key was last used ---------------------------------------------------------------

    def _note_use(self, key_id: str) -> None:
        now = time.monotonic()
        if now - self._noted.get(key_id, -_NOTE_S) < _NOTE_S:
            return
        self._noted[key_id] = now
        self._used[key_id] = stamp()
        if len(self._used) == 1:
            gevent.spawn_later(_GATHER_S, self._write_uses)

    def _write_uses(self) -> None:
        used, self._used = self._used, {}
        try:
            self._database.write(lambda db: mark_used(db, used.items()))
        except UnavailableError as error:
            _log.warning("the use of keys was not noted", reason=error.message)


def _ends(key: Key) -> float:
    """When the key is dead, in seconds since 1970."""
    if key.revoked_at is not None:
        return -inf
    expires = key.holder.expires_at
    return inf if expires is None else datetime.fromisoformat(expires).timestamp()
