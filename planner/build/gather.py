"""Brings together what a site is made from, beside the files of the plan: the view."""

from collections.abc import Mapping

from planner.build.loading import Loaded
from planner.build.memory import Known, Memory, Shown
from planner.build.past import context_mark, recent_changes
from planner.build.telling import tell
from planner.codec.reading import assemble
from planner.model.items import Item, PlanTree, Unreadable
from planner.model.problem import Problem
from planner.render.view import HistoryEntry, SiteOptions, SiteView, make_view
from planner.store.folder import PlanFolder, operation_of
from planner.store.history import History, read_history, update_history
from planner.trace.coverage import coverage
from planner.trace.graph import Trace, build_trace, stands_alike
from planner.trace.names import all_items
from planner.trace.progress import assess

_FOREIGN_NOTE = "read through the importer; `planner import` makes it a plan to edit"


def gather(
    loaded: Loaded,
    folder: PlanFolder | None,
    memory: Memory,
    problems: tuple[Problem, ...],
    options: SiteOptions,
    *,
    live: bool,
) -> Shown:
    """What a site shows of a plan beside its items; brings the history in `memory` up to date.

    `folder` is None for a plan of another format, which has no history here.  `live`: the files
    were read, not a revision.  Raises StoreError as the store does.
    """
    if folder is None:
        return Shown(problems, {}, (), "", (_FOREIGN_NOTE,), options)
    history = _history(folder, loaded.commit or "HEAD", memory)
    context = context_mark(loaded.tree)
    held = memory.changes if memory.context == context else {}
    changes = recent_changes(folder, history, loaded.tree, held)
    memory.changes = {each.commit: each.changes for each in changes}
    memory.context = context
    memory.told = tell(history, memory.told)
    past = _by_item(loaded.tree, memory.told.entries)
    notes = _notes(folder, history, live=live)
    return Shown(problems, past, changes, history.head, notes, options)


def _by_item(
    tree: PlanTree, entries: Mapping[str, tuple[HistoryEntry, ...]]
) -> dict[str, tuple[HistoryEntry, ...]]:
    """The commits of each item by its id; none for one that was never committed."""
    everything: tuple[Item | Unreadable, ...] = (tree.plan, *all_items(tree), *tree.unreadable)
    return {each.id: entries[each.path] for each in everything if each.path in entries}


def _history(folder: PlanFolder, revision: str, memory: Memory) -> History:
    if memory.history is None:
        memory.history = read_history(folder, revision)
    else:
        memory.history = update_history(memory.history, folder, revision)
    return memory.history


def _notes(folder: PlanFolder, history: History, *, live: bool) -> tuple[str, ...]:
    """What a reader must know about the whole."""
    notes = []
    if history.missing:
        notes.append(f"no history: {history.missing}")
    if history.shallow:
        notes.append("this is a shallow clone: its history is cut; `git fetch --unshallow`")
    if history.cut:
        notes.append(f"only the newest {len(history.commits):,} commits are shown")
    repository = folder.repository
    if repository is not None and live and (operation := operation_of(repository)):
        notes.append(f"the repository is in the middle of a {operation}")
    return tuple(notes)


def view_of(trace: Trace, shown: Shown, previous: SiteView | None) -> SiteView:
    """The view of a plan; `previous` is that of the last build, if it is at hand."""
    if previous is not None and stands_alike(previous.trace, trace):
        standings, covered = previous.standings, previous.coverage
    else:
        standings, covered = assess(trace), coverage(trace)
    return make_view(
        trace,
        standings,
        covered,
        shown.problems,
        history=shown.history,
        changes=shown.changes,
        revision=shown.revision,
        notes=shown.notes,
        options=shown.options,
        previous=previous,
    )


def old_view(known: Mapping[str, Known], shown: Shown | None) -> SiteView | None:
    """The view of the last build in a folder, made again from what was remembered of it."""
    if shown is None or not known:
        return None
    tree, _ = assemble(each.read for each in known.values())
    return view_of(build_trace(tree), shown, None)
