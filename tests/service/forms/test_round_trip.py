"""A form that is sent as it was shown changes nothing, whatever the item holds."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.codec.plain_values import item_values
from planner.codec.reading import read_item
from planner.model.fields import FIELDS
from planner.model.ids import path_of
from service.forms.filled import Filled, filled_from, filled_of
from service.forms.reading import changes_of, values_of
from service.forms.sheet import SHEETS, blank_values

FILES = {
    "plan": "title: L\nstatement: |\n  A lamp.\n\n  For ships.\nglossary:\n  - ASP\n  - 'a: b'\n",
    "milestone": "---\ntitle: T\ntarget: 2026-03-01\nfoo: [1]\n---\n\nLead\n\n## Constraints\n\nx",
    "phase": (
        "---\ntitle: T\nnumber: 02.10\n"
        "depends_on:\n  - lamp\n  - {phase: a, soft: on, reason: why}\n"
        "tags: ['a, b', c]\nwaive:\n  some-rule: 'reason: good'\nstatus: bogus\n---\n\nGoal.\n\n"
        "## Success criteria\n\n1. One\n   - more: of it\n   - verifies: A-01, B-02\n"
        "   - check: do\n     this\n   - proof: \"a, b\", c\n   - waive: rule-x: because\n\n"
        "2. Two {#c7}\n\n## Mine\n\ntext\n"
    ),
    "requirement": (
        "---\nphase: [a, b]\nlinks:\n  - A-01\n  - {to: B-1, type: refines}\n"
        "provenance:\n  text: {by: 'model x', approved: Ada}\nproof: tests/a.py::b\n---\n\n"
        "The lamp shall shine.\n\n    code\n\n## Notes\n\nn\n"
    ),
    "research": "# Lamps\n\nText.\n",
}  # fmt: skip
IDS = {"plan": "plan", "research": "survey/stack"}


def values_from(kind: str, text: str) -> dict[str, Any]:
    item = read_item(path_of(kind, IDS.get(kind, "X-01")), text.encode()).item
    assert item is not None
    return item_values(item)


def sent(filled: Filled) -> dict[str, str]:
    """As a browser sends it: line ends are CRLF."""
    return {name: text.replace("\n", "\r\n") for name, text in filled.pairs()}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_form_that_is_sent_untouched_changes_nothing(kind: str, line_end: str) -> None:
    """For an item of each kind with something in every kind of field."""
    values = values_from(kind, FILES[kind].replace("\n", line_end))
    again = filled_from(kind, sent(filled_of(kind, values)))
    assert changes_of(again, values) == {}
    assert values_of(again, values) == values


@pytest.mark.parametrize("kind", FIELDS)
def test_a_form_has_every_field_of_its_kind(kind: str) -> None:
    """And a blank one stands for an item without any."""
    names = {row.name for row in FIELDS[kind]}
    assert names <= {box.name for box in SHEETS[kind]}
    blank = blank_values(kind)
    assert changes_of(filled_from(kind, sent(filled_of(kind, blank))), blank) == {}


line = st.text(
    st.characters(blacklist_categories=("Cs", "Cc")), max_size=30
).map(str.strip)  # fmt: skip
word = st.from_regex(r"[A-Za-z][A-Za-z0-9.-]{0,8}", fullmatch=True)
entry = line.filter(bool)
text = st.lists(line, max_size=4).map("\n".join).map(str.strip)
criterion = st.fixed_dictionaries(
    {
        "id": st.from_regex(r"c[1-9][0-9]{0,2}", fullmatch=True),
        "text": text,
        "verifies": st.lists(word, max_size=3),
        "check": text,
        "level": line,
        "status": st.sampled_from(["open", "met"]),
        "proof": st.lists(entry, max_size=3),
        "waive": st.dictionaries(word, entry, max_size=2),
    }
)
phase = st.fixed_dictionaries(
    {
        "title": line,
        "tags": st.lists(entry, max_size=3),
        "aliases": st.lists(entry, max_size=3),
        "owner": line,
        "waive": st.dictionaries(entry, entry, max_size=3),
        "provenance": st.dictionaries(
            entry, st.fixed_dictionaries({"by": entry, "approved": line}), max_size=3
        ),
        "goal": text,
        "depends_on": st.lists(
            st.fixed_dictionaries({"phase": word, "soft": st.booleans(), "reason": line}),
            max_size=3,
        ),
        "criteria": st.lists(criterion, max_size=3, unique_by=lambda each: each["id"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(phase)
def test_any_values_come_back_as_they_were(values: dict[str, Any]) -> None:
    """Blanks, commas, colons and quotes in them are no separators by accident."""
    again = filled_from("phase", sent(filled_of("phase", values)))
    assert changes_of(again, values) == {}


_NAMES = st.text(max_size=30) | st.from_regex(
    r"f\.[a-z_]{1,10}(\.[0-9]{1,8}){0,2}(\.[a-z]{1,8})?", fullmatch=True
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(_NAMES, st.text(max_size=20), max_size=12), st.sampled_from(sorted(FIELDS)))
def test_hostile_names_harm_nothing(form: dict[str, str], kind: str) -> None:
    """Names that no form of ours has are passed over; only known fields can change."""
    filled = filled_from(kind, form)
    changes = changes_of(filled, blank_values(kind))
    assert set(changes) <= {box.name for box in SHEETS[kind]}
    assert set(filled.texts) | set(filled.rows) <= {key[2:] for key in form}
