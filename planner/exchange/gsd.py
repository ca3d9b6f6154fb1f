"""The importer: files of a `.planning` folder, or a single ROADMAP.md, as a plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from planner.codec.writing import normal_item
from planner.exchange.foreign.reading import Reading, read_plan
from planner.exchange.foreign.scanning import scan
from planner.exchange.phase_items import phase_ids, phase_item
from planner.exchange.plan_items import (
    milestone_ids,
    milestone_items,
    plan_item,
    research_items,
)
from planner.exchange.requirement_items import requirement_items
from planner.exchange.rules import all_findings
from planner.exchange.skipped import skipped_findings
from planner.model.items import Item, PlanTree
from planner.model.problem import Problem

PROJECT = "PROJECT.md"
_Item = TypeVar("_Item", bound=Item)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a foreign plan holds, as its makers would count.

    `mapped` are distinct requirement ids assigned to a phase; `requirements` without a file of
    requirements include ids that only the roadmap names.
    """

    phases: int
    requirements: int
    mapped: int
    milestones: int
    criteria: int


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A line that found no place."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A foreign plan as items, and everything that has to be said about it.

    The items of `tree` carry the path and lines of the *source*; `planner.model.ids.path_of`
    tells where each is to be written.
    """

    tree: PlanTree
    counts: Counts
    problems: tuple[Problem, ...]
    unread: tuple[UnreadLine, ...]
    mapped: tuple[str, ...]


def read_source(files: Mapping[str, bytes]) -> Imported:
    """Read a foreign plan.

    `files` maps paths relative to the `.planning` folder to bytes; a single file stands under
    `ROADMAP.md`.  Pure; never raises for what the files hold: what is wrong is in `problems`, what
    was not understood in `unread`.
    """
    reading = read_plan(files)
    plan = reading.plan
    milestones = milestone_ids(plan.milestones)
    phases = phase_ids(plan.phases)
    documents = reading.documents
    project = scan(PROJECT, files[PROJECT]) if PROJECT in files else None
    undefined = plan.undefined()
    requirements = list(requirement_items(plan, phases))
    tree = PlanTree(
        plan=plan_item(plan, documents, project),
        milestones=_sorted(milestone_items(reading, milestones)),
        phases=_sorted(
            phase_item(each, phases, milestones, documents, undefined) for each in plan.phases
        ),
        requirements=_sorted(requirements),
        research=_sorted(research_items(files, reading)),
    )
    mapped = tuple(dict.fromkeys(tie.requirement for tie in plan.ties))
    problems = (*all_findings(reading), *skipped_findings(files))
    return Imported(
        tree=tree,
        counts=Counts(
            phases=len(plan.phases),
            requirements=len(plan.requirements) + len(plan.stubs),
            mapped=len(mapped),
            milestones=len(plan.milestones),
            criteria=sum(len(each.criteria) for each in tree.phases),
        ),
        problems=problems,
        unread=_unread(reading),
        mapped=mapped,
    )


def _sorted(items: Iterable[_Item]) -> tuple[_Item, ...]:
    """Items in the form in which they are read back once they are written, by id."""
    return tuple(sorted(map(_normal, items), key=lambda item: item.id))


def _normal(item: _Item) -> _Item:
    normal = normal_item(item)
    assert isinstance(normal, type(item))
    return normal


def _unread(reading: Reading) -> tuple[UnreadLine, ...]:
    return tuple(
        UnreadLine(place.path, place.line, reading.documents[place.path].at(place.line).raw)
        for place in reading.unread
    )
