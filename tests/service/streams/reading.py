"""A client of a live stream: a socket that is read event by event."""

import http.client
import json
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from tests.service.served import KEY, Served


class Following:
    """An open stream of a service."""

    def __init__(
        self,
        served: Served,
        path: str = "/api/events",
        *,
        key: str | None = KEY,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        sent = {**({"X-API-Key": key} if key else {}), **(headers or {})}
        self._connection.request("GET", path, headers=sent)
        self.answer = self._connection.getresponse()
        self.status = self.answer.status

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Go away."""
        self.answer.close()
        self._connection.close()

    def event(self) -> dict[str, Any] | None:
        """The next event with data, which must be JSON; None at the end of the stream."""
        fields: dict[str, Any] = {}
        while line := self.answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = json.loads(value) if name == "data" else value
            elif "data" in fields:
                return fields
        return None

    def rest(self) -> tuple[list[dict[str, Any]], float]:
        """All that still comes, and after how many seconds the stream ended."""
        started = time.monotonic()
        events = list(iter(self.event, None))
        return events, time.monotonic() - started  # type: ignore[return-value]
