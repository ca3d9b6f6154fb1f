"""Edits of the plan as JSON: what forms, the API and the planner process hand to each other.

An edit says what is wanted, never how the files change; see `planner.editing`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue, StringConstraints, TypeAdapter

from planner import editing
from planner.editing import Operation
from service.api.models import Model

Kind = Literal["plan", "milestone", "phase", "requirement", "research"]
# Longer than any id: whether it is one is for the planner to say, with a hint.
Ref = Annotated[str, StringConstraints(min_length=1, max_length=210)]
ShortRef = Annotated[str, StringConstraints(max_length=210)]
Blob = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})?$", max_length=64)]
Hash = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{12})?$", max_length=12)]
Values = dict[Annotated[str, StringConstraints(max_length=60)], JsonValue]
MOST_EDITS = 2000


def _op_is_needed(schema: dict[str, Any]) -> None:
    """Let the schema say that an edit without its `op` is none: the default is for our own code."""
    schema["properties"]["op"].pop("default", None)
    schema["required"] = ["op", *schema.get("required", ())]


class _Edit(Model):
    """What all edits have in common."""

    model_config = ConfigDict(json_schema_extra=_op_is_needed)


class SetEdit(_Edit):
    """Set fields of an item that is there."""

    op: Literal["set"] = "set"
    kind: Kind
    id: Ref
    changes: Values
    """New values by name of the field; null takes a field out of the file."""
    blob: Blob = ""
    """What the file was when the values were read: others' changes since are merged."""

    def operation(self) -> Operation:
        """The same for the planner."""
        return editing.SetFields(self.id, self.kind, self.changes, self.blob)


class CreateEdit(_Edit):
    """Make a new item."""

    op: Literal["create"] = "create"
    kind: Literal["milestone", "phase", "requirement", "research"]
    fields: Values
    """Values by name of the field."""
    id: ShortRef = ""
    """Empty: the next free one."""
    category: ShortRef = ""
    """How the id of a requirement begins, such as `AUTH`; empty: like the others of its phase."""
    after: ShortRef = ""
    """The phase behind which a new phase comes; empty: behind all."""

    def operation(self) -> Operation:
        """The same for the planner."""
        return editing.Create(self.kind, self.fields, self.id, self.category, self.after)


class RenameEdit(_Edit):
    """Give an item another id; all references follow, and the old id stays as an alias."""

    op: Literal["rename"] = "rename"
    kind: Kind
    id: Ref
    new_id: Ref

    def operation(self) -> Operation:
        """The same for the planner."""
        return editing.Rename(self.id, self.kind, self.new_id)


class DeleteEdit(_Edit):
    """Delete an item."""

    op: Literal["delete"] = "delete"
    kind: Kind
    id: Ref
    references: Literal["refuse", "detach", "keep"] = "refuse"
    """What happens to those who refer to it: nothing is deleted, they are taken out, they stay."""
    blob: Blob = ""

    def operation(self) -> Operation:
        """The same for the planner."""
        return editing.Delete(self.id, self.kind, self.references, self.blob)


class ReorderEdit(_Edit):
    """Bring phases into an order; their numbers are dealt out anew."""

    op: Literal["reorder"] = "reorder"
    ids: Annotated[tuple[Ref, ...], Field(min_length=1, max_length=MOST_EDITS)]

    def operation(self) -> Operation:
        """The same for the planner."""
        return editing.ReorderPhases(self.ids)


class RestoreEdit(_Edit):
    """Make an item what it was when its file was `old_blob`."""

    op: Literal["restore"] = "restore"
    kind: Kind
    id: Ref
    old_blob: Blob
    blob: Blob = ""

    def operation(self) -> Operation:
        """The same for the planner."""
        return editing.Restore(self.id, self.kind, self.old_blob, self.blob)


class TextEdit(_Edit):
    """Make the file of an item hold another text; it must be readable, and no worse than before."""

    op: Literal["text"] = "text"
    kind: Kind
    id: Ref
    text: Annotated[str, StringConstraints(max_length=1 << 20)]
    """The whole file."""
    blob: Blob = ""

    def operation(self) -> Operation:
        """The same for the planner."""
        return editing.ReplaceText(self.id, self.kind, self.text, self.blob)


class ApproveEdit(_Edit):
    """Approve texts that a model wrote; who saves it is who approves."""

    op: Literal["approve"] = "approve"
    kind: Kind
    id: Ref
    texts: dict[Annotated[str, StringConstraints(max_length=210)], Hash] = Field(
        default_factory=dict
    )
    """Fields, and the hashes of their texts as they were shown; none: all that wait for it."""

    def operation(self) -> Operation:
        """The same for the planner."""
        return editing.Approve(self.id, self.kind, self.texts)


class ClaimsEdit(_Edit):
    """Change claims of a research run, add new ones, take some out."""

    op: Literal["claims"] = "claims"
    run: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    set: Annotated[tuple[dict[str, JsonValue], ...], Field(max_length=MOST_EDITS)] = ()
    """Claims with their `id`; of one that is there the named parts change."""
    remove: Annotated[tuple[Ref, ...], Field(max_length=MOST_EDITS)] = ()

    def operation(self) -> Operation:
        """The same for the planner."""
        return editing.SetClaims(self.run, self.set, self.remove)


OneEdit = Annotated[
    SetEdit
    | CreateEdit
    | RenameEdit
    | DeleteEdit
    | ReorderEdit
    | RestoreEdit
    | TextEdit
    | ApproveEdit
    | ClaimsEdit,
    Field(discriminator="op"),
]


class TogetherEdit(_Edit):
    """Several edits, one after the other, as one commit."""

    op: Literal["together"] = "together"
    edits: Annotated[tuple[OneEdit, ...], Field(min_length=1, max_length=MOST_EDITS)]
    subject: Annotated[str, StringConstraints(max_length=200)] = ""

    def operation(self) -> Operation:
        """The same for the planner."""
        return editing.Together([each.operation() for each in self.edits], self.subject)


AnyEdit = (
    SetEdit
    | CreateEdit
    | RenameEdit
    | DeleteEdit
    | ReorderEdit
    | RestoreEdit
    | TextEdit
    | ApproveEdit
    | ClaimsEdit
    | TogetherEdit
)
Edit = Annotated[AnyEdit, Field(discriminator="op")]
_EDIT: TypeAdapter[AnyEdit] = TypeAdapter(Edit)


def edit_from(text: str | bytes) -> AnyEdit:
    """The edit that a JSON text holds.  Raises pydantic's ValidationError."""
    return _EDIT.validate_json(text)


def edit_from_values(values: Mapping[str, Any]) -> AnyEdit:
    """The edit that plain data holds, as it comes over the wire.  Raises ValidationError."""
    # Not strict: JSON has no tuples.
    return _EDIT.validate_python(dict(values), strict=False)
