"""The problems of a plan, grouped by rule."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from planner.model.items import Unreadable
from planner.model.problem import Place, Problem, Severity
from planner.render import frame
from planner.render.card import Card
from planner.render.desk import Desk
from planner.render.problem_groups import RANK, WAIVED, severity_counts
from planner.render.scopes import LONGEST_LIST, sheet_path, sheets
from planner.render.templates import template
from planner.render.urls import item_of_file, item_path, source_link
from planner.render.view import SiteView
from planner.trace.rules import RULES

PATH = "problems/"
_WHOLE = frame.Kind(depth=1, section="problems", exact=True, scripts=("filter.js",))
_RULE = frame.Kind(depth=2, section="problems", scripts=("filter.js",))
_SHEET = frame.Kind(depth=3, section="problems", scripts=("filter.js",))


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem as a row: `card` is the item it is about, `href` its line in a code host."""

    problem: Problem
    card: Card | None
    href: str
    related: Sequence[tuple[Place, str]]


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The problems of one rule; `findings` are those shown here, `path` leads to all of them.

    `hint` says how to mend them, where it is the same for all.
    """

    rule: str
    title: str
    why: str
    hint: str
    severity: str
    counts: Sequence[tuple[str, int]]
    total: int
    path: str
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class ProblemsPage:
    """What `problems.html` shows: groups with their findings, or (`listed` is false) without."""

    heading: str
    rule: RuleGroup | None
    counts: Sequence[tuple[str, int]]
    groups: Sequence[RuleGroup]
    listed: bool
    waived: RuleGroup | None
    sheet: int
    sheets: int
    sheet_links: Sequence[tuple[int, str]]


def rule_sheets(desk: Desk) -> list[tuple[str, int]]:
    """Rule and number of sheets of each rule that has pages of its own."""
    if len(desk.view.problems) <= LONGEST_LIST:
        return []
    return [(rule, len(sheets(found))) for rule, found in desk.problems().items()]


def problems_page(desk: Desk, key: str = "") -> str:
    """The page `/problems/`: all of them, or where they are."""
    del key
    view = desk.view
    groups = desk.problems()
    listed = len(view.problems) <= LONGEST_LIST
    shown = ProblemsPage(
        heading="Problems",
        rule=None,
        counts=severity_counts(view),
        groups=[
            _group(view, rule, found, found if listed else ())
            for rule, found in groups.items()
            if rule != WAIVED
        ],
        listed=listed,
        waived=(
            _group(view, WAIVED, groups[WAIVED], groups[WAIVED] if listed else ())
            if WAIVED in groups
            else None
        ),
        sheet=1,
        sheets=1,
        sheet_links=(),
    )
    about = "What the checks found in the plan: " + ", ".join(
        f"{count} {name}s" for name, count in shown.counts
    )
    return _page(desk, _WHOLE, shown, PATH, "Problems", about)


def rule_page(desk: Desk, rule: str, number: int) -> str:
    """Sheet `number` (from 1) of the problems of one rule."""
    view, found = desk.view, desk.problems()[rule]
    parts = sheets(found)
    group = _group(view, rule, found, parts[number - 1])
    path = group.path
    shown = ProblemsPage(
        heading=group.title,
        rule=group,
        counts=(),
        groups=[group],
        listed=True,
        waived=None,
        sheet=number,
        sheets=len(parts),
        sheet_links=[(each, sheet_path(path, each)) for each in range(1, len(parts) + 1)],
    )
    kind = _RULE if number == 1 else _SHEET
    title = f"Problems · {group.title}"
    return _page(desk, kind, shown, sheet_path(path, number), title, group.why or title)


def _page(
    desk: Desk, kind: frame.Kind, shown: ProblemsPage, path: str, title: str, about: str
) -> str:
    links = desk.texts(kind).links
    body = template("problems.html").render(page=shown, root=links.root, index=links.index)
    return frame.page(desk.view, kind, path=path, title=title, about=about, body=body)


def _group(
    view: SiteView, rule: str, found: Sequence[Problem], shown: Sequence[Problem]
) -> RuleGroup:
    lost = {each.path: _card_of_lost(each) for each in view.trace.tree.unreadable}
    findings = [finding(view, problem, lost.get(problem.path)) for problem in shown]
    path = f"{PATH}{rule}/"
    if rule == WAIVED:
        why = "Each with the reason given in the plan."
        return RuleGroup("", "Waived", why, "", "waived", (), len(found), path, findings)
    known = RULES.get(rule)
    hints = {problem.hint for problem in found}
    severities = Counter(problem.severity for problem in found)
    return RuleGroup(
        rule=rule,
        title=known.title if known else rule,
        why=known.why if known else "",
        hint=hints.pop().rstrip(".") if len(hints) == 1 else "",
        severity=str(min((each.severity for each in found), key=RANK.__getitem__)),
        counts=[(str(each), severities[each]) for each in Severity],
        total=len(found),
        path=path,
        findings=findings,
    )


def finding(view: SiteView, problem: Problem, lost: Card | None = None) -> Finding:
    """A problem as a row of a list; `lost` leads to the text of a file that cannot be read."""
    source = view.options.source_url
    return Finding(
        problem,
        card_of_problem(view, problem) or lost,
        source_link(source, problem.path, problem.line),
        [(place, source_link(source, place.path, place.line)) for place in problem.related],
    )


def _card_of_lost(lost: Unreadable) -> Card | None:
    path = item_path(lost.kind, lost.id)
    return Card(lost.id, lost.kind, "", path) if path else None


def card_of_problem(view: SiteView, problem: Problem) -> Card | None:
    """The item that a problem is about, by its id or its file; None when there is no page of it."""
    card = view.cards.get(problem.item)
    if card is None:
        meant = item_of_file(problem.path)
        card = view.cards.get(meant[1]) if meant else None
    return card if card is not None and card.path else None
