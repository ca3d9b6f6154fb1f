"""Server-sent events as bytes: whatever a text holds, it stays one event and forges no field."""

import re
from dataclasses import dataclass

# A field of an event ends at each of these; a client knows no other line ends.
_LINE_END = re.compile("\r\n|\r|\n")
# A comment: it carries nothing, and shows both ends that the connection still stands.
HEARTBEAT = b":\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    """One event.  A client that reconnects sends the `number` of the last event that it got."""

    name: str
    data: str
    number: int | None = None

    def encode(self) -> bytes:
        """The event as it is sent.  A lone surrogate, which no UTF-8 can hold, becomes `?`."""
        lines = [f"event: {self.name}"]
        if self.number is not None:
            lines.append(f"id: {self.number}")
        lines += [f"data: {line}" for line in _LINE_END.split(self.data)]
        return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Encoded:
    """Events that were encoded before, since many get the same."""

    data: bytes

    def encode(self) -> bytes:
        """As they are sent."""
        return self.data


Sendable = Event | Encoded


def retry(milliseconds: int) -> bytes:
    """How long a client should wait before it reconnects."""
    return f"retry: {milliseconds}\n\n".encode("ascii")
