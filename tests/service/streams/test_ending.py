"""When a stream sends a heartbeat and when it ends, without a network."""

import json
from collections.abc import Sequence

import pytest

from service import streams
from service.drain import Drain
from service.sse import HEARTBEAT, Event


class Script:
    """A source that gives what it is told to, one thing a call."""

    def __init__(self, *news: Sequence[Event] | None) -> None:
        self._news = list(news)

    def next(self, timeout_s: float) -> Sequence[Event] | None:
        assert timeout_s <= streams.LOOK_S
        return self._news.pop(0)


def sent(
    source: Script, *, holds: Sequence[bool] = (), gone: bool = False, drain: Drain | None = None
) -> list[bytes]:
    answers = list(holds)
    return list(
        streams._events(
            source,
            lambda: answers.pop(0) if answers else True,
            drain or Drain(),
            lambda: gone,
        )
    )


def test_the_end_of_the_source_ends_the_stream() -> None:
    """And a client that is told so does not come again."""
    begin, event, bye = sent(Script((Event("line", "a", 1),), None))
    assert begin.startswith(b"retry: ")
    assert event == b"event: line\nid: 1\ndata: a\n\n"
    assert bye == b'event: bye\ndata: {"reason": "end"}\n\n'


def test_silence_is_filled_with_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ends see that the connection stands, and not more often than needed."""
    assert sent(Script((), (), None))[1:-1] == []
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.0)
    assert sent(Script((), (), None))[1:-1] == [HEARTBEAT, HEARTBEAT]


def test_credentials_that_end_and_a_service_that_ends_are_told_apart() -> None:
    """The one means: sign in; the other: come again."""
    assert b"credentials" in sent(Script(()), holds=[True, False])[-1]
    drain = Drain()
    drain.begin()
    last = sent(Script(), drain=drain)[-1]
    assert last.startswith(b"retry: ")
    assert json.loads(last.partition(b"data: ")[2]) == {"reason": "restart"}


def test_a_client_that_has_gone_gets_nothing_more() -> None:
    """Its place is free at once, not at the next heartbeat."""
    assert len(sent(Script((), ()), gone=True)) == 1
