"""`/proposals/<slug>/settle`: what clashes with the branch is settled, then looked at, then merged.

What a person chose becomes whole files.  The page of the proposal shows the result with its checks,
and hands the files on to the merge.
"""

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.errors import ServiceError
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.failures import NoRevisionError
from service.planning.records import ClashRecord
from service.planning.settling import Answer
from service.services import services
from service.views.conflict_page import (
    MERGE,
    UnsettledError,
    answers_of,
    clashes_of,
    conflict_page,
)
from service.views.proposal_slugs import PROPOSAL, teach
from service.views.proposals import Settled, proposal_page

blueprint = Blueprint("proposal_settle", __name__)
_CHOSEN = "What you chose is part of the result below. Nothing is merged yet."
_MOVED = "The branch has changed what you settled meanwhile: choose again."


@guarded(Zone.PAGE, Scope.EDIT)
def show(slug: str) -> AnyResponse:
    """What clashes, for a person to settle."""
    try:
        clashes = services().plan.proposal(slug).preview.clashes
    except NoRevisionError:
        return proposal_page(slug)
    if not clashes:
        return redirect(f"/proposals/{slug}", 303)
    return _conflict(slug, clashes, status=200)


@guarded(Zone.PAGE, Scope.EDIT)
def settle(slug: str) -> Response:
    """Show what the merge would be with what was chosen."""
    clashes = clashes_of(request.form)
    try:
        settled = _settled(clashes, answers_of(request.form, clashes))
        seen = services().plan.proposal(slug, settled=settled.files, upon=settled.upon).preview
    except NoRevisionError:
        return proposal_page(slug)
    except ServiceError as error:
        return _conflict(slug, clashes, error=error, status=error.status)
    if seen.clashes:
        return _conflict(slug, seen.clashes, notes=(_MOVED,))
    return proposal_page(slug, settled=settled, notes=(_CHOSEN,))


def _conflict(
    slug: str,
    clashes: Sequence[ClashRecord],
    *,
    notes: Sequence[str] = (),
    error: ServiceError | None = None,
    status: int = 409,
) -> Response:
    return conflict_page(
        clashes,
        action=f"/proposals/{slug}/settle",
        hidden={},
        title="The branch and the proposal changed the same",
        notes=notes,
        sides=MERGE,
        files=True,
        back=f"/proposals/{slug}",
        back_text="Back to the proposal",
        chosen=request.form if error is not None else None,
        error=error if isinstance(error, UnsettledError) or error is None else _told(error),
        status=status,
    )


def _told(error: ServiceError) -> ServiceError:
    """An error with a hint: the page has a place for one."""
    return error if error.hint else ServiceError(error.message, "choose otherwise")


def _settled(clashes: Sequence[ClashRecord], answers: Sequence[Answer]) -> Settled:
    """The answers as whole files.  Raises NotPossibleError for a value that cannot be set."""
    files = {
        clash.path: _file(clash, answer) for clash, answer in zip(clashes, answers, strict=True)
    }
    return Settled(files=files, upon={each.path: each.blob for each in clashes})


def _file(clash: ClashRecord, answer: Answer) -> str | None:
    if answer.values is not None:
        return services().plan.settle(clash.path, clash.theirs or "", answer.values)
    if answer.text is not None:
        return answer.text
    return clash.theirs if answer.side == "theirs" else clash.yours


teach(blueprint)
add_route(blueprint, f"{PROPOSAL}/settle", show, "GET")
add_route(blueprint, f"{PROPOSAL}/settle", settle, "POST", name="settle")
