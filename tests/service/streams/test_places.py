"""How many streams there may be."""

import pytest

from service.errors import TooManyError
from service.stream_places import Streams


def test_each_key_has_so_many_places_and_all_keys_together() -> None:
    """One key cannot take the places of the others, and not all of the connections."""
    streams = Streams(most=3, most_per_key=2)
    first, _ = streams.take("a"), streams.take("a")
    with pytest.raises(TooManyError) as refused:
        streams.take("a")
    assert int(refused.value.headers["Retry-After"]) > 0
    streams.take("b")
    with pytest.raises(TooManyError):
        streams.take("c")
    first.release()
    streams.take("c")
    assert streams.count == 3


def test_a_place_is_given_back_once() -> None:
    """Whoever closes an answer twice frees no place of another."""
    streams = Streams()
    first, second = streams.take("a"), streams.take("a")
    first.release()
    first.release()
    assert streams.count == 1
    second.release()
    assert streams.count == 0
