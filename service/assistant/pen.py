"""What a run says, on its way into the log: a line an event.

Whoever says something does not wait for the database; what came meanwhile is written together, and
texts that follow each other become one line.  The first words are written at once.
"""

import json
from collections import deque
from typing import Any, Final

import gevent
from gevent.event import Event

from service.executions.journaling import Journal

# How long what follows is gathered: nobody reads faster.
_GATHER_S: Final = 0.04


class Pen:
    """The events of one run."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: deque[dict[str, Any]] = deque()
        self._news = Event()
        self._closing = False

    def say(self, event: dict[str, Any]) -> None:
        """Say something; never waits."""
        last = self._waiting[-1] if self._waiting else None
        if last is not None and event["type"] == "text" and last["type"] == "text":
            last["delta"] += event["delta"]
        else:
            self._waiting.append(dict(event))
        self._news.set()

    def write(self) -> None:
        """Write until it is closed.  Raises UnavailableError when that stays impossible."""
        while True:
            self._news.wait()
            self._news.clear()
            has_text = self._flush()
            if self._closing and not self._waiting:
                return
            if has_text:
                gevent.sleep(_GATHER_S)

    def close(self) -> None:
        """Nothing more is said; `write` ends once all is written."""
        self._closing = True
        self._news.set()

    def _flush(self) -> bool:
        """Write what waits; whether a text was among it."""
        if not self._waiting:
            return False
        has_text = any(each["type"] == "text" for each in self._waiting)
        lines = [json.dumps(each, separators=(",", ":")) for each in self._waiting]
        self._waiting.clear()
        self._journal.take([("out", ("\n".join(lines) + "\n").encode())])
        return has_text
