"""What goes on beside the requests, in a greenlet on the worker's hub, from start to end."""

from abc import ABC, abstractmethod

import gevent


class Beside(ABC):
    """Work that begins once and goes on until it is closed, wherever it waits then."""

    _going: gevent.Greenlet | None = None

    def start(self) -> None:
        """Begin.  Returns at once."""
        if self._going is None:
            self._going = gevent.spawn(self._run)

    def close(self) -> None:
        """End it; a transaction that is under way is done or undone as a whole."""
        if self._going is not None:
            self._going.kill()
            self._going = None

    @abstractmethod
    def _run(self) -> None:
        """What goes on; it does not return by itself."""
