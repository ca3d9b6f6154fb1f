"""Editing a plan: read an item, look at an edit, save it as a commit or as part of a proposal.

Forms, the command line and the service's own helpers all come through here, so there is one way in
which a plan changes.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from planner.build.collecting import without_gc
from planner.build.examining import Examiner
from planner.build.loading import judged_today
from planner.build.memory import Memory
from planner.edit.approval import ApprovalRule, refuse_direct
from planner.edit.draft import Draft, Operation
from planner.edit.once import Once, refuse_repetition
from planner.edit.preview import Preview, preview
from planner.edit.references import Reference, references_to
from planner.edit.signing import refuse_forged, signed
from planner.edit.state import PlanState, read_state
from planner.errors import EditError, MovedError
from planner.model.fields import kind_of
from planner.model.ids import FOLDER_OF, path_of
from planner.model.items import Item
from planner.model.problem import Problem
from planner.store.commits import Person, Signature
from planner.store.disk import standing
from planner.store.folder import PlanFolder, Repository
from planner.store.plan_path import path_reason
from planner.store.refs import head_branch, need_tip, tip_of
from planner.store.saving import Writer, Written, need_branch, need_repository, open_writer

PROPOSALS = "plan"
_TRIES = 4
_KEPT = 4  # commits whose plan is kept in memory
_QUIET_FROM = 2  # tries before a person's git is kept from moving anything meanwhile


@dataclass(frozen=True, slots=True)
class Opened:
    """An item as a form shows it.

    `blob` is what a later save names as its base; `text` the file; `commit` and `branch` where it
    was read.  `uncommitted` is the text of the work tree where a person changed it without
    committing (then a save of this item would be refused), else None; `deleted` tells that the
    person deleted it there.
    """

    item: Item
    kind: str
    blob: str
    text: str
    branch: str
    commit: str
    references: tuple[Reference, ...]
    uncommitted: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """A save that is a commit now (empty `commit`: there was nothing to change).

    `left` are files of the work tree that could not be brought along, see
    `planner.store.saving.Written`.
    """

    commit: str
    preview: Preview
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A save that needs a person first; nothing was written.

    `reason` is `clash` (see `preview.draft.clashes`), `review` (others' changes were merged word by
    word: look, then save with `reviewed`) or `problems` (what others changed and this edit bring
    errors together that neither has alone; `reviewed` saves them nevertheless).
    """

    reason: str
    preview: Preview


