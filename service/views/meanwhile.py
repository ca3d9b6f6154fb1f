"""What others made of an item since its form was opened, and who."""

from dataclasses import dataclass

from service.planning.desk import PlanDesk
from service.planning.edits import AnyEdit, SetEdit
from service.planning.records import PreviewRecord

_MOST = 12
_HOW = {
    "entry": "other entries of the same list",
    "line": "other lines of the same text",
    "word": "other words of the same lines: read the result below before you save it",
}


@dataclass(frozen=True, slots=True)
class Theirs:
    """A change of somebody else that is kept."""

    author: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A field that both changed, and how it came together."""

    item: str
    field: str
    how: str


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What came in between; both are empty when nothing did."""

    theirs: tuple[Theirs, ...] = ()
    joined: tuple[Joined, ...] = ()


def joined_fields(seen: PreviewRecord) -> tuple[Joined, ...]:
    """The fields that both changed and that came together by themselves."""
    return tuple(
        Joined(each.item, each.field.replace("_", " ") or "whole file", _HOW[each.how])
        for each in seen.merged
        if each.how in _HOW
    )


def meanwhile(desk: PlanDesk, edit: AnyEdit, seen: PreviewRecord) -> Meanwhile:
    """What others changed since the values of this edit were read.  Raises as `PlanDesk` does."""
    if not isinstance(edit, SetEdit) or not edit.blob or not (seen.merged or seen.clashes):
        return Meanwhile(joined=joined_fields(seen))
    found: list[Theirs] = []
    for version in desk.history(edit.id, edit.kind, seen.branch).versions:
        if version.blob == edit.blob:
            break
        found += [Theirs(version.author, change.sentence) for change in version.changes]
    return Meanwhile(tuple(found[:_MOST]), joined_fields(seen))
