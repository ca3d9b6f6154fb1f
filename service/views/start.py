"""`/start`, which `/` shows while there is no plan: a new plan, an import, or an interview."""

from typing import Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.errors import BadRequestError, ServiceError
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.interview.answering import clean
from service.interview.desk import Way
from service.services import services
from service.views.ask_begin import begin_plan
from service.views.pages import page

blueprint = Blueprint("start", __name__)
_LONGEST: Final = 900_000
_STYLES: Final = ("ask.css",)


@guarded(Zone.PAGE, Scope.READ)
def start() -> Response:
    """What can be begun."""
    return start_page()


def start_page(error: ServiceError | None = None, text: str = "") -> Response:
    """The page.  Raises UnavailableError while the planner starts."""
    standing = services().interviews.standing()
    return page(
        "ask/start.html",
        title="Begin a plan",
        section="plan",
        status=error.status if error is not None else 200,
        styles=_STYLES,
        standing=standing,
        error=error,
        text=text,
        may_begin=known_principal().may(Scope.EDIT),
        needs_approval=standing.committed and services().settings.plan_approval != "none",
        may_ask=known_principal().may(Scope.PROPOSE),
    )


@guarded(Zone.PAGE, Scope.EDIT)
def begin() -> AnyResponse:
    """Begin in the way that the form says, and show the plan."""
    way, text = request.form.get("way", ""), clean(request.form.get("text", ""))
    try:
        _begin(way, text)
    except ServiceError as error:
        return start_page(error, text)
    return redirect("/", 303)


def _begin(way: str, text: str) -> None:
    known: dict[str, Way] = {
        "empty": "empty", "example": "example", "import": "import", "adopt": "adopt",
    }  # fmt: skip
    if way not in known:
        raise BadRequestError("this is no form of this service", "open the page again")
    if len(text) > _LONGEST:
        raise BadRequestError(f"the text has {len(text):,} characters", "split the plan first")
    begin_plan(
        known[way],
        title=clean(request.form.get("title", "")).strip()[:200],
        name=request.form.get("name", "")[:200],
        text=text,
        init=request.form.get("init") == "yes",
    )


add_route(blueprint, "/start", start, "GET")
add_route(blueprint, "/start", begin, "POST")
