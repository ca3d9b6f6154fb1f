"""The plan as JSON: the whole in `plan.json`, `graph.json` and `problems.json`, and each item.

`data/v1/` is an interface: keys may be added, never renamed or removed.  Text is Markdown as
written, addresses are relative to the root of the site.
"""

import dataclasses
import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from planner.model.fields import FIELDS
from planner.model.items import Item, Phase, Research
from planner.model.problem import Problem
from planner.render.card import Card
from planner.render.view import SiteView
from planner.trace.claims import caused_by

FOLDER = "data/v1"
_Json = dict[str, Any]


def item_data_path(item_id: str) -> str:
    """The file of an item."""
    return f"{FOLDER}/items/{item_id}.json"


def item_json(view: SiteView, item_id: str) -> str:
    """All about one item: its fields, what is derived from them, problems and history."""
    item, card = view.trace.items[item_id], view.cards[item_id]
    data: _Json = {"id": item_id, "kind": card.kind, "label": card.label, "page": card.path}
    data |= {"file": item.path, "fields": _fields(item, card.kind)}
    if isinstance(item, Phase):
        data["criteria"] = [_plain(criterion) for criterion in item.criteria]
    if isinstance(item, Research) and item.claims:
        caused = caused_by(view.trace, item)
        data["claims"] = [
            _plain(claim) | {"caused": caused.get(claim.id, [])} for claim in item.claims
        ]
    sections = [{"heading": each.heading, "text": each.text} for each in item.sections]
    if sections:
        data["sections"] = sections
    data["derived"] = _derived(view, card)
    data["problems"] = [_problem(each) for each in view.problems_of.get(item_id, ())]
    data["history"] = [
        {"commit": each.commit, "time": each.time, "author": each.author, "subject": each.subject}
        for each in view.history.get(item_id, ())
    ]
    return _text(data)


def plan_json(view: SiteView) -> str:
    """The plan as a whole: what it is, milestones, phases and requirements with their state."""
    cards = view.cards
    plan = view.trace.tree.plan
    standings, coverage = view.standings, view.coverage
    trace = view.trace
    head = _text(
        {
            "title": plan.title,
            "statement": plan.statement,
            "progress": {
                "requirements": _progress(standings.requirements),
                "phases": _progress(standings.phases),
                "criteria": _progress(standings.criteria),
            },
            "ready": standings.ready,
            "blocked": standings.blocked,
            "coverage": {
                "requirements_without_phase": coverage.requirements_without_phase,
                "requirements_without_criterion": coverage.requirements_without_criterion,
                "phases_without_requirements": coverage.phases_without_requirements,
                "criteria_without_requirement": [
                    {"phase": each.phase_id, "criterion": each.criterion.id}
                    for each in coverage.criteria_without_requirement
                ],
            },
            "unreadable": [each.path for each in trace.tree.unreadable],
        }
    )
    lists = {
        "milestones": trace.milestones,
        "phases": trace.phases,
        "requirements": trace.requirements,
        "research": trace.tree.research,
    }
    rows = [
        f'"{name}":[{",".join([_row_text(cards[each.id]) for each in items])}]'
        for name, items in lists.items()
    ]
    return f"{head.rstrip()[:-1]},{','.join(rows)}}}\n"


def graph_json(view: SiteView) -> str:
    """All relations: dependencies of phases, links, deliveries and verifications."""
    trace = view.trace
    head = _text(
        {
            "dependencies": [
                {"from": each.phase, "to": phase_id, "soft": each.soft, "reason": each.reason}
                for phase_id, dependencies in trace.depends.items()
                for each in dependencies
            ],
            "order": trace.order,
            "cycles": trace.cycles,
            "critical_path": trace.critical_path,
        }
    )
    delivers = _tuples(
        (phase, requirement)
        for requirement, phases in trace.phases_of_requirement.items()
        for phase in phases
    )
    verifies = _tuples(
        (ref.phase_id, ref.criterion.id, requirement)
        for requirement, refs in trace.verified_by.items()
        for ref in refs
    )
    links = _tuples(
        (source, end.type, end.id) for source, ends in trace.links_out.items() for end in ends
    )
    rest = f'"delivers":{delivers},"verifies":{verifies},"links":{links}'
    return f"{head.rstrip()[:-1]},{rest}}}\n"


