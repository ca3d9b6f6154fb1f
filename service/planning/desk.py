"""How the worker asks the planner process about the plan, and has it saved.

Every method waits for the answer while other requests go on.  Raises the errors of
`service.planning.failures`, and UnavailableError when the planner is not there or too busy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from service.api.models import Model
from service.planner_link import PlannerLink
from service.planner_wire import PLAN
from service.planning.edits import AnyEdit
from service.planning.idempotency import KeyReusedError
from service.planning.past_records import (
    BetweenRecord,
    ChangelogRecord,
    DiffRecord,
    FateRecord,
    HistoryRecord,
    ProposalPreviewRecord,
    ProposalsRecord,
    RevisionsRecord,
)
from service.planning.records import (
    BaseRecord,
    ChecksRecord,
    FormRecord,
    HtmlRecord,
    ItemRecord,
    ItemsRecord,
    OutlineRecord,
    PersonRecord,
    PreviewRecord,
    ProblemsRecord,
    RowsRecord,
    SavedRecord,
    UnreadableRecord,
    UnsavedRecord,
)
from service.planning.selecting import Found, Part, Wanted

Record = TypeVar("Record", bound=Model)
Trailers = Sequence[tuple[str, str]]
# A save may wait for a build, and for another process that saves; in seconds.
_SAVE_S = 90.0
_READ_S = 30.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where an edit goes: a proposal, a branch, or (both empty) the branch that is checked out."""

    branch: str = ""
    proposal: str = ""


HERE = Target()


