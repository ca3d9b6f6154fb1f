"""`/proposals`: what waits on branches of its own, looked at, merged or closed."""

import re
from typing import Final, Self
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request
from pydantic import Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from service.api.models import Model
from service.errors import BadRequestError, ConflictError, ServiceError
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning import saving
from service.planning.authors import author_of
from service.planning.failures import NoRevisionError, NotPossibleError
from service.planning.past_records import FateRecord
from service.planning.records import PreviewRecord, UnsavedRecord
from service.services import services
from service.views.ages import age
from service.views.change_groups import by_item
from service.views.diff_view import file_views
from service.views.meanwhile import joined_fields
from service.views.pages import page
from service.views.proposal_slugs import PROPOSAL, teach

blueprint = Blueprint("proposals", __name__)
_STYLES = ("proposals.css",)
_SHOWN = 6  # changes of each proposal in the list
_LONGEST_MESSAGE = 20_000
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ASKS: Final = {
    "clash": "It was not merged: it and the branch changed the same.",
    "review": "It was not merged yet: read what was brought together word by word.",
    "problems": "It was not merged yet: it brings errors. Look at them first.",
}


class Settled(Model):
    """What a person chose where the branch and a proposal clash: whole files by path.

    `None` is no file; `upon` has the blobs of the branch that were looked at.
    """

    files: dict[str, str | None] = Field(default_factory=dict)
    upon: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Self:
        """What a field of a form holds.  Raises BadRequestError."""
        try:
            return cls.model_validate_json(text or "{}")
        except ValidationError as error:
            raise BadRequestError(
                "this form holds no answers to a conflict", "open the page of the proposal again"
            ) from error


UNSETTLED: Final = Settled()


@guarded(Zone.PAGE, Scope.READ)
def show_all() -> Response:
    """The open ones, and what became of the one that `?ended=` names."""
    found = services().plan.proposals()
    counting = any(each.impact is None for each in found.proposals)
    ended = request.args.get("ended", "")
    return page(
        "proposals.html",
        title="Proposals",
        section="proposals",
        styles=_STYLES,
        scripts=("proposals.js",) if counting else (),
        branch=found.branch,
        proposals=found.proposals,
        counting="1" if counting else "",
        shown=_SHOWN,
        ended=_ended(ended) if ended else None,
        remote=services().planner.remote.record,
        may_sync=known_principal().may(Scope.EDIT),
        age=age,
    )


@guarded(Zone.PAGE, Scope.READ)
def show(slug: str) -> Response:
    """What one changes, and what its merge would do."""
    return proposal_page(slug)


@guarded(Zone.PAGE, Scope.EDIT)
def merge(slug: str) -> AnyResponse:
    """Merge it as it was looked at; when it moved meanwhile, it is shown again."""
    message = _message()
    settled = Settled.of(request.form.get("settled", ""))
    try:
        outcome = saving.merge(
            slug,
            message=message,
            settled=settled.files,
            upon=settled.upon,
            tip=_tip(),
            reviewed=request.form.get("reviewed") == "1",
        )
    except ServiceError as error:
        return proposal_page(
            slug, message=message, settled=settled, error=error, status=error.status
        )
    if isinstance(outcome, UnsavedRecord):
        notes = (_ASKS[outcome.reason],)
        return proposal_page(slug, message=message, settled=settled, notes=notes, status=409)
    return redirect(f"/proposals?ended={quote(slug)}", 303)


@guarded(Zone.PAGE, Scope.EDIT)
def close(slug: str) -> AnyResponse:
    """Close it without merging; its commits stay."""
    try:
        saving.close(slug, tip=_tip())
    except ServiceError as error:
        return proposal_page(slug, error=error, status=error.status)
    return redirect(f"/proposals?ended={quote(slug)}", 303)


def proposal_page(
    slug: str,
    *,
    message: str = "",
    settled: Settled = UNSETTLED,
    error: ServiceError | None = None,
    notes: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    """The page of a proposal, or the one that says what became of it.

    `settled` are the answers to what clashes.
    """
    who = known_principal()
    try:
        found = services().plan.proposal(
            slug, settled=settled.files, upon=settled.upon, asker=author_of(who)
        )
    except (NoRevisionError, NotPossibleError, ConflictError) as problem:
        return _gone(slug, problem)
    seen = found.preview
    return page(
        "proposal.html",
        title=found.proposal.subject or slug,
        section="proposals",
        # After a save to it, the browser forgets what was typed for it.
        scripts=("edit-links.js",),
        styles=_STYLES,
        status=status,
        found=found.proposal,
        seen=seen,
        weaker=[each for each in seen.changes if each.weaker],
        items=by_item(seen.changes),
        cut=len(seen.changes) < found.total,
        files=file_views(seen.files),
        joined=joined_fields(seen),
        must_review=_to_review(seen),
        may_merge=who.may(Scope.EDIT),
        may_propose=who.may(Scope.PROPOSE),
        refused=found.refused,
        settled=settled.model_dump_json() if settled.files else "",
        pull_request=services().planner.remote.record.pull_request(slug),
        message=message,
        error=error,
        notes=notes,
        age=age,
    )


def _to_review(seen: PreviewRecord) -> str:
    """What a person has to confirm before the merge; empty: nothing."""
    if any(each.how == "word" for each in seen.merged):
        return "I have read the texts that were merged word by word"
    if any(each.severity == "error" and not each.waived for each in seen.new_problems):
        return "Merge it in spite of the errors that it brings"
    return ""


def _message() -> str:
    text = request.form.get("message", "").replace("\r\n", "\n").strip()
    return text[:_LONGEST_MESSAGE]


def _tip() -> str:
    """The commit of the proposal that was on the page."""
    tip = request.form.get("tip", "")
    if not _COMMIT.fullmatch(tip):
        raise BadRequestError(
            "this form does not say what was looked at", "open the page of the proposal again"
        )
    return tip


def _ended(slug: str) -> dict[str, str] | None:
    """What became of a proposal, for a note; None when nothing is known of it."""
    try:
        fate = services().plan.fate(slug)
    except ServiceError:
        return None
    return {"slug": slug, **fate.model_dump()} if fate.state else None


def _gone(slug: str, problem: ServiceError) -> Response:
    """The page of a proposal that is not there (any more).  Raises `problem` where it still is."""
    try:
        fate = services().plan.fate(slug)
    except ServiceError:
        fate = FateRecord(state="", commit="", ref="", time="", author="")
    if not isinstance(problem, NoRevisionError) and not fate.state:
        raise problem
    return page(
        "proposal_gone.html",
        title="No such proposal" if not fate.state else f"Proposal {fate.state}",
        section="proposals",
        styles=_STYLES,
        status=410 if fate.state else 404,
        slug=slug,
        fate=fate,
        age=age,
    )


add_route(blueprint, "/proposals", show_all, "GET")
teach(blueprint)
add_route(blueprint, PROPOSAL, show, "GET")
add_route(blueprint, f"{PROPOSAL}/", show, "GET", name="show_too")
add_route(blueprint, f"{PROPOSAL}/merge", merge, "POST")
add_route(blueprint, f"{PROPOSAL}/close", close, "POST")
