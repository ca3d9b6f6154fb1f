"""The form that changes many items at once without a script: tick them, say what they get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from werkzeug.datastructures import MultiDict

from service.errors import BadRequestError
from service.planning.edits import SetEdit, TogetherEdit
from service.planning.records import RowRecord

# What is written to take a value out; empty leaves it as it is.
TAKE_OUT: Final = "-"
# The single values that can be given to many items of a kind.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "requirement": ("status", "phases", "priority", "owner", "type", "target"),
    "phase": ("status", "milestone", "priority", "owner", "target"),
    "milestone": ("status", "owner", "target"),
}
_LISTS: Final = frozenset({"phases"})
_LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Bulk:
    """What stands in the form: the ticked ids with their blobs, and a value for each field."""

    ticked: Mapping[str, str]
    values: Mapping[str, str]
    add_tag: str = ""
    remove_tag: str = ""

    @classmethod
    def of(cls, form: MultiDict[str, str], kind: str) -> Self:
        """What a person sent.  Each ticked row is its id, a space, and its blob."""
        pairs = (each.rpartition(" ") for each in form.getlist("row"))
        values = {name: form.get(f"to_{name}", "").strip()[:_LONGEST] for name in FIELDS[kind]}
        tags = (form.get(name, "").strip()[:_LONGEST] for name in ("add_tag", "remove_tag"))
        return cls({item_id: blob for item_id, _, blob in pairs if item_id}, values, *tags)

    @classmethod
    def empty(cls, kind: str) -> Self:
        """The form before anybody wrote into it."""
        return cls({}, dict.fromkeys(FIELDS[kind], ""))

    def edit(self, kind: str, rows: Sequence[RowRecord]) -> TogetherEdit:
        """The edit of the ticked rows; `rows` are these as they are now, for their tags.

        Raises BadRequestError when nothing is ticked or nothing is to change.
        """
        if not self.ticked:
            raise BadRequestError("no row is ticked", "tick those that are to change")
        changes = {name: _value(name, value) for name, value in self.values.items() if value}
        if not changes and not self.add_tag and not self.remove_tag:
            raise BadRequestError("nothing is to change", "fill in what the ticked rows get")
        tags = {each.id: self._tags(each) for each in rows}
        edits = []
        for item_id, blob in self.ticked.items():
            wanted = dict(changes)
            if tags.get(item_id) is not None:
                wanted["tags"] = tags[item_id]
            if wanted:
                edits.append(
                    SetEdit.model_validate(
                        {"kind": kind, "id": item_id, "changes": wanted, "blob": blob}
                    )
                )
        if not edits:
            raise BadRequestError("the ticked rows have these tags already", "choose other ones")
        return TogetherEdit(edits=tuple(edits), subject=self._subject(len(edits), kind))

    def _tags(self, row: RowRecord) -> list[str] | None:
        """The tags that a row gets; None when they stay."""
        now: Any = row.values.get("tags") or []
        wanted = [each for each in now if each != self.remove_tag]
        if self.add_tag and self.add_tag not in wanted:
            wanted.append(self.add_tag)
        return wanted if wanted != now else None

    def _subject(self, count: int, kind: str) -> str:
        return f"Change {count} {kind}{'s' if count != 1 else ''}"


def _value(name: str, value: str) -> str | list[str] | None:
    if value == TAKE_OUT:
        return None
    return [value] if name in _LISTS else value
