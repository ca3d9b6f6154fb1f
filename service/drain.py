"""Going down in order: who waits for something learns that the service ends.

After SIGTERM gunicorn takes no new connections and waits for the open ones.  A stream would stay
open until it is cut off, and so would a connection that a browser keeps for its next request.
"""

import os
import socket
from contextlib import suppress
from typing import Any, Final
from weakref import WeakSet

from gevent.event import Event
from gevent.monkey import get_original

_Native: Final[Any] = get_original("socket", "socket")


class Drain:
    """Whether the service ends.  Each stream waits in `wait` instead of sleeping."""

    def __init__(self) -> None:
        self._begun = Event()
        self._kept: WeakSet[socket.socket] = WeakSet()

    @property
    def begun(self) -> bool:
        """Whether the service ends: what can be repeated should not be begun any more."""
        return bool(self._begun.is_set())

    def wait(self, seconds: float) -> bool:
        """Wait for so long, or until the service ends; return whether it ends."""
        return bool(self._begun.wait(seconds))

    def begin(self) -> None:
        """Wake whoever waits and close the connections on which no request is under way."""
        self._begun.set()
        for connection in list(self._kept):
            _end(connection)

    def keep(self, connection: socket.socket) -> None:
        """A request on this connection is answered: the connection waits for its next one."""
        if self.begun:
            _end(connection)
        else:
            self._kept.add(connection)


def _end(connection: socket.socket) -> None:
    """Let whoever reads from the connection see its end.

    For reading only: an answer that is still being written gets through.  By a native socket on a
    copy of the descriptor: gevent's own would raise in the greenlet that reads.
    """
    with suppress(OSError), _Native(fileno=os.dup(connection.fileno())) as native:
        native.shutdown(socket.SHUT_RD)
