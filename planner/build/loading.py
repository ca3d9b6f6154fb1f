"""Reads a plan from its folder or a revision, taking over what did not change."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from planner.build.memory import Known, Memory
from planner.codec.reading import ItemRead, assemble, kind_of_path, read_item, unknown_file
from planner.model.ids import ITEM_FOLDERS
from planner.model.items import PlanTree
from planner.model.problem import Problem
from planner.store.filebytes import blob_id
from planner.store.folder import PlanFolder
from planner.store.revision import read_revision
from planner.store.revisions import commit_day
from planner.store.snapshot import Snapshot
from planner.store.worktree import read_worktree
from planner.trace.wording import WordingTerms, check_item, collect_terms

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plan as read: its items, what was wrong with files, what wording checks found.

    `commit` is the commit that was read, empty for the working tree; `refused` are those of the
    problems in `reading` that are about files which hold no item.
    `day` is that by which claims are judged, where one is valid until some day, else empty: that
    of the last commit, so that the same commit gives the same plan whenever it is read, or today
    where the folder says so.
    """

    tree: PlanTree
    reading: tuple[Problem, ...]
    wording: Mapping[str, tuple[Problem, ...]]
    commit: str
    refused: tuple[Problem, ...] = ()
    day: str = ""


def load_folder(
    folder: PlanFolder,
    revision: str,
    memory: Memory,
    *,
    wording: bool = True,
    progress: Progress | None = None,
) -> Loaded:
    """Read the plan in `folder`: the working tree, or `revision`.

    `memory` is brought up to date.  Raises StoreError and RevisionError as the store does.
    """
    snapshot = _snapshot(folder, revision, memory)
    memory.known = _read_files(snapshot, memory, progress)
    memory.stamps = {
        path: file.stamp for path, file in snapshot.files.items() if file.stamp is not None
    }
    strangers = [unknown_file(path) for path in _strangers(folder, snapshot)]
    refused = (*snapshot.problems, *(each for each in strangers if each is not None))
    loaded, memory.known = _assembled(
        memory.known, refused, snapshot.commit, wording=wording, progress=progress
    )
    return replace(loaded, day=_day(folder, loaded))


def judged_today(folder: PlanFolder, loaded: Loaded) -> Loaded:
    """What was read on an earlier day, as it is judged now."""
    if folder.today is None or not _is_dated(loaded.tree) or folder.today() == loaded.day:
        return loaded
    return replace(loaded, day=folder.today())


def _is_dated(tree: PlanTree) -> bool:
    """Whether a claim is valid until some day, so that it matters by which one it is judged."""
    return any(claim.valid_until for each in tree.research for claim in each.claims)


def _day(folder: PlanFolder, loaded: Loaded) -> str:
    if not _is_dated(loaded.tree):
        return ""
    if folder.today is not None:
        return folder.today()
    if folder.repository is None:
        return ""
    return commit_day(folder.repository, loaded.commit or "HEAD")


def with_files(
    folder: PlanFolder,
    loaded: Loaded,
    known: Mapping[str, Known],
    files: Mapping[str, bytes | None],
) -> tuple[Loaded, dict[str, Known]]:
    """The plan as it would be with `files` (by path; None: deleted) changed, wording checked.

    It is judged by the same day, or by that of `folder` where no claim had a last day before.
    """
    form = folder.repository.object_format if folder.repository is not None else "sha1"
    now = dict(known)
    for path, data in files.items():
        now.pop(path, None)
        if data is not None:
            blob = blob_id(data, form)
            now[path] = Known(blob, read_item(path, data, blob=blob))
    changed, now = _assembled(dict(sorted(now.items())), loaded.refused, loaded.commit)
    if not _is_dated(changed.tree):
        return changed, now
    return replace(changed, day=loaded.day or _day(folder, changed)), now


def _assembled(
    known: dict[str, Known],
    refused: tuple[Problem, ...],
    commit: str,
    *,
    wording: bool = True,
    progress: Progress | None = None,
) -> tuple[Loaded, dict[str, Known]]:
    """The plan of these files; where the wording is checked, what is known has it, too."""
    tree, problems = assemble(each.read for each in known.values())
    if wording:
        known = _check_wording(known, collect_terms(tree), progress)
    loaded = Loaded(
        tree=tree,
        reading=(*_without_denied(problems, refused), *refused),
        wording={
            each.read.item.id: each.wording for each in known.values() if each.read.item is not None
        },
        commit=commit,
        refused=refused,
    )
    return loaded, known


def _without_denied(problems: Iterable[Problem], refused: Iterable[Problem]) -> list[Problem]:
    """The problems, without that there is no file where there is one that was refused."""
    paths = {each.path for each in refused}
    return [each for each in problems if each.rule != "no-plan" or each.path not in paths]


def _strangers(folder: PlanFolder, snapshot: Snapshot) -> Iterable[str]:
    """Files that are no part of the plan.  At the top of a repository other things may lie."""
    if folder.repository is not None and not folder.prefix:
        return [path for path in snapshot.others if path.split("/")[0] in ITEM_FOLDERS]
    return snapshot.others


def _snapshot(folder: PlanFolder, revision: str, memory: Memory) -> Snapshot:
    if revision:
        held = {(path, known.blob) for path, known in memory.known.items()}
        return read_revision(folder, revision, held, _selected)
    stamps = {path: stamp for path, stamp in memory.stamps.items() if path in memory.known}
    return read_worktree(folder, stamps, _selected)


def _selected(path: str) -> bool:
    """Whether the store reads this file, or enters this folder (ending in `/`)."""
    if path.endswith("/"):
        # Only where items lie: beside a plan.yaml at the top of a repository lies everything else.
        return path.split("/")[0] in ITEM_FOLDERS
    return kind_of_path(path) is not None


def _read_files(snapshot: Snapshot, memory: Memory, progress: Progress | None) -> dict[str, Known]:
    known, recent = memory.known, memory.recent
    now: dict[str, Known] = {}
    for number, (path, file) in enumerate(snapshot.files.items()):
        held = known.get(path)
        if held is None or held.blob != file.blob:
            held = recent.get((path, file.blob))
        if held is not None:
            now[path] = held
        elif file.data is not None:
            now[path] = Known(file.blob, read_item(path, file.data, blob=file.blob))
            memory.note(path, now[path])
        if progress is not None and number % 200 == 0:
            progress("reading", number, len(snapshot.files))
    return now


def _check_wording(
    known: Mapping[str, Known], terms: WordingTerms, progress: Progress | None
) -> dict[str, Known]:
    mark = terms.digest
    now: dict[str, Known] = {}
    for number, (path, held) in enumerate(known.items()):
        item = held.read.item
        if item is not None and held.terms != mark:
            now[path] = replace(held, terms=mark, wording=check_item(item, terms))
        else:
            now[path] = held
        if progress is not None and number % 200 == 0:
            progress("checking", number, len(known))
    return now


def reads_of(files: Iterable[tuple[str, bytes]]) -> list[ItemRead]:
    """Read single files that are not part of a snapshot.

    Their blob ids tell a file that was only renamed.
    """
    return [
        read_item(path, data, blob=blob_id(data))
        for path, data in files
        if kind_of_path(path) is not None
    ]
