"""Proposals, versions and differences as records, within the bounds of what is handed over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from planner.edit.differences import Place
from planner.edit.fate import Fate
from planner.edit.past import Between, Trail
from planner.edit.proposals import Impact
from planner.editing import FileChange, Preview, Proposal, Version
from planner.model.fields import FIELDS
from planner.store.revisions import Revision
from planner.trace.difference import Change
from service.planning.past_records import (
    BetweenRecord,
    BlameRecord,
    FateRecord,
    ImpactRecord,
    OverlapRecord,
    PlaceRecord,
    ProposalRecord,
    RevisionRecord,
)
from service.planning.recording import change_record, json_values, preview_record
from service.planning.records import (
    ChangeRecord,
    FileRecord,
    PersonRecord,
    PreviewRecord,
    TrailerRecord,
    VersionRecord,
)

# In characters.  A line of the wire holds a multiple of it, whatever they are escaped to.
_ROOM = 1_200_000
_LONGEST_DIFF = 200_000
_BEGINNING = 200
_LONGEST_TRAILER = 200
_MOST_TRAILERS = 20
MOST_CHANGES = 1_000


@dataclass(slots=True)
class Room:
    """How many characters an answer may still hold."""

    left: int = _ROOM

    def take(self, size: int) -> bool:
        """Take so many, unless there are fewer left."""
        if size > self.left:
            return False
        self.left -= size
        return True


def told(changes: Iterable[Change], room: Room) -> tuple[ChangeRecord, ...]:
    """Changes; from where the room is used up on, with the beginnings of their values alone."""
    return tuple(_told(each, room) for each in changes)


def _told(change: Change, room: Room) -> ChangeRecord:
    # Both values, and once more in pieces.
    if room.take(2 * (len(change.old) + len(change.new))):
        return change_record(change)
    short = replace(change, old=change.old[:_BEGINNING], new=change.new[:_BEGINNING])
    cut = change_record(short)
    return cut.model_copy(update={"words": (), "sentence": change.sentence})


def weakest_first(changes: Sequence[Change]) -> list[Change]:
    """What got weaker before the rest."""
    return sorted(changes, key=lambda each: not each.weaker)


def proposal_record(
    found: Proposal, impact: Impact | None, room: Room, most: int = MOST_CHANGES
) -> ProposalRecord:
    """A proposal, with its first changes."""
    return ProposalRecord(
        slug=found.slug,
        tip=found.tip,
        base=found.base,
        commits=found.commits,
        behind=found.behind,
        authors=tuple(PersonRecord(name=each.name, email=each.email) for each in found.authors),
        time=found.time,
        subject=found.subject,
        total=len(found.changes),
        changes=told(weakest_first(found.changes)[:most], room),
        weaker=len(found.weaker),
        overlaps=tuple(
            OverlapRecord(slug=each.slug, same=each.same, linked=each.linked)
            for each in found.overlaps
        ),
        impact=impact_record(impact) if impact is not None else None,
    )


def impact_record(found: Impact) -> ImpactRecord:
    """What a merge would bring."""
    return ImpactRecord(
        brought=found.brought,
        errors=found.errors,
        fixed=found.fixed,
        clashes=found.clashes,
        trouble=found.trouble,
    )


def merge_record(seen: Preview) -> PreviewRecord:
    """What a merge would do; of very many changes the first ones."""
    record = preview_record(replace(seen, changes=()))
    changes = told(weakest_first(seen.changes)[:MOST_CHANGES], Room())
    return record.model_copy(update={"changes": changes})


def fate_record(found: Fate) -> FateRecord:
    """What became of a proposal."""
    return FateRecord.model_validate(
        {
            "state": found.state,
            "commit": found.commit,
            "ref": found.ref,
            "time": found.time,
            "author": found.author,
        }
    )


def version_record(found: Version, room: Room) -> VersionRecord:
    """A version of an item; without its text where there is no room for it."""
    whole = room.take(2 * len(found.text))
    return VersionRecord(
        commit=found.commit,
        time=found.time,
        author=found.author,
        subject=found.subject,
        path=found.path,
        blob=found.blob,
        text=found.text if whole else "",
        values=json_values(found.item) if found.item is not None and whole else {},
        changes=told(found.changes, room),
        trailers=tuple(
            TrailerRecord(key=key, value=value[:_LONGEST_TRAILER])
            for key, value in found.trailers[:_MOST_TRAILERS]
        ),
    )


def blame_records(kind: str, found: dict[str, Version]) -> tuple[BlameRecord, ...]:
    """Who gave which field its value, in the order of the form."""
    order = {row.name: place for place, row in enumerate(FIELDS[kind])}
    return tuple(
        BlameRecord(
            field=name,
            commit=version.commit,
            time=version.time,
            author=version.author,
            subject=version.subject,
        )
        for name, version in sorted(
            found.items(), key=lambda each: (order.get(each[0], len(order)), each[0])
        )
    )


def between_record(trail: Trail, branch: str, found: Between) -> BetweenRecord:
    """Two versions of an item."""
    room = Room(3 * _ROOM)
    return BetweenRecord(
        id=trail.id,
        kind=trail.kind,
        branch=branch,
        changes=told(found.changes, room),
        file=file_record(trail.path, not found.old.blob, not found.new.blob, found.diff, room),
        old=version_record(found.old, room),
        new=version_record(found.new, room),
    )


def diff_file(found: FileChange, room: Room) -> FileRecord:
    """A file that differs."""
    return file_record(found.path, found.old is None, found.new is None, found.diff, room)


def file_record(path: str, absent: bool, gone: bool, diff: str, room: Room) -> FileRecord:
    """A file that was `absent` before, or is `gone` now, with as much of its diff as has room."""
    shown = diff[: min(_LONGEST_DIFF, room.left)]
    room.take(len(shown))
    change = "deleted" if gone else "added" if absent else "changed"
    return FileRecord.model_validate(
        {"path": path, "change": change, "diff": shown, "cut": len(shown) < len(diff)}
    )


def place_record(found: Place) -> PlaceRecord:
    """Where an item stands."""
    return PlaceRecord(
        milestone=found.milestone,
        milestone_title=found.milestone_title,
        phase=found.phase,
        phase_title=found.phase_title,
        number=found.number,
    )


def revision_record(found: Revision) -> RevisionRecord:
    """A revision to choose."""
    return RevisionRecord.model_validate(
        {
            "kind": found.kind,
            "name": found.name,
            "commit": found.commit,
            "time": found.time,
            "subject": found.subject,
        }
    )
