"""One id for all that happens because of a request, wherever it happens."""

import re
import uuid

import gevent
import pytest
from gevent.threadpool import ThreadPool

from service.observability.request_id import accept, begin, carried, end, request_id, under


@pytest.mark.parametrize(
    "asked", ["a", "A-b_c.9", "x" * 64, "b3b9f02a-899a-4920-81b8-674d9f6d0c59"]
)
def test_a_harmless_id_of_the_caller_is_kept(asked: str) -> None:
    assert accept(asked) == asked


@pytest.mark.parametrize(
    "asked",
    ["", "x" * 65, "a b", "a\n", "a\r\nSet-Cookie: x=1", "ä", "a/b", "{}", "a\x1b[1m", "a;"],
)
def test_any_other_is_replaced_by_a_uuid(asked: str) -> None:
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", accept(asked)
    )


def test_requests_of_one_greenlet_follow_each_other() -> None:
    assert begin("one") == request_id() == "one"
    assert begin("two") == request_id() == "two"
    end()
    assert request_id() == ""


def test_greenlets_do_not_share_an_id() -> None:
    seen: dict[str, list[str]] = {}

    def serve(name: str) -> None:
        begin(name)
        for _ in range(5):
            gevent.sleep(0)
            seen.setdefault(name, []).append(request_id())

    gevent.joinall([gevent.spawn(serve, f"r{number}") for number in range(50)], raise_error=True)
    assert seen == {f"r{number}": [f"r{number}"] * 5 for number in range(50)}
    assert request_id() == ""


def test_carried_work_keeps_the_id_in_a_greenlet_and_in_a_native_thread() -> None:
    pool = ThreadPool(1)
    try:
        with under("kept"):
            greenlet = gevent.spawn(carried(request_id))
            bare = gevent.spawn(request_id)
            assert pool.apply(carried(request_id)) == "kept"
            assert pool.apply(request_id) == ""
        assert greenlet.get(timeout=5) == "kept"
        assert bare.get(timeout=5) == ""
        assert request_id() == ""
    finally:
        pool.kill()


def test_new_ids_are_uuids_of_version_4_and_differ() -> None:
    made = {accept("") for _ in range(2_000)}
    assert len(made) == 2_000
    read = [uuid.UUID(each) for each in made]
    assert {str(each) for each in read} == made
    assert {each.version for each in read} == {4}
    assert {each.variant for each in read} == {uuid.RFC_4122}
    # Each digit but those of version and variant takes every value.
    for place in (0, 9, 15, 20, 35):
        assert len({each[place] for each in made}) == 16
