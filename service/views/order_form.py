"""The form of the order of phases: a place for each phase, and requirements that move."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from werkzeug.datastructures import MultiDict

from service.errors import BadRequestError
from service.planning.edits import OneEdit, ReorderEdit, SetEdit, TogetherEdit

_NOWHERE = "-"


@dataclass(frozen=True, slots=True)
class Moved:
    """A requirement that goes to another phase (empty: to none), upon the blob that was seen."""

    id: str
    blob: str
    phase: str


@dataclass(frozen=True, slots=True)
class Order:
    """What a person sent.

    `seen` are the phases as they stood, `places` what was written at each, `moved` the
    requirements that the script moved, `ticked` those (with their blobs) that go to `to`.
    """

    seen: tuple[str, ...]
    places: Mapping[str, str]
    moved: tuple[Moved, ...] = ()
    ticked: Mapping[str, str] | None = None
    to: str = ""

    @classmethod
    def of(cls, form: MultiDict[str, str]) -> Self:
        """Of a form.  `req` are pairs of id and blob, `moved` of these with a phase."""
        seen = tuple(dict.fromkeys(form.getlist("phase")))
        ticked = {
            item: blob for item, _, blob in (each.rpartition(" ") for each in form.getlist("req"))
        }
        moved = (each.split(" ") for each in form.getlist("moved"))
        return cls(
            seen=seen,
            places={each: form.get(f"place.{each}", "").strip() for each in seen},
            moved=tuple(Moved(*each) for each in moved if len(each) == 3),
            ticked=ticked,
            to=form.get("to", ""),
        )

    def wanted(self) -> tuple[str, ...]:
        """The phases in the order of the places.  Raises BadRequestError for what is no number.

        Of two at one place, the one that was moved there comes first when it came from below, and
        last when it came from above: as if it were put there.
        """
        keys = {}
        for number, phase in enumerate(self.seen, 1):
            text = self.places[phase]
            if not text.isdecimal() or len(text) > 6:
                raise BadRequestError(
                    f"the place of the phase {phase} is {text!r}", "write a number such as 3"
                )
            place = int(text)
            keys[phase] = (place, (place > number) - (place < number), number)
        return tuple(sorted(self.seen, key=keys.__getitem__))

    def edit(self) -> TogetherEdit:
        """All of it as one edit.  Raises BadRequestError when nothing moves."""
        order = self.wanted()
        edits: list[OneEdit] = [ReorderEdit(ids=order)] if order != self.seen else []
        moves = {each.id: each for each in self.moved}
        if self.to:
            phase = "" if self.to == _NOWHERE else self.to
            moves |= {item: Moved(item, blob, phase) for item, blob in (self.ticked or {}).items()}
        elif self.ticked and not moves and not edits:
            raise BadRequestError(
                "it is not said where the ticked requirements go", "choose a phase"
            )
        for each in moves.values():
            changes = {"phases": [each.phase] if each.phase not in {"", _NOWHERE} else []}
            fields = {"kind": "requirement", "id": each.id, "changes": changes, "blob": each.blob}
            edits.append(SetEdit.model_validate(fields))
        if not edits:
            raise BadRequestError(
                "nothing moves", "change the place of a phase, or tick requirements"
            )
        subject = _subject(order != self.seen, len(moves))
        return TogetherEdit(edits=tuple(edits), subject=subject)


def _subject(ordered: bool, moves: int) -> str:
    """The first line of the commit."""
    moved = f"move {moves} requirement{'s' if moves != 1 else ''}"
    if not moves:
        return "Reorder phases"
    return f"Reorder phases and {moved}" if ordered else moved.capitalize()
