"""Proposals: branches `plan/<slug>` that change the plan, looked at, merged or closed."""

import time
from collections.abc import Iterable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field

from planner.build.collecting import without_gc
from planner.codec.reading import kind_of_path
from planner.edit.approval import ApprovalRule, approval_trailers, refuse_own
from planner.edit.draft import Draft
from planner.edit.editor import PROPOSALS, Editor, Saved, Unsaved, reason_to_ask
from planner.edit.preview import Preview
from planner.edit.proposal_list import Overlap, Proposal, ProposalList
from planner.edit.settling import Settled, settle
from planner.edit.signing import refuse_forged_merge
from planner.errors import MovedError, PlannerError, RefusedError
from planner.store.commits import Person
from planner.store.folder import Repository
from planner.store.merging import TreeMerge, merge_base, merge_trees
from planner.store.refs import delete_branch, keep_commit, need_tip
from planner.store.saving import Writer
from planner.store.trees import moves_between

__all__ = ["Impact", "Overlap", "Proposal", "Proposals"]

_TRIES = 4
_QUIET_FROM = 2


@dataclass(frozen=True, slots=True)
class Impact:
    """What the merge of a proposal would bring, in numbers.

    `brought` and `fixed` are problems, `errors` those of the new ones that are errors and not
    waived, `clashes` the fields that only a person can bring together; `trouble` says why it cannot
    be merged here at all (empty: it can).
    """

    brought: int = 0
    errors: int = 0
    fixed: int = 0
    clashes: int = 0
    trouble: str = ""


