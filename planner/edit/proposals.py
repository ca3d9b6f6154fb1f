"""Proposals: branches `plan/<slug>` that change the plan, listed in words, merged or closed."""

from collections.abc import Iterable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from planner.build.collecting import without_gc
from planner.build.loading import load_folder
from planner.build.memory import Memory
from planner.codec.reading import kind_of_path
from planner.edit.draft import Draft
from planner.edit.editor import PROPOSALS, Editor, Saved, Unsaved, reason_to_ask
from planner.edit.preview import Preview
from planner.edit.settling import Settled, settle
from planner.errors import MovedError
from planner.model.items import PlanTree
from planner.store.commits import Person
from planner.store.folder import Repository
from planner.store.merging import count_between, merge_base, merge_trees
from planner.store.refs import Branch, branches, delete_branch, keep_commit, need_tip
from planner.store.saving import Writer
from planner.store.trees import moves_between
from planner.trace.difference import Change, compare
from planner.trace.graph import build_trace

_TRIES = 4
_QUIET_FROM = 2


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another proposal that touches the same items, or items one link apart from ours."""

    slug: str
    same: tuple[str, ...]
    linked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A branch `plan/<slug>` that is ahead of the main one.

    `base` is where it began; `commits` how many it has, `behind` how many the main branch has
    since; `authors` are all who wrote in it, the latest first; `time` (RFC 3339) and `subject` are
    those of its last commit; `changes` say what it does to the plan.
    """

    slug: str
    tip: str
    base: str
    commits: int
    behind: int
    authors: tuple[Person, ...]
    time: str
    subject: str
    changes: tuple[Change, ...]
    overlaps: tuple[Overlap, ...] = ()

    @property
    def weaker(self) -> tuple[Change, ...]:
        """The changes by which a criterion or a text demands less."""
        return tuple(each for each in self.changes if each.weaker)


