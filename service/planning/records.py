"""What the planner process says of the plan: shared by the wire, the pages and the JSON API."""

from typing import Literal

from pydantic import Field, JsonValue

from service.api.models import Model
from service.planning.edits import SetEdit, TextEdit

Severity = Literal["error", "warning", "hint"]


class ReferenceRecord(Model):
    """A field of an item that names another one."""

    id: str
    kind: str
    field: str
    criterion: str
    """The id of the criterion, if it is one that refers; else empty."""


class ProblemRecord(Model):
    """A finding of the checks."""

    path: str
    line: int
    rule: str
    severity: Severity
    message: str
    hint: str
    item: str
    """The id of the item that it is about; may be empty."""
    waived: str
    """The reason of the waiver that covers it; empty: none does."""
    at: str = ""
    """The field of the item that it is about, as `status`, `links.1`, `criteria.0.check` (numbers
    count entries); empty: no single one, or it was not asked for."""


class ItemRecord(Model):
    """An item as a form shows it."""

    id: str
    kind: str
    title: str
    path: str
    blob: str
    """What a later save names as its base."""
    values: dict[str, JsonValue]
    """All fields by name."""
    text: str
    """The file."""
    branch: str
    commit: str
    references: tuple[ReferenceRecord, ...]
    """Who refers to it."""
    problems: tuple[ProblemRecord, ...]
    """Those of its file."""
    uncommitted: str | None
    """The text of the work tree where a person changed it without committing."""
    deleted: bool
    """Whether a person deleted it there without committing."""
    claims: tuple[dict[str, JsonValue], ...] = ()
    """Of a run's `claims.yaml`: claim by claim, without the parts that have their default."""


class BaseRecord(Model):
    """An item as its file was at a blob: what a form was opened with."""

    values: dict[str, JsonValue]
    text: str


class EntryRecord(Model):
    """An item in a list."""

    id: str
    kind: str
    title: str
    status: str
    number: str
    """Of a phase; else empty."""
    milestone: str
    """Of a phase; else empty."""
    phases: tuple[str, ...]
    """Of a requirement; else empty."""
    aliases: tuple[str, ...]


class ListedRecord(EntryRecord):
    """An item in a list, with what an edit names as its base."""

    blob: str


class ItemsRecord(Model):
    """A part of the items that were asked for, in the order of the plan."""

    branch: str
    commit: str
    items: tuple[ListedRecord, ...]
    total_count: int
    """How many there are in all parts together."""


class OfferRecord(Model):
    """A way to mend a problem."""

    label: str
    """What it does, as an order: `write AUTH-01`."""
    certain: bool
    """Whether nothing is lost or decided by it."""
    edit: SetEdit | TextEdit = Field(discriminator="op")
    """What does it, for `/api/plan/preview` and `/api/plan/save`."""


class FoundRecord(ProblemRecord):
    """A problem in a list, with the ways to mend it."""

    fixes: tuple[OfferRecord, ...]
    """The best first; empty where they were not asked for, or only a person can."""


class ProblemsRecord(Model):
    """A part of the problems that were asked for."""

    branch: str
    commit: str
    problems: tuple[FoundRecord, ...]
    total_count: int
    """How many there are in all parts together."""


class OutlineRecord(Model):
    """What pickers offer: all items in the order of the plan, and the words in use."""

    title: str
    branch: str
    commit: str
    entries: tuple[EntryRecord, ...]
    owners: tuple[str, ...]
    tags: tuple[str, ...]
    levels: tuple[str, ...]
    """The verification levels, from weakest to strongest."""
    categories: tuple[str, ...]
    """How ids of requirements begin, the most used first."""
    unreadable: tuple[str, ...]
    """Paths of files that cannot be read."""


class RowRecord(Model):
    """An item in the table editor."""

    id: str
    kind: str
    blob: str
    values: dict[str, JsonValue]
    problems: int
    """How many errors and warnings its file has."""


class RowsRecord(Model):
    """Items with all their values."""

    branch: str
    commit: str
    rows: tuple[RowRecord, ...]


class TokenRecord(Model):
    """A piece of a text, and what became of it."""

    kind: Literal["equal", "insert", "delete"]
    text: str


class ChangeRecord(Model):
    """One change of the plan."""

    kind: str
    item_kind: str
    id: str
    title: str
    field: str
    criterion: str
    sentence: str
    old: str
    new: str
    weaker: str
    """What got weaker, as `< 200 ms became < 500 ms`; empty: nothing."""
    words: tuple[TokenRecord, ...]
    """The word diff of a text; empty for other changes."""


class FileRecord(Model):
    """A file that changes."""

    path: str
    change: Literal["added", "changed", "deleted"]
    diff: str
    """As `git diff` shows it."""
    cut: bool
    """Whether the diff is longer than what is shown."""


class PieceRecord(Model):
    """A stretch of a merged text."""

    side: Literal["same", "theirs", "yours", "both", "clash"]
    base: str
    theirs: str
    yours: str


