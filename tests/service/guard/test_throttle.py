"""The throttle by itself, with a clock that the test moves."""

from dataclasses import dataclass

import pytest

from service.guard.throttle import FAILURES, FAMILIAR_S, WINDOW_S, Throttle

GUESS = b"agdk_abcdefgh_" + b"x" * 43


@dataclass
class Clock:
    """A clock that stands still."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock)


def test_the_window_moves_with_the_failures(throttle: Throttle, clock: Clock) -> None:
    for number in range(FAILURES):
        assert throttle.wait_s("a", b"") == 0
        clock.now = 1000.0 + number
        throttle.failed("a", b"%d" % number)
    assert throttle.wait_s("a", b"") == WINDOW_S - (FAILURES - 1)
    clock.now = 1000.0 + WINDOW_S - 0.5
    assert throttle.wait_s("a", b"") == 1
    clock.now = 1000.0 + WINDOW_S
    assert throttle.wait_s("a", b"") == 0
    throttle.failed("a", b"")
    assert throttle.wait_s("a", b"") == 1


def test_clients_and_keys_count_apart(throttle: Throttle) -> None:
    for number in range(FAILURES):
        throttle.failed(f"client-{number}", GUESS)
    assert throttle.wait_s("somebody", GUESS) > 0
    assert throttle.wait_s("somebody", GUESS.replace(b"abcdefgh", b"hgfedcba")) == 0
    assert throttle.wait_s("client-1", b"") == 0


def test_a_foreign_key_is_known_by_its_beginning(throttle: Throttle) -> None:
    for number in range(FAILURES):
        throttle.failed(f"client-{number}", b"password" + b"%016d" % number)
    assert throttle.wait_s("somebody", b"password" + b"z" * 30) > 0
    assert throttle.wait_s("somebody", b"another!" + b"z" * 30) == 0
    assert b"password" not in repr(vars(throttle)).encode()


def test_texts_too_short_for_a_key_lock_out_nobody_else(throttle: Throttle) -> None:
    for number in range(FAILURES):
        throttle.failed(f"client-{number}", b"password")
    assert throttle.wait_s("somebody", b"password") == 0


def test_familiarity_ends_after_an_hour_without_use(throttle: Throttle, clock: Clock) -> None:
    assert not throttle.is_familiar("a", "k1")
    throttle.welcome("a", "k1")
    assert throttle.is_familiar("a", "k1")
    assert not throttle.is_familiar("a", "k2")
    assert not throttle.is_familiar("b", "k1")
    clock.now += FAMILIAR_S
    assert not throttle.is_familiar("a", "k1")


def test_a_flood_of_addresses_takes_bounded_memory(throttle: Throttle) -> None:
    for number in range(30_000):
        throttle.failed(f"2001:db8::{number:x}/64", b"%032d" % number)
        throttle.welcome(f"2001:db8::{number:x}/64", "k")
    assert len(throttle._failures) <= 20_000
    assert len(throttle._familiar) <= 20_000
    throttle.failed("the last one", b"")
    assert len(throttle._failures["client the last one"]) == 1