class Proposals:
    """The proposals for the branch of an editor."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._memory = Memory()

    @property
    def _repository(self) -> Repository:
        return self._editor.repository

    @without_gc()
    def list(self, branch: str = "") -> tuple[Proposal, ...]:
        """All that are ahead of `branch`, by slug.  Raises StoreError as git does."""
        main = need_tip(self._repository, branch or self._editor.branch())
        found = [
            made
            for each in branches(self._repository, f"{PROPOSALS}/")
            if (made := self._proposal(each, main)) is not None
        ]
        neighbours = _neighbours(self._tree(main))
        return tuple(_with_overlaps(each, found, neighbours) for each in found)

    def _proposal(self, branch: Branch, main: str) -> Proposal | None:
        base = merge_base(self._repository, main, branch.tip)
        if not base or base == branch.tip:
            return None
        log = self._repository.git.run(
            "log", "-z", "--format=%ct%n%an%n%ae%n%s", f"{base}..{branch.tip}", "--"
        )
        rows = [
            row.split("\n", 3) for row in log.decode("utf-8", "replace").split("\0") if row.strip()
        ]
        moment = datetime.fromtimestamp(int(rows[0][0]), UTC)
        return Proposal(
            slug=branch.name.removeprefix(f"{PROPOSALS}/"),
            tip=branch.tip,
            base=base,
            commits=len(rows),
            behind=count_between(self._repository, branch.tip, main),
            authors=tuple(dict.fromkeys(Person(row[1], row[2]) for row in rows)),
            time=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            subject=rows[0][3],
            changes=compare(self._tree(base), self._tree(branch.tip)),
        )

    def _tree(self, commit: str) -> PlanTree:
        folder = self._editor.folder
        return load_folder(folder, commit, self._memory, wording=False).tree

    @without_gc()
    def preview(self, slug: str, branch: str = "") -> Preview:
        """What merging would do to the main branch: the draft has what clashes.

        Raises RevisionError when there is no such proposal, StoreError as git does.
        """
        branch = branch or self._editor.branch()
        main = need_tip(self._repository, branch)
        tip = need_tip(self._repository, f"{PROPOSALS}/{slug}")
        seen, _ = self._merged(branch, main, tip, f"Merge proposal {slug}", {}, None)
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
        reviewed: bool = False,
        trailers: Iterable[tuple[str, str]] = (),
    ) -> Saved | Unsaved:
        """Merge a proposal as one merge commit by `approver`, and close it.

        Git merges what it can, the fields of items what git cannot.  `settled` has the bytes of
        files that clashed, by path, as a person settled them (None: deleted), see
        `planner.edit.fields.settled_text`; `reviewed` as for `Editor.save`.

        Raises RevisionError when the proposal is gone, and DirtyError, BusyError and StoreError as
        a save does; nothing moved then.
        """
        editor = self._editor
        branch = branch or editor.branch()
        with editor.writer() as writer:
            for number in range(_TRIES):
                alone = writer.quiet() if number >= _QUIET_FROM else nullcontext()
                with alone, suppress(MovedError):
                    main = need_tip(self._repository, branch)
                    tip = need_tip(self._repository, f"{PROPOSALS}/{slug}")
                    subject = f"Merge proposal {slug}"
                    seen, tree = self._merged(branch, main, tip, subject, settled or {}, writer)
                    reason = reason_to_ask(seen, reviewed=reviewed)
                    if not reason and seen.new_errors and not reviewed:
                        reason = "problems"
                    if reason:
                        return Unsaved(reason, seen)
                    signature = editor.signature(
                        approver, message.strip() or seen.message, tuple(trailers)
                    )
                    written = writer.merge(branch, main, tree, [tip], signature)
                    delete_branch(self._repository, f"{PROPOSALS}/{slug}", tip)
                    editor.remember(seen, written.commit)
                    return Saved(written.commit, seen, written.left)
        raise MovedError(f"the branch {branch} moved again and again", "merge it again")

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
                    seen, tree = self._merged(branch, tip, here, subject, {}, writer)
                    reason = reason_to_ask(seen, reviewed=False)
                    if reason:
                        return Unsaved(reason, seen)
                    signature = editor.signature(merger, subject)
                    written = writer.merge(branch, here, tree, [tip], signature)
                    editor.remember(seen, written.commit)
                    return Saved(written.commit, seen, written.left)
        raise MovedError(f"the branch {branch} moved again and again", "try again")

    def close(self, slug: str) -> str:
        """Close a proposal unmerged; its commits stay under `refs/agented/closed/`.

        Returns the name that they are kept under.  Raises RevisionError and StoreError.
        """
        name = f"{PROPOSALS}/{slug}"
        tip = need_tip(self._repository, name)
        with self._editor.writer():
            kept = keep_commit(self._repository, f"closed/{slug}", tip)
            delete_branch(self._repository, name, tip)
        return kept

    def _merged(
        self,
        branch: str,
        main: str,
        tip: str,
        subject: str,
        answers: Mapping[str, bytes | None],
        writer: Writer | None,
    ) -> tuple[Preview, str]:
        """The preview of merging `tip` into `main`, and its tree (empty without a writer)."""
        plan = self._editor.at(main)
        merged = merge_trees(self._repository, main, tip)
        outcome = settle(plan, self._editor.at(tip), merged, answers)
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


def _neighbours(tree: PlanTree) -> dict[str, set[str]]:
    """The items that are one link apart from each."""
    trace = build_trace(tree)
    found: dict[str, set[str]] = {}

    def link(one: str, other: str) -> None:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)

    for requirement, phases in trace.phases_of_requirement.items():
        for phase in phases:
            link(requirement, phase)
    for requirement, ends in trace.links_out.items():
        for end in ends:
            link(requirement, end.id)
    for phase, dependencies in trace.depends.items():
        for dependency in dependencies:
            link(phase, dependency.phase)
    return found


def _with_overlaps(
    proposal: Proposal, all_of_them: Iterable[Proposal], neighbours: Mapping[str, set[str]]
) -> Proposal:
    mine = {each.id for each in proposal.changes}
    near = {other for each in mine for other in neighbours.get(each, ())} - mine
    overlaps = []
    for other in all_of_them:
        theirs = {each.id for each in other.changes}
        if other.slug != proposal.slug and (theirs & mine or theirs & near):
            same, linked = tuple(sorted(theirs & mine)), tuple(sorted(theirs & near))
            overlaps.append(Overlap(other.slug, same, linked))
    return replace(proposal, overlaps=tuple(overlaps))
