"""Reads a plan of another format, as it is, through the importer."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from planner.build.loading import Loaded
from planner.exchange.gsd import read_source
from planner.exchange.source import read_files
from planner.model.items import Item, PlanTree
from planner.model.problem import Problem
from planner.store.location import GSD_FILE, PlanLocation
from planner.trace.names import all_items
from planner.trace.wording import check_item, collect_terms

_Item = TypeVar("_Item", bound=Item)


def load_foreign(location: PlanLocation, *, wording: bool = True) -> Loaded:
    """Read a `.planning` folder or a single ROADMAP.md.  Raises SourceError."""
    imported = read_source(read_files(location.file or location.folder))
    tree, problems = imported.tree, tuple(imported.problems)
    if location.file is not None:
        # The importer calls a single file ROADMAP.md; people look for it under its own name.
        tree = _under_own_name(tree, location.file.name)
        problems = tuple(_problem(each, location.file.name) for each in problems)
    terms = collect_terms(tree)
    items = (tree.plan, *all_items(tree)) if wording else ()
    return Loaded(
        tree=tree,
        reading=problems,
        wording={item.id: check_item(item, terms) for item in items},
        commit="",
    )


def _under_own_name(tree: PlanTree, name: str) -> PlanTree:
    def renamed(items: Iterable[_Item]) -> tuple[_Item, ...]:
        return tuple(replace(item, path=name) if item.path == GSD_FILE else item for item in items)

    return replace(
        tree,
        plan=renamed((tree.plan,))[0],
        milestones=renamed(tree.milestones),
        phases=renamed(tree.phases),
        requirements=renamed(tree.requirements),
        research=renamed(tree.research),
    )


def _problem(problem: Problem, name: str) -> Problem:
    def own(path: str) -> str:
        return name if path == GSD_FILE else path

    related = tuple(replace(place, path=own(place.path)) for place in problem.related)
    return replace(problem, path=own(problem.path), related=related)
