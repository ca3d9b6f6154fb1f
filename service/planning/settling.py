"""What a person chose where two versions of an item clash, turned into the values of its fields.

Nothing here knows of forms: a choice is what was said of one clash, an answer that of one item.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from pydantic import JsonValue

from service.planning.edits import (
    AnyEdit,
    CreateEdit,
    DeleteEdit,
    RestoreEdit,
    SetEdit,
    TogetherEdit,
)
from service.planning.records import ClashRecord, FieldClashRecord, PieceRecord

Side = Literal["theirs", "yours", "both"]
_OF_ITEMS = (SetEdit, DeleteEdit, RestoreEdit)
# The parts of a criterion that clash on their own (`c2.text`).
_PARTS = frozenset({"text", "check", "level", "status", "waive"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one clash.

    `side` decides for the whole value; `pieces` for each stretch of a text that clashes, in order;
    `own` is a text that the person wrote instead.  One of them is given.
    """

    side: Side | None = None
    pieces: tuple[Side, ...] = ()
    own: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of an item that clashed; one of them is given.

    `values` are set upon what the item is now; `side` is the version of one of the two as a whole,
    which may be that there is no such item; `text` is the whole file.
    """

    values: Mapping[str, JsonValue] | None = None
    side: Side | None = None
    text: str | None = None


def whole(clash: ClashRecord) -> bool:
    """Whether the item as a whole is in question: deleted by one of the two, or unreadable."""
    return any(not each.field for each in clash.clashes)


def by_field(clash: ClashRecord) -> ClashRecord:
    """The same clash as one of fields, where a whole file clashes that both sides can be read of.

    Comments and headings that no field describes stay as the others have them.
    """
    theirs, yours = clash.theirs_values, clash.yours_values
    if not (whole(clash) and theirs and yours):
        return clash
    fields = tuple(
        FieldClashRecord(
            field=name, part="", base=None, theirs=theirs.get(name), yours=value, pieces=()
        )
        for name, value in yours.items()
        if value != theirs.get(name)
    )
    return clash.model_copy(update={"clashes": fields, "settled": {}}) if fields else clash


def text_of(pieces: Sequence[PieceRecord], sides: Sequence[Side]) -> str:
    """The text of pieces, with a side for each that clashes."""
    left = iter(sides)
    return "".join(_piece(each, left) for each in pieces)


def _piece(piece: PieceRecord, sides: Any) -> str:
    if piece.side != "clash":
        return piece.yours if piece.side == "yours" else piece.theirs
    side = next(sides)
    if side == "both":
        gap = "" if not piece.theirs or piece.theirs[-1:].isspace() else _gap(piece.theirs)
        return f"{piece.theirs}{gap}{piece.yours}"
    return piece.theirs if side == "theirs" else piece.yours


def _gap(text: str) -> str:
    """What keeps two versions apart that are taken one after the other."""
    return "\n\n" if "\n" in text or len(text) > 60 else " "


def values_of(clash: ClashRecord, choices: Sequence[Choice]) -> dict[str, JsonValue]:
    """The values to set upon what the item is now, with a choice for each of its clashes."""
    values: dict[str, JsonValue] = dict(clash.settled)
    for each, choice in zip(clash.clashes, choices, strict=True):
        chosen = _chosen(each, choice)
        if each.part:
            known = values.get(each.field, clash.theirs_values.get(each.field))
            values[each.field] = _with_part(known, each, chosen)
        else:
            values[each.field] = chosen
    return values


def _chosen(clash: FieldClashRecord, choice: Choice) -> JsonValue:
    if choice.own is not None:
        return choice.own
    if choice.pieces:
        return text_of(clash.pieces, choice.pieces)
    return clash.yours if choice.side == "yours" else clash.theirs


def _with_part(known: JsonValue, clash: FieldClashRecord, chosen: JsonValue) -> JsonValue:
    """A list or mapping with one entry (or one part of a criterion) as it was chosen."""
    if isinstance(known, dict):
        return _with_key(known, clash.part, chosen)
    entries = list(known) if isinstance(known, list) else []
    name, _, part = clash.part.rpartition(".")
    if clash.field == "criteria" and part in _PARTS:
        return [
            {**each, part: chosen} if isinstance(each, dict) and each.get("id") == name else each
            for each in entries
        ]
    if chosen is None:
        return [each for each in entries if each != clash.theirs]
    if clash.theirs in entries:
        return [chosen if each == clash.theirs else each for each in entries]
    return [*entries, chosen]


def _with_key(known: Mapping[str, JsonValue], key: str, chosen: JsonValue) -> dict[str, JsonValue]:
    """A waiver or a provenance: the entry names its key, the mapping does not repeat it."""
    rest = {name: value for name, value in known.items() if name != key}
    if chosen is None:
        return rest
    entry = cast("dict[str, JsonValue]", chosen)
    value: JsonValue = (
        entry["reason"]
        if "reason" in entry
        else {name: each for name, each in entry.items() if name != "field"}
    )
    return {**known, key: value}


# -- what an answer becomes -------------------------------------------------------------------


def settled_edit(asked: AnyEdit | None, clash: ClashRecord, answer: Answer) -> AnyEdit | None:
    """The edit that an answer asks for, upon what the item is now; None: nothing is to be done.

    `asked` is the edit that clashed, where it was an edit of this item alone.
    """
    kind = cast("Any", clash.kind)
    if answer.values is not None:
        return SetEdit(kind=kind, id=clash.id, changes=dict(answer.values), blob=clash.blob)
    if answer.side != "yours":
        return None
    if isinstance(asked, DeleteEdit):
        return asked.model_copy(update={"id": clash.id, "blob": clash.blob})
    if clash.blob or not clash.yours_values:
        return None
    return CreateEdit(kind=kind, id=clash.id, fields=clash.yours_values)


def settled_edits(
    asked: AnyEdit,
    clashes: Sequence[ClashRecord],
    answers: Sequence[Answer],
    called_now: Callable[[str, str], str],
) -> AnyEdit | None:
    """The whole edit, with what was settled in the place of what clashed.

    `called_now` gives the present id of an item from its kind and an id that it had.  None: nothing
    is left of the edit.
    """
    pairs = list(zip(clashes, answers, strict=True))
    if not isinstance(asked, TogetherEdit):
        [(clash, answer)] = pairs
        return settled_edit(asked, clash, answer)
    by_item = {(clash.kind, clash.id): (clash, answer) for clash, answer in pairs}
    named = {(each.kind, each.id) for each in asked.edits if isinstance(each, _OF_ITEMS)}
    edits: list[Any] = []
    for each in asked.edits:
        pair = None
        if isinstance(each, _OF_ITEMS):
            pair = by_item.get((each.kind, each.id))
            if pair is None and not named.issuperset(by_item):
                pair = by_item.get((each.kind, called_now(each.kind, each.id)))
        made = settled_edit(each, *pair) if pair is not None else each
        edits += [made] if made is not None else []
    return asked.model_copy(update={"edits": tuple(edits)}) if edits else None
