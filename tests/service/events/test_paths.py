"""Looking into payloads: what a path finds, and when a value is the one that was wanted."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.events.paths import MISSING, equals, look_up, text_of

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)


def places(value: Any, prefix: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Each place of a value with what is there, found by walking."""
    found = [(prefix, value)] if prefix else []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += places(inner, (*prefix, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += places(inner, (*prefix, str(index)))
    return found


@given(values)
def test_every_place_is_found_by_its_path(value: Any) -> None:
    """A name that holds a dot cannot be written as a path; all others can."""
    for parts, there in places(value):
        if not any("." in part for part in parts):
            assert look_up(value, ".".join(parts)) is there


@given(values, texts)
def test_looking_never_fails(value: Any, path: str) -> None:
    found = look_up(value, path)
    assert found is MISSING or found in [there for _, there in places(value)] or found != found


@pytest.mark.parametrize(
    "path", ["1", "-1", "00", "01", "+0", "0 ", " 0", "٠", "1e0", "", "first", "0.0"]
)
def test_only_plain_numbers_index_a_list(path: str) -> None:
    assert look_up(["only"], path) is MISSING


def test_a_number_is_also_the_name_of_a_field() -> None:
    assert look_up({"0": "here"}, "0") == "here"


def test_null_is_there_and_missing_is_not() -> None:
    assert look_up({"a": None}, "a") is None
    assert look_up({"a": None}, "a.b") is MISSING
    assert look_up({"a": None}, "b") is MISSING
    assert not equals(MISSING, "null")


@given(leaves)
def test_a_value_equals_the_text_that_json_has_for_it(value: Any) -> None:
    assert equals(value, value if isinstance(value, str) else json.dumps(value))


@given(st.integers(-(10**15), 10**15))
def test_numbers_equal_by_value(number: int) -> None:
    assert equals(number, f"{number}.0")
    assert equals(float(number), str(number))
    assert not equals(number, str(number + 1))
    assert not equals(number, f"{number}.5")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (True, "True"), (True, "1"), (1, "true"), (None, "None"), (None, ""), (False, "0"),
        (4, "four"), (4, " 4"), (4, "0x4"), (4, "4_0"), (4, "٤"), (4, "nan"), (4, "4e999999999"),
        ("4", "4.0"), ("Yes", "yes"), (["a"], '["a"]'), ({}, "{}"), (10**17 + 1, "1e17"),
    ],
)  # fmt: skip
def test_what_is_not_equal(value: object, wanted: str) -> None:
    """No type is guessed: Python's own words for values mean nothing, and case counts."""
    assert not equals(value, wanted)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (MISSING, ""), ("", ""), ("a", "a"), (None, "null"), (True, "true"), (4, "4"),
        (4.5, "4.5"), (["a", 1], '["a",1]'), ({"ü": None}, '{"ü":null}'),
    ],
)  # fmt: skip
def test_the_text_of_a_value(value: object, text: str) -> None:
    assert text_of(value) == text
