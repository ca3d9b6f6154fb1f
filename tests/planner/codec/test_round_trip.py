"""What is rendered is read back equal."""

import pickle
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.codec.reading import read_item
from planner.codec.writing import normal_item, render_item
from planner.model.fields import KINDS

_QUICK = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rendered_item_is_read_back_in_normal_form(kind, item_of_kind):
    """Any item of any kind, however its texts look, survives the way through a file."""

    @_QUICK
    @given(item_of_kind[kind])
    def check(item):
        normal = normal_item(item)
        text = render_item(item)
        read = read_item(item.path, text.encode())
        assert read.item == normal, text
        assert normal_item(normal) == normal
        assert render_item(normal) == text

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_single_lines_are_kept_exactly(kind, item_of_kind):
    """Fields of one line are never trimmed or otherwise normalised."""

    @_QUICK
    @given(item_of_kind[kind])
    def check(item):
        read = read_item(item.path, render_item(item).encode()).item
        assert read is not None
        for name in ("title", "owner", "tags", "aliases", "waive", "provenance"):
            assert getattr(read, name) == getattr(item, name)

    check()


def test_items_are_plain_data(item_of_kind):
    """A cache may pickle what was read."""

    @settings(max_examples=20, deadline=None, database=None)
    @given(st.sampled_from(list(KINDS)).flatmap(item_of_kind.__getitem__))
    def check(item):
        read = read_item(item.path, render_item(item).encode(), blob="b" * 40)
        again = pickle.loads(pickle.dumps(read))
        assert again == read
        for each in fields(read.item):
            assert getattr(again.item, each.name) == getattr(read.item, each.name)

    check()
