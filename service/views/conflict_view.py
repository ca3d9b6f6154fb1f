"""Clashes, made ready for a page: what stands where, under which names the choices are sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from planner.model.fields import FIELDS
from service.planning.records import ClashRecord, FieldClashRecord, PieceRecord
from service.planning.settling import text_of

_LONG = 60
_WIDE = 85
_MOST_ROWS = 16


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; one that clashes has a `name` for its choice."""

    side: str
    text: str
    base: str
    theirs: str
    yours: str
    name: str
    chosen: str


@dataclass(frozen=True, slots=True)
class Field:
    """Two values of one field, and what is chosen.

    `pieces` are those of a text; `own` is what stands in the field for a text of one's own (None:
    there is none, since the value is no text).
    """

    name: str
    label: str
    base: str
    theirs: str
    yours: str
    pieces: tuple[Piece, ...]
    chosen: str
    own: str | None
    long: bool
    missing: bool

    @property
    def rows(self) -> int:
        """How many lines the field for a text of one's own shows."""
        lines = sum(1 + len(line) // _WIDE for line in (self.own or "").split("\n"))
        return min(max(lines + 1, 3), _MOST_ROWS)


@dataclass(frozen=True, slots=True)
class Whole:
    """An item that is there as a whole or not: `theirs` and `yours` are the two files."""

    name: str
    theirs: str | None
    yours: str | None
    chosen: str
    own: str | None
    unreadable: bool
    missing: bool


@dataclass(frozen=True, slots=True)
class Item:
    """An item that clashes."""

    id: str
    kind: str
    path: str
    fields: tuple[Field, ...]
    whole: Whole | None
    settled: tuple[tuple[str, str], ...]
    base: str | None
    theirs: str | None
    yours: str | None


def item_view(
    number: int,
    clash: ClashRecord,
    chosen: Mapping[str, str],
    missing: frozenset[str],
    *,
    files: bool,
) -> Item:
    """An item for the page.  `files`: a whole file may be written by hand, too."""
    whole = None
    fields: tuple[Field, ...] = ()
    if any(not each.field for each in clash.clashes):
        whole = _whole(number, clash, chosen, missing, files=files)
    else:
        fields = tuple(
            _field(field_name(number, index), clash.kind, each, chosen, missing)
            for index, each in enumerate(clash.clashes)
        )
    return Item(
        id=clash.id,
        kind=clash.kind,
        path=clash.path,
        fields=fields,
        whole=whole,
        settled=tuple(
            (label_of(clash.kind, name), shown(value))
            for name, value in clash.settled.items()
            if name not in {each.field for each in clash.clashes}
        ),
        base=clash.base,
        theirs=clash.theirs,
        yours=clash.yours,
    )


def field_name(number: int, index: int) -> str:
    """How the choices for a clash of an item begin."""
    return f"s{number}-{index}"


def prefilled(clash: FieldClashRecord) -> str:
    """The text that stands in the field for one's own at first: both versions, nothing is lost."""
    if clash.pieces:
        return text_of(clash.pieces, ["both"] * clashing(clash))
    return clash.yours if isinstance(clash.yours, str) else ""


def clashing(clash: FieldClashRecord) -> int:
    """How many pieces of a text clash."""
    return sum(each.side == "clash" for each in clash.pieces)


def _field(
    name: str,
    kind: str,
    clash: FieldClashRecord,
    chosen: Mapping[str, str],
    missing: frozenset[str],
) -> Field:
    values = (clash.base, clash.theirs, clash.yours)
    textual = all(isinstance(each, str) for each in values if each is not None)
    own = chosen.get(f"{name}-own", prefilled(clash)) if textual else None
    return Field(
        name=name,
        label=_label(kind, clash),
        base=shown(clash.base),
        theirs=shown(clash.theirs),
        yours=shown(clash.yours),
        pieces=_pieces(name, clash, chosen),
        chosen=chosen.get(f"{name}-side", ""),
        own=own,
        long=bool(clash.pieces) or len(own or "") > _LONG,
        missing=name in missing,
    )


def _pieces(name: str, clash: FieldClashRecord, chosen: Mapping[str, str]) -> tuple[Piece, ...]:
    found = []
    number = 0
    for each in clash.pieces:
        place = ""
        if each.side == "clash":
            place, number = f"{name}-p{number}", number + 1
        found.append(
            Piece(
                side=each.side,
                text=_settled(each),
                base=each.base,
                theirs=each.theirs,
                yours=each.yours,
                name=place,
                chosen=chosen.get(place, "") if place else "",
            )
        )
    return tuple(found)


def _settled(piece: PieceRecord) -> str:
    return piece.yours if piece.side == "yours" else piece.theirs


def _whole(
    number: int,
    clash: ClashRecord,
    chosen: Mapping[str, str],
    missing: frozenset[str],
    *,
    files: bool,
) -> Whole:
    name = field_name(number, 0)
    both = clash.theirs is not None and clash.yours is not None
    text = clash.yours if clash.yours is not None else clash.theirs
    return Whole(
        name=name,
        theirs=clash.theirs,
        yours=clash.yours,
        chosen=chosen.get(f"{name}-side", ""),
        own=chosen.get(f"{name}-own", text or "") if files else None,
        unreadable=both and not files,
        missing=name in missing,
    )


def label_of(kind: str, name: str) -> str:
    """What a field is called on a form."""
    if name == "criteria":
        return "Success criteria"
    row = next((each for each in FIELDS.get(kind, ()) if each.name == name), None)
    return row.label if row is not None else name.replace("_", " ").capitalize()


def _label(kind: str, clash: FieldClashRecord) -> str:
    if not clash.part:
        return label_of(kind, clash.field)
    name, _, part = clash.part.rpartition(".")
    if clash.field == "criteria":
        return f"Criterion {name}: {part}" if name else f"Criterion {clash.part}"
    return f"{label_of(kind, clash.field)}: {clash.part}"


def shown(value: JsonValue) -> str:
    """A value as people read it; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        simple = all(not isinstance(each, list | dict) for each in value)
        return (", " if simple else "\n").join(map(shown, value))
    if isinstance(value, dict):
        rows = ((name, shown(each)) for name, each in value.items())
        return "\n".join(f"{name}: {text}" for name, text in rows if text)
    return str(value)
