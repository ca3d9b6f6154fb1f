"""`/edit/research/<run>/claims`: what became of the claims of a run, and until when they hold.

A claim that a person overturns, or whose day passes, makes suspect what rests on it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import Blueprint, Response, request

from planner.model.claims import CLAIM_STATUSES
from service.errors import ServiceError
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.desk import Target
from service.planning.edits import ClaimsEdit
from service.planning.failures import NotPossibleError, RefusedEditError
from service.planning.records import ItemRecord
from service.services import services
from service.views.edit_addresses import form_address
from service.views.edit_forms import without_form
from service.views.edit_review import review_page
from service.views.pages import page

blueprint = Blueprint("edit_claims", __name__)
_PARTS: Final = ("status", "valid_until")
_LONGEST: Final = 100


@guarded(Zone.PAGE, Scope.PROPOSE)
def show_claims(run: str) -> Response:
    """The claims as the plan has them."""
    return _page(run, request.args.get("proposal", "").strip(), {})


@guarded(Zone.PAGE, Scope.PROPOSE)
def send_claims(run: str) -> Response:
    """What was changed, on its way to the review; or the form again, with what is wrong."""
    form = request.form
    proposal = form.get("proposal", "").strip()
    typed = {name: text.strip()[:_LONGEST] for name, text in form.items() if "." in name}
    changes = tuple(_changes(form.getlist("claim"), typed))
    if not changes:
        return _page(run, proposal, typed, wrong="Nothing is changed yet.")
    edit = ClaimsEdit(run=run, set=changes)
    back = form_address("research", f"{run}/claims", proposal=proposal)
    try:
        return review_page(edit, proposal=proposal, back=back)
    except (NotPossibleError, RefusedEditError) as error:
        return _page(run, proposal, typed, failed=error)


def _changes(claims: Iterable[str], typed: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    """The parts of claims that differ from what the form was opened with."""
    for claim in claims:
        parts = {
            part: typed[f"{part}.{claim}"] or None
            for part in _PARTS
            if f"{part}.{claim}" in typed
            and typed[f"{part}.{claim}"] != typed.get(f"was.{part}.{claim}", "")
        }
        if parts:
            yield {"id": claim, **parts}


def _page(
    run: str,
    proposal: str,
    typed: Mapping[str, str],
    *,
    wrong: str = "",
    failed: ServiceError | None = None,
) -> Response:
    name, target = f"{run}/claims", Target(proposal=proposal)
    try:
        item: ItemRecord = services().plan.open(name, "research", target)
    except NotPossibleError as error:
        return without_form("research", name, target, error)
    return page(
        "edit/claims.html",
        title=f"Claims of {run}",
        section="plan",
        status=failed.status if failed is not None else 422 if wrong else 200,
        styles=("edit.css", "research.css"),
        run=run,
        item=item,
        statuses=CLAIM_STATUSES,
        typed=typed,
        proposal=proposal,
        wrong=wrong,
        failed=failed,
        here=form_address("research", item.id),
        delete=form_address("research", item.id, "/delete", proposal=proposal),
    )


_HERE: Final = "/edit/research/<run>/claims"
add_route(blueprint, _HERE, show_claims, "GET")
add_route(blueprint, _HERE, send_claims, "POST")
