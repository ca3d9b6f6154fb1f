"""One of the two versions wherever an item clashes; what came together by itself stays so."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from planner.codec.editing import edit_text
from planner.codec.reading import read_item
from planner.edit.draft import ItemClash
from planner.errors import EditError
from planner.merge.fields import Clash
from planner.merge.files import WHOLE_FILE
from planner.model.items import Criterion

Side = Literal["theirs", "yours"]


def taken(clash: ItemClash, side: Side) -> bytes | None:
    """The file of an item that clashed, as one side has what clashes (None: there is no such file).

    Raises EditError when the values of that side do not fit into the file any more.
    """
    if any(each.field == WHOLE_FILE for each in clash.clashes):
        text = clash.theirs if side == "theirs" else clash.yours
        return text.encode() if text is not None else None
    theirs = (clash.theirs or "").encode()
    item = read_item(clash.path, theirs).item
    if item is None:
        raise EditError(f"{clash.path} cannot be read", "mend the file by hand first")
    values = dict(clash.settled)
    if side == "yours":
        for each in clash.clashes:
            known = values.get(each.field, getattr(item, each.field))
            values[each.field] = _with_part(known, each) if each.part else each.yours
    return edit_text(clash.path, theirs, values)


def _with_part(known: Any, clash: Clash) -> Sequence[Any]:
    """A list with one entry, or one part of a criterion, as yours has it."""
    name, _, part = clash.part.rpartition(".")
    entries = list(known)
    if clash.field == "criteria" and any(_is(each, name) for each in entries):
        return [replace(each, **{part: clash.yours}) if _is(each, name) else each for each in known]
    if clash.yours is None:
        return [each for each in entries if each != clash.theirs]
    if clash.theirs in entries:
        return [clash.yours if each == clash.theirs else each for each in entries]
    return [*entries, clash.yours]


def _is(entry: object, criterion_id: str) -> bool:
    return isinstance(entry, Criterion) and entry.id == criterion_id
