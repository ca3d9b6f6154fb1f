"""`/api/plan`: what forms and agents ask about the whole plan before they change it."""

from typing import Annotated, Literal

from flask import Blueprint
from pydantic import StringConstraints

from service.api.models import Model
from service.api.operation import operation
from service.guard.principal import Scope
from service.planning.desk import Target
from service.planning.edits import Edit, ShortRef
from service.planning.records import HtmlRecord, OutlineRecord, PreviewRecord, RowsRecord
from service.services import services

blueprint = Blueprint("api_plan", __name__)
TAG = "Plan"
# An edit of a whole table may be as large as any body.
EDIT_BYTES = 1024 * 1024
LONGEST_MARKDOWN = 200_000
# The part behind `plan/` of a branch's name; whether git takes it is for the planner to say.
Slug = Annotated[str, StringConstraints(max_length=200)]


class Place(Model):
    """Which plan is meant."""

    proposal: Slug = ""
    """A proposal; empty: the plan on the branch."""


class RowsQuery(Place):
    """Which items, and of which plan."""

    kind: Literal["milestone", "phase", "requirement", "research"] = "requirement"
    phase: ShortRef = ""
    """Only what belongs to this phase; empty: all."""
    milestone: ShortRef = ""
    """Only what belongs to this milestone; empty: all."""


class PreviewRequest(Model):
    """An edit, and where it would go."""

    edit: Edit
    """What is wanted."""
    proposal: Slug = ""
    """The proposal that it would be saved to, there or not yet; empty: the branch."""


class HtmlRequest(Model):
    """A text of an item."""

    text: Annotated[str, StringConstraints(max_length=LONGEST_MARKDOWN)]
    """Markdown."""


@operation(
    blueprint,
    "GET",
    "/api/plan/outline",
    scope=Scope.READ,
    query=Place,
    returns=OutlineRecord,
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
    "POST",
    "/api/plan/preview",
    scope=Scope.PROPOSE,
    body=PreviewRequest,
    body_bytes=EDIT_BYTES,
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
    body_bytes=EDIT_BYTES,
    returns=HtmlRecord,
    tag=TAG,
    summary="Markdown as the site shows it",
)
def show_html(body: HtmlRequest) -> HtmlRecord:
    """Safe HTML, without the links to items."""
    return HtmlRecord(html=services().plan.html(body.text))
