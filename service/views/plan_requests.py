"""What programs send about the plan: where an edit goes, how it is told, what it changes."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from service.api.models import Model, Page
from service.planning.edits import MOST_EDITS, Blob, Edit, Ref, ShortRef, Values

# An edit of many items may be as large as any body; one item is smaller.
MANY_BYTES: Final = 1024 * 1024
ITEM_BYTES: Final = 256 * 1024
LONGEST_MARKDOWN: Final = 200_000
# The part behind `plan/` of a branch's name; whether git takes it is for the planner to say.
Slug = Annotated[str, StringConstraints(max_length=200)]
# As a commit can hold it: no control characters but tabs and line ends.
Message = Annotated[
    str,
    StringConstraints(max_length=20_000, pattern=r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"),
]
ListKind = Literal["milestone", "phase", "requirement", "research"]
_EDIT: Final[dict[str, JsonValue]] = {
    "op": "set",
    "kind": "requirement",
    "id": "LAMP-01",
    "changes": {"status": "approved"},
}


class Place(Model):
    """Which plan is meant."""

    proposal: Slug = ""
    """A proposal; empty: the plan on the branch."""


class RowsQuery(Place):
    """Which items, and of which plan."""

    kind: ListKind = "requirement"
    phase: ShortRef = ""
    """Only what belongs to this phase; empty: all."""
    milestone: ShortRef = ""
    """Only what belongs to this milestone; empty: all."""


class ItemsQuery(Page):
    """Which items, of which plan, and which part of the list."""

    proposal: Slug = ""
    """A proposal; empty: the plan on the branch."""
    kind: Literal["", "milestone", "phase", "requirement", "research"] = ""
    """Only items of this kind; empty: of all kinds."""
    phase: ShortRef = ""
    """Only what belongs to this phase; empty: all."""
    milestone: ShortRef = ""
    """Only what belongs to this milestone; empty: all."""
    status: Annotated[str, StringConstraints(max_length=40)] = ""
    """Only items of this status, such as `approved`; empty: of any."""
    q: Annotated[str, StringConstraints(max_length=200)] = ""
    """Words that have to stand in the id, the title or the text, ignoring case."""


class ProblemsQuery(Page):
    """Which problems, of which plan, and which part of the list."""

    proposal: Slug = ""
    """A proposal; empty: the plan on the branch."""
    severity: Literal["", "error", "warning", "hint"] = ""
    """Only these; empty: all."""
    rule: Annotated[str, StringConstraints(max_length=60)] = ""
    """Only those of this rule; empty: of all."""
    item: ShortRef = ""
    """Only those of the item with this id; empty: of all."""
    path: Annotated[str, StringConstraints(max_length=400)] = ""
    """Only those of this file; empty: of all."""
    waived: bool = False
    """Whether those that a waiver covers are listed, too."""
    fixes: bool = False
    """Whether the first 100 come with edits that mend them."""


class HistoryQuery(Page):
    """Which part of the history of an item, newest first."""

    proposal: Slug = ""
    """A proposal; empty: the plan on the branch."""


class DiffQuery(Page):
    """Two revisions (branches, tags or commits), and which changes of those between them."""

    old: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(alias="from")
    """The older one."""
    new: Annotated[str, StringConstraints(max_length=200)] = Field(default="", alias="to")
    """The newer one; empty: the last commit of what is checked out."""
    sort: Annotated[str, StringConstraints(max_length=40)] = ""
    """Only changes of this sort, as `counts` of the answer names them; empty: of all."""
    kind: Literal["", "plan", "milestone", "phase", "requirement", "research"] = ""
    """Only those of items of this kind; empty: of all kinds."""
    milestone: ShortRef = ""
    """Only those of items of this milestone; empty: of all."""


class Saving(Model):
    """How an edit is saved."""

    message: Message = ""
    """The message of the commit; empty: one that says what changed."""
    proposal: Slug = ""
    """The proposal that it goes to, made if it is not there; empty: the branch."""
    reviewed: bool = False
    """Save also what a first answer wanted to be looked at (409 `review` and `problems`)."""


class ChangeRequest(Saving):
    """New values of an item."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"changes": {"status": "approved", "owner": None}}]}
    )
    changes: Values
    """New values by name of the field, as `/api/plan/schema/{kind}` describes them; null takes a
    field out of the file.  Of `criteria`, the whole list."""


class CreateRequest(Saving):
    """A new item."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"fields": {"text": "The lamp shall glow.", "phases": ["lamp"]}, "category": "LAMP"}
            ]
        }
    )
    fields: Values
    """Values by name of the field."""
    id: ShortRef = ""
    """Empty: the next free one.  A research document needs one (`run/topic`)."""
    category: ShortRef = ""
    """How the id of a requirement begins, such as `AUTH`; empty: like the others of its phase."""
    after: ShortRef = ""
    """The phase behind which a new phase comes; empty: behind all."""


class RenameRequest(Saving):
    """Another id of an item."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"new_id": "LIGHT-01"}]})
    new_id: Ref
    """No item of any kind has it, as its id or as an alias."""


class RestoreRequest(Saving):
    """An earlier version of an item."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"old_blob": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"}]}
    )
    old_blob: Annotated[Blob, StringConstraints(min_length=40)]
    """The blob of that version, see the item's history."""


class OrderRequest(Saving):
    """An order of phases."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": ["tower", "lamp"]}]})
    ids: Annotated[tuple[Ref, ...], Field(min_length=1, max_length=MOST_EDITS)]
    """Phases in the order that they shall have.  Those that are not named keep their numbers."""


class SaveRequest(Saving):
    """Any edit, also many at once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"edit": _EDIT}]})
    edit: Edit
    """What is wanted."""


class PreviewRequest(Place):
    """An edit, and where it would go."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"edit": _EDIT}]})
    edit: Edit
    """What is wanted."""


class DeleteQuery(Saving):
    """What becomes of those who refer to a deleted item, and how that is saved."""

    message: Annotated[Message, StringConstraints(max_length=300)] = ""
    """The message of the commit; empty: one that says what changed."""
    references: Literal["refuse", "detach", "keep"] = "refuse"
    """`refuse`: nothing is deleted while there are any; `detach`: they are taken out in the same
    commit; `keep`: they dangle, which the checks report."""


class MergeRequest(Model):
    """How a proposal is merged."""

    message: Message = ""
    """The message of the commit; empty: one that says what changed."""
    reviewed: bool = False
    """Merge also what a first answer wanted to be looked at (409 `review` and `problems`)."""
    settled: dict[
        Annotated[str, StringConstraints(max_length=400)],
        Annotated[str, StringConstraints(max_length=LONGEST_MARKDOWN)] | None,
    ] = Field(default={}, max_length=MOST_EDITS)
    """Of files that clash: path to the whole text that they shall have; null: no file."""


class HtmlRequest(Model):
    """A text of an item."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "The *lamp* glows."}]})
    text: Annotated[str, StringConstraints(max_length=LONGEST_MARKDOWN)]
    """Markdown."""
