"""Generated items of every kind, with texts that try to look like syntax."""

import pytest
from hypothesis import strategies as st

from planner.model.fields import FIELDS, KINDS
from planner.model.fieldtypes import (
    Choice,
    Date,
    Dependencies,
    Links,
    PhaseNumber,
    Provenances,
    Ref,
    Refs,
    Text,
    Waivers,
)
from planner.model.ids import path_of
from planner.model.items import (
    CRITERION_STATUSES,
    LINK_TYPES,
    Criterion,
    Dependency,
    Item,
    Link,
    Provenance,
    Section,
    Waiver,
)

_TRICKS = [
    "a",
    "word",
    "two words",
    " ",
    "  ",
    "\t",
    ":",
    ": ",
    " #",
    "#",
    "##",
    "## x",
    "'",
    '"',
    "\\",
    "-",
    "- ",
    "--",
    "---",
    "...",
    "|",
    ">",
    "&a",
    "*b",
    "!t",
    "%",
    "@",
    "`",
    "```",
    "~~~",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "?",
    "? ",
    "=",
    "<<",
    "~",
    "null",
    "true",
    "no",
    "12:30",
    "02.10",
    "1e3",
    "{#c1}",
    " {#c2}",
    "1. ",
    "2) ",
    "- check: x",
    "- verifies: A-1",
    "<!--",
    "-->",
    "<div>",
    "</p>",
    "é",
    "漢",
    "😀",
    "\u00a0",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\u200f",
    "\ue000",
    "\ufffd",
]
_BREAKS = ["\n", "\n\n", "\r\n", "\r", "\n    ", "\n  - ", "\n\t"]
_ANY = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
LINES = st.lists(st.sampled_from(_TRICKS) | _ANY, max_size=5).map("".join)
TEXTS = st.lists(st.sampled_from(_TRICKS + _BREAKS) | _ANY, max_size=9).map("".join)
ENTRIES = LINES.filter(str.strip)
_LETTERS = "abzAZ09é漢"
IDS = st.builds(
    lambda first, middle, last: first + middle + last,
    st.sampled_from(_LETTERS),
    st.text(_LETTERS + ".-_", max_size=6).filter(lambda text: ".." not in text),
    st.sampled_from(_LETTERS),
)
_DATES = st.dates().map(str) | st.just("")
_NUMBERS = st.sampled_from(["", "02", "2.1", "12A", "F.1", "CK-01", "3.4.1", "007"])
_DEPENDENCIES = st.builds(Dependency, IDS, st.booleans(), LINES)
_LINKS = st.builds(Link, IDS, st.sampled_from(LINK_TYPES))
_WAIVERS = st.builds(Waiver, ENTRIES, ENTRIES)
_PROVENANCES = st.builds(Provenance, ENTRIES, ENTRIES, LINES)
_CRITERION_WAIVERS = st.builds(Waiver, st.from_regex(r"[a-z-]{1,8}", fullmatch=True), ENTRIES)
CRITERIA = st.builds(
    Criterion,
    id=st.integers(1, 120).map("c{}".format),
    text=TEXTS,
    verifies=st.lists(IDS, max_size=3).map(tuple),
    check=TEXTS,
    level=LINES,
    status=st.sampled_from(CRITERION_STATUSES),
    proof=st.lists(ENTRIES, max_size=3).map(tuple),
    waive=st.lists(_CRITERION_WAIVERS, max_size=2).map(tuple),
    extra=st.lists(st.tuples(st.sampled_from(["note", "owner-of", "x"]), TEXTS), max_size=2).map(
        tuple
    ),
)
CRITERIA_LISTS = st.lists(CRITERIA, max_size=4, unique_by=lambda each: each.id).map(tuple)


def _listed(entries: st.SearchStrategy[object], key: object = None) -> st.SearchStrategy[object]:
    return st.lists(entries, max_size=4, unique_by=key).map(tuple)


def values(field: object) -> st.SearchStrategy[object]:
    """Values of one field."""
    match field.type:
        case Choice(options=options):
            return st.sampled_from([*options, field.default])
        case Date():
            return _DATES
        case PhaseNumber():
            return _NUMBERS
        case Ref() | Refs() if isinstance(field.default, tuple):
            return _listed(IDS)
        case Ref():
            return IDS | st.just("")
        case Dependencies():
            return _listed(_DEPENDENCIES)
        case Links():
            return _listed(_LINKS)
        case Waivers():
            return _listed(_WAIVERS, lambda each: each.rule)
        case Provenances():
            return _listed(_PROVENANCES, lambda each: each.field)
    if isinstance(field.default, tuple):
        return _listed(ENTRIES)
    return TEXTS if isinstance(field.type, Text) else LINES


_SECTIONS = st.lists(
    st.builds(
        Section,
        st.sampled_from(["Research", "rationale", "Notes", "Success criteria", "", "a #", "#"])
        | LINES,
        TEXTS,
    ),
    max_size=3,
).map(tuple)
_EXTRA = st.lists(
    st.tuples(
        st.sampled_from(["colour", "estimate", "x y", "1"]),
        st.sampled_from(
            ["", "red", "'q: x'", "[a, {b: c}]", "\n  - a\n  - b", "|\n  text\n  # no"]
        ),
    ),
    max_size=2,
    unique_by=lambda pair: pair[0],
).map(tuple)


@st.composite
def items_of(draw: st.DrawFn, kind: str) -> Item:
    """Any item of a kind."""
    item_id = "plan" if kind == "plan" else draw(IDS)
    rest = {"extra": draw(_EXTRA)}
    if kind == "research":
        item_id = f"run/{draw(st.sampled_from(['stack', 'notes', 'Pitfalls']))}"
        rest["text"] = draw(TEXTS)
    elif kind != "plan":
        rest["sections"] = draw(_SECTIONS)
    if kind == "phase":
        rest["criteria"] = draw(CRITERIA_LISTS)
    named = {}
    for field in FIELDS[kind]:
        if draw(st.booleans()):
            named[field.name] = draw(values(field))
    return KINDS[kind](id=item_id, path=path_of(kind, item_id), **named, **rest)


@pytest.fixture(scope="session")
def item_of_kind() -> dict[str, st.SearchStrategy[Item]]:
    """Strategies for items, by kind."""
    return {kind: items_of(kind) for kind in KINDS}


@pytest.fixture(scope="session")
def value_of_field() -> object:
    """A function from a field to the strategy of its values."""
    return values


@pytest.fixture(scope="session")
def criteria_lists() -> st.SearchStrategy[tuple[Criterion, ...]]:
    """Strategy for the criteria of a phase."""
    return CRITERIA_LISTS
