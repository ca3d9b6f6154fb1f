"""`/ask`: the interviews that are open, and beginning one."""

from typing import Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.errors import BadRequestError, ServiceError
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.interview import sessions
from service.interview.answering import clean
from service.interview.records import StandingRecord
from service.interview.sessions import DEPTHS, LONGEST_TEXT, SOURCES
from service.services import services
from service.views.pages import page

blueprint = Blueprint("ask_pages", __name__)
STYLES: Final = ("ask.css",)
README: Final = "readme-file"
_DEPTH_WORDS: Final = {
    "quick": ("Quick", "at most 5 questions, about 2 minutes"),
    "standard": ("Standard", "what matters most, about 10 minutes"),
    "deep": ("Deep", "all that the text gives reason for, half an hour and more"),
}


@guarded(Zone.PAGE, Scope.PROPOSE)
def interviews() -> Response:
    """All interviews: anybody who may propose can go on with one."""
    found = services().database.read(sessions.listed)
    return page("ask/list.html", title="Ask", section="ask", styles=STYLES, found=found)


@guarded(Zone.PAGE, Scope.PROPOSE)
def new() -> Response:
    """The form that begins one."""
    wanted = request.args.get("from", "")
    return _form(source=wanted if wanted in (*SOURCES, README) else "")


@guarded(Zone.PAGE, Scope.PROPOSE)
def begin() -> AnyResponse:
    """Begin one, and go to its first questions."""
    source, depth = request.form.get("source", ""), request.form.get("depth", "standard")
    text = clean(request.form.get("text", ""))
    try:
        session_id = _begun(source, text, depth)
    except ServiceError as error:
        return _form(source, text, depth, error)
    return redirect(f"/ask/{session_id}", 303)


def _begun(source: str, text: str, depth: str) -> str:
    if depth not in DEPTHS or source not in (*SOURCES, README):
        raise BadRequestError("this is no form of this service", "open the page again")
    if source == README:
        source, text = "readme", clean(services().interviews.readme())[:LONGEST_TEXT]
    if len(text) > LONGEST_TEXT:
        raise BadRequestError(
            f"the text has {len(text):,} characters", f"shorten it to {LONGEST_TEXT:,}"
        )
    if source != "plan" and len(text.split()) < 3:
        raise BadRequestError(
            "there is nothing to ask about yet", "say in a sentence what is to be made, for whom"
        )
    who = known_principal().person
    return services().database.write(lambda db: sessions.begin(db, source, text, depth, who))


def _form(
    source: str = "", text: str = "", depth: str = "standard", error: ServiceError | None = None
) -> Response:
    standing = _standing()
    has_plan = standing is not None and standing.plan != "none"
    has_readme = standing is not None and any(each.kind == "readme" for each in standing.importable)
    return page(
        "ask/new.html",
        title="New interview",
        section="ask",
        status=error.status if error is not None else 200,
        styles=STYLES,
        source=source or "idea",
        text=text,
        depth=depth,
        depths=_DEPTH_WORDS,
        error=error,
        has_plan=has_plan,
        has_readme=has_readme,
        longest=LONGEST_TEXT,
    )


def _standing() -> StandingRecord | None:
    """What there is; None while the planner does not answer: the form does without."""
    try:
        return services().interviews.standing()
    except ServiceError:
        return None


add_route(blueprint, "/ask", interviews, "GET")
add_route(blueprint, "/ask/new", new, "GET")
add_route(blueprint, "/ask/new", begin, "POST")
