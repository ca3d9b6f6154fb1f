"""The parts that the pages of all kinds of items have: file, sections, problems, history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from planner.model.items import Criterion, Item, Provenance
from planner.model.problem import Problem
from planner.model.provenance import CRITERIA, is_changed, is_unapproved
from planner.render.card import Card
from planner.render.problem_groups import RANK
from planner.render.texts import Texts
from planner.render.urls import source_link
from planner.render.view import HistoryEntry, SiteView

_SHOWN_COMMITS = 12


@dataclass(frozen=True, slots=True)
class SectionPart:
    """A section of a body: its heading and its text as HTML."""

    heading: str
    html: Markup


@dataclass(frozen=True, slots=True)
class ProblemPart:
    """A problem beside the item that it is about; `href` leads to its line in a code host."""

    problem: Problem
    href: str


@dataclass(frozen=True, slots=True)
class OriginPart:
    """Who wrote a text: `name` says which text, `waits` that nobody approved a model's."""

    name: str
    entry: Provenance
    changed: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class HistoryPart:
    """The newest commits that touched the item's file, and how many older ones there are."""

    entries: Sequence[HistoryEntry]
    older: int


@dataclass(frozen=True, slots=True)
class ItemParts:
    """What the page of any item shows below its own parts.

    `file` is the path of the item's file, `file_href` its address in a code host (may be empty).
    """

    file: str
    file_href: str
    aliases: tuple[str, ...]
    tags: tuple[str, ...]
    owner: str
    extra: tuple[tuple[str, str], ...]
    origins: Sequence["OriginPart"]
    sections: Sequence[SectionPart]
    problems: Sequence[ProblemPart]
    waived: Sequence[ProblemPart]
    history: HistoryPart


@dataclass(frozen=True, slots=True)
class CriterionPart:
    """A success criterion; `verifies` pairs each reference with its requirement, if it exists."""

    criterion: Criterion
    phase: Card
    html: Markup
    check: Markup
    verifies: Sequence[tuple[str, Card | None]]


def item_parts(view: SiteView, texts: Texts, item: Item, known: Collection[str] = ()) -> ItemParts:
    """The common parts of an item's page; sections with a folded heading in `known` are left out.

    Problems come with the worst first; waived ones apart.
    """
    source = view.options.source_url
    problems = view.problems_of.get(item.id, ())
    if problems:
        problems = tuple(sorted(problems, key=lambda each: RANK[each.severity]))
    shown = [ProblemPart(each, source_link(source, each.path, each.line)) for each in problems]
    history = view.history.get(item.id, ())
    return ItemParts(
        item.path,
        source_link(source, item.path),
        item.aliases,
        item.tags,
        item.owner,
        item.extra,
        [origin_part(item, entry) for entry in item.provenance],
        [
            SectionPart(section.heading, texts.block(item, section.text))
            for section in item.sections
            if section.heading.casefold() not in known
        ],
        [part for part in shown if not part.problem.waived],
        [part for part in shown if part.problem.waived],
        HistoryPart(history[:_SHOWN_COMMITS], max(len(history) - _SHOWN_COMMITS, 0)),
    )


def origin_part(item: Item, entry: Provenance) -> OriginPart:
    """What is shown of a provenance."""
    name = entry.field.removeprefix(CRITERIA) if entry.field.startswith(CRITERIA) else ""
    label = f"Criterion {name}" if name else entry.field.replace("_", " ").capitalize()
    return OriginPart(label, entry, is_changed(item, entry), is_unapproved(item, entry))


def criterion_part(
    view: SiteView, texts: Texts, phase: Item, card: Card, criterion: Criterion
) -> CriterionPart:
    """A criterion of the item `phase`."""
    resolve = view.trace.resolve
    verifies: list[tuple[str, Card | None]] = []
    for ref in criterion.verifies:
        found = resolve(ref, "requirement")
        verifies.append((ref, view.cards[found] if found is not None else None))
    return CriterionPart(
        criterion,
        card,
        texts.line(phase, criterion.text),
        texts.line(phase, criterion.check),
        verifies,
    )
