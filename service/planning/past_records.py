"""What the planner process says of proposals, of the past and of differences."""

from typing import Literal

from pydantic import JsonValue

from service.api.models import Model
from service.planning.records import (
    ChangeRecord,
    FileRecord,
    PersonRecord,
    PreviewRecord,
    VersionRecord,
)


class OverlapRecord(Model):
    """Another proposal that touches the same items, or items one link apart."""

    slug: str
    same: tuple[str, ...]
    linked: tuple[str, ...]


class ImpactRecord(Model):
    """What the merge of a proposal would bring, in numbers."""

    brought: int
    """New problems."""
    errors: int
    """Those of them that are errors and not waived."""
    fixed: int
    """Problems that it mends."""
    clashes: int
    """Fields that only a person can bring together."""
    trouble: str
    """Why it cannot be merged here at all; empty: it can."""


class ProposalRecord(Model):
    """A branch `plan/<slug>` that is ahead of the main one."""

    slug: str
    tip: str
    base: str
    """The commit where it began."""
    commits: int
    behind: int
    """How many commits the main branch has since."""
    authors: tuple[PersonRecord, ...]
    """All who wrote in it, the latest first."""
    time: str
    subject: str
    """Those of its last commit."""
    total: int
    """How many changes it makes."""
    changes: tuple[ChangeRecord, ...]
    """The first of them, what gets weaker before the rest."""
    weaker: int
    """By how many of them something gets weaker."""
    overlaps: tuple[OverlapRecord, ...]
    impact: ImpactRecord | None
    """None: not counted yet; ask again."""


class ProposalsRecord(Model):
    """All proposals for the main branch."""

    branch: str
    proposals: tuple[ProposalRecord, ...]


class ProposalPreviewRecord(Model):
    """A proposal, and what its merge would do."""

    proposal: ProposalRecord
    preview: PreviewRecord
    total: int
    """How many changes the merge would make; the preview has the first ones."""
    refused: str
    """Why whoever asks may not approve it; empty: they may, or it is not known who asks."""


class FateRecord(Model):
    """What became of a proposal that is not open."""

    state: Literal["merged", "closed", ""]
    """Empty: nothing is known of it."""
    commit: str
    ref: str
    """The name under which the commits of a closed one are kept."""
    time: str
    author: str


class BlameRecord(Model):
    """Who gave a field the value that it has now."""

    field: str
    commit: str
    time: str
    author: str
    subject: str


class HistoryRecord(Model):
    """The past of an item, newest first: a part of its versions."""

    id: str
    """The id that it has, or last had."""
    kind: str
    title: str
    path: str
    blob: str
    """What its file is now; empty: it is gone."""
    deleted: bool
    readable: bool
    """Whether its file can be read now."""
    names: tuple[str, ...]
    """The ids that it had before, the latest first."""
    branch: str
    total: int
    """How many versions there are."""
    skip: int
    """How many newer ones were left out here."""
    cut: bool
    """Whether git may know of older ones that were not read."""
    values: dict[str, JsonValue]
    """All fields as they are now; empty where there is nothing to read."""
    versions: tuple[VersionRecord, ...]
    blame: tuple[BlameRecord, ...]
    """By field, in the order of its form."""


class BetweenRecord(Model):
    """Two versions of an item side by side."""

    id: str
    kind: str
    branch: str
    old: VersionRecord
    new: VersionRecord
    changes: tuple[ChangeRecord, ...]
    file: FileRecord


class PlaceRecord(Model):
    """Where an item stands in the plan; parts that it has none of are empty."""

    milestone: str
    milestone_title: str
    phase: str
    phase_title: str
    number: str


class PlacedRecord(Model):
    """A change, and where its item stands."""

    place: PlaceRecord
    change: ChangeRecord


class DiffRecord(Model):
    """What changed in the plan between two revisions: a part of the changes."""

    old: str
    new: str
    """As they were asked for."""
    old_commit: str
    new_commit: str
    counts: dict[str, int]
    """How many changes there are of each sort, without any filter."""
    total: int
    """How many changes there are that were asked for."""
    skip: int
    """How many of these were left out before the first one here."""
    changes: tuple[PlacedRecord, ...]
    """In the order of the plan."""
    milestones: dict[str, str]
    """Titles of the milestones in which something changed, by id."""
    weaker: tuple[ChangeRecord, ...]
    """What got weaker, without any filter."""
    files: tuple[FileRecord, ...]
    paths: tuple[str, ...]
    """All files that differ."""


class RevisionRecord(Model):
    """A revision to choose."""

    kind: Literal["branch", "tag", "commit"]
    name: str
    commit: str
    time: str
    subject: str


class RevisionsRecord(Model):
    """Branches, tags and the last commits."""

    branch: str
    revisions: tuple[RevisionRecord, ...]


class ChangelogRecord(Model):
    """What changed between two revisions, as Markdown."""

    text: str
