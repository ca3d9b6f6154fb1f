"""The past of one item: its versions in words, and who last changed which field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from planner.build.loading import reads_of
from planner.codec.reading import assemble, kind_of_path, read_item
from planner.edit.editor import Editor
from planner.edit.preview import unified_diff
from planner.edit.state import PlanState
from planner.errors import EditError, MissingError
from planner.merge.fields import field_types
from planner.model.fields import KINDS
from planner.model.ids import path_of
from planner.model.items import Item, PlanTree
from planner.store.filebytes import blob_id
from planner.store.history import Commit, History, read_history, update_history
from planner.store.lineage import FileChange
from planner.store.refs import need_tip
from planner.store.trailers import Trailers, read_trailers
from planner.store.versions import read_versions
from planner.trace.difference import Change, compare
from planner.trace.names import fold

PROVENANCE = ("AI-Model", "AI-Session", "Assisted-by", "Interview", "Approved-by")
"""Trailers that say where the words of a commit come from, and who stands for them."""
_KEPT = 8  # items whose files are kept in memory
_SHORTEST_ID = 7  # of a commit


@dataclass(frozen=True, slots=True)
class Version:
    """An item as one commit left it.

    `blob` names its text (empty: the commit deleted it), for `planner.edit.fields.Restore`; `item`
    is None where it was deleted or cannot be read; `changes` say what the commit did to it, and
    `trailers` what its message says of models, sessions and approvals.
    """

    commit: str
    time: str
    author: str
    subject: str
    path: str
    blob: str
    text: str
    item: Item | None
    changes: tuple[Change, ...]
    trailers: Trailers = ()


@dataclass(frozen=True, slots=True)
class Trail:
    """Where an item comes from: `path` and `id` are those that it has now, or last had.

    `item` is None when it was deleted or cannot be read; `total` is how many versions there are,
    `names` are the ids that it had before, the latest first; `cut` means that git may know of
    older versions that were not read.
    """

    id: str
    kind: str
    path: str
    item: Item | None
    deleted: bool
    total: int
    names: tuple[str, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """Two versions of an item, what changed from the one to the other, and the raw diff."""

    old: Version
    new: Version
    changes: tuple[Change, ...]
    diff: str


@dataclass(frozen=True, slots=True)
class _Step:
    """A commit that changed the file, and the file after and before it (None: no file)."""

    commit: Commit
    row: FileChange
    after: bytes | None
    before: bytes | None


class Past:
    """The past of the items of an editor's plan; keeps the history that it has read."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._history: History | None = None
        self._steps: dict[tuple[str, str], tuple[_Step, ...]] = {}

    def trail(self, ref: str, kind: str = "", *, branch: str = "") -> Trail:
        """Find an item by its id, an alias, or an id that it had before; a deleted one, too.

        Raises MissingError when there never was such an item, EditError when it was never
        committed, RevisionError and StoreError as the store does.
        """
        return self._found(ref, kind, branch)[0]

    def versions(
        self, ref: str, kind: str = "", *, branch: str = "", skip: int = 0, count: int | None = None
    ) -> tuple[Version, ...]:
        """The versions of an item, newest first, under its former names too.

        Without the `skip` newest ones, and at most `count`.  Raises as `trail`.
        """
        _, plan, steps = self._found(ref, kind, branch)
        end = None if count is None else skip + count
        shown = steps[skip:end]
        told = read_trailers(
            self._editor.repository, [each.commit.id for each in shown], PROVENANCE
        )
        return tuple(
            replace(self._version(each, plan.tree), trailers=told.get(each.commit.id, ()))
            for each in shown
        )

    def blame(self, ref: str, kind: str = "", *, branch: str = "") -> Mapping[str, Version]:
        """The version that gave each field of an item the value that it has now, see `blame`."""
        _, plan, steps = self._found(ref, kind, branch)
        return blame(tuple(self._version(each, plan.tree) for each in steps))

    def between(
        self, ref: str, old: str, new: str = "", *, kind: str = "", branch: str = ""
    ) -> Between:
        """Two versions of an item side by side: those of the commits `old` and `new`.

        An empty `new` is the newest version, an empty `old` the one before `new`; commits may be
        named by the beginning of their ids.  Raises as `trail`, and MissingError for a commit that
        did not change the item.
        """
        trail, plan, steps = self._found(ref, kind, branch)
        to = _step_at(steps, new, trail.id) if new else 0
        since = _step_at(steps, old, trail.id) if old else min(to + 1, len(steps) - 1)
        was, now = steps[since], steps[to]
        before, after = _tree(was.row.path, was.after), _tree(now.row.path, now.after)
        return Between(
            old=self._version(was, plan.tree),
            new=self._version(now, plan.tree),
            changes=compare(before, after, plan.tree),
            diff=unified_diff(now.row.path, was.after, now.after),
        )

    def _found(self, ref: str, kind: str, branch: str) -> tuple[Trail, PlanState, Sequence[_Step]]:
        editor = self._editor
        tip = need_tip(editor.repository, branch or editor.branch())
        plan = editor.at(tip)
        history = self._read(tip)
        path = self._path(plan, history, ref, kind)
        found_kind, found_id = kind_of_path(path) or ("", ref)
        known = plan.known.get(path)
        steps = self._read_steps(tip, path, history)
        paths = dict.fromkeys(each for step in steps for each in (step.row.path, step.row.old_path))
        names = (kind_of_path(each) for each in paths if each and each != path)
        trail = Trail(
            id=found_id,
            kind=found_kind,
            path=path,
            item=known.read.item if known is not None else None,
            deleted=known is None,
            total=len(steps),
            names=tuple(name for _, name in filter(None, names)),
            cut=history.cut or history.shallow,
        )
        return trail, plan, steps

    @staticmethod
    def _path(plan: PlanState, history: History, ref: str, kind: str) -> str:
        """The path that the item has, or last had."""
        try:
            return plan.item(ref, kind).path
        except EditError:
            # Deleted, called otherwise now, or not readable any more.
            lost = _lost_path(history, ref, kind)
            if not lost:
                raise
            return lost

    def _read(self, tip: str) -> History:
        folder = self._editor.folder
        if self._history is None:
            self._history = read_history(folder, tip)
        else:
            self._history = update_history(self._history, folder, tip)
        return self._history

    def _read_steps(self, tip: str, path: str, history: History) -> tuple[_Step, ...]:
        """Every change of the file at `path`, with its bytes, newest first."""
        steps = self._steps.pop((tip, path), None)
        if steps is None:
            rows = history.of(path)
            commits = [history.commits[row.commit] for row in rows]
            both = list(zip(commits, rows, strict=True))
            now = [(commit.id, row.path) for commit, row in both]
            old = [(f"{commit.id}^", row.old_path or row.path) for commit, row in both]
            data = read_versions(self._editor.folder, [*now, *old])
            steps = tuple(
                _Step(commit, row, data[index], data[len(rows) + index])
                for index, (commit, row) in enumerate(both)
            )
        self._steps[tip, path] = steps
        for known in list(self._steps)[:-_KEPT]:
            del self._steps[known]
        return steps

    def _version(self, step: _Step, context: PlanTree) -> Version:
        path, after = step.row.path, step.after
        before = _tree(step.row.old_path or path, step.before)
        return Version(
            commit=step.commit.id,
            time=step.commit.time,
            author=step.commit.author,
            subject=step.commit.subject,
            path=path,
            blob=self._blob(after),
            text=(after or b"").decode("utf-8", "replace"),
            item=read_item(path, after).item if after is not None else None,
            changes=compare(before, _tree(path, after), context),
        )

    def _blob(self, data: bytes | None) -> str:
        if data is None:
            return ""
        return blob_id(data, self._editor.repository.object_format)


