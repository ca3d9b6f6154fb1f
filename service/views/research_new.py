"""`/research/new`: a brief, what it would cost, and the beginning of a research."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from planner.model.ids import slug
from service.assistant.jobs import Estimate
from service.errors import ServiceError
from service.executions.commands import BACKENDS
from service.executions.tool_health import health_of
from service.guard.audit import note
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Principal, Scope
from service.research import records
from service.research.brief import (
    API,
    GREENFIELD,
    LONGEST_TEXT,
    MOST_MINUTES,
    MOST_USD,
    SUBSEQUENT,
    Asked,
    Brief,
    asked_of,
)
from service.research.parts import RESEARCHERS
from service.research.records import NameTakenError
from service.services import services
from service.views.pages import page

blueprint = Blueprint("research_new", __name__)
_NEW: Final = "/research/new"
_FIELDS: Final = (
    "name", "decision", "scope", "stage", "domains", "backend", "usd", "minutes", "about",
)  # fmt: skip
# The fields as they follow each other on the page: the first that is wrong is led to.
_ORDER: Final = (
    "decision", "scope", "about", "kinds", "stage", "name", "backend", "usd", "minutes", "domains",
)  # fmt: skip
_ITEM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_STAGES: Final = {
    SUBSEQUENT: "There is a product, and this is about what comes next.",
    GREENFIELD: "Nothing is built yet.",
}
_MOST_LISTED: Final = 12
_AGENT: Final = (
    "What an agent costs is known when it has ended. The ceiling of money then keeps the next step"
    " from beginning; the ceiling of time ends it."
)


@dataclass(frozen=True, slots=True)
class Price:
    """What a research would take: a line per researcher, and the sum in words."""

    lines: tuple[tuple[str, str], ...]
    words: str


@guarded(Zone.PAGE, Scope.PROPOSE)
def show_new() -> Response:
    """A blank brief, with the item that the address names."""
    about = request.args.get("about", "")
    about = about if _ITEM.fullmatch(about) else ""
    name = slug(about)[:50] if about else ""
    texts = {
        "name": f"{name}-research" if name else "",
        "decision": "",
        "scope": "",
        "stage": SUBSEQUENT,
        "domains": "",
        "backend": _first(_backends()),
        "usd": "2",
        "minutes": "15",
        "about": about,
    }
    return _page(Asked(texts, tuple(RESEARCHERS)))


@guarded(Zone.PAGE, Scope.PROPOSE)
def send_new() -> AnyResponse:
    """What it would cost; or, once that was seen, the beginning."""
    form = request.form
    texts = {name: form.get(name, "")[: 2 * LONGEST_TEXT] for name in _FIELDS}
    asked = asked_of(texts, tuple(form.getlist("kinds")), _backends())
    if asked.brief is None:
        return _page(asked, status=422)
    brief = asked.brief
    try:
        if form.get("do") == "start" and form.get("seen") == _seen(brief):
            return _begun(brief)
        return _page(asked, price=price_of(brief), seen=_seen(brief))
    except ServiceError as error:
        return _page(asked, failed=error, status=error.status)


def price_of(brief: Brief) -> Price:
    """What a research would take, for people.  Raises as `Researcher.estimate`."""
    estimates = services().researcher.estimate(brief)
    if brief.backend != API:
        return Price((), _AGENT)
    lines = tuple((RESEARCHERS[topic].title, each.words) for topic, each in estimates)
    return Price(lines, _sum(estimates, brief))


def _sum(estimates: tuple[tuple[str, Estimate], ...], brief: Brief) -> str:
    """The sum; a price that is not known stays unknown."""
    most = [each.usd_most for _, each in estimates]
    pages = "Pages that they read come on top, and the summary."
    ceiling = f"All of it ends at ${brief.usd:f} and after {brief.minutes} minutes at the latest."
    if any(each is None for each in most):
        return (
            f"The price of this model is not known, so that only tokens are counted. {pages} It"
            f" ends after {brief.minutes} minutes at the latest."
        )
    known = sum((each for each in most if each is not None), Decimal())
    today = short_of(brief.usd, services().assistant.purse.left_today())
    return f"At most ${known:.4f} for what is known now. {pages} {ceiling}{today}"


def short_of(usd: Decimal, left: Decimal | None) -> str:
    """What is to be said when the day does not leave `usd` (None: it has no ceiling)."""
    if left is None or left >= usd:
        return ""
    return (
        f" Of what may be spent today (UTC) only ${left:.2f} are left, so that it may end before,"
        " or some may not begin."
    )


def _begun(brief: Brief) -> AnyResponse:
    who = known_principal()
    if brief.backend != API and not who.may(Scope.OPERATE):
        raise NotAllowedError(
            "your key may not run commands on this machine", "choose the API, or use another key"
        )
    live = f"/research/{brief.name}/live"
    try:
        services().researcher.begin(brief, who)
    except NameTakenError:
        if not _is_theirs(brief, who):
            raise
        return redirect(live, 303)  # They sent the form twice.
    services().follower.wake()
    note("research.begin", "ok", target=brief.name)
    return redirect(live, 303)


def _is_theirs(brief: Brief, who: Principal) -> bool:
    """Whether the research of that name is this very one."""
    known = services().researcher.run(brief.name)
    return known.brief == brief and known.person.person == who.person


class NotAllowedError(ServiceError):
    """Who asks may not choose this backend."""

    status = 403
    code = "not_allowed"


def _backends() -> tuple[str, ...]:
    """Those that can be chosen by whoever asks: the API first, if it is on."""
    found = services().researcher.backends
    if not known_principal().may(Scope.OPERATE):
        found = tuple(each for each in found if each == API)
    return found if services().assistant.on else tuple(
        each for each in found if each != API
    ) or (API,)  # fmt: skip


def _first(backends: tuple[str, ...]) -> str:
    """What is chosen until somebody chooses: the API if it is on, else an agent that is here."""
    missing = _missing()
    return next((each for each in backends if each not in missing), backends[0])


def _missing() -> frozenset[str]:
    """The agents whose program was not found on this machine, or does not start."""
    known = services().database.read(health_of)
    silent = {each.name for each in known if each.state != "works"}
    return frozenset(name for name, each in BACKENDS.items() if each.program in silent)


def _seen(brief: Brief) -> str:
    """Names the brief whose price was shown: another one is priced anew."""
    values = [brief.name, brief.decision, brief.scope, brief.kinds, brief.stage, brief.domains,
              brief.backend, f"{brief.usd:f}", brief.minutes, brief.about]  # fmt: skip
    return hashlib.sha256(json.dumps(values).encode("utf-8", "replace")).hexdigest()[:32]


def _page(
    asked: Asked,
    *,
    price: Price | None = None,
    seen: str = "",
    failed: ServiceError | None = None,
    status: int = 200,
) -> Response:
    runs = services().database.read(lambda db: records.latest(db, _MOST_LISTED))
    wrong: Mapping[str, str] = asked.wrong
    return page(
        "research/new.html",
        title="New research",
        section="research",
        status=status,
        styles=("research.css",),
        said=asked.texts,
        kinds=asked.kinds,
        wrong=wrong,
        first=next((name for name in _ORDER if name in wrong), ""),
        topics=RESEARCHERS,
        stages=_STAGES,
        backends=_backends(),
        missing=_missing(),
        api=API,
        assistant=services().assistant,
        price=price,
        seen=seen,
        failed=failed,
        runs=runs,
        most_usd=MOST_USD,
        most_minutes=MOST_MINUTES,
        longest=LONGEST_TEXT,
    )


add_route(blueprint, _NEW, show_new, "GET")
add_route(blueprint, _NEW, send_new, "POST")
