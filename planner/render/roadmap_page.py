"""The roadmap: all phases in order with goal, dependencies and progress."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from planner.render import frame
from planner.render.card import Card
from planner.render.desk import Desk
from planner.render.phase_rows import PhaseRow, drawing, phase_rows, touched_by_dependencies
from planner.render.scopes import LONGEST_LIST, Scope
from planner.render.templates import template
from planner.trace.progress import PhaseState

PATH = "roadmap/"
LOOSE = "roadmap/-/"
_DRAWN = 60
_WHOLE = frame.Kind(
    depth=1, section="roadmap", exact=True, styles=("graph.css",), scripts=("filter.js",)
)
_LOOSE = frame.Kind(depth=2, section="roadmap", scripts=("filter.js",))


@dataclass(frozen=True, slots=True)
class PhaseGroup:
    """The phases of a milestone; `card` is None for those of none."""

    card: Card | None
    rows: Sequence[PhaseRow]


@dataclass(frozen=True, slots=True)
class StateCounts:
    """A milestone with how many of its phases are in each state."""

    card: Card | None
    path: str
    total: int
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class RoadmapPage:
    """What `roadmap.html` shows: the phases in groups, or (`groups` is empty) where they are."""

    count: int
    drawing: Markup
    groups: Sequence[PhaseGroup]
    states: Sequence[str]
    sums: Sequence[tuple[str, int]]
    milestones: Sequence[StateCounts]


def roadmap_page(desk: Desk, key: str = "") -> str:
    """The page `/roadmap/`."""
    del key
    view, texts = desk.view, desk.texts(_WHOLE)
    scopes = [scope for scope in desk.scopes() if scope.phases or scope.card]
    phases = [phase for scope in scopes for phase in scope.phases]
    drawn = Markup()
    if 1 < len(phases) <= _DRAWN and touched_by_dependencies(view, phases):
        drawn = drawing(view, texts, phases, "Dependencies of the phases", grouped=True)
    groups = []
    if len(phases) <= LONGEST_LIST:
        groups = [PhaseGroup(scope.card, phase_rows(view, texts, scope.phases)) for scope in scopes]
    counts = [_states(desk, scope) for scope in scopes]
    sums = sum(counts, Counter())
    states = [str(state) for state in PhaseState if sums[state]]
    shown = RoadmapPage(
        count=len(phases),
        drawing=drawn,
        groups=groups,
        states=states,
        sums=[(state, sums[state]) for state in states],
        milestones=[
            StateCounts(
                scope.card,
                scope.card.path if scope.card else LOOSE,
                len(scope.phases),
                [(state, count[state]) for state in states],
            )
            for scope, count in zip(scopes, counts, strict=True)
        ],
    )
    links = texts.links
    body = template("roadmap.html").render(page=shown, root=links.root, index=links.index)
    about = f"All {len(phases)} phases in order, with goal, dependencies and progress."
    return frame.page(view, _WHOLE, path=PATH, title="Roadmap", about=about, body=body)


def has_loose_page(desk: Desk) -> bool:
    """Whether the phases of no milestone need a list of their own."""
    phases = sum(len(scope.phases) for scope in desk.scopes())
    return phases > LONGEST_LIST and bool(desk.scopes()[-1].phases) and not desk.scopes()[-1].card


def loose_phases_page(desk: Desk, key: str = "") -> str:
    """The phases of no milestone, in a plan that is too large for one list."""
    del key
    view, texts = desk.view, desk.texts(_LOOSE)
    rows = phase_rows(view, texts, desk.scope("").phases)
    links = texts.links
    body = template("loose_phases.html").render(rows=rows, root=links.root, index=links.index)
    title = "Phases without milestone"
    return frame.page(view, _LOOSE, path=LOOSE, title=title, about=title, body=body)


def _states(desk: Desk, scope: Scope) -> Counter[str]:
    cards = desk.view.cards
    return Counter(cards[phase.id].state for phase in scope.phases)
