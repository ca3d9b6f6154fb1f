"""`/ops/triggers`: what starts what, as pages: a list, a form, its history, and trying it out."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.api.body import parse_json
from service.clock import now, stamp
from service.errors import BadRequestError, NotFoundError, ServiceError
from service.events import fires, trying
from service.events import trigger_deeds as deeds
from service.events import trigger_history as history
from service.events import trigger_records as records
from service.events.judging import json_object
from service.events.matching import Check
from service.events.trigger_records import Trigger
from service.events.trigger_runs import LATEST, Runs, Waiting, runs_of, waiting_of
from service.events.trigger_schema import UnfitTriggerError, next_times
from service.events.trigger_writing import MOST, ChangedMeanwhileError
from service.executions.prompts import PLACEHOLDERS
from service.executions.records import State
from service.executions.service import Rehearsal
from service.executions.tool_health import ToolHealth, health_of
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.services import services
from service.views.ages import age
from service.views.execution_words import MARKS, word
from service.views.pages import page
from service.views.trigger_form import GROUPS, INPUTS, Typed, first_wrong
from service.views.trigger_trials import explained, rehearsed, sample_of

blueprint = Blueprint("ops_triggers", __name__)
SOURCES: Final[Mapping[str, str]] = {
    "webhook": "webhook",
    "github": "GitHub",
    "schedule": "schedule",
    "manual": "by hand",
}
_REVISIONS: Final = 20
_FIRES: Final = 10
_NUMBER_LENGTH: Final = 9


@dataclass(frozen=True, slots=True)
class Tried:
    """What stands in the form that tries a trigger, and what came of it."""

    message: str = ""
    event: str = ""
    payload: str = ""
    delivery: str = ""
    problem: str = ""
    rehearsal: Rehearsal | None = None
    checks: tuple[Check, ...] = ()

    @property
    def fires(self) -> bool:
        """Whether the event would fire the trigger."""
        return trying.fires(self.checks)


@dataclass(frozen=True, slots=True)
class Known:
    """What is read of one trigger for its page."""

    trigger: Trigger
    runs: Runs | None
    waiting: Waiting
    fires: tuple[fires.Fire, ...]
    revisions: tuple[history.Revision, ...]
    revision_count: int


@guarded(Zone.PAGE, Scope.READ)
def triggers() -> Response:
    """All triggers by name."""
    return _list()


@guarded(Zone.PAGE, Scope.ADMIN)
def new() -> Response:
    """The form of a new trigger."""
    return _new(Typed.new())


@guarded(Zone.PAGE, Scope.ADMIN)
def make() -> AnyResponse:
    """Make it; what was typed stays in the form when it is not right."""
    typed = Typed.of_form(request.form)
    try:
        made = deeds.make(typed.values())
    except UnfitTriggerError as error:
        return _new(typed, problems=error.problems)
    except ServiceError as error:
        return _new(typed, failed=error)
    return redirect(url_for("ops_triggers.trigger", trigger_id=made.id, done="made"), 303)


@guarded(Zone.PAGE, Scope.READ)
def trigger(trigger_id: str) -> Response:
    """One trigger: its form, trying it, its history."""
    delivery = request.args.get("delivery", "")[:64]
    return _page(trigger_id, tried=Tried(delivery=delivery))


@guarded(Zone.PAGE, Scope.ADMIN)
def save(trigger_id: str) -> AnyResponse:
    """Save the form as a new revision."""
    typed = Typed.of_form(request.form)
    base = _number(request.form.get("revision", "")) if "revision" in request.form else None
    try:
        deeds.change(trigger_id, typed.values(), base)
    except UnfitTriggerError as error:
        return _page(trigger_id, typed, problems=error.problems, base=base)
    except ChangedMeanwhileError as error:
        return _page(trigger_id, _over(trigger_id, typed, base), failed=error)
    except ServiceError as error:
        return _page(trigger_id, typed, failed=error, base=base)
    return _done(trigger_id, "saved")


@guarded(Zone.PAGE, Scope.ADMIN)
def switch(trigger_id: str) -> AnyResponse:
    """Switch it on or off; one that is not complete is mended in its form first."""
    on = request.form.get("on") == "yes"
    try:
        deeds.change(trigger_id, {"enabled": on})
    except UnfitTriggerError as error:
        return _page(trigger_id, problems=error.problems)
    except ServiceError as error:
        return _list(error)
    if request.form.get("back") == "list":
        return redirect(url_for("ops_triggers.triggers", done=trigger_id), 303)
    return _done(trigger_id, "on" if on else "off")


@guarded(Zone.PAGE, Scope.OPERATE)
def run(trigger_id: str) -> AnyResponse:
    """Run it now, and go to the page of the run."""
    try:
        made = deeds.run(
            trigger_id,
            message=_text("message", 20_000),
            queue=request.form.get("queue") == "yes",
        )
    except ServiceError as error:
        return _page(trigger_id, failed=error)
    return redirect(f"/ops/executions/{made.id}", 303)


@guarded(Zone.PAGE, Scope.READ)
def attempt(trigger_id: str) -> Response:
    """Show what a run would be, or whether an event would fire it; nothing is started."""
    tried = Tried(
        _text("message", 20_000),
        _text("event", 64),
        _text("payload", 500_000),
        _text("delivery", 64),
    )
    known = services().database.read(lambda db: records.get(db, trigger_id))
    try:
        sample = _sample(tried)
        if request.form.get("do") == "test":
            tried = _with(tried, checks=explained(known, sample))
        else:
            cause = trying.cause_of(known, sample, tried.message)
            tried = _with(tried, rehearsal=rehearsed(known, cause))
    except ServiceError as error:
        tried = _with(tried, problem=f"{error.message}{f': {error.hint}' if error.hint else ''}")
    return _page(trigger_id, tried=tried)


@guarded(Zone.PAGE, Scope.ADMIN)
def roll_back(trigger_id: str) -> AnyResponse:
    """Take up the template of an earlier revision."""
    try:
        deeds.roll_back(trigger_id, _number(request.form.get("revision", "")))
    except ServiceError as error:
        return _page(trigger_id, failed=error)
    return _done(trigger_id, "back")


@guarded(Zone.PAGE, Scope.ADMIN)
def delete(trigger_id: str) -> AnyResponse:
    """Delete it."""
    try:
        gone = deeds.delete(trigger_id)
    except ServiceError as error:
        return _page(trigger_id, failed=error)
    return redirect(url_for("ops_triggers.triggers", gone=gone.name), 303)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > _NUMBER_LENGTH:
        raise BadRequestError("that is no revision", "choose one of the history")
    return int(text)


def _over(trigger_id: str, typed: Typed, base: int | None) -> Typed:
    """What was typed into the form of an earlier revision, on top of the present one."""

    def work(db: sqlite3.Connection) -> tuple[history.Revision, Trigger]:
        return history.get_revision(db, trigger_id, base or 0), records.get(db, trigger_id)

    try:
        earlier, present = services().database.read(work)
    except NotFoundError:
        # No revision that it ever had: nothing tells what was typed from what was there.
        return typed
    return typed.over(Typed.of_revision(earlier.fields), Typed.of(present))


def _list(failed: ServiceError | None = None) -> Response:
    def work(
        db: sqlite3.Connection,
    ) -> tuple[tuple[Trigger, ...], Mapping[str, Runs], tuple[ToolHealth, ...]]:
        found, _ = records.list_triggers(db, limit=MOST, offset=0)
        return found, runs_of(db, [each.id for each in found]), health_of(db)

    found, runs, agents = services().database.read(work)
    who = known_principal()
    return page(
        "triggers.html",
        title="Triggers",
        section="triggers",
        status=failed.status if failed else 200,
        triggers=found,
        runs=runs,
        latest=LATEST,
        agents=agents,
        age=age,
        failed=failed,
        changed=next((each for each in found if each.id == request.args.get("done")), None),
        gone=request.args.get("gone", "")[:100],
        may_change=who.may(Scope.ADMIN),
        may_run=who.may(Scope.OPERATE),
        **_words(),
    )


def _new(
    typed: Typed, problems: Mapping[str, str] | None = None, failed: ServiceError | None = None
) -> Response:
    status = 400 if problems else failed.status if failed else 200
    return page(
        "trigger_new.html",
        title="New trigger",
        section="triggers",
        status=status,
        scripts=("api.js", "triggers.js"),
        failed=failed,
        **_form(typed, problems or {}, known=None),
    )


def _page(
    trigger_id: str,
    typed: Typed | None = None,
    *,
    problems: Mapping[str, str] | None = None,
    failed: ServiceError | None = None,
    tried: Tried | None = None,
    base: int | None = None,
) -> Response:
    """`base`: the revision that the form was filled in from; the present one without.

    Raises NotFoundError.
    """
    known = services().database.read(lambda db: _known(db, trigger_id))
    status = 400 if problems or (tried and tried.problem) else failed.status if failed else 200
    who = known_principal()
    return page(
        "trigger.html",
        title=known.trigger.name,
        section="triggers",
        status=status,
        scripts=("api.js", "triggers.js"),
        known=known,
        base=base or known.trigger.revision,
        meanwhile=isinstance(failed, ChangedMeanwhileError),
        revisions=_differences(known.revisions),
        failed=failed,
        tried=tried or Tried(),
        done=request.args.get("done", ""),
        has_token=bool(services().settings.github_token),
        may_run=who.may(Scope.OPERATE),
        latest=LATEST,
        **_words(),
        **_form(typed or Typed.of(known.trigger), problems or {}, known=known.trigger),
    )


def _known(db: sqlite3.Connection, trigger_id: str) -> Known:
    known = records.get(db, trigger_id)
    # One more, for what the oldest that is shown changed.
    revisions, count = history.revisions(db, trigger_id, limit=_REVISIONS + 1, offset=0)
    return Known(
        trigger=known,
        runs=runs_of(db, [trigger_id]).get(trigger_id),
        waiting=waiting_of(db, trigger_id, records.as_runnable(known).order),
        fires=fires.fires_of(db, trigger_id, _FIRES),
        revisions=revisions,
        revision_count=count,
    )


def _differences(
    found: tuple[history.Revision, ...],
) -> list[tuple[history.Revision, tuple[str, ...]]]:
    """The revisions to show, each with what it changed in the template."""
    older = [each.template for each in found[1:]]
    pairs = list(zip(found, older, strict=False))
    shown = [(each, history.difference(before, each.template)) for each, before in pairs]
    if len(found) <= _REVISIONS and found:
        shown.append((found[-1], ()))
    return shown


def _form(typed: Typed, problems: Mapping[str, str], known: Trigger | None) -> dict[str, Any]:
    """What the template of the form needs."""
    return {
        "groups": GROUPS,
        "inputs": INPUTS,
        "typed": typed,
        "problems": problems,
        "first": first_wrong(problems),
        "backends": deeds.backends(),
        "placeholders": PLACEHOLDERS,
        "next_fires": _next_fires(typed),
        "has": {
            "secret": known is not None and known.has_secret,
            "notify_secret": known is not None and known.has_notify_secret,
        },
        "may_change": known_principal().may(Scope.ADMIN),
    }


def _next_fires(typed: Typed) -> tuple[str, ...]:
    """The next times of the schedule in the form; none while it is not right."""
    if not typed.texts["cron"]:
        return ()
    try:
        found = next_times(typed.texts["cron"], typed.texts["time_zone"], now())
    except BadRequestError:
        return ()
    return tuple(map(stamp, found))


def _words() -> dict[str, Any]:
    return {"sources": SOURCES, "marks": {each.value: MARKS[each] for each in State}, "word": _word}


def _word(state: str) -> str:
    return word(State(state))


def _sample(tried: Tried) -> trying.Sample:
    if tried.delivery:
        if tried.payload.strip():
            raise BadRequestError("there are two events", "empty the payload, or the delivery")
        return sample_of(None, "", tried.delivery)
    text = tried.payload.strip()
    return sample_of(json_object(text.encode(), parse_json) if text else {}, tried.event, None)


def _with(tried: Tried, **more: Any) -> Tried:
    return Tried(tried.message, tried.event, tried.payload, tried.delivery, **more)


def _text(name: str, longest: int) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")[:longest].strip()


def _done(trigger_id: str, what: str) -> AnyResponse:
    return redirect(url_for("ops_triggers.trigger", trigger_id=trigger_id, done=what), 303)


_ONE: Final = "/ops/triggers/<trigger_id>"
add_route(blueprint, "/ops/triggers", triggers, "GET")
add_route(blueprint, "/ops/triggers/new", new, "GET")
add_route(blueprint, "/ops/triggers/new", make, "POST")
add_route(blueprint, _ONE, trigger, "GET")
add_route(blueprint, _ONE, save, "POST")
add_route(blueprint, f"{_ONE}/switch", switch, "POST")
add_route(blueprint, f"{_ONE}/run", run, "POST")
add_route(blueprint, f"{_ONE}/try", attempt, "POST")
add_route(blueprint, f"{_ONE}/rollback", roll_back, "POST")
add_route(blueprint, f"{_ONE}/delete", delete, "POST")
