"""Moving windows in memory: exact at their edge, on a clock that nobody sets, bounded."""

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import parse
from limits.strategies import MovingWindowRateLimiter

from service.guard.windows import Windows


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_limit_holds_over_every_edge(clock: Clock) -> None:
    windows = MovingWindowRateLimiter(Windows(clock=clock))
    item = parse("20 per 10 second")
    taken: list[float] = []
    for _ in range(600):
        if windows.hit(item, "webhook", "a"):
            taken.append(clock.now)
        clock.now += 0.07
    for at in taken:
        assert sum(at <= other < at + 10 for other in taken) <= 20
    assert len(taken) >= 20 * 4 - 1


def test_room_is_free_again_after_the_window_and_not_before(clock: Clock) -> None:
    windows = MovingWindowRateLimiter(Windows(clock=clock))
    item = parse("2 per 10 second")
    assert windows.hit(item, "a")
    clock.now += 5
    assert windows.hit(item, "a")
    clock.now += 4.99
    assert not windows.hit(item, "a")
    clock.now += 0.2
    assert windows.hit(item, "a")
    assert not windows.hit(item, "a")


def test_refused_requests_do_not_lengthen_the_wait(clock: Clock) -> None:
    windows = MovingWindowRateLimiter(Windows(clock=clock))
    item = parse("1 per 10 second")
    assert windows.hit(item, "a")
    for _ in range(100):
        clock.now += 0.1
        windows.hit(item, "a")
    clock.now += 0.11
    assert windows.hit(item, "a")


@given(st.lists(st.floats(0, 3), max_size=80), st.integers(1, 5))
def test_the_promised_time_is_true(steps: list[float], limit: int) -> None:
    clock = Clock()
    windows = MovingWindowRateLimiter(Windows(clock=clock))
    item = parse(f"{limit} per 5 second")
    for step in steps:
        clock.now += step
        if not windows.hit(item, "a"):
            reset_at, left = windows.get_window_stats(item, "a")
            wait = reset_at - time.time()
            assert left == 0
            assert 0 < wait < 5.2
            clock.now += wait + 0.01
            assert windows.hit(item, "a")


def test_clients_do_not_share_a_window() -> None:
    windows = MovingWindowRateLimiter(Windows())
    item = parse("1 per minute")
    assert [windows.hit(item, "webhook", each) for each in "abca"] == [True, True, True, False]
    assert windows.hit(item, "api", "a")


def test_many_clients_take_little_memory_each(clock: Clock) -> None:
    windows = Windows(clients=5_000, clock=clock)
    counter = MovingWindowRateLimiter(windows)
    item = parse("20 per 10 second")
    tracemalloc.start()
    try:
        for number in range(7_000):
            counter.hit(item, "webhook", f"2001:db8:{number >> 8:x}:{number & 0xFF:x}::/64")
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(windows) == 5_000
    # So 50,000 clients, which is the most, take less than 40 MB.
    assert used < 5_000 * 800


def test_a_busy_client_is_not_pushed_out_by_idle_ones() -> None:
    windows = Windows(clients=100)
    counter = MovingWindowRateLimiter(windows)
    item = parse("5 per minute")
    allowed = 0
    for number in range(2_000):
        counter.hit(item, "x", str(number))
        if number % 50 == 0:
            allowed += counter.hit(item, "x", "busy")
    assert allowed == 5


def test_clients_that_left_are_forgotten(clock: Clock) -> None:
    windows = Windows(clock=clock)
    counter = MovingWindowRateLimiter(windows)
    item = parse("5 per minute")
    for number in range(1_000):
        counter.hit(item, str(number))
    clock.now += 61
    for number in range(600):
        counter.hit(item, f"new {number}")
    assert len(windows) == 600


def test_a_high_limit_keeps_few_numbers(clock: Clock) -> None:
    windows = Windows(clock=clock)
    counter = MovingWindowRateLimiter(windows)
    item = parse("1000000 per minute")
    for _ in range(20_000):
        clock.now += 0.01
        assert counter.hit(item, "a")
    (window,) = windows._windows.values()
    assert len(window.ticks) <= 101
    assert 5_900 <= window.total <= 6_100