def graph_facts(view: SiteView) -> tuple[object, ...]:
    """What `graph_json` is made from."""
    trace = view.trace
    return (
        trace.depends,
        trace.order,
        trace.cycles,
        trace.critical_path,
        trace.phases_of_requirement,
        trace.verified_by,
        trace.links_out,
    )


def _tuples(rows: Iterable[tuple[str, ...]]) -> str:
    """Many short lists of ids as JSON; each id is put into quotes only once."""
    return "[" + ",".join(["[" + ",".join(map(_quoted, row)) + "]" for row in rows]) + "]"


@lru_cache(maxsize=1 << 15)
def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def problems_json(view: SiteView) -> str:
    """All problems."""
    return _text({"problems": [_problem(each) for each in view.problems]})


def build_json(view: SiteView) -> str:
    """What the site was built from."""
    return _text({"revision": view.revision, "notes": view.notes, "format": 1})


def _text(data: _Json) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def _fields(item: Item, kind: str) -> _Json:
    """The fields that people write, in the order of the field table, without the unset ones."""
    values = {}
    for row in FIELDS[kind]:
        value = getattr(item, row.name)
        if value != row.default and value not in ("", ()):
            values[row.name] = _plain(value)
    return values


def _plain(value: Any) -> Any:
    """A value as JSON has it: dataclasses as objects without what only the reader needs."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if dataclasses.is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.compare
        }
    return value


def _derived(view: SiteView, card: Card) -> _Json:
    trace, item_id = view.trace, card.id
    data: _Json = {"state": card.state}
    if card.suspect:
        data["suspect"] = True
    if card.kind == "requirement":
        data["milestone"] = card.top
        data["phases"] = trace.phases_of_requirement.get(item_id, ())
        data["verified_by"] = [
            {"phase": ref.phase_id, "criterion": ref.criterion.id}
            for ref in trace.verified_by.get(item_id, ())
        ]
        data["links_out"] = [[end.type, end.id] for end in trace.links_out.get(item_id, ())]
        data["links_in"] = [[end.type, end.id] for end in trace.links_in.get(item_id, ())]
    elif card.kind == "phase":
        data |= _counts(card)
        data["milestone"] = card.top
        data["requirements"] = [each.id for each in trace.requirements_of.get(item_id, ())]
        data["needs"] = [each.phase for each in trace.depends.get(item_id, ())]
        data["needed_by"] = [each.phase for each in trace.dependents.get(item_id, ())]
        data["blocked_by"] = card.blocked_by
        data["critical"] = card.critical
    elif card.kind == "milestone":
        data |= _counts(card)
        data["phases"] = [each.id for each in trace.phases_of.get(item_id, ())]
    return data


def _counts(card: Card) -> _Json:
    return {"done": card.done, "started": card.started, "total": card.total}


def _progress(progress: Any) -> _Json:
    return {"done": progress.done, "started": progress.started, "total": progress.total}


@lru_cache(maxsize=1 << 15)
def _row_text(card: Card) -> str:
    """A row of `plan.json`; thousands stay the same from build to build."""
    row = _requirement_row(card) if card.kind == "requirement" else _row(card)
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _row(card: Card) -> _Json:
    row: _Json = {"id": card.id, "title": card.label, "page": card.path}
    if card.number:
        row["number"] = card.number
    if card.suspect:
        row["suspect"] = True
    if card.kind != "research":
        row |= {"state": card.state, "milestone": card.top, **_counts(card)}
    return row


def _requirement_row(card: Card) -> _Json:
    return {
        "id": card.id,
        "title": card.label,
        "page": card.path,
        "status": card.state,
        "phase": card.over,
        "milestone": card.top,
        **({"suspect": True} if card.suspect else {}),
    }


def _problem(problem: Problem) -> _Json:
    data: _Json = {
        "path": problem.path,
        "line": problem.line,
        "rule": problem.rule,
        "severity": str(problem.severity),
        "message": problem.message,
    }
    for name in ("hint", "item", "waived"):
        if getattr(problem, name):
            data[name] = getattr(problem, name)
    if problem.related:
        data["related"] = [{"path": each.path, "line": each.line} for each in problem.related]
    return data
