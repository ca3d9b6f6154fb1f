"""`/edit/review`: what an edit would do to the plan, before it is saved.  Every form ends here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, Response, request

from service.errors import ServiceError
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.authors import author_of
from service.planning.edits import AnyEdit
from service.planning.failures import NotPossibleError, RefusedEditError
from service.planning.records import PreviewRecord
from service.services import services
from service.views.conflict_page import conflict_page
from service.views.diff_view import file_views
from service.views.edit_sending import Sending, shown_of
from service.views.edit_trouble import REVIEW, trouble_page
from service.views.item_page import page_of
from service.views.meanwhile import meanwhile
from service.views.pages import page

blueprint = Blueprint("edit_review", __name__)
SETTLE = "/edit/settle"
_OWN_KEY = "your key may propose changes only"
_APPROVAL = "changes need another person's approval here"


@dataclass(frozen=True, slots=True)
class Errors:
    """How many errors the plan has without the edit, and with it."""

    before: int
    after: int


def review_page(
    edit: AnyEdit,
    *,
    proposal: str = "",
    back: str = "",
    message: str = "",
    interview: str = "",
    error: ServiceError | None = None,
    notes: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    """The page of an edit, or that of what stops it.

    For the form to show, raises NotPossibleError when the plan does not take the edit (422), and
    RefusedEditError when a further choice must confirm it (409).
    """
    sending = Sending(edit, proposal=proposal, back=back, message=message, interview=interview)
    return _shown(sending, error=error, notes=notes, status=status)


def show(
    sending: Sending,
    *,
    error: ServiceError | None = None,
    wrong: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    """The page of an edit that is on its way, or that of what stops it.

    `wrong` are messages by field.
    """
    try:
        return _shown(sending, error=error, wrong=wrong, notes=notes, status=status)
    except (NotPossibleError, RefusedEditError) as stopped:
        return trouble_page(sending, stopped, action=REVIEW)


def _shown(
    sending: Sending,
    *,
    error: ServiceError | None = None,
    wrong: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    plan = services().plan
    try:
        seen = plan.preview(sending.edit, sending.seen_on)
        if seen.clashes:
            return clash_page(sending, seen)
        between = meanwhile(plan, sending.edit, seen)
        proposals = plan.slugs()
    except (NotPossibleError, RefusedEditError):
        raise
    except ServiceError as stopped:
        return trouble_page(sending, stopped, action=REVIEW)
    who = known_principal()
    refused = branch_refused()
    sending = replace(sending, branch=seen.branch, looked=shown_of(seen))
    return page(
        "review.html",
        title="Review the change",
        status=status,
        scripts=("review.js",),
        styles=("proposals.css", "review.css"),
        sending=sending,
        seen=seen,
        files=file_views(seen.files),
        errors=_errors(seen),
        meanwhile=between,
        error=error,
        wrong=wrong or {},
        notes=(*notes, *seen.notes),
        author=author_of(who),
        branch_refused=refused,
        choice=sending.choice(to_branch=not refused),
        proposals=proposals,
        item=page_of(seen.kind, seen.id),
    )


def clash_page(sending: Sending, seen: PreviewRecord) -> Response:
    """The page of an edit that clashes with what others made of the plan."""
    who = meanwhile(services().plan, sending.edit, seen).theirs
    return conflict_page(
        seen.clashes,
        action=SETTLE,
        hidden=sending.hidden(),
        notes=(*seen.notes, *(f"{each.author}: {each.sentence}." for each in who)),
        back=sending.back,
    )


def branch_refused() -> str:
    """Why whoever asks may not save to the branch; empty: they may."""
    if services().settings.plan_approval != "none":
        return _APPROVAL
    return "" if known_principal().may(Scope.EDIT) else _OWN_KEY


def _errors(seen: PreviewRecord) -> Errors:
    new = sum(each.severity == "error" and not each.waived for each in seen.new_problems)
    fixed = sum(each.severity == "error" and not each.waived for each in seen.fixed)
    return Errors(seen.errors - new + fixed, seen.errors)


@guarded(Zone.PAGE, Scope.PROPOSE)
def review() -> Response:
    """Show what the edit in the form would do."""
    return show(Sending.of(request.form))


add_route(blueprint, REVIEW, review, "POST")