class Proposals:
    """The proposals for the branch of an editor."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._listed = ProposalList(editor)
        self._impacts: dict[tuple[str, str, str], Impact] = {}

    @property
    def _repository(self) -> Repository:
        return self._editor.repository

    @without_gc()
    def list(self, branch: str = "") -> tuple[Proposal, ...]:
        """All that are ahead of `branch`, by slug.  Raises StoreError as git does."""
        return self._listed.of(need_tip(self._repository, branch or self._editor.branch()))

    def impacts(
        self, found: Iterable[Proposal], seconds: float, branch: str = ""
    ) -> Mapping[str, Impact]:
        """What merging each of them would bring, by slug; those that were counted before at once.

        Of the others as many as can be counted in about `seconds`, and one at least: the rest is
        left out, and counted when asked again.
        """
        branch = branch or self._editor.branch()
        main = need_tip(self._repository, branch)
        wanted = {(each.slug, each.tip, main) for each in found}
        self._impacts = {key: known for key, known in self._impacts.items() if key in wanted}
        deadline = time.monotonic() + seconds
        for key in sorted(wanted - set(self._impacts)):
            self._impacts[key] = self._impact(branch, main, key[1], key[0])
            if time.monotonic() > deadline:
                break
        return {slug: known for (slug, _, _), known in self._impacts.items()}

    @without_gc()
    def _impact(self, branch: str, main: str, tip: str, slug: str) -> Impact:
        try:
            seen, _ = self._merged(branch, main, tip, f"Merge proposal {slug}", _Answers(), None)
        except PlannerError as error:
            return Impact(trouble=error.message)
        return Impact(
            brought=len(seen.new_problems),
            errors=len(seen.new_errors),
            fixed=len(seen.fixed),
            clashes=sum(len(each.clashes) for each in seen.draft.clashes),
        )

    @without_gc()
    def preview(
        self,
        slug: str,
        branch: str = "",
        *,
        settled: Mapping[str, bytes | None] | None = None,
        upon: Mapping[str, str] | None = None,
    ) -> Preview:
        """What merging would do to the main branch: the draft has what clashes.

        `settled` and `upon` as for `merge`.  Raises RevisionError when there is no such proposal,
        StoreError as git does.
        """
        branch = branch or self._editor.branch()
        main = need_tip(self._repository, branch)
        tip = need_tip(self._repository, f"{PROPOSALS}/{slug}")
        answers = _Answers(settled or {}, upon or {})
        seen, _ = self._merged(branch, main, tip, f"Merge proposal {slug}", answers, None)
        return seen

    @without_gc()
    def merge(
        self,
        slug: str,
        approver: Person,
        *,
        message: str = "",
        branch: str = "",
        settled: Mapping[str, bytes | None] | None = None,
        upon: Mapping[str, str] | None = None,
        tip: str = "",
        reviewed: bool = False,
        trailers: Iterable[tuple[str, str]] = (),
    ) -> Saved | Unsaved:
        """Merge a proposal as one merge commit by `approver`, and close it.

        The commit says who approved it, and which proposal it was.

        Git merges what it can, the fields of items what git cannot.  `settled` has the bytes of
        files that clashed, by path, as a person settled them (None: deleted), see
        `planner.edit.fields.settled_text`; where `upon` has the blob that such a file was on the
        main branch then, the answer counts for that blob only.  `tip` is the commit that a person
        looked at (empty: any); `reviewed` as for `Editor.save`.

        Raises RefusedError when the proposal is elsewhere than `tip`, and where the rule of the
        editor asks for another person (see `planner.edit.approval`), RevisionError when the
        proposal is gone, and DirtyError, BusyError and StoreError as a save does; nothing moved
        then.
        """
        editor = self._editor
        branch = branch or editor.branch()
        marks = approval_trailers(approver, slug, trailers)
        answers = _Answers(settled or {}, upon or {})
        with editor.writer() as writer:
            for number in range(_TRIES):
                alone = writer.quiet() if number >= _QUIET_FROM else nullcontext()
                with alone, suppress(MovedError):
                    main = need_tip(self._repository, branch)
                    here = need_tip(self._repository, f"{PROPOSALS}/{slug}")
                    _refuse_unseen(slug, tip, here)
                    self._refuse_own(slug, main, here, approver)
                    subject = f"Merge proposal {slug}"
                    seen, tree = self._merged(branch, main, here, subject, answers, writer)
                    if settled:
                        refuse_forged_merge((editor.at(main), editor.at(here)), seen, approver)
                    reason = reason_to_ask(seen, reviewed=reviewed)
                    if not reason and seen.new_errors and not reviewed:
                        reason = "problems"
                    if reason:
                        return Unsaved(reason, seen)
                    signature = editor.signature(approver, message.strip() or seen.message, marks)
                    written = writer.merge(branch, main, tree, [here], signature)
                    delete_branch(self._repository, f"{PROPOSALS}/{slug}", here)
                    editor.remember(seen, written.commit)
                    return Saved(written.commit, seen, written.left)
        raise MovedError(f"the branch {branch} moved again and again", "merge it again")

    def _refuse_own(self, slug: str, main: str, tip: str, approver: Person) -> None:
        """Raise RefusedError for a proposal that this person may not approve."""
        if self._editor.approval is ApprovalRule.NONE:
            return
        found = next((each for each in self._listed.of(main) if each.slug == slug), None)
        if found is not None and found.tip != tip:
            raise MovedError(f"the proposal {slug} moved meanwhile", "merge it again")
        if found is None and merge_base(self._repository, main, tip) != tip:
            raise RefusedError(
                f"nobody can say who wrote the proposal {slug}: it shares no commit with the plan",
                "propose it anew",
            )
        if found is not None:
            refuse_own(found, approver, self._editor.approval, slug)

    @without_gc()
    def join(self, branch: str, tip: str, merger: Person, subject: str) -> Saved | Unsaved:
        """Bring together `branch` and the commit `tip`, to which a copy of it came elsewhere.

        What is here is merged into what was published there, so that of two items of one id the
        one of here gets another.  Nobody looks, so what needs a person is left: Unsaved.

        Raises as `merge` does; nothing moved then.
        """
        editor = self._editor
        with editor.writer() as writer:
            for number in range(_TRIES):
                alone = writer.quiet() if number >= _QUIET_FROM else nullcontext()
                with alone, suppress(MovedError):
                    here = need_tip(self._repository, branch)
                    seen, tree = self._merged(branch, tip, here, subject, _Answers(), writer)
                    reason = reason_to_ask(seen, reviewed=False)
                    if reason:
                        return Unsaved(reason, seen)
                    signature = editor.signature(merger, subject)
                    written = writer.merge(branch, here, tree, [tip], signature)
                    editor.remember(seen, written.commit)
                    return Saved(written.commit, seen, written.left)
        raise MovedError(f"the branch {branch} moved again and again", "try again")

    def close(self, slug: str, *, tip: str = "") -> str:
        """Close a proposal unmerged; its commits stay under `refs/agented/closed/`.

        `tip` is the commit that a person looked at (empty: any).  Returns the name that the commits
        are kept under.  Raises RefusedError when it is elsewhere by then, RevisionError and
        StoreError.
        """
        name = f"{PROPOSALS}/{slug}"
        here = need_tip(self._repository, name)
        _refuse_unseen(slug, tip, here)
        with self._editor.writer():
            kept = keep_commit(self._repository, f"closed/{slug}", here)
            delete_branch(self._repository, name, here)
        return kept

    def _merged(
        self,
        branch: str,
        main: str,
        tip: str,
        subject: str,
        answers: "_Answers",
        writer: Writer | None,
    ) -> tuple[Preview, str]:
        """The preview of merging `tip` into `main`, and its tree (empty without a writer)."""
        plan = self._editor.at(main)
        merged = merge_trees(self._repository, main, tip)
        given = answers.to(merged, self._editor.folder.prefix)
        outcome = settle(plan, self._editor.at(tip), merged, given)
        files = {**self._changed(main, merged.tree), **outcome.files}
        draft = _draft(subject, files, outcome)
        tree = ""
        if writer is not None and not outcome.clashes:
            tree = writer.tree(merged.tree, outcome.files)
        return self._editor.look(branch, plan, draft), tree

    def _changed(self, main: str, tree: str) -> dict[str, bytes | None]:
        """The files of items that differ between the main branch and a merged tree."""
        prefix = self._editor.folder.prefix
        moves = moves_between(self._repository, main, tree)
        inside = ((each.path.removeprefix(prefix), each) for each in moves)
        return {
            path: move.data
            for path, move in inside
            if move.path.startswith(prefix) and kind_of_path(path) is not None
        }


@dataclass(frozen=True, slots=True)
class _Answers:
    """Files as a person settled them, by path, and the blobs of the main branch they rest on."""

    files: Mapping[str, bytes | None] = field(default_factory=dict)
    upon: Mapping[str, str] = field(default_factory=dict)

    def to(self, merged: TreeMerge, prefix: str) -> Mapping[str, bytes | None]:
        """The answers without those to what is not so any more."""
        now = {each.path.removeprefix(prefix): each.ours for each in merged.conflicts}
        return {
            path: data
            for path, data in self.files.items()
            if path not in self.upon or self.upon[path] == now.get(path)
        }


def _refuse_unseen(slug: str, seen: str, here: str) -> None:
    """Raise RefusedError when a proposal is not where it was looked at."""
    if seen and seen != here:
        raise RefusedError(
            f"the proposal {slug} has changed since you looked at it, so nothing was done",
            "look at what it does now, then decide",
        )


def _draft(subject: str, files: Mapping[str, bytes | None], outcome: Settled) -> Draft:
    return Draft(
        files,
        "",
        "",
        subject,
        merged=outcome.merged,
        clashes=outcome.clashes,
        notes=outcome.notes,
    )
