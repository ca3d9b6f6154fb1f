"""`/api/plan/proposals`: proposals as JSON: list, look, merge, close."""

from typing import Annotated

from flask import Blueprint
from pydantic import StringConstraints

from service.api.models import Model
from service.api.operation import Answered, operation
from service.guard.principal import Scope
from service.planning import saving
from service.planning.failures import UncommittedError
from service.planning.past_records import ProposalPreviewRecord, ProposalsRecord
from service.planning.records import SavedRecord
from service.services import services
from service.views.plan_answers import ConflictRecord, saved_or_conflict, uncommitted
from service.views.plan_requests import MANY_BYTES, MergeRequest

blueprint = Blueprint("api_plan_proposals", __name__)
_TAG = "Plan: proposals"
# A person may have made `plan/lamp/brighter` by hand: a slug may hold slashes.
_PROPOSAL = "/api/plan/proposals/<path:slug>"
SlugInPath = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class KeptRecord(Model):
    """A proposal that is closed."""

    kept: str
    """The ref in git under which its commits stay."""


@operation(
    blueprint,
    "GET",
    "/api/plan/proposals",
    scope=Scope.READ,
    returns=ProposalsRecord,
    fails=(409,),
    tag=_TAG,
    summary="List the open proposals",
)
def list_proposals() -> ProposalsRecord:
    """What each changes in terms of the plan, and which others it overlaps with."""
    return services().plan.proposals()


@operation(
    blueprint,
    "GET",
    _PROPOSAL,
    scope=Scope.READ,
    returns=ProposalPreviewRecord,
    fails=(409, 422),
    tag=_TAG,
    summary="One proposal, and what its merge would do",
)
def show_proposal(slug: SlugInPath) -> ProposalPreviewRecord:
    """The preview has the clashes that a merge must settle, and the problems that it brings."""
    return services().plan.proposal(slug)


@operation(
    blueprint,
    "POST",
    f"{_PROPOSAL}/merge",
    scope=Scope.EDIT,
    body=MergeRequest,
    body_bytes=MANY_BYTES,
    returns=SavedRecord,
    more={409: ConflictRecord},
    fails=(422,),
    tag=_TAG,
    summary="Merge a proposal",
)
def merge_proposal(slug: SlugInPath, body: MergeRequest) -> Answered:
    """One commit on the branch, in the name of whoever approves; the proposal ends with it."""
    try:
        outcome = saving.merge(
            slug, message=body.message, settled=body.settled, reviewed=body.reviewed
        )
    except UncommittedError as error:
        return uncommitted(error)
    return saved_or_conflict(outcome)


@operation(
    blueprint,
    "POST",
    f"{_PROPOSAL}/close",
    scope=Scope.EDIT,
    returns=KeptRecord,
    fails=(409, 422),
    tag=_TAG,
    summary="Close a proposal unmerged",
)
def close_proposal(slug: SlugInPath) -> KeptRecord:
    """Nothing is lost: its commits stay in git under another name."""
    return KeptRecord(kept=saving.close(slug))
