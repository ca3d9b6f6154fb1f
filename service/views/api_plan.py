"""`/api/plan`: the plan as a whole, its rules, and what an edit would do."""

from typing import Any

from flask import Blueprint
from pydantic import JsonValue

from planner.codec.schema import item_schema
from planner.trace.rule import Rule
from planner.trace.rules import RULES
from service.api.models import Model
from service.api.operation import operation
from service.guard.principal import Scope
from service.planning.desk import Target
from service.planning.edits import Kind
from service.planning.past_records import DiffRecord
from service.planning.records import (
    HtmlRecord,
    OutlineRecord,
    PreviewRecord,
    ProblemsRecord,
    RowsRecord,
    Severity,
)
from service.planning.selecting import Found, Part
from service.services import services
from service.views.plan_requests import (
    MANY_BYTES,
    DiffQuery,
    HtmlRequest,
    Place,
    PreviewRequest,
    ProblemsQuery,
    RowsQuery,
)

blueprint = Blueprint("api_plan", __name__)
TAG = "Plan"


class SchemaRecord(Model):
    """What the fields of a kind of item may hold."""

    kind: Kind
    fields: dict[str, JsonValue]
    """A JSON schema (draft 2020-12) of an object of fields by name."""


class RuleRecord(Model):
    """A rule of the checks."""

    id: str
    group: str
    title: str
    severities: tuple[Severity, ...]
    """Which it may have, depending on the part of the plan."""
    why: str
    """What goes wrong without it."""
    hint: str
    """How to mend a finding; may be empty."""
    good: str
    bad: str


class RulesRecord(Model):
    """All rules, group after group."""

    rules: tuple[RuleRecord, ...]


@operation(
    blueprint,
    "GET",
    "/api/plan/outline",
    scope=Scope.READ,
    query=Place,
    returns=OutlineRecord,
    fails=(404, 409, 422),
    tag=TAG,
    summary="All items in short, and the words in use",
)
def show_outline(query: Place) -> OutlineRecord:
    """Ids, titles and places of all items in the order of the plan; owners, tags and levels."""
    return services().plan.outline(Target(proposal=query.proposal))


@operation(
    blueprint,
    "GET",
    "/api/plan/rows",
    scope=Scope.READ,
    query=RowsQuery,
    returns=RowsRecord,
    fails=(404, 409, 422),
    tag=TAG,
    summary="Items of a kind with all their values",
)
def show_rows(query: RowsQuery) -> RowsRecord:
    """All of them at once, each with the blob that an edit names as its base."""
    return services().plan.rows(
        query.kind,
        target=Target(proposal=query.proposal),
        phase=query.phase,
        milestone=query.milestone,
    )


@operation(
    blueprint,
    "GET",
    "/api/plan/problems",
    scope=Scope.READ,
    query=ProblemsQuery,
    returns=ProblemsRecord,
    fails=(404, 409, 422),
    tag=TAG,
    summary="What the checks find in the plan",
)
def list_problems(query: ProblemsQuery) -> ProblemsRecord:
    """The same findings as those of `planner check`, for the plan as it is committed.

    With `fixes`, those that can be mended by an edit come with it: look at it by
    `/api/plan/preview`, and make it by `/api/plan/save`.
    """
    wanted = Found(query.severity, query.rule, query.item, query.path, query.waived)
    return services().plan.problems(
        wanted,
        Part(query.offset, query.limit),
        Target(proposal=query.proposal),
        fixes=query.fixes,
    )


@operation(
    blueprint,
    "GET",
    "/api/plan/diff",
    scope=Scope.READ,
    query=DiffQuery,
    returns=DiffRecord,
    fails=(404, 409, 422),
    tag=TAG,
    summary="What changed in the plan between two revisions",
)
def show_diff(query: DiffQuery) -> DiffRecord:
    """In terms of the plan: added, dropped, moved, reworded, weakened."""
    return services().plan.diff(
        query.old,
        query.new,
        sort=query.sort,
        kind=query.kind,
        milestone=query.milestone,
        skip=query.offset,
        count=query.limit,
    )


@operation(
    blueprint,
    "GET",
    "/api/plan/schema/<kind>",
    scope=Scope.READ,
    returns=SchemaRecord,
    tag=TAG,
    summary="What the fields of a kind of item may hold",
)
def show_schema(kind: Kind) -> SchemaRecord:
    """The values that `changes` and `fields` of edits take, by name of the field."""
    schema: dict[str, Any] = item_schema(kind)
    return SchemaRecord(kind=kind, fields=schema)


@operation(
    blueprint,
    "GET",
    "/api/plan/rules",
    scope=Scope.READ,
    returns=RulesRecord,
    tag=TAG,
    summary="The rules of the checks",
)
def list_rules() -> RulesRecord:
    """Each with its reason, how to mend a finding, a good and a bad example."""
    return RulesRecord(rules=tuple(map(_shown, RULES.values())))


def _shown(rule: Rule) -> RuleRecord:
    given = [rule.severity] if isinstance(rule.severity, str) else rule.severity.values()
    return RuleRecord.model_validate(
        {
            "id": rule.id,
            "group": rule.group,
            "title": rule.title,
            "severities": tuple(dict.fromkeys(each.value for each in given if each is not None)),
            "why": rule.why,
            "hint": rule.hint,
            "good": rule.good,
            "bad": rule.bad,
        }
    )


@operation(
    blueprint,
    "POST",
    "/api/plan/preview",
    scope=Scope.PROPOSE,
    body=PreviewRequest,
    body_bytes=MANY_BYTES,
    returns=PreviewRecord,
    fails=(404, 409, 422),
    tag=TAG,
    summary="What an edit would do",
)
def preview_edit(body: PreviewRequest) -> PreviewRecord:
    """Files, changes in words, new and fixed problems, what merges and what clashes.

    Nothing is written.
    """
    return services().plan.preview(body.edit, Target(proposal=body.proposal))


@operation(
    blueprint,
    "POST",
    "/api/plan/html",
    scope=Scope.READ,
    body=HtmlRequest,
    body_bytes=MANY_BYTES,
    returns=HtmlRecord,
    tag=TAG,
    summary="Markdown as the site shows it",
)
def show_html(body: HtmlRequest) -> HtmlRecord:
    """Safe HTML, without the links to items."""
    return HtmlRecord(html=services().plan.html(body.text))