class Editor:
    """Edits one plan.  Use it in one thread; several, in any processes, get along."""

    def __init__(
        self,
        folder: PlanFolder,
        memory: Memory | None = None,
        examiner: Examiner | None = None,
        *,
        state: Path | None = None,
        committer: Person | None = None,
        approval: ApprovalRule = ApprovalRule.NONE,
    ) -> None:
        """`state` is the folder for lock and journal, `committer` who commits for the author.

        `approval` is what the branch that is checked out asks of a change.
        """
        self.folder = folder
        self.approval = approval
        self._memory = memory or Memory()
        self._state = state
        self._committer = committer
        self._examiner = examiner or Examiner()
        self._states: dict[str, PlanState] = {}
        self._looked: Preview | None = None

    @property
    def repository(self) -> Repository:
        """The repository of the plan.  Raises StoreError where there is none."""
        return need_repository(self.folder)

    def branch(self) -> str:
        """The branch that is edited: the one checked out.  Raises StoreError when detached."""
        return need_branch(self.repository)

    def plan(self, branch: str = "") -> PlanState:
        """The plan at the tip of a branch.  Raises RevisionError when there is no such branch."""
        return self.at(need_tip(self.repository, branch or self.branch()))

    def target(self, branch: str = "", proposal: str = "") -> tuple[str, PlanState]:
        """The branch that an edit of these would go to, and the plan that it would rest on.

        Raises as `open` does.
        """
        name, commit, _ = self._target(branch, proposal)
        return name, self.at(commit)

    def at(self, commit: str) -> PlanState:
        """The plan at a commit.  Raises RevisionError and StoreError as the store does."""
        known = self._states.get(commit)
        if known is None:
            known = read_state(self.folder, commit, self._memory)
            self._keep(known)
        loaded = judged_today(self.folder, known.loaded)
        if loaded is not known.loaded:
            known = replace(known, loaded=loaded)
            self._keep(known)
        return known

    def _keep(self, plan: PlanState) -> None:
        """Keep what was read of a commit, and of a few before it."""
        self._states[plan.commit] = plan
        for old in list(self._states)[:-_KEPT]:
            del self._states[old]

    def problems(self, plan: PlanState) -> tuple[Problem, ...]:
        """The problems of the plan at a commit: the same as those of `planner check`."""
        return self._examiner.examine(plan.loaded).problems

    def open(self, ref: str, kind: str = "", *, branch: str = "", proposal: str = "") -> Opened:
        """Read an item for editing.  Raises EditError when it is not there or cannot be read.

        Of a proposal that is not there yet, the branch that it will begin at is read.
        """
        branch, commit, _ = self._target(branch, proposal)
        plan = self.at(commit)
        if plan.names.resolve(ref, kind or None) is None:
            self._refuse_new_file(branch, ref, kind)
        item = plan.item(ref, kind)
        data = plan.data([item.path])[item.path]
        text, deleted = self._uncommitted(branch, item)
        return Opened(
            item=item,
            kind=kind_of(item),
            blob=item.blob,
            text=data.decode("utf-8", "replace"),
            branch=branch,
            commit=plan.commit,
            references=references_to(plan.tree, plan.names, item),
            uncommitted=text,
            deleted=deleted,
        )

    def _refuse_new_file(self, branch: str, ref: str, kind: str) -> None:
        """Raise EditError for an item whose file is there but was never committed."""
        repository = self.repository
        if repository.bare or head_branch(repository) != branch:
            return
        for each in (kind,) if kind else tuple(FOLDER_OF):
            path = f"{self.folder.prefix}{path_of(each, ref)}"
            if not path_reason(path) and standing(repository.root, path).data is not None:
                raise EditError(
                    f"{path} is not committed yet, so there is nothing to build a save upon",
                    f"git add {path}; git commit",
                )

    def _uncommitted(self, branch: str, item: Item) -> tuple[str | None, bool]:
        """The text of the work tree where it differs from the branch, and whether it is gone."""
        repository = self.repository
        if repository.bare or head_branch(repository) != branch:
            return None, False
        found = standing(repository.root, f"{self.folder.prefix}{item.path}")
        if found.data is None:
            return None, True
        if found.is_clean(item.blob, repository.object_format):
            return None, False
        return found.data.decode("utf-8", "replace"), False

    @without_gc()
    def preview(self, operation: Operation, *, branch: str = "", proposal: str = "") -> Preview:
        """Look at an edit of a branch, or of a proposal.  Raises as the operation does."""
        branch, base, _ = self._target(branch, proposal)
        plan = self.at(base)
        return self.look(branch, plan, operation.draft(plan))

    def look(self, branch: str, plan: PlanState, draft: Draft) -> Preview:
        """What would come of a draft that was made on `plan`.

        What a person has looked at is saved next as a rule, and then it is not looked at again.
        """
        seen = self._looked
        if seen is None or (seen.branch, seen.base, seen.draft) != (branch, plan.commit, draft):
            seen = self._looked = preview(branch, plan, draft, self._examiner)
        return seen

    @without_gc()
    def save(
        self,
        operation: Operation,
        author: Person,
        *,
        message: str = "",
        branch: str = "",
        proposal: str = "",
        trailers: Sequence[tuple[str, str]] = (),
        reviewed: bool = False,
        once: Once | None = None,
    ) -> Saved | Unsaved:
        """Save an edit as one commit on a branch, or on the proposal `plan/<proposal>`.

        The edit is made anew on the branch as it is then, and what others changed is merged field
        by field.  `message` is the default one when it is empty; `once` names a request that must
        not be carried out twice.

        Raises EditError and RefusedError as the operation does, RefusedError where the branch takes
        proposals only, RevisionError when the branch is gone, RepeatedError when `once` was saved
        before, DirtyError, BusyError and StoreError as `planner.store.saving`; nothing moved then.
        """
        operation = signed(operation, author)
        if self.approval is not ApprovalRule.NONE and not proposal:
            refuse_direct(self.approval, branch or self.branch(), self.branch())
        with self.writer() as writer:
            if once is not None:
                refuse_repetition(self.repository, once)
            for number in range(_TRIES):
                alone = writer.quiet() if number >= _QUIET_FROM else nullcontext()
                with alone, suppress(MovedError):
                    target = self._target(branch, proposal)
                    plan = self.at(target[1])
                    seen = self.look(target[0], plan, operation.draft(plan))
                    refuse_forged(plan, operation, seen, author)
                    reason = reason_to_ask(seen, reviewed=reviewed)
                    if reason:
                        return Unsaved(reason, seen)
                    marks = (*trailers, once.trailer(seen.draft)) if once else trailers
                    written = self._write(writer, target, seen, author, message, marks)
                    self.remember(seen, written.commit)
                    return Saved(written.commit, seen, written.left)
                # A person's own git was quicker: once more, on what is there now.
        raise MovedError(
            f"the branch {branch} moved {_TRIES} times while it was saved", "save again"
        )

    def remember(self, seen: Preview, commit: str) -> None:
        """Keep what is known of the plan at a commit that was just made of `seen`."""
        if commit:
            self._keep(seen.after.committed(commit))
            for each in seen.files:
                if (known := seen.after.known.get(each.path)) is not None:
                    self._memory.note(each.path, known)

    def writer(self) -> AbstractContextManager[Writer]:
        """The write door, to this editor alone for as long as it is open."""
        return open_writer(self.folder, self._state)

    def signature(
        self, author: Person, message: str, trailers: Sequence[tuple[str, str]] = ()
    ) -> Signature:
        """Who signs a commit, and its words."""
        return Signature(author, self._committer or author, message, tuple(trailers))

    def _write(
        self,
        writer: Writer,
        target: tuple[str, str, bool],
        seen: Preview,
        author: Person,
        message: str,
        trailers: Sequence[tuple[str, str]],
    ) -> Written:
        branch, base, new = target
        files = {each.path: each.new for each in seen.files}
        if not files:
            return Written("", ())
        marks = (*trailers, *seen.trailers)
        signature = self.signature(author, message.strip() or seen.message, marks)
        return writer.commit(branch, base, files, signature, new=new)

    def _target(self, branch: str, proposal: str) -> tuple[str, str, bool]:
        """Branch, commit to build upon, and whether the branch is to be made."""
        if branch and proposal:
            raise EditError("an edit goes to a branch or to a proposal", "name one of them")
        if not proposal:
            name = branch or self.branch()
            return name, need_tip(self.repository, name), False
        name = f"{PROPOSALS}/{proposal}"
        tip = tip_of(self.repository, name)
        return (name, tip, False) if tip else (name, need_tip(self.repository, self.branch()), True)


def reason_to_ask(seen: Preview, *, reviewed: bool) -> str:
    """Why a person must look first, or empty."""
    draft = seen.draft
    if draft.clashes:
        return "clash"
    if reviewed or not draft.merged:
        return ""
    if any(each.how == "word" for fields in draft.merged.values() for each in fields):
        return "review"
    return "problems" if seen.new_errors else ""
