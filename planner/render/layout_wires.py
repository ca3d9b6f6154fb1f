"""Tracks for edges between rows: right-angled wires in the free space around the nodes.

The drawing is a grid of cells (row, column).  *Channels* run across between rows (channel r lies
above row r), *gutters* run down between columns (gutter c lies left of column c).  A wire leaves
its source to the right, goes along the gutter to a channel, along that to the gutter left of its
target, and down or up into the target.  Wires from one source share a channel track and wires
into one target share a gutter track; all others keep apart.  Tracks are few on purpose: an edge
that finds none is not drawn but named at its two ends, which stays readable where lines would not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_GUTTER_TRACKS = 4
_CHANNEL_TRACKS = 6
# In a drawing of more than _FEW_ROWS rows, a wire over more than _REACH rows has its ends on
# different screens and only adds ink; one that is important may be longer, within reason.
_FEW_ROWS = 12
_REACH = 4
_FAR_REACH = 64

Cell = tuple[int, int]
Owner = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Wire:
    """The way of one edge; `channel` is -1 when one gutter leads straight to the target."""

    gutter_out: int
    track_out: int
    channel: int
    track: int
    gutter_in: int
    track_in: int


@dataclass(frozen=True, slots=True)
class Errand:
    """An edge that needs a wire.  Edges of different `style` never share a track."""

    index: int
    source: int
    target: int
    important: bool
    style: str


@dataclass(slots=True)
class _Tracks:
    """Which owner holds which stretch of the tracks of one kind of lane."""

    most: int
    taken: dict[tuple[int, int, int], Owner] = field(default_factory=dict)
    chosen: dict[tuple[int, Owner], int] = field(default_factory=dict)
    used: dict[int, int] = field(default_factory=dict)

    def find(self, lane: int, start: int, end: int, owner: Owner) -> int | None:
        """A track of `lane` that is free, or the owner's, on all of start..end."""
        before = self.chosen.get((lane, owner))
        tracks = range(self.most) if before is None else (before, *range(self.most))
        for track in tracks:
            for unit in range(start, end + 1):
                if self.taken.get((lane, track, unit), owner) != owner:
                    break
            else:
                return track
        return None

    def take(self, lane: int, start: int, end: int, owner: Owner, track: int) -> None:
        for unit in range(start, end + 1):
            self.taken[lane, track, unit] = owner
        self.chosen.setdefault((lane, owner), track)
        self.used[lane] = max(self.used.get(lane, 0), track + 1)


@dataclass(slots=True)
class Wiring:
    """Wires by edge, and how many tracks each gutter and channel needs."""

    wires: dict[int, Wire]
    gutters: dict[int, int]
    channels: dict[int, int]


def wire(errands: Iterable[Errand], cells: Sequence[Cell]) -> Wiring:
    """Find a way for each errand: important ones first, then those over few rows.

    `cells[node]` is the node's row and column; source and target never share a row.  An errand
    without an entry in the result found no way.
    """
    gutters, channels = _Tracks(_GUTTER_TRACKS), _Tracks(_CHANNEL_TRACKS)
    many = max((row for row, _ in cells), default=0) >= _FEW_ROWS
    wires = {}

    def rows_over(errand: Errand) -> int:
        return abs(cells[errand.source][0] - cells[errand.target][0])

    for errand in sorted(errands, key=lambda one: (not one.important, rows_over(one), one.index)):
        reach = _FAR_REACH if errand.important or not many else _REACH
        if rows_over(errand) <= reach:
            found = _route(errand, cells, gutters, channels)
            if found is not None:
                wires[errand.index] = found
    return Wiring(wires, gutters.used, channels.used)


def _route(
    errand: Errand, cells: Sequence[Cell], gutters: _Tracks, channels: _Tracks
) -> Wire | None:
    (row_out, column_out), (row_in, gutter_in) = cells[errand.source], cells[errand.target]
    down = row_in > row_out
    gutter_out = column_out + 1
    heading = f"{'down' if down else 'up'} {errand.style}"
    into, out = (errand.target, f"to {heading}"), (errand.source, f"from {heading}")
    # Stretches are counted in half rows: channel r is 2r, row r is 2r + 1.
    if gutter_in == gutter_out:
        ends = sorted((2 * row_out + 1, 2 * row_in + 1))
        track = gutters.find(gutter_in, ends[0], ends[1], into)
        if track is None:
            return None
        gutters.take(gutter_in, ends[0], ends[1], into, track)
        return Wire(gutter_in, track, -1, 0, gutter_in, track)
    channel = row_out + 1 if down else row_out
    leave = sorted((2 * row_out + 1, 2 * channel))
    enter = sorted((2 * row_in + 1, 2 * channel))
    across = sorted((gutter_out, gutter_in))
    track_out = gutters.find(gutter_out, leave[0], leave[1], out)
    track_in = gutters.find(gutter_in, enter[0], enter[1], into)
    track = channels.find(channel, across[0], across[1], out)
    if track_out is None or track_in is None or track is None:
        return None
    gutters.take(gutter_out, leave[0], leave[1], out, track_out)
    gutters.take(gutter_in, enter[0], enter[1], into, track_in)
    channels.take(channel, across[0], across[1], out, track)
    return Wire(gutter_out, track_out, channel, track, gutter_in, track_in)
