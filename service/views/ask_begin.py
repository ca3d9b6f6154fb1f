"""Beginning a plan: the consent that it needs, and the first commit, in the name of who agreed."""

from typing import Final

from flask import Response

from service.guard import audit
from service.guard.current import known_principal
from service.guard.principal import Scope
from service.interview.desk import Way
from service.interview.records import BegunRecord, StandingRecord
from service.interview.sessions import Session
from service.planning.authors import author_of
from service.services import services
from service.views.pages import page

_STYLES: Final = ("ask.css",)


def begin_plan(
    way: Way, *, title: str = "", name: str = "", text: str = "", init: bool = False
) -> BegunRecord:
    """Begin a plan and note it in the audit log.  Raises as `InterviewDesk.begin` does."""
    who = known_principal()
    begun = services().interviews.begin(
        way, author_of(who), title=title, name=name, text=text, init=init
    )
    audit.note("plan.begin", "ok", target=way, commit=begun.commit)
    return begun


def consent_page(
    standing: StandingRecord, session: Session, title: str, *, refused: bool = False
) -> Response:
    """What has to be made before the accepted parts can be looked at; nothing is made yet."""
    return page(
        "ask/consent.html",
        title="Begin the plan",
        section="ask",
        status=422 if refused else 409,
        styles=_STYLES,
        standing=standing,
        session=session,
        plan_title=title or standing.title,
        refused=refused,
        may_begin=known_principal().may(Scope.EDIT),
    )
