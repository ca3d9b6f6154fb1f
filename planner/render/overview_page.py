"""The first page: how the plan is, what is next, what changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from planner.render import frame
from planner.render.card import Card
from planner.render.changes_page import ChangeEntry, change_entry
from planner.render.desk import Desk
from planner.render.holes import RELATIONS
from planner.render.problem_groups import severity_counts
from planner.render.scopes import LONGEST_LIST
from planner.render.templates import bar_html, template
from planner.render.view import ChangeSet, SiteView
from planner.trace.progress import PhaseState, Progress

_KIND = frame.Kind(depth=0, section="home")
_LIST_LENGTH = 6
_MILESTONES = 10
_SHIPPED = 3
_SHORT_STATEMENT = 500
_CHANGES = 5
_SENTENCES = 6


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the health line; `path` (whole link from the root) leads to what it counts."""

    count: int
    words: str
    path: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class HealthGroup:
    """One concern of the health line; `fine` is said where it has no numbers."""

    main: Figure
    bar: Markup
    numbers: Sequence[Figure]
    fine: str = ""


@dataclass(frozen=True, slots=True)
class PhaseList:
    """Phases in one state, each with the phases that it waits for; `path` leads to `more`."""

    id: str
    heading: str
    path: str
    cards: Sequence[tuple[Card, Sequence[Card]]]
    more: int
    none: str


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone with its number of phases and the day it ships or shipped."""

    card: Card
    phases: int
    target: str


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """What `overview.html` shows."""

    title: str
    statement: Markup
    short: bool
    notes: Sequence[str]
    empty: bool
    health: Sequence[HealthGroup]
    lists: Sequence[PhaseList]
    milestones: Sequence[MilestoneRow]
    more_milestones: int
    date_head: str
    changes: Sequence[ChangeEntry]
    revision: str


def overview_page(desk: Desk, key: str = "") -> str:
    """The page `/`."""
    del key
    view, texts = desk.view, desk.texts(_KIND)
    links = texts.links
    plan = view.trace.tree.plan
    milestones, more = _milestones(view)
    shown = OverviewPage(
        title=view.cards[plan.id].label or "A plan without title",
        statement=texts.block(plan, plan.statement, top=2),
        short=len(plan.statement) <= _SHORT_STATEMENT,
        notes=view.notes,
        empty=not (view.trace.phases or view.trace.requirements or view.trace.milestones),
        health=_health(view, links.index),
        lists=_lists(view, links.index),
        milestones=milestones,
        more_milestones=more,
        date_head=_date_head(milestones),
        changes=[change_entry(texts, each, _SENTENCES) for each in _telling(view)],
        revision=view.revision,
    )
    body = template("overview.html").render(page=shown, root=links.root, index=links.index)
    about = plan.statement or f"The plan {shown.title}."
    return frame.page(
        view, _KIND, path="", title=view.cards[plan.id].label or "Plan", about=about, body=body
    )


def _milestones(view: SiteView) -> tuple[list[MilestoneRow], int]:
    """The milestones around now, in order, and how many others there are.

    The last ones that shipped, then those that are still to come.
    """
    known = view.trace.milestones
    shipped = [each.id for each in known if each.status == "shipped"]
    rest = [each.id for each in known if each.status != "shipped"]
    left = max(_SHIPPED, _MILESTONES - len(rest))
    wanted = {*shipped[-left:], *rest[: _MILESTONES - min(len(shipped), left)]}
    rows = [
        MilestoneRow(
            view.cards[each.id],
            len(view.trace.phases_of.get(each.id, ())),
            each.shipped or each.target,
        )
        for each in known
        if each.id in wanted
    ]
    return rows, len(known) - len(rows)


def _date_head(rows: Sequence[MilestoneRow]) -> str:
    """What the days of the milestones are; empty where none has one."""
    shipped = {row.card.state == "shipped" for row in rows if row.target}
    words = {frozenset({True}): "Shipped", frozenset({False}): "Due"}
    return words.get(frozenset(shipped), "Due or shipped" if shipped else "")


def _telling(view: SiteView) -> Sequence[ChangeSet]:
    """The newest commits that changed the plan in a way that words can tell."""
    return [each for each in view.changes if each.changes][:_CHANGES]


def _health(view: SiteView, index: str) -> list[HealthGroup]:
    standings = view.standings
    return [
        _requirements(standings.requirements, view, index),
        _phases(standings.phases, view, index),
        _holes(view, index),
        _problems(view, index),
    ]


def _requirements(progress: Progress, view: SiteView, index: str) -> HealthGroup:
    base = f"requirements/{index}"
    part = f"{base}{_part('status', len(view.trace.requirements))}"
    blocked = sum(each.status == "blocked" for each in view.trace.requirements)
    numbers = [
        Figure(progress.done, "done", f"{part}done", "done"),
        Figure(progress.started, "in progress", f"{part}in-progress", "in-progress"),
        Figure(blocked, "blocked", f"{part}blocked", "blocked"),
    ]
    return HealthGroup(
        Figure(
            len(view.trace.requirements),
            "requirement" if len(view.trace.requirements) == 1 else "requirements",
            base,
        ),
        bar_html(progress.done, progress.started, progress.total),
        [figure for figure in numbers if figure.count],
        "none begun",
    )


def _phases(progress: Progress, view: SiteView, index: str) -> HealthGroup:
    base = f"roadmap/{index}"
    states = [standing.state for standing in view.standings.phase.values()]
    part = f"{base}{_part('state', len(states))}"
    wanted = (PhaseState.DONE, PhaseState.IN_PROGRESS, PhaseState.READY, PhaseState.BLOCKED)
    numbers = [
        Figure(states.count(state), state.replace("-", " "), f"{part}{state}", str(state))
        for state in wanted
    ]
    return HealthGroup(
        Figure(len(states), "phase" if len(states) == 1 else "phases", base),
        bar_html(progress.done, progress.started, progress.total),
        [figure for figure in numbers if figure.count],
        "none yet",
    )


def _holes(view: SiteView, index: str) -> HealthGroup:
    base = f"coverage/{index}"
    numbers = []
    for relation in RELATIONS:
        count = len(relation.holes(view.coverage))
        words = relation.hole_word if count == 1 else _lower(relation.hole_words)
        numbers.append(Figure(count, words, f"{base}#{relation.anchor}", "hole"))
    total = sum(relation.total(view.coverage) for relation in RELATIONS)
    holes = sum(figure.count for figure in numbers)
    return HealthGroup(
        Figure(holes, "hole in coverage" if holes == 1 else "holes in coverage", base),
        bar_html(total - holes, 0, total),
        [figure for figure in numbers if figure.count],
        "covered in both directions",
    )


def _problems(view: SiteView, index: str) -> HealthGroup:
    base = f"problems/{index}"
    counts = severity_counts(view)
    total = sum(count for _, count in counts)
    part = f"{base}{_part('severity', len(view.problems))}"
    return HealthGroup(
        Figure(total, "problem" if total == 1 else "problems", base),
        Markup(),
        [
            Figure(count, name if count == 1 else f"{name}s", f"{part}{name}", name)
            for name, count in counts
            if count
        ],
        "every check passes",
    )


def _part(field: str, rows: int) -> str:
    """What leads to the rows of one state, without the state.

    A list on one page is filtered; the index of a list that is cut marks how many there are where,
    with links to the filtered parts.
    """
    return f"?{field}=" if rows <= LONGEST_LIST else "#all-"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _lists(view: SiteView, index: str) -> list[PhaseList]:
    base = f"roadmap/{index}{_part('state', len(view.trace.phases))}"
    wanted = (
        ("now", "In progress", PhaseState.IN_PROGRESS, "Nothing is in progress."),
        ("next", "Ready next", PhaseState.READY, "No phase is ready to start."),
        ("blocked", "Blocked", PhaseState.BLOCKED, "Nothing is blocked."),
    )
    lists = []
    for anchor, heading, state, none in wanted:
        cards = [
            card for phase in view.trace.phases if (card := view.cards[phase.id]).state == state
        ]
        shown = [
            (
                card,
                [view.cards[each] for each in card.blocked_by]
                if state == PhaseState.BLOCKED
                else [],
            )
            for card in cards[:_LIST_LENGTH]
        ]
        more = len(cards) - len(shown)
        lists.append(PhaseList(anchor, heading, f"{base}{state}", shown, more, none))
    return lists
