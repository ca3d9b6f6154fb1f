"""Values of the planner as bytes and back."""

import dataclasses
from dataclasses import dataclass
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.model.items import (
    Criterion,
    Dependency,
    Link,
    Milestone,
    Phase,
    Plan,
    Requirement,
    Section,
    Unreadable,
    Waiver,
)
from planner.model.problem import Place, Problem, Severity
from planner.store.history import Commit, History
from planner.store.lineage import FileChange, RawChange
from planner.store.packing import Packer, PackingError
from planner.store.snapshot import Stamp

ITEM = Requirement(
    id="AUTH-01",
    path="requirements/AUTH-01.md",
    title="Ünï – 漢字",
    phases=("a", "b"),
    links=(Link("AUTH-02", line=3), Link("X", "depends-on")),
    waive=(Waiver("rule", "reason"),),
    sections=(Section("Notes", "text\n", 9),),
    extra=(("colour", "red"),),
    lines={"title": 2, "links.0": 3},
    blob="0" * 40,
)
PHASE = Phase(
    id="p",
    depends_on=(Dependency("q", soft=True, reason="why", line=4),),
    criteria=(Criterion("c1", "text", verifies=("A",), lines={"text": 3}),),
    lines=MappingProxyType({"title": 2}),
)
PROBLEM = Problem(
    path="a.md",
    line=3,
    rule="bad-value",
    severity=Severity.WARNING,
    message="m",
    related=(Place("b.md", 2),),
)
HISTORY = History(
    head="1" * 40,
    commits=(Commit("1" * 40, "2026-01-01T00:00:00Z", "Ada", "one"),),
    changes=((RawChange("A", "a.md"),),),
)
VALUES = [
    FileChange(0, "A", "a.md"),
    None,
    "",
    "text\udcff",
    0,
    -(2**80),
    True,
    1.5,
    b"\0bytes",
    (),
    (1, ("a", (None,))),
    {},
    {"a": 1, 2: "b"},
    {"a": (ITEM,), "b": {"c": PROBLEM}},
    MappingProxyType({"a": PROBLEM}),
    Severity.HINT,
    ITEM,
    PHASE,
    PROBLEM,
    HISTORY,
    (ITEM, None, (PROBLEM, PROBLEM)),
    Milestone(id="v1"),
    Plan(id="plan"),
    Unreadable("x", "phase", "phases/x.md", "text"),
    Stamp(1, 2, 3, 4, "blob", settled=True),
]


def _exact(value):
    """The value with the types of all its parts, and the fields that comparing leaves out."""
    if dataclasses.is_dataclass(value):
        fields = [_exact(getattr(value, field.name)) for field in dataclasses.fields(value)]
        return type(value), fields
    if isinstance(value, tuple):
        return tuple(map(_exact, value))
    if isinstance(value, dict | MappingProxyType):
        return type(value), [(key, _exact(part)) for key, part in value.items()]
    return type(value), value


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_is_unpacked_is_what_was_packed(value):
    packer = Packer()
    data = packer.pack(value)
    assert _exact(packer.unpack(data)) == _exact(value)
    assert _exact(Packer(packer.names).unpack(data)) == _exact(value)


def test_values_of_many_kinds_share_one_list_of_classes():
    packer = Packer()
    packed = [packer.pack(value) for value in VALUES]
    assert len(set(packer.names)) == len(packer.names)
    fresh = Packer(packer.names)
    assert [fresh.unpack(data) for data in packed] == VALUES


def test_what_was_unpacked_is_frozen_and_whole():
    packer = Packer()
    again = packer.unpack(packer.pack(ITEM))
    assert hash(again.links[0]) == hash(ITEM.links[0])
    with pytest.raises(dataclasses.FrozenInstanceError):
        again.title = "other"
    assert dataclasses.replace(again, title="other").links == ITEM.links


@dataclass
class Foreign:
    """A class that is no part of the planner."""

    text: str = ""


@pytest.mark.parametrize("value", [[1], {1, 2}, object(), Foreign(), len, Packer, (1, [2])])
def test_other_values_are_refused(value):
    with pytest.raises(PackingError):
        Packer().pack(value)


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "subprocess:Popen",
        "planner.model.items:missing",
        "planner.model.items:front",
        "planner.nowhere:X",
        "planner.store.git:Git",
        "planner.store.git:subprocess.Popen",
        "planner.model.items:Mapping",
        "",
    ],
)
def test_only_plain_classes_of_the_planner_are_loaded(name):
    with pytest.raises(PackingError):
        Packer([name])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_bytes_are_an_error_or_a_value_never_another_failure(data):
    packer = Packer()
    good = bytearray(packer.pack((ITEM, PROBLEM)))
    place = data.draw(st.integers(0, len(good) - 1))
    # Not the letters that stand for the type of a value: marshal itself can fall over those, which
    # is why a cache is checked by its digest first.
    good = good[:place]
    try:
        packer.unpack(bytes(good))
    except PackingError:
        pass
    else:
        pytest.fail("half a value was unpacked")


def test_a_value_of_a_class_with_other_fields_is_an_error():
    packer = Packer()
    data = packer.pack(Place("a", 1))
    other = Packer(["planner.model.problem:Problem"])
    with pytest.raises(PackingError, match="other fields"):
        other.unpack(data)
