"""A plan as JSON, and as CSV tables that spreadsheets open safely."""

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Mapping

from planner.model.fields import FIELDS, kind_of
from planner.model.ids import number_key
from planner.model.items import Item, PlanTree

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def render_json(tree: PlanTree) -> str:
    """The whole plan as one JSON object: `plan`, and a list for each kind of item."""
    data = {
        "plan": _item(tree.plan),
        "milestones": [_item(each) for each in tree.milestones],
        "phases": [_item(each) for each in tree.phases],
        "requirements": [_item(each) for each in tree.requirements],
        "research": [_item(each) for each in tree.research],
        "unreadable": [{"id": each.id, "path": each.path} for each in tree.unreadable],
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _item(item: Item) -> dict[str, object]:
    """The fields of an item that people write, under the names of the model."""
    found: dict[str, object] = {"id": item.id, "path": item.path}
    for row in FIELDS[kind_of(item)]:
        found[row.name] = _plain(getattr(item, row.name))
    for name in ("criteria", "text"):
        if hasattr(item, name) and name not in found:
            found[name] = _plain(getattr(item, name))
    known = {row.key.casefold() for row in FIELDS[kind_of(item)] if row.home == "body"}
    found["sections"] = {
        each.heading: each.text
        for each in item.sections
        if each.heading.casefold() not in known | {"success criteria"}
    }
    return found


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.compare
        }
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def render_csv(tree: PlanTree) -> dict[str, str]:
    """Tables by file name, as RFC 4180 has it: commas, doubled quotes, CR LF.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    phases = sorted(tree.phases, key=lambda each: (number_key(each.number), each.id))
    milestone_of = {each.id.casefold(): each.milestone for each in phases}
    verified = _verified(tree)
    return {
        "requirements.csv": _table(
            ("id", "title", "text", "status", "priority", "type", "owner", "phase", "milestone",
             "target", "tags", "criteria"),
            (
                (
                    each.id, each.title, each.text, each.status, each.priority, each.type,
                    each.owner, " ".join(each.phases), milestone_of.get(each.phase.casefold(), ""),
                    each.target, ", ".join(each.tags),
                    " ".join(verified.get(each.id.casefold(), ())),
                )
                for each in tree.requirements
            ),
        ),
        "phases.csv": _table(
            ("number", "id", "title", "milestone", "status", "depends on", "goal", "target"),
            (
                (
                    each.number, each.id, each.title, each.milestone, each.status,
                    " ".join(one.phase for one in each.depends_on), each.goal, each.target,
                )
                for each in phases
            ),
        ),
        "criteria.csv": _table(
            ("phase", "criterion", "text", "status", "level", "verifies", "check"),
            (
                (
                    each.id, one.id, one.text, one.status, one.level, " ".join(one.verifies),
                    one.check,
                )
                for each in phases
                for one in each.criteria
            ),
        ),
        "milestones.csv": _table(
            ("id", "title", "status", "created", "target", "shipped", "phases"),
            (
                (
                    each.id, each.title, each.status, each.created, each.target, each.shipped,
                    " ".join(one.id for one in phases if one.milestone == each.id),
                )
                for each in tree.milestones
            ),
        ),
    }  # fmt: skip


def _verified(tree: PlanTree) -> Mapping[str, list[str]]:
    """The criteria that verify each requirement, as `phase#c1`."""
    found: dict[str, list[str]] = {}
    for phase in tree.phases:
        for criterion in phase.criteria:
            for name in criterion.verifies:
                found.setdefault(name.casefold(), []).append(f"{phase.id}#{criterion.id}")
    return found


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: str) -> str:
    return f"'{value}" if value.lstrip(" \n").startswith(_FORMULA) else value
