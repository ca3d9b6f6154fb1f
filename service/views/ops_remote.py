"""`/ops/remote`: how the plan stands to its remote, what to do about it, and a look on demand."""

import sqlite3

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.errors import ServiceError
from service.events.delivery_search import Started, started_by
from service.events.plan_pushes import PlanPush, last_push
from service.executions.records import State
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.services import services
from service.views.admin_remote import sync_now
from service.views.execution_words import MARKS, word
from service.views.pages import page
from service.views.push_words import PUSH_MARKS, PUSH_WORDS

blueprint = Blueprint("ops_remote", __name__)


@guarded(Zone.PAGE, Scope.READ)
def show() -> Response:
    """How things stand."""
    return _page()


@guarded(Zone.PAGE, Scope.EDIT)
def sync() -> AnyResponse:
    """Look at the remote now, and show the outcome."""
    try:
        sync_now()
    except ServiceError as error:
        return _page(failed=error, status=error.status)
    return redirect(url_for("ops_remote.show"), 303)


def _pushed(db: sqlite3.Connection) -> tuple[PlanPush | None, tuple[Started, ...]]:
    """The last push, and what it started."""
    push = last_push(db)
    return push, started_by(db, push.delivery_id) if push is not None else ()


def _page(failed: ServiceError | None = None, status: int = 200) -> Response:
    push, runs = services().database.read(_pushed)
    return page(
        "remote.html",
        title="Remote",
        section="proposals",
        status=status,
        remote=services().planner.remote.record,
        push=push,
        runs=runs,
        marks=PUSH_MARKS,
        words=PUSH_WORDS,
        run_marks={state.value: mark for state, mark in MARKS.items()},
        run_words={state.value: word(state) for state in State},
        may_sync=known_principal().may(Scope.EDIT),
        failed=failed,
    )


add_route(blueprint, "/ops/remote", show, "GET")
add_route(blueprint, "/ops/remote/sync", sync, "POST")
