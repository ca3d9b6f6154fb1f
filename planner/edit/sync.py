"""Keeping the branches here and at a remote in step, so that nothing is lost on either side.

For each branch three commits are looked at: where it is here, where it is there, and the last one
that both had.  What is only ahead on one side moves the other forward.  Where both moved on, they
are merged as a proposal is, by field; what needs a person becomes the proposal
`plan/diverged-<date>`, whose merge ends the divergence.  A branch that lost commits, on either
side, is told and left: nothing is ever reset or forced.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from planner.edit.editor import PROPOSALS, Editor, Saved, Unsaved
from planner.edit.proposals import Proposals
from planner.edit.standing import Settled, Work, rewritten_here, rewritten_there, why
from planner.errors import MovedError, PlannerError, StoreError
from planner.store.address import Address
from planner.store.commits import Person
from planner.store.folder import Repository
from planner.store.merging import count_between, is_ancestor, merge_base
from planner.store.refs import (
    branches,
    delete_branch,
    head_branch,
    keep_commit,
    need_tip,
    refuse_other_checkout,
    tip_of,
)
from planner.store.remote import Push, Pushed
from planner.store.remote_refs import count_waiting, synced

DIVERGED = f"{PROPOSALS}/diverged-"


class Sync:
    """The side of the exchange that is here.  Use it in the thread of its editor."""

    def __init__(self, editor: Editor, remote: Address, merger: Person) -> None:
        """`merger` signs the merges that need no person."""
        self._editor = editor
        self._remote = remote
        self._merger = merger

    @property
    def _repository(self) -> Repository:
        return self._editor.repository

    def branch(self) -> str:
        """The branch that is edited.  Raises StoreError when there is none, or no commit in it."""
        name = self._editor.branch()
        need_tip(self._repository, name)
        return name

    def settle(self, main: str, tips: Mapping[str, str]) -> Settled:
        """Bring the branches here to where they can be; `tips` are those of the remote.

        Raises StoreError when git fails; what cannot be done for one branch is a note.
        """
        repository = self._repository
        with self._editor.writer():
            pass  # a save that was killed is finished, or taken back, before anything is sent
        before = synced(repository, self._remote)
        here = {each.name: each.tip for each in branches(repository)}
        work = Work(dict(before), tips, here)
        self._each(work, main, self._main)
        if not any(each.state == "gone" for each in work.notes):
            work.main = tip_of(repository, main)
            for name in sorted({*here, *tips} - {main}):
                if name.startswith(f"{PROPOSALS}/"):
                    self._each(work, name, self._proposal)
            self._forget_settled(work, main)
            # What is on neither side is forgotten: it may come again, and is new then.
            work.had = {each: tip for each, tip in work.had.items() if each in {*here, *tips}}
        if work.had != before:
            synced(repository, self._remote, work.had)
        return work.settled()

    @staticmethod
    def _each(work: Work, name: str, settle: Callable[[Work, str], None]) -> None:
        try:
            settle(work, name)
        except MovedError:
            work.again = True  # a person or a save was quicker: the next round looks anew
        except PlannerError as error:
            reason = error.message.removeprefix("nothing was saved: ")
            work.note(name, "behind", f"{name} was not brought in step: {reason}", error.hint)

    def arrived(self, done: Iterable[Pushed]) -> None:
        """Note what arrived at the remote.  Raises StoreError."""
        tips = {each.push.branch: each.push.new for each in done if not each.reason}
        had = synced(self._repository, self._remote)
        synced(self._repository, self._remote, {**had, **tips})

    def waiting(self, main: str) -> int:
        """How many commits the remote lacks."""
        return count_waiting(self._repository, main, PROPOSALS)

    # -- the main branch ------------------------------------------------------------------------

    def _main(self, work: Work, name: str) -> None:
        here, there, had = work.of(name)
        if not there:
            if had:
                reason = f"the remote has no branch {name} any more; nothing was changed here"
                work.note(name, "gone", reason, "restore it there, or name another remote")
            else:
                work.push(name, here)
        elif not self._plain(work, name, here, there, had):
            if not merge_base(self._repository, here, there):
                reason = f"{name} at the remote has no commit in common with {name} here"
                work.note(name, "diverged", reason, "name another remote, or an empty one")
            else:
                self._join_main(work, name, here, there)

    def _plain(self, work: Work, name: str, here: str, there: str, had: str) -> bool:
        """Do what needs no merge; tells whether that was all."""
        repository = self._repository
        if here == there:
            work.had[name] = here
        elif is_ancestor(repository, here, there):
            self._forward(work, name, here, there)
        elif had and not is_ancestor(repository, had, there):
            work.note(name, "rewritten", *rewritten_there(name, had))
        elif is_ancestor(repository, there, here):
            work.push(name, here)
        elif had == there:
            work.note(name, "rewritten", *rewritten_here(name))
        else:
            return False
        return True

    def _join_main(self, work: Work, name: str, here: str, there: str) -> None:
        count = count_between(self._repository, here, there)
        outcome = self._join(name, there, count)
        if not isinstance(outcome, Unsaved):
            work.came.append(name)
            work.push(name, tip_of(self._repository, name))
            return
        slug = self._park(work, there).removeprefix(f"{PROPOSALS}/")
        reason = f"{name} went on both here and at the remote, and {why(outcome)}"
        hint = f"merge the proposal {slug}: it is what others pushed; until then commits wait here"
        work.note(name, "diverged", reason, hint, slug)

    def _join(self, name: str, there: str, count: int) -> Saved | Unsaved:
        commits = "1 commit" if count == 1 else f"{count} commits"
        subject = f"Merge {commits} of {name} at the remote"
        return Proposals(self._editor).join(name, there, self._merger, subject)

    def _park(self, work: Work, there: str) -> str:
        """Make what others pushed a proposal here, or bring the one that is there forward."""
        repository = self._repository
        for each in branches(repository, f"{PROPOSALS}/"):
            if not each.name.startswith(DIVERGED):
                continue
            if is_ancestor(repository, there, each.tip):
                return each.name
            if is_ancestor(repository, each.tip, there):
                self._move(each.name, each.tip, there, "fetch: more of it")
                return each.name
        date = f"{DIVERGED}{datetime.now(UTC):%Y-%m-%d}"
        names = (date, *(f"{date}-{number}" for number in range(2, 1000)))
        name = next(
            each for each in names if not tip_of(repository, each) and each not in work.tips
        )
        self._move(name, "", there, "fetch: what others pushed")
        work.came.append(name)
        return name

    def _forget_settled(self, work: Work, main: str) -> None:
        """Take away what was parked, once it is all in the main branch."""
        for name, tip in work.here.items():
            parked = name.startswith(DIVERGED) and name not in work.had and name != main
            if parked and is_ancestor(self._repository, tip, work.main):
                self._each(work, name, self._delete_parked)

    def _delete_parked(self, work: Work, name: str) -> None:
        self._delete(name, work.here[name])

    # -- proposals ------------------------------------------------------------------------------

    def _proposal(self, work: Work, name: str) -> None:
        repository, main = self._repository, work.main
        here, there, had = work.of(name)
        if here and there:
            if not self._plain(work, name, here, there, had):
                self._join_proposal(work, name, here, there)
        elif there:
            if there == had:
                work.deletions.append(Push(name, "", there))
            elif not is_ancestor(repository, there, main):
                self._forward(work, name, "", there)
        elif here == had:
            self._close(work, name, here)
        elif not name.startswith(DIVERGED) and not is_ancestor(repository, here, main):
            work.push(name, here)

    def _join_proposal(self, work: Work, name: str, here: str, there: str) -> None:
        count = count_between(self._repository, here, there)
        outcome = self._join(name, there, count)
        if isinstance(outcome, Unsaved):
            reason = f"{name} went on both here and at the remote, and {why(outcome)}"
            hint = (
                "merge or close it here: what is at the remote then comes as a proposal of its own"
            )
            work.note(name, "diverged", reason, hint)
        else:
            work.came.append(name)
            work.push(name, tip_of(self._repository, name))

    def _close(self, work: Work, name: str, here: str) -> None:
        """Somebody merged or closed it elsewhere, and nothing was added to it here."""
        if not is_ancestor(self._repository, here, work.main):
            slug = name.removeprefix(f"{PROPOSALS}/")
            keep_commit(self._repository, f"closed/{slug}", here)
        self._delete(name, here)
        work.had.pop(name, None)
        work.came.append(name)

    # -- moving branches here -------------------------------------------------------------------

    def _forward(self, work: Work, name: str, here: str, there: str) -> None:
        self._move(name, here, there, "fetch: fast-forward")
        work.had[name] = there
        work.came.append(name)

    def _move(self, name: str, here: str, there: str, reason: str) -> None:
        with self._editor.writer() as writer:
            writer.forward(name, here, there, reason)

    def _delete(self, name: str, tip: str) -> None:
        repository = self._repository
        with self._editor.writer():
            if not repository.bare and head_branch(repository) == name:
                raise StoreError(
                    f"{name} was merged or closed elsewhere, but is checked out here",
                    "git switch to another branch",
                )
            refuse_other_checkout(repository, name)
            delete_branch(repository, name, tip)