class FieldClashRecord(Model):
    """Two values of one field that only a person can bring together."""

    field: str
    """Empty: the whole file."""
    part: str
    """Which part of the field (`c2.text`); empty: all of it."""
    base: JsonValue
    theirs: JsonValue
    yours: JsonValue
    pieces: tuple[PieceRecord, ...]


class ClashRecord(Model):
    """An item with values that only a person can bring together."""

    id: str
    kind: str
    path: str
    blob: str
    """What its file is now (empty: it is gone): the answer is saved upon it."""
    base: str | None
    theirs: str | None
    yours: str | None
    clashes: tuple[FieldClashRecord, ...]
    settled: dict[str, JsonValue]
    """The fields that came together by themselves."""
    theirs_values: dict[str, JsonValue]
    """All fields as they are now; empty when the item is gone or cannot be read."""
    yours_values: dict[str, JsonValue]
    """All fields as typed; empty when there is no text of yours."""


class MergedRecord(Model):
    """A field that others changed too, and how both came together."""

    item: str
    field: str
    how: Literal["field", "entry", "line", "word", "clash"]
    value: JsonValue


class PreviewRecord(Model):
    """What an edit would do; nothing is written yet."""

    id: str
    kind: str
    """The item to return to."""
    branch: str
    base: str
    """The commit that it rests on."""
    message: str
    files: tuple[FileRecord, ...]
    changes: tuple[ChangeRecord, ...]
    new_problems: tuple[ProblemRecord, ...]
    fixed: tuple[ProblemRecord, ...]
    item_problems: tuple[ProblemRecord, ...]
    """All problems of the item as it would be."""
    errors: int
    """How many errors the plan would have."""
    merged: tuple[MergedRecord, ...]
    clashes: tuple[ClashRecord, ...]
    notes: tuple[str, ...]
    dangling: tuple[ReferenceRecord, ...]
    """References that would lead nowhere."""
    made: tuple[str, ...]
    """The ids that new items would get, in the order of the edit; others may take them first."""


class FixRecord(Model):
    """A way to mend a finding in the form of its item."""

    label: str
    """What it does, as an order: `write AUTH-01`."""
    changes: dict[str, JsonValue]
    """The new values by field."""


class CheckRecord(Model):
    """A finding about an item that is being edited."""

    problem: ProblemRecord
    new: bool
    """Whether the edit brings it."""
    fixes: tuple[FixRecord, ...]
    """The best first."""


class ChecksRecord(Model):
    """What the checks say of an item as an edit would leave it."""

    id: str
    """The id that it has, or would get."""
    checks: tuple[CheckRecord, ...]
    """The findings about it, in the order of its file."""
    elsewhere: tuple[ProblemRecord, ...]
    """What the edit brings in other items."""
    fixed: int
    """How many problems it mends."""
    merged: tuple[str, ...]
    """Fields that others changed too, and that come together by themselves."""
    clashes: tuple[str, ...]
    """Fields that others changed too, and that a person must bring together; `""`: the item is
    gone."""
    touched: tuple[str, ...]
    """What else the edit touches, in sentences."""
    notes: tuple[str, ...]


class AffectedRecord(Model):
    """Items that one fact holds for, such as `2 phases depend on this`."""

    words: str
    references: tuple[ReferenceRecord, ...]


class FormRecord(Model):
    """All that the form of an item shows."""

    item: ItemRecord
    outline: OutlineRecord
    """The phases and milestones that can be chosen, and the words in use."""
    checks: tuple[CheckRecord, ...]
    """The findings about the item as it is."""
    impact: tuple[AffectedRecord, ...]
    """Who refers to it, mentions in texts included."""
    deletion: tuple[AffectedRecord, ...]
    """What would dangle or be lost without it; only told when it is to be deleted."""


class UnreadableRecord(Model):
    """A file of the plan that cannot be read, and so not be edited in a form."""

    path: str
    text: str
    problems: tuple[ProblemRecord, ...]


class SavedRecord(Model):
    """An edit that is a commit now."""

    commit: str
    """Empty: there was nothing to change."""
    id: str
    kind: str
    blob: str
    """What the file of the item is now; empty: it is gone."""
    branch: str
    message: str
    left: tuple[str, ...]
    """Files of the work tree that could not be brought along."""
    epoch: int
    """The number of the build that shows it."""
    merged: tuple[MergedRecord, ...]
    notes: tuple[str, ...]


class UnsavedRecord(Model):
    """An edit that needs a person first; nothing was written."""

    reason: Literal["clash", "review", "problems"]
    preview: PreviewRecord


class PersonRecord(Model):
    """An author."""

    name: str
    email: str


class TrailerRecord(Model):
    """A line at the end of a commit's message: a model, a session, who approved."""

    key: str
    value: str


class VersionRecord(Model):
    """An item as one commit left it."""

    commit: str
    time: str
    author: str
    subject: str
    path: str
    blob: str
    """Empty: the commit deleted it."""
    text: str
    values: dict[str, JsonValue]
    """Empty where it was deleted or cannot be read."""
    changes: tuple[ChangeRecord, ...]
    trailers: tuple[TrailerRecord, ...]
    """What the commit says of models, sessions and approvals."""


class HtmlRecord(Model):
    """Markdown as the site shows it."""

    html: str