def _lost_path(history: History, ref: str, kind: str) -> str:
    """The path of the item that once had this id; empty when none had.

    One that is called otherwise now is found under its present path.
    """
    # The file of the plan itself has one name, whatever it is called.
    kinds = (kind,) if kind else tuple(each for each in KINDS if each != "plan")
    wanted = {fold(path_of(each, ref)) for each in kinds}
    former = ""
    for path, rows in history.files.items():
        if fold(path) in wanted:
            return path
        if not former and any(fold(row.old_path) in wanted for row in rows if row.old_path):
            former = path
    return former


def _step_at(steps: Sequence[_Step], commit: str, item_id: str) -> int:
    """The place of the commit whose id begins like this."""
    if len(commit) >= _SHORTEST_ID:
        for index, step in enumerate(steps):
            if step.commit.id.startswith(commit):
                return index
    raise MissingError(
        f"the commit {commit!r} did not change {item_id}", "choose two versions from its history"
    )


def _tree(path: str, data: bytes | None) -> PlanTree:
    return assemble(reads_of([(path, data)] if data is not None else []))[0]


def blame(versions: tuple[Version, ...]) -> Mapping[str, Version]:
    """The version that gave each field of an item the value that it has now.

    Fields with their default value that never had another are left out; so are versions in which
    the file could not be read.
    """
    readable = [each for each in versions if each.item is not None]
    if not readable or readable[0].item is None:
        return {}
    newest = readable[0].item
    found: dict[str, Version] = {}
    for name in field_types(newest):
        value = getattr(newest, name)
        since = readable[0]
        changed = False
        for older in readable[1:]:
            if getattr(older.item, name, None) != value:
                changed = True
                break
            since = older
        if changed or value:
            found[name] = since
    return found
