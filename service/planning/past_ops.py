"""What the planner process tells of proposals, of the past of items, and of differences.

The operations of `service.planning.ops` that only look.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from planner.codec.editing import edit_text
from planner.edit.approval import may_approve
from planner.edit.differences import Difference, Differences
from planner.edit.editor import PROPOSALS
from planner.edit.fate import fate_of
from planner.editing import Editor, Past, Person, Proposals
from planner.errors import UsageError
from planner.model.fields import KINDS
from planner.store.refs import branches, need_tip
from planner.trace.change import Change
from planner.trace.changelog import changelog, sort_of
from service.planner_wire import PLAN
from service.planning.past_recording import (
    Room,
    between_record,
    blame_records,
    diff_file,
    fate_record,
    merge_record,
    place_record,
    proposal_record,
    revision_record,
    told,
    version_record,
)
from service.planning.past_records import (
    ChangelogRecord,
    DiffRecord,
    HistoryRecord,
    PlacedRecord,
    ProposalPreviewRecord,
    ProposalsRecord,
    RevisionsRecord,
)
from service.planning.recording import json_values, to_wire

_MOST_IN_LIST = 12  # changes of each proposal
_MOST_VERSIONS = 100
_MOST_CHANGES = 500
_MOST_FILES = 100
# How long a list may take to count what merges would bring, in seconds; the rest is counted when
# it is asked for again.
_COUNTING_S = 0.25


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """A plan whose past can be looked at."""

    editor: Editor
    proposals: Proposals
    past: Past
    differences: Differences


class PastOps:
    """The operations on the plan that `opened` gives."""

    def __init__(self, opened: Callable[[], OpenPlan]) -> None:
        self._opened = opened

    def table(self) -> Mapping[str, Callable[..., Any]]:
        """The operations by name."""
        ops = (
            self.proposals, self.proposal, self.slugs, self.tip, self.settle, self.fate,
            self.history, self.between, self.diff, self.revisions, self.changelog,
        )  # fmt: skip
        return {f"{PLAN}{op.__name__}": op for op in ops}

    # -- proposals ------------------------------------------------------------------------

    def proposals(self) -> Any:
        """`ProposalsRecord`: all that are open."""
        opened = self._opened()
        found = opened.proposals.list()
        impacts = opened.proposals.impacts(found, _COUNTING_S) if found else {}
        room = Room()
        return to_wire(
            ProposalsRecord(
                branch=opened.editor.branch(),
                proposals=tuple(
                    proposal_record(each, impacts.get(each.slug), room, _MOST_IN_LIST)
                    for each in found
                ),
            )
        )

    def proposal(
        self,
        slug: str,
        settled: Mapping[str, str | None] | None = None,
        upon: Mapping[str, str] | None = None,
        asker: Mapping[str, str] | None = None,
    ) -> Any:
        """`ProposalPreviewRecord`: one, and what its merge would do.

        `settled` and `upon` as for `PlanOps.merge`; `asker` (name, e-mail) is who would approve it.
        """
        opened = self._opened()
        proposals = opened.proposals
        # The preview first: it says why there is no such proposal.
        preview = proposals.preview(slug, settled=texts_of(settled), upon=upon)
        found = next((each for each in proposals.list() if each.slug == slug), None)
        if found is None:
            raise UsageError(f"the proposal {slug} changes nothing any more", "close it")
        return to_wire(
            ProposalPreviewRecord(
                proposal=proposal_record(found, None, Room(), _MOST_IN_LIST),
                preview=merge_record(preview),
                total=len(preview.changes),
                refused=may_approve(found, Person(**asker), opened.editor.approval)
                if asker
                else "",
            )
        )

    def slugs(self) -> Any:
        """`{"slugs": [SLUG, …]}`: the names of all proposals that have a branch; that is quick."""
        found = branches(self._opened().editor.repository, f"{PROPOSALS}/")
        return {"slugs": [each.name.removeprefix(f"{PROPOSALS}/") for each in found]}

    def tip(self, slug: str) -> Any:
        """`{"tip": COMMIT}`: where a proposal stands."""
        return {"tip": need_tip(self._opened().editor.repository, f"{PROPOSALS}/{slug}")}

    def settle(self, path: str, theirs: str, values: Mapping[str, Any]) -> Any:
        """`{"text": TEXT}`: the file `theirs` with `values` in the place of its own."""
        return {"text": edit_text(path, theirs.encode(), values).decode("utf-8", "replace")}

    def fate(self, slug: str) -> Any:
        """`FateRecord`: what became of a proposal that is not open."""
        editor = self._opened().editor
        return to_wire(fate_record(fate_of(editor.repository, editor.branch(), slug)))

    # -- history --------------------------------------------------------------------------

    def history(
        self, ref: str, kind: str = "", branch: str = "", skip: int = 0, count: int = 30
    ) -> Any:
        """`HistoryRecord`: versions of an item, and who gave each field its value."""
        opened = self._opened()
        trail = opened.past.trail(ref, _kind(kind), branch=branch)
        count = min(count, _MOST_VERSIONS)
        versions = opened.past.versions(ref, kind, branch=branch, skip=skip, count=count)
        blame = opened.past.blame(ref, kind, branch=branch) if not trail.deleted else {}
        plan = opened.editor.plan(branch)
        known = plan.known.get(trail.path)
        room = Room(3_000_000)
        return to_wire(
            HistoryRecord(
                id=trail.id,
                kind=trail.kind,
                title=trail.item.title if trail.item is not None else "",
                path=trail.path,
                blob=known.blob if known is not None else "",
                deleted=trail.deleted,
                readable=trail.item is not None,
                names=trail.names,
                branch=branch or opened.editor.branch(),
                total=trail.total,
                skip=skip,
                cut=trail.cut,
                values=json_values(trail.item) if trail.item is not None else {},
                versions=tuple(version_record(each, room) for each in versions),
                blame=blame_records(trail.kind, dict(blame)),
            )
        )

    def between(
        self, ref: str, kind: str = "", old: str = "", new: str = "", branch: str = ""
    ) -> Any:
        """`BetweenRecord`: two versions of an item side by side."""
        opened = self._opened()
        trail = opened.past.trail(ref, _kind(kind), branch=branch)
        found = opened.past.between(ref, old, new, kind=kind, branch=branch)
        return to_wire(between_record(trail, branch or opened.editor.branch(), found))

    # -- differences ----------------------------------------------------------------------

    def diff(
        self,
        old: str,
        new: str,
        sort: str = "",
        kind: str = "",
        milestone: str = "",
        skip: int = 0,
        count: int = 200,
        files: bool = True,
    ) -> Any:
        """`DiffRecord`: what changed in the plan from `old` to `new` (empty: what is checked out).

        `sort` is one of `planner.trace.changelog.sort_of` or `weakened`; `kind` that of the item,
        `milestone` the one that the item belongs to; empty: all.
        """
        differences = self._opened().differences
        found = differences.between(old, new or "HEAD")
        wanted = [each for each in found.changes if _fits(found, each, sort, kind, milestone)]
        room = Room()
        weaker = [each for each in found.changes if each.weaker]
        page = wanted[skip : skip + min(count, _MOST_CHANGES)]
        shown = differences.files(found, found.paths[:_MOST_FILES]) if files else ()
        counts = Counter(sort_of(each) for each in found.changes)
        counts["weakened"] = len(weaker)
        # What got weaker comes first, as far as there is room.
        told_weaker = told(weaker[:_MOST_CHANGES], room)
        diffs = Room()
        return to_wire(
            DiffRecord(
                old=old,
                new=new,
                old_commit=found.old,
                new_commit=found.new,
                counts=dict(counts),
                total=len(wanted),
                skip=skip,
                changes=tuple(
                    PlacedRecord(
                        place=place_record(found.places[each.item_kind, each.id]), change=record
                    )
                    for each, record in zip(page, told(page, room), strict=True)
                ),
                milestones={
                    place.milestone: place.milestone_title
                    for each in found.changes
                    if (place := found.places[each.item_kind, each.id]).milestone
                },
                weaker=told_weaker,
                files=tuple(diff_file(each, diffs) for each in shown),
                paths=found.paths,
            )
        )

    def revisions(self) -> Any:
        """`RevisionsRecord`: branches, tags and the last commits."""
        opened = self._opened()
        return to_wire(
            RevisionsRecord(
                branch=opened.editor.branch(),
                revisions=tuple(map(revision_record, opened.differences.choices())),
            )
        )

    def changelog(self, old: str, new: str) -> Any:
        """`ChangelogRecord`: what changed between two revisions, as Markdown."""
        found = self._opened().differences.between(old, new or "HEAD")
        return to_wire(ChangelogRecord(text=changelog(found.changes, old, new)))


def texts_of(settled: Mapping[str, str | None] | None) -> dict[str, bytes | None]:
    """Whole files as they come over the wire, as bytes."""
    return {
        path: text.encode() if text is not None else None for path, text in (settled or {}).items()
    }


def _kind(kind: str) -> str:
    if kind and kind not in KINDS:
        raise UsageError(f"{kind!r} is no kind of item", f"the kinds are {', '.join(KINDS)}")
    return kind


def _fits(found: Difference, change: Change, sort: str, kind: str, milestone: str) -> bool:
    return (
        (not sort or sort_of(change) == sort or (sort == "weakened" and bool(change.weaker)))
        and (not kind or change.item_kind == kind)
        and (not milestone or found.places[change.item_kind, change.id].milestone == milestone)
    )