class PlanDesk:
    """The plan behind one planner process."""

    def __init__(self, planner: PlannerLink) -> None:
        self._planner = planner

    # -- reading --------------------------------------------------------------------------

    def open(self, ref: str, kind: str = "", target: Target = HERE) -> ItemRecord:
        """An item for its form."""
        return self._ask(ItemRecord, "open", ref=ref, kind=kind, **_place(target))

    def form(
        self, ref: str, kind: str, target: Target = HERE, *, deleting: bool = False
    ) -> FormRecord:
        """An item with all that its form, or that of its deletion, shows."""
        place = _place(target)
        return self._ask(FormRecord, "form", ref=ref, kind=kind, deleting=deleting, **place)

    def unreadable(self, ref: str, kind: str, target: Target = HERE) -> UnreadableRecord:
        """The file of an item that cannot be read."""
        return self._ask(UnreadableRecord, "unreadable", ref=ref, kind=kind, **_place(target))

    def base(self, kind: str, item_id: str, blob: str) -> BaseRecord:
        """An item as its file was at a blob."""
        return self._ask(BaseRecord, "base", kind=kind, id=item_id, blob=blob)

    def outline(self, target: Target = HERE, kinds: Sequence[str] | None = None) -> OutlineRecord:
        """All items (of these kinds) in short, and the words in use by all of them."""
        wanted = list(kinds) if kinds is not None else None
        return self._ask(OutlineRecord, "outline", kinds=wanted, **_place(target))

    def rows(
        self,
        kind: str,
        ids: Sequence[str] | None = None,
        target: Target = HERE,
        *,
        phase: str = "",
        milestone: str = "",
    ) -> RowsRecord:
        """The items of a kind (or those with these ids) with all their values.

        With a `phase` or a `milestone`, those that belong to it.
        """
        wanted = list(ids) if ids is not None else None
        within = {"phase": phase, "milestone": milestone}
        return self._ask(RowsRecord, "rows", kind=kind, ids=wanted, **within, **_place(target))

    def items(self, wanted: Wanted, part: Part, target: Target = HERE) -> ItemsRecord:
        """A part of the items that are wanted."""
        asked = {"wanted": asdict(wanted), "part": asdict(part)}
        return self._ask(ItemsRecord, "items", **asked, **_place(target))

    def problems(
        self, wanted: Found, part: Part, target: Target = HERE, *, fixes: bool = False
    ) -> ProblemsRecord:
        """A part of the problems that are wanted; with `fixes`, how the first ones are mended."""
        asked = {"wanted": asdict(wanted), "part": asdict(part), "fixes": fixes}
        return self._ask(ProblemsRecord, "problems", **asked, **_place(target))

    def html(self, text: str) -> str:
        """Markdown as safe HTML, as the site shows it."""
        return self._ask(HtmlRecord, "html", text=text).html

    # -- saving ---------------------------------------------------------------------------

    def preview(self, edit: AnyEdit, target: Target = HERE) -> PreviewRecord:
        """What an edit would do."""
        return self._ask(
            PreviewRecord, "preview", edit=edit.model_dump(mode="json"), **_place(target)
        )

    def checks(self, edit: AnyEdit, target: Target = HERE) -> ChecksRecord:
        """What the checks would say of the edited item."""
        return self._ask(
            ChecksRecord, "checks", edit=edit.model_dump(mode="json"), **_place(target)
        )

    def save(
        self,
        edit: AnyEdit,
        author: PersonRecord,
        *,
        message: str = "",
        target: Target = HERE,
        trailers: Trailers = (),
        reviewed: bool = False,
        once: tuple[str, str] | None = None,
    ) -> SavedRecord | UnsavedRecord:
        """Save an edit as one commit.  The site shows it when this returns.

        `once` are token and content of a request (hex digits): a request that was saved before is
        answered again, and not saved again.  Raises KeyReusedError when it asked for something
        else.
        """
        answer = self._call(
            "save",
            _SAVE_S,
            edit=edit.model_dump(mode="json"),
            author=author.model_dump(),
            message=message,
            trailers=trailers,
            reviewed=reviewed,
            once=once,
            **_place(target),
        )
        if "reused" in answer:
            raise KeyReusedError
        return _outcome(answer)

    # -- proposals ------------------------------------------------------------------------

    def proposals(self) -> ProposalsRecord:
        """All that are open."""
        return self._ask(ProposalsRecord, "proposals")

    def proposal(
        self,
        slug: str,
        *,
        settled: Mapping[str, str | None] | None = None,
        upon: Mapping[str, str] | None = None,
        asker: PersonRecord | None = None,
    ) -> ProposalPreviewRecord:
        """One, and what its merge would do; `asker` is who would approve it.

        `settled` and `upon` as for `merge`.
        """
        return self._ask(
            ProposalPreviewRecord,
            "proposal",
            slug=slug,
            settled=dict(settled or {}),
            upon=dict(upon or {}),
            asker=asker.model_dump() if asker is not None else None,
        )

    def settle(self, path: str, theirs: str, values: Mapping[str, Any]) -> str:
        """The text of the file `path` that is `theirs`, with `values` in the place of its own."""
        answer = self._call("settle", _READ_S, path=path, theirs=theirs, values=dict(values))
        text: str = answer["text"]
        return text

    def merge(
        self,
        slug: str,
        approver: PersonRecord,
        *,
        message: str = "",
        settled: Mapping[str, str | None] | None = None,
        upon: Mapping[str, str] | None = None,
        tip: str = "",
        trailers: Trailers = (),
        reviewed: bool = False,
    ) -> SavedRecord | UnsavedRecord:
        """Merge a proposal; `settled` are the whole texts of files that clashed (None: no file).

        `upon` are the blobs that those were on the branch, `tip` is the commit of the proposal,
        when somebody looked at them: nothing is done to what is otherwise by then.
        """
        answer = self._call(
            "merge",
            _SAVE_S,
            slug=slug,
            approver=approver.model_dump(),
            message=message,
            settled=dict(settled or {}),
            upon=dict(upon or {}),
            tip=tip,
            trailers=trailers,
            reviewed=reviewed,
        )
        return _outcome(answer)

    def close(self, slug: str, tip: str = "") -> str:
        """Close a proposal without merging; returns the ref under which its commits stay.

        `tip` as for `merge`.
        """
        kept: str = self._call("close", _SAVE_S, slug=slug, tip=tip)["kept"]
        return kept

    def slugs(self) -> tuple[str, ...]:
        """The names of all proposals that have a branch, without a look at what they do."""
        return tuple(self._call("slugs", _READ_S)["slugs"])

    def tip(self, slug: str) -> str:
        """The commit where a proposal stands.  Raises NoRevisionError when it is gone."""
        tip: str = self._call("tip", _READ_S, slug=slug)["tip"]
        return tip

    def fate(self, slug: str) -> FateRecord:
        """What became of a proposal that is not open."""
        return self._ask(FateRecord, "fate", slug=slug)

    # -- history --------------------------------------------------------------------------

    def history(
        self, ref: str, kind: str = "", branch: str = "", *, skip: int = 0, count: int = 30
    ) -> HistoryRecord:
        """Versions of an item, newest first, and who gave each field its value.

        An item that was deleted, or is called otherwise now, is found by its old id.
        """
        part = {"skip": skip, "count": count}
        return self._ask(HistoryRecord, "history", ref=ref, kind=kind, branch=branch, **part)

    def between(self, ref: str, kind: str, old: str, new: str) -> BetweenRecord:
        """Two versions of an item side by side, by their commits.

        An empty `new` is the newest version, an empty `old` the one before `new`.
        """
        return self._ask(BetweenRecord, "between", ref=ref, kind=kind, old=old, new=new)

    def diff(
        self,
        old: str,
        new: str,
        *,
        sort: str = "",
        kind: str = "",
        milestone: str = "",
        skip: int = 0,
        count: int = 200,
        files: bool = True,
    ) -> DiffRecord:
        """What changed in the plan between two revisions, see `PastOps.diff`."""
        return self._ask(
            DiffRecord,
            "diff",
            old=old,
            new=new,
            sort=sort,
            kind=kind,
            milestone=milestone,
            skip=skip,
            count=count,
            files=files,
        )

    def revisions(self) -> RevisionsRecord:
        """Branches, tags and the last commits."""
        return self._ask(RevisionsRecord, "revisions")

    def changelog(self, old: str, new: str) -> str:
        """What changed in the plan between two revisions, as Markdown."""
        return self._ask(ChangelogRecord, "changelog", old=old, new=new).text

    # -- the wire -------------------------------------------------------------------------

    def _ask(self, record: type[Record], op: str, **args: Any) -> Record:
        # Not strict: the wire has lists where the records have tuples.
        return record.model_validate(self._call(op, _READ_S, **args), strict=False)

    def _call(self, op: str, timeout_s: float, **args: Any) -> Any:
        return self._planner.call(f"{PLAN}{op}", timeout_s=timeout_s, **args)


def _place(target: Target) -> dict[str, str]:
    return {"branch": target.branch, "proposal": target.proposal}


def _outcome(answer: Mapping[str, Any]) -> SavedRecord | UnsavedRecord:
    if "saved" in answer:
        return SavedRecord.model_validate(answer["saved"], strict=False)
    return UnsavedRecord.model_validate(answer["unsaved"], strict=False)
