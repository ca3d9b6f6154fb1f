"""What the planner process does with the plan when the worker asks: read, look, save.

Each method is an operation of the wire under the name `plan.<method>`; it takes plain data and
returns a record of `service.planning.records` as plain data.  All of it runs in the planner
process, one after the other.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from planner.codec.reading import read_item
from planner.edit.differences import Differences
from planner.editing import (
    ApprovalRule,
    Done,
    Editor,
    Once,
    Past,
    Person,
    Proposals,
    RepeatedError,
    Saved,
    Unsaved,
    open_editor,
)
from planner.errors import EditError, RevisionError, UsageError
from planner.model.ids import path_of
from planner.model.items import PlanTree
from planner.render.markdown import to_html
from planner.workspace import Workspace
from service.planner_wire import PLAN
from service.planning.edits import AnyEdit, edit_from_values
from service.planning.forming import checks_record, form_record, unreadable_record
from service.planning.listing import (
    items_record,
    outline_record,
    rows_record,
)
from service.planning.offering import problems_record
from service.planning.past_ops import OpenPlan, PastOps, texts_of
from service.planning.recording import (
    item_record,
    json_values,
    merged_records,
    preview_record,
    to_wire,
)
from service.planning.records import (
    BaseRecord,
    HtmlRecord,
    SavedRecord,
    UnsavedRecord,
)
from service.planning.selecting import Found, Part, Wanted, selected

SERVICE = Person("Agented", "agented@localhost")
_MOST_HTML = 200_000


class PlanOps:
    """The operations on one plan.

    `opened` gives the workspace (raises UsageError where there is no plan), `build` builds the
    site and returns the number of the build; a site that cannot be built undoes no save, so it
    reports failures by itself.  `rev` is the revision that the service shows, if it shows a fixed
    one: then nothing is edited.  `approval` is what the main branch asks of a change, see
    `planner.editing.ApprovalRule`.
    """

    def __init__(
        self,
        opened: Callable[[], Workspace],
        build: Callable[[], int],
        rev: str = "",
        approval: str = ApprovalRule.NONE,
    ) -> None:
        self._opened = opened
        self._build = build
        self._rev = rev
        self._approval = ApprovalRule(approval)
        self._known: tuple[Workspace, OpenPlan] | None = None
        self._looks = PastOps(lambda: self._all)

    def table(self) -> Mapping[str, Callable[..., Any]]:
        """The operations by name."""
        ops = (
            self.open, self.form, self.unreadable, self.base, self.outline, self.rows, self.items,
            self.problems, self.html, self.preview, self.checks, self.save,
            self.merge, self.close,
        )  # fmt: skip
        return {**{f"{PLAN}{op.__name__}": op for op in ops}, **self._looks.table()}

    # -- reading --------------------------------------------------------------------------

    def open(self, ref: str, kind: str = "", branch: str = "", proposal: str = "") -> Any:
        """`ItemRecord`: an item for its form."""
        editor = self._editor
        found = editor.open(ref, kind, branch=branch, proposal=proposal)
        return to_wire(item_record(found, editor.problems(editor.at(found.commit))))

    def form(
        self, ref: str, kind: str, branch: str = "", proposal: str = "", deleting: bool = False
    ) -> Any:
        """`FormRecord`: an item with all that its form, or that of its deletion, shows."""
        return to_wire(form_record(self._editor, ref, kind, branch, proposal, deleting=deleting))

    def unreadable(self, ref: str, kind: str, branch: str = "", proposal: str = "") -> Any:
        """`UnreadableRecord`: the file of an item that has no form."""
        _, state = self._editor.target(branch, proposal)
        return to_wire(unreadable_record(state, self._editor.problems(state), ref, kind))

    def base(self, kind: str, id: str, blob: str) -> Any:
        """`BaseRecord`: an item as its file was at a blob, by the name that it had then."""
        data = self._editor.plan().blob(blob)
        item = read_item(path_of(kind, id), data).item
        if item is None:
            raise EditError(f"git's text {blob} is no {kind}", "open the item again")
        return to_wire(BaseRecord(values=json_values(item), text=data.decode("utf-8", "replace")))

    def outline(
        self, branch: str = "", proposal: str = "", kinds: Sequence[str] | None = None
    ) -> Any:
        """`OutlineRecord`: all items (of these kinds) in short, and the words in use by all."""
        name, state = self._editor.target(branch, proposal)
        return to_wire(outline_record(name, state.commit, state.tree, kinds))

    def rows(
        self,
        kind: str,
        ids: Sequence[str] | None = None,
        branch: str = "",
        proposal: str = "",
        phase: str = "",
        milestone: str = "",
    ) -> Any:
        """`RowsRecord`: the items of a kind (or those with these ids) with all their values.

        With a `phase` or a `milestone`, those that belong to it.
        """
        name, state = self._editor.target(branch, proposal)
        wanted = Wanted(kind, phase=phase, milestone=milestone)
        found = selected(state.tree, state.names, wanted)
        if ids is not None:
            known = set(ids)
            found = tuple(each for each in found if each.id in known)
        problems = self._editor.problems(state)
        return to_wire(rows_record(name, state.commit, found, problems))

    def items(
        self,
        wanted: Mapping[str, str],
        part: Mapping[str, int],
        branch: str = "",
        proposal: str = "",
    ) -> Any:
        """`ItemsRecord`: a part of the items that are `Wanted`."""
        name, state = self._editor.target(branch, proposal)
        asked, shown = Wanted(**wanted), Part(**part)
        return to_wire(items_record(name, state.commit, state.tree, state.names, asked, shown))

    def problems(
        self,
        wanted: Mapping[str, Any],
        part: Mapping[str, int],
        branch: str = "",
        proposal: str = "",
        fixes: bool = False,
    ) -> Any:
        """`ProblemsRecord`: a part of the problems that are `Found`, with `fixes` on request."""
        name, state = self._editor.target(branch, proposal)
        asked = Found(**wanted)
        found = [each for each in self._editor.problems(state) if asked.fits(each)]
        return to_wire(problems_record(name, state, found, Part(**part), fixes=fixes))

    def html(self, text: str) -> Any:
        """`HtmlRecord`: Markdown as the site shows it, without the links to items."""
        return to_wire(HtmlRecord(html=to_html(text[:_MOST_HTML])))

    def tree(self) -> PlanTree:
        """The plan on the branch, for operations of other modules.

        Of a branch without a commit, or without the plan, that of the files.
        """
        try:
            return self._editor.plan().tree
        except RevisionError:
            return self._opened().check().tree

    # -- saving ---------------------------------------------------------------------------

    def preview(self, edit: Mapping[str, Any], branch: str = "", proposal: str = "") -> Any:
        """`PreviewRecord`: what an edit would do."""
        operation = edit_from_values(edit).operation()
        return to_wire(
            preview_record(self._editor.preview(operation, branch=branch, proposal=proposal))
        )

    def checks(self, edit: Mapping[str, Any], branch: str = "", proposal: str = "") -> Any:
        """`ChecksRecord`: what the checks would say of the edited item, while it is typed."""
        operation = edit_from_values(edit).operation()
        editor = self._editor
        seen = editor.preview(operation, branch=branch, proposal=proposal)
        return to_wire(checks_record(seen, editor.at(seen.base)))

    def save(
        self,
        edit: Mapping[str, Any],
        author: Mapping[str, str],
        message: str = "",
        branch: str = "",
        proposal: str = "",
        trailers: Sequence[Sequence[str]] = (),
        reviewed: bool = False,
        once: Sequence[str] | None = None,
    ) -> Any:
        """`{"saved": SavedRecord}` or `{"unsaved": UnsavedRecord}`; a save is built at once.

        `once` are token and content of a request (see `planner.edit.once`): sent again, it is
        answered by what it saved before, or `{"reused": True}` when it asks for something else.
        """
        wanted: AnyEdit = edit_from_values(edit)
        try:
            outcome = self._editor.save(
                wanted.operation(),
                self._person(author),
                message=message,
                branch=branch,
                proposal=proposal,
                trailers=_pairs(trailers),
                reviewed=reviewed,
                once=Once(*once) if once else None,
            )
        except RepeatedError as repeated:
            return self._repeated(repeated.done, once, self._editor.target(branch, proposal)[0])
        return self._outcome(outcome, message)

    # -- proposals ------------------------------------------------------------------------

    def merge(
        self,
        slug: str,
        approver: Mapping[str, str],
        message: str = "",
        settled: Mapping[str, str | None] | None = None,
        upon: Mapping[str, str] | None = None,
        tip: str = "",
        trailers: Sequence[Sequence[str]] = (),
        reviewed: bool = False,
    ) -> Any:
        """As `save`: merge a proposal; `settled` are the whole texts of files that clashed.

        `upon` and `tip` say what was looked at, see `Proposals.merge`.
        """
        outcome = self._all.proposals.merge(
            slug,
            self._person(approver),
            message=message,
            settled=texts_of(settled),
            upon=upon,
            tip=tip,
            reviewed=reviewed,
            trailers=_pairs(trailers),
        )
        return self._outcome(outcome, message)

    def close(self, slug: str, tip: str = "") -> Any:
        """`{"kept": REF}`: close a proposal without merging; its commits stay under that name."""
        self._refuse_fixed()
        return {"kept": self._all.proposals.close(slug, tip=tip)}

    # -- what they share ------------------------------------------------------------------

    @property
    def _all(self) -> OpenPlan:
        workspace = self._opened()
        if self._known is None or self._known[0] is not workspace:
            editor = open_editor(workspace, committer=SERVICE, approval=self._approval)
            opened = OpenPlan(editor, Proposals(editor), Past(editor), Differences(editor))
            self._known = (workspace, opened)
        return self._known[1]

    @property
    def _editor(self) -> Editor:
        return self._all.editor

    def _refuse_fixed(self) -> None:
        if self._rev:
            raise UsageError(
                f"this service shows the plan as it was at {self._rev}: nothing is edited here",
                "start it without --rev",
            )

    def _person(self, values: Mapping[str, str]) -> Person:
        self._refuse_fixed()
        return Person(values["name"], values["email"])

    def _repeated(self, done: Done, once: Sequence[str] | None, branch: str) -> Any:
        """What was answered, or would have been, when the request was carried out."""
        if once is None or done.content != once[1]:
            return {"reused": True}
        kept = self._editor.at(done.commit).find(done.kind, done.id) if done.kind else None
        saved = SavedRecord(
            commit=done.commit,
            id=done.id,
            kind=done.kind,
            blob=kept.blob if kept is not None else "",
            branch=branch,
            message=done.message,
            left=(),
            epoch=self._build(),
            merged=(),
            notes=(),
        )
        return {"saved": to_wire(saved)}

    def _outcome(self, outcome: Saved | Unsaved, message: str) -> Any:
        if isinstance(outcome, Unsaved):
            unsaved = UnsavedRecord.model_validate(
                {"reason": outcome.reason, "preview": preview_record(outcome.preview)}
            )
            return {"unsaved": to_wire(unsaved)}
        seen = outcome.preview
        kept = seen.after.find(seen.draft.kind, seen.draft.id) if seen.draft.kind else None
        saved = SavedRecord(
            commit=outcome.commit,
            id=seen.draft.id,
            kind=seen.draft.kind,
            blob=kept.blob if kept is not None else "",
            branch=seen.branch,
            message=message.strip() or seen.message,
            left=outcome.left,
            epoch=self._build(),
            merged=merged_records(seen),
            notes=seen.draft.notes,
        )
        return {"saved": to_wire(saved)}


def _pairs(trailers: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    return [(key, value) for key, value in trailers]
