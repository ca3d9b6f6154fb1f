"""Every live stream goes through here: how many there may be, how they are kept and how they end.

A stream ends when its source does, when the credentials that opened it no longer hold, and when the
service goes down.  What it sends last says which, so that a client knows whether to come again.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from flask import Response, request
from gevent import socket
from gevent.select import POLLIN, poll

from service.drain import Drain
from service.guard.current import known_principal, lasting
from service.services import services
from service.sse import HEARTBEAT, Event, Sendable, retry

# A client that has gone, and a proxy that gives up on silence, show at the next heartbeat.
HEARTBEAT_S: Final = 15.0
# How often a stream looks whether it must end.  Credentials that end close it within 5 s.
LOOK_S: Final = 1.0
_RETRY_MS: Final = 1000
_RETRY_LATER_MS: Final = 3000
_MEDIA: Final = "text/event-stream"


class Source(Protocol):
    """Where a stream's events come from."""

    def next(self, timeout_s: float) -> Sequence[Sendable] | None:
        """Wait for news and return them; None when there will be none.

        About so long: one that lets its watchers go together may take twice as long.
        """


def stream(source: Source) -> Response:
    """Answer the request under way with the events of `source`.

    Raises UnauthorizedError for strangers, TooManyError.
    """
    parts = services()
    who, holds = known_principal(), lasting()
    lease = parts.streams.take(who.key_id)
    connection = request.environ.get("gunicorn.socket")
    events = _events(source, holds, parts.drain, lambda: _has_gone(connection))
    answer = Response(events, content_type=_MEDIA)
    # Not in the generator's own `finally`: one that was never begun would not get there.
    answer.call_on_close(lease.release)
    answer.headers["Cache-Control"] = "no-store"
    # A proxy (nginx) must pass each event on at once.
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _has_gone(connection: socket.socket | None) -> bool:
    """Whether the client has closed its end: else that shows only when something is sent."""
    if connection is None:
        return False
    looking = poll()
    looking.register(connection, POLLIN)
    try:
        # A client has nothing more to say: what can be read is the end.
        return bool(looking.poll(0)) and not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def _events(
    source: Source, holds: Callable[[], bool], drain: Drain, gone: Callable[[], bool]
) -> Iterator[bytes]:
    # At once: a client learns that it is connected, and a proxy that the answer has begun.
    yield retry(_RETRY_MS)
    sent = time.monotonic()
    looked = float("-inf")
    while True:
        if drain.begun:
            yield retry(_RETRY_LATER_MS) + _bye("restart")
            return
        # Not for each line of a flood: a look costs as much as sending one.
        if time.monotonic() - looked >= LOOK_S:
            if not holds():
                yield _bye("credentials")
                return
            looked = time.monotonic()
        news = source.next(LOOK_S)
        if news is None:
            yield _bye("end")
            return
        if not news:
            looked = float("-inf")
        if news:
            yield b"".join(event.encode() for event in news)
        elif time.monotonic() - sent >= HEARTBEAT_S:
            yield HEARTBEAT
        elif gone():
            return
        else:
            continue
        sent = time.monotonic()


def _bye(reason: str) -> bytes:
    """The last event: `end` (all was said), `restart` (come again), `credentials` (sign in)."""
    return Event("bye", json.dumps({"reason": reason})).encode()
