"""`/edit/save`: an edit becomes a commit, on the branch or on a proposal."""

from dataclasses import replace
from typing import Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from planner.model.ids import slug
from service.errors import ServiceError
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.interview.finishing import finish, trailers_of
from service.planning.desk import Target
from service.planning.edits import SetEdit
from service.planning.failures import NoRevisionError
from service.planning.idempotency import KeyReusedError
from service.planning.records import SavedRecord, UnsavedRecord
from service.planning.saving import Wish, save_or_wait, saved_before
from service.services import services
from service.views.edit_review import branch_refused, clash_page, show
from service.views.edit_saved import address_after
from service.views.edit_sending import BRANCH, NEW, Sending, new_nonce, shown_of
from service.views.edit_trouble import trouble_page

blueprint = Blueprint("edit_save", __name__)
_LOOK_AGAIN: Final = {
    "review": "Somebody else changed the same lines meanwhile, and both came together word by word."
    " Read the result, then save it.",
    "problems": "Together with what somebody else changed meanwhile, this brings errors that"
    " neither has alone. Save it nevertheless, or go back to the form.",
}
_SENT_BEFORE: Final = (
    "This page was sent before, with another message or to another place. What that came to is in"
    " the plan already, if it was saved; below is what would still change."
)


class PlaceError(ServiceError):
    """Nobody can tell yet where an edit is to be saved; `field` is what has to be mended."""

    status = 400
    code = "no_place"

    def __init__(self, field: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.field = field


class GoneError(NoRevisionError):
    """The proposal that was chosen is not open any more."""

    status = 409


@guarded(Zone.PAGE, Scope.PROPOSE)
def save_edit() -> AnyResponse:
    """Save the edit in the form, and lead to the page that shows it.

    Whatever stops it, the answer is a page that holds the edit and can be sent again.
    """
    sending = Sending.of(request.form)
    try:
        return _saved(sending)
    except PlaceError as error:
        wrong = {error.field: error.message}
        return show(sending, error=error, wrong=wrong, status=error.status)
    except KeyReusedError:
        return show(replace(sending, nonce=new_nonce()), notes=(_SENT_BEFORE,), status=409)
    except ServiceError as error:
        return trouble_page(sending, error)


def _saved(sending: Sending) -> AnyResponse:
    wish = Wish(
        message=sending.message,
        target=_target(sending),
        key=sending.nonce,
        untraced=isinstance(sending.edit, SetEdit),
        trailers=trailers_of(sending.interview),
    )
    outcome = save_or_wait(sending.edit, wish)
    if isinstance(outcome, UnsavedRecord) and _has_seen(sending, outcome):
        outcome = save_or_wait(sending.edit, replace(wish, reviewed=True))
    if isinstance(outcome, SavedRecord):
        finish(sending.interview)
        return redirect(address_after(outcome, sending.nonce), 303)
    return _ask(replace(sending, proposal=wish.target.proposal, nonce=new_nonce()), outcome)


def _has_seen(sending: Sending, outcome: UnsavedRecord) -> bool:
    """Whether what has to be looked at is what the person looked at when they sent the form."""
    return outcome.reason != "clash" and shown_of(outcome.preview) == sending.looked


def _ask(sending: Sending, outcome: UnsavedRecord) -> Response:
    """Nothing was written: a person has to look, or to choose."""
    if outcome.reason == "clash":
        return clash_page(sending, outcome.preview)
    return show(sending, notes=(_LOOK_AGAIN[outcome.reason],), status=409)


def _target(sending: Sending) -> Target:
    """Where the person wants it.  Raises PlaceError, GoneError."""
    choice = sending.choice()
    if choice == BRANCH:
        refused = branch_refused()
        if refused:
            raise PlaceError("where", f"it cannot be saved to the branch: {refused}")
        return Target(branch=sending.branch)
    if choice == NEW:
        return Target(proposal=_new_slug(sending))
    name = sending.chosen_proposal
    if not _is_open(name) and saved_before(sending.nonce) is None:
        raise _gone(name)
    return Target(proposal=name)


def _new_slug(sending: Sending) -> str:
    name = slug(sending.title)
    if not name:
        raise PlaceError("title", "a new proposal needs a title with letters or digits of ASCII")
    if _is_open(name) and saved_before(sending.nonce) is None:
        raise PlaceError(
            "title", f"there is a proposal {name} already: choose it above, or write another title"
        )
    return name


def _is_open(name: str) -> bool:
    return name in services().plan.slugs()


def _gone(name: str) -> GoneError:
    fate = services().plan.fate(name)
    became = {"merged": f"was merged by {fate.author}", "closed": "was closed"}.get(fate.state)
    return GoneError(
        f"the proposal {name} {became or 'is not there any more'}",
        "save to the branch, or begin a new proposal",
    )


add_route(blueprint, "/edit/save", save_edit, "POST")
