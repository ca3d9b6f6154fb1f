"""What hangs loose in a plan, in both directions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from planner.render import frame
from planner.render.desk import Desk
from planner.render.holes import RELATIONS, Hole, Relation
from planner.render.scopes import LONGEST_LIST
from planner.render.templates import bar_html, template
from planner.render.texts import Texts
from planner.render.urls import shard
from planner.trace.coverage import Coverage

PATH = "coverage/"
_WHOLE = frame.Kind(depth=1, section="coverage", exact=True)
_PART = frame.Kind(depth=2, section="coverage")


@dataclass(frozen=True, slots=True)
class Ratio:
    """A relation in figures."""

    anchor: str
    words: str
    hole_words: str
    covered: int
    total: int
    holes: int
    bar: Markup


@dataclass(frozen=True, slots=True)
class HoleList:
    """The holes of one relation, each as the HTML of a row."""

    anchor: str
    heading: str
    mend: str
    total: int
    rows: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class ScopeHoles:
    """A milestone with its number of holes of each relation."""

    name: str
    path: str
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class CoveragePage:
    """What `coverage.html` shows: the lists of holes, or (`lists` is None) where they are."""

    heading: str
    scope: bool
    ratios: Sequence[Ratio]
    lists: Sequence[HoleList] | None
    milestones: Sequence[ScopeHoles]


def coverage_page(desk: Desk, key: str = "") -> str:
    """The page `/coverage/`: figures, and the holes where they are few."""
    del key
    view, texts = desk.view, desk.texts(_WHOLE)
    coverage = view.coverage
    total = sum(len(relation.holes(coverage)) for relation in RELATIONS)
    lists = None
    if total <= LONGEST_LIST:
        lists = [_list(texts, relation, relation.holes(coverage)) for relation in RELATIONS]
    holes = desk.holes()
    shown = CoveragePage(
        heading="Coverage",
        scope=False,
        ratios=[_ratio(coverage, relation) for relation in RELATIONS],
        lists=lists,
        milestones=[
            ScopeHoles(
                scope.name,
                f"{PATH}{scope.shard}/",
                [
                    (relation.anchor, len(holes.get(scope.id, {}).get(relation.anchor, ())))
                    for relation in RELATIONS
                ],
            )
            for scope in desk.scopes()
            if scope.id in holes
        ],
    )
    links = texts.links
    body = template("coverage.html").render(page=shown, root=links.root, index=links.index)
    about = f"Coverage of the plan in both directions: {total} holes."
    return frame.page(view, _WHOLE, path=PATH, title="Coverage", about=about, body=body)


def scope_coverage_page(desk: Desk, milestone_id: str) -> str:
    """The holes of one milestone (empty: of what belongs to none)."""
    view, texts, scope = desk.view, desk.texts(_PART), desk.scope(milestone_id)
    holes = desk.holes().get(milestone_id, {})
    shown = CoveragePage(
        heading=f"Coverage of {scope.name}" if scope.card else "Coverage without milestone",
        scope=True,
        ratios=(),
        lists=[_list(texts, relation, holes.get(relation.anchor, ())) for relation in RELATIONS],
        milestones=(),
    )
    links = texts.links
    body = template("coverage.html").render(page=shown, root=links.root, index=links.index)
    title = f"Coverage · {scope.name}"
    path = f"{PATH}{shard(milestone_id)}/"
    return frame.page(view, _PART, path=path, title=title, about=title, body=body)


def _ratio(coverage: Coverage, relation: Relation) -> Ratio:
    holes, total = len(relation.holes(coverage)), relation.total(coverage)
    return Ratio(
        relation.anchor,
        relation.words,
        relation.hole_words,
        total - holes,
        total,
        holes,
        bar_html(total - holes, 0, total),
    )


def _list(texts: Texts, relation: Relation, holes: Iterable[Hole]) -> HoleList:
    rows = [_row(texts, hole) for hole in holes]
    return HoleList(relation.anchor, relation.hole_words, relation.mend, len(rows), rows)


def _row(texts: Texts, hole: Hole) -> Markup:
    if isinstance(hole, str):
        return texts.anchor(hole)
    card = texts.view.cards[hole.phase_id]
    phase = texts.view.trace.phase_by_id[hole.phase_id]
    return Markup('<a href="{}"><span class="id">{} {}</span></a> {}').format(
        texts.links.to(card.path, hole.criterion.id),
        card.number or card.id,
        hole.criterion.id,
        texts.line(phase, hole.criterion.text),
    )
