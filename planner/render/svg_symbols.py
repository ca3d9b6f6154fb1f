"""Marks, arrow heads and the legend of the dependency graph."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from planner.render.text_width import text_width

_SIZE = 11.5
_RING = '<circle cx="6" cy="6" r="5"/>'


@dataclass(frozen=True, slots=True)
class State:
    """How a state is shown: its word, and its mark as SVG in a 12 x 12 square."""

    word: str
    mark: str


_TICKED = (
    '<circle class="is-full" cx="6" cy="6" r="5.5"/><path class="is-cut" d="M3.3 6.2l2 2 3.5-4"/>'
)
_HALF = _RING + '<path class="is-full" d="M6 1a5 5 0 0 1 0 10z"/>'
# The states of phases, then those that only milestones have.
STATES = {
    "done": State("done", _TICKED),
    "in-progress": State("in progress", _HALF),
    "ready": State("ready", _RING + '<path class="is-full" d="M4.5 3.4l4.4 2.6-4.4 2.6z"/>'),
    "blocked": State(
        "blocked", '<rect x="1" y="1" width="10" height="10" rx="2"/><path d="M3.5 6h5"/>'
    ),
    "deferred": State("deferred", _RING + '<path d="M4.6 4v4M7.4 4v4"/>'),
    "dropped": State("dropped", _RING + '<path d="M4 4l4 4M8 4l-4 4"/>'),
    "planned": State("planned", _RING),
    "active": State("active", _HALF),
    "shipped": State("shipped", _TICKED),
}


@dataclass(frozen=True, slots=True)
class EdgeKind:
    """How a kind of edge is shown: its class, its arrow head, its words in the legend."""

    style: str
    head: str
    words: str


HARD = EdgeKind("", "arrow", "hard dependency")
SOFT = EdgeKind("is-soft", "arrow", "soft dependency")
CRITICAL = EdgeKind("is-critical", "arrow-critical", "critical path")
CYCLE = EdgeKind("is-cycle", "arrow-cycle", "closes a cycle")
_HEADS = {"arrow": 8, "arrow-critical": 10, "arrow-cycle": 9}


def definitions(prefix: str, states: Collection[str]) -> Iterable[str]:
    """The arrow heads and marks that a drawing refers to; `prefix` begins their ids."""
    yield "<defs>"
    for head, size in _HEADS.items():
        yield (
            f'<marker id="{prefix}-{head}" class="graph-{head}" viewBox="0 0 8 8" refX="7.5" '
            f'refY="4" markerWidth="{size}" markerHeight="{size}" markerUnits="userSpaceOnUse" '
            f'orient="auto"><path d="M0 .5l8 3.5l-8 3.5z"/></marker>'
        )
    for name, state in STATES.items():
        if name in states:
            yield f'<g id="{prefix}-mark-{name}">{state.mark}</g>'
    yield "</defs>"


def legend(prefix: str, kinds: Sequence[EdgeKind], left: float) -> tuple[str, float]:
    """A line, 20 units high, that explains the kinds of edges that occur; and where it ends.

    States need no explanation: their word stands beside the mark.
    """
    parts = []
    for kind in kinds:
        style = f"graph-edge {kind.style}".strip()
        parts.append(
            f'<g transform="translate({left:.0f},4)">'
            f'<path class="{style}" d="M0 6h30" marker-end="url(#{prefix}-{kind.head})"/>'
            f'<text class="graph-note" x="36" y="10">{kind.words}</text></g>'
        )
        left += 56 + text_width(kind.words, _SIZE)
    return "".join(parts), left
