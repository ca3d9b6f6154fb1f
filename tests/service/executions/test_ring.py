"""The last lines of a running execution in memory: dropped, encoded once, told to few or many."""

import gevent
import pytest

from service.executions import ring as module
from service.executions.cutting import Chunk
from service.executions.ring import MANY, Ring


def chunk(first: int, count: int = 1, size: int = 5) -> Chunk:
    return Chunk(first, count, "out", "x", "\n".join("y" * size for _ in range(count)))


def filled(*counts: int, most: int = 10_000) -> Ring:
    ring, first = Ring(most), 1
    for count in counts:
        ring.append([chunk(first, count)])
        first += count
    return ring


@pytest.mark.parametrize("after", range(8))
def test_it_tells_what_comes_behind_any_line(after: int) -> None:
    """At the start, between chunks, within one, at the end, and beyond it."""
    found = filled(2, 3, 1).after(after)
    assert found is not None
    assert [n for each in found for n in range(each.first, each.last + 1)] == [*range(after + 1, 7)]


def test_what_was_dropped_is_told_as_a_gap() -> None:
    """Known by its cursor: the line before the oldest one that is held is none."""
    ring = Ring(most=50)
    for first in range(1, 101):
        ring.append([chunk(first, size=10)])
    oldest = 101 - 5
    assert ring.after(0) is None
    assert ring.after(oldest - 2) is None
    held = ring.after(oldest - 1)
    assert held is not None
    assert [each.first for each in held] == list(range(oldest, 101))
    assert ring.after(100) == ()


def test_a_chunk_is_encoded_once_and_forgotten_with_it() -> None:
    """For each form; the rest of one, with which somebody begins, is not kept."""
    ring = Ring(most=30)
    made: list[int] = []

    def make(each: Chunk) -> bytes:
        made.append(each.first)
        return each.text.encode()

    ring.append([chunk(1, 2)])
    (whole,) = ring.after(0) or ()
    assert {ring.encoded(whole, "", make) for _ in range(3)} == {b"yyyyy\nyyyyy"}
    assert made == [1]
    ring.encoded(whole, "claude", make)
    assert made == [1, 1]
    (rest,) = ring.after(1) or ()
    assert [ring.encoded(rest, "", make) for _ in range(2)] == [b"yyyyy"] * 2
    assert made == [1, 1, 2, 2]
    for first in range(3, 30):
        ring.append([chunk(first)])
        (last,) = ring.after(first - 1) or ()
        ring.encoded(last, "", make)
    assert len(ring._made) <= 7


def test_few_are_told_of_each_line_at_once() -> None:
    ring = Ring()
    told: list[int] = []

    def watch() -> None:
        for number in range(3):
            ring.wait(number)
            told.append(ring.last)

    watching = gevent.spawn(watch)
    for first in range(1, 4):
        gevent.sleep(0)
        ring.append([chunk(first)])
        gevent.sleep(0)
    watching.join(5)
    assert told == [1, 2, 3]


def test_many_are_told_of_several_lines_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """And all of them get every line, and the end at once."""
    monkeypatch.setattr(module, "GATHER_S", 0.2)
    ring = Ring()
    found: list[list[int]] = []
    woken = 0

    def watch() -> None:
        nonlocal woken
        mine: list[int] = []
        while not (ring.ended and len(mine) == ring.last):
            ring.wait(len(mine))
            woken += 1
            mine += [each.first for each in ring.after(len(mine)) or ()]
        found.append(mine)

    watching = [gevent.spawn(watch) for _ in range(MANY * 2)]
    gevent.sleep(0)
    for first in range(1, 51):
        ring.append([chunk(first)])
        gevent.sleep(0.01)
    ring.end()
    gevent.joinall(watching, timeout=10)
    assert found == [list(range(1, 51))] * (MANY * 2)
    assert woken < MANY * 2 * 25


def test_nobody_waits_for_lines_that_are_there_already() -> None:
    """Nor after the end."""
    ring = filled(3)
    with gevent.Timeout(5):
        ring.wait(0)
        ring.end()
        ring.wait(3)


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits looks now and then whether their stream must end; nothing beats for nobody."""
    monkeypatch.setattr(module, "BEAT_S", 0.02)
    ring = filled(3)
    waiting = [gevent.spawn(ring.wait, 3) for _ in range(50)]
    gevent.joinall(waiting, timeout=10)
    assert all(each.successful() for each in waiting)
    with gevent.Timeout(5):
        while ring._beating is not None:
            gevent.sleep(0.01)
        ring.wait(3)
