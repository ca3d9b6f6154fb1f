"""Everything that the pages of a site are made from, as one value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from planner.model.items import Research
from planner.model.problem import Problem
from planner.render.card import Card, LastCards, make_cards
from planner.render.distinct import distinct
from planner.render.mentions import index_of, mentions_of
from planner.trace.claims import SUSPECT
from planner.trace.coverage import Coverage
from planner.trace.difference import Change
from planner.trace.graph import Trace
from planner.trace.names import fold, spellings
from planner.trace.progress import Standings

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """How a site is made.

    `portable`: links name `index.html`, so that the folder opens from `file://`.  `public_url`:
    where the site will stand (`https://plan.example.org/`); with it a feed and a sitemap are made.
    `source_url`: address of the plan folder in a code host; a file's path is appended.
    """

    portable: bool = False
    public_url: str = ""
    source_url: str = ""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One commit that touched the file of an item.

    `time` is RFC 3339 in UTC, `status` git's letter (A, M, D, R), `path` the file at that commit.
    """

    commit: str
    time: str
    author: str
    subject: str
    status: str
    path: str


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What one commit changed in the plan, in the plan's own terms."""

    commit: str
    time: str
    author: str
    subject: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class SiteView:
    """All that pages are made from.

    `problems_of` groups `problems` by item id ("" holds those of no item), `history` is newest
    first by item id, `changes` newest first, `revision` the commit that was read ("" without one),
    `notes` what a reader must know about the whole ("shallow clone: history is cut").

    `cards` are the derived facts by item id.  `mentions` are the names in an item's texts by item
    id (only where there are any), `mentioned` the same the other way round.  `namesakes` are the
    ids that answer to one folded name, where there are several.  `runs` are the documents of each
    research run, in order of path.
    """

    trace: Trace
    standings: Standings
    coverage: Coverage
    problems: tuple[Problem, ...]
    problems_of: Mapping[str, tuple[Problem, ...]]
    history: Mapping[str, tuple[HistoryEntry, ...]]
    changes: tuple[ChangeSet, ...]
    revision: str
    notes: tuple[str, ...]
    options: SiteOptions
    cards: Mapping[str, Card] = field(repr=False)
    mentions: Mapping[str, frozenset[str]] = field(repr=False)
    mentioned: Mapping[str, tuple[str, ...]] = field(repr=False)
    namesakes: Mapping[str, tuple[str, ...]] = field(repr=False)
    runs: Mapping[str, tuple[Research, ...]] = field(repr=False)


def make_view(
    trace: Trace,
    standings: Standings,
    coverage: Coverage,
    problems: Sequence[Problem],
    *,
    history: Mapping[str, tuple[HistoryEntry, ...]] | None = None,
    changes: Sequence[ChangeSet] = (),
    revision: str = "",
    notes: Sequence[str] = (),
    options: SiteOptions | None = None,
    previous: SiteView | None = None,
) -> SiteView:
    """Bring together what the pages are made from.

    `previous` is the view of the last build, if one is at hand: what did not change is taken over
    from it, which saves time and changes nothing else.
    """
    trace, standings, coverage = distinct(trace, standings, coverage)
    problems_of: dict[str, list[Problem]] = {}
    for problem in problems:
        problems_of.setdefault(problem.item, []).append(problem)
    suspects = {each.item for each in problems if each.rule == SUSPECT and not each.waived}
    mentions = _mentions(trace, previous)
    last = LastCards(previous.cards, previous.trace.items) if previous else None
    runs: dict[str, list[Research]] = {}
    for document in trace.tree.research:
        runs.setdefault(document.id.partition("/")[0], []).append(document)
    return SiteView(
        trace=trace,
        standings=standings,
        coverage=coverage,
        problems=tuple(problems),
        problems_of={item: tuple(found) for item, found in problems_of.items()},
        history=history or {},
        changes=tuple(changes),
        revision=revision,
        notes=tuple(notes),
        options=options or SiteOptions(),
        cards=make_cards(trace, standings, last, suspects),
        mentions=mentions,
        mentioned=index_of(mentions),
        namesakes=_namesakes(trace),
        runs={run: tuple(documents) for run, documents in runs.items()},
    )


def _mentions(trace: Trace, previous: SiteView | None) -> dict[str, frozenset[str]]:
    """The names in the texts of each item that has any."""
    known = previous.mentions if previous else {}
    seen = previous.trace.items if previous else {}
    mentions = {}
    for item_id, item in trace.items.items():
        same = seen.get(item_id) is item
        names = known.get(item_id, _NOTHING) if same else mentions_of(item)
        if names:
            mentions[item_id] = names
    return mentions


def _namesakes(trace: Trace) -> dict[str, tuple[str, ...]]:
    """The names that several items answer to, ignoring case."""
    holders: dict[str, list[str]] = {}
    for item_id, item in trace.items.items():
        for name in spellings(item):
            holders.setdefault(fold(name), []).append(item_id)
    return {name: tuple(ids) for name, ids in holders.items() if len(ids) > 1}
