"""`/ops/audit`: administrators read who did what."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from service.guard import audit_log
from service.guard.audit_log import Detail
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.services import services
from service.views.pages import page

blueprint = Blueprint("ops_audit", __name__)
_ROWS = 100
_NUMBER = re.compile(r"[1-9][0-9]{0,15}")
_ACTION = re.compile(r"[a-z][a-z_.-]{0,63}")


# How the details of a row read, in this order; others stand behind them as they are.
_WORDS: Final[Mapping[str, Callable[[Detail], str]]] = {
    "label": lambda value: f"“{value}”",
    "holder": lambda value: f"for {value}",
    "scopes": lambda value: f"may {value}",
    "expires_at": lambda value: f"ends {str(value)[:10]}",
    "successor": lambda value: f"replaced by {value}",
    "overlap_s": lambda value: f"works on for {_span(value)}",
    "how": lambda value: f"with a {value}",
    "origin": lambda value: f"origin: {value}",
    "reason": str,
}


def told(details: Mapping[str, Detail]) -> str:
    """The details of a row in words for people."""
    named = [say(details[name]) for name, say in _WORDS.items() if _said(details.get(name))]
    other = [
        f"{name.replace('_', ' ')}: {value}"
        for name, value in details.items()
        if name not in _WORDS and _said(value)
    ]
    return ", ".join([*named, *other])


def _said(value: Detail) -> bool:
    return value is not None and value != ""


def _span(seconds: Detail) -> str:
    if not isinstance(seconds, int) or seconds % 3600:
        return f"{seconds} s"
    return f"{seconds // 3600} h"


@guarded(Zone.PAGE, Scope.ADMIN)
def log() -> Response:
    """A part of the log, newest first; the address says which part and which action."""
    asked = request.args.get("before", "")
    before = int(asked) if _NUMBER.fullmatch(asked) else None
    action = request.args.get("action", "")
    action = action if _ACTION.fullmatch(action) else ""
    found, actions = services().database.read(
        lambda db: (
            audit_log.rows(db, limit=_ROWS + 1, before=before, action=action),
            audit_log.actions(db),
        )
    )
    rows = found[:_ROWS]
    older = {"action": action, "before": str(rows[-1].number)} if len(found) > _ROWS else {}
    return page(
        "audit.html",
        title="Audit",
        section="audit",
        rows=rows,
        told=told,
        actions=actions,
        action=action,
        newest=f"/ops/audit?{urlencode({'action': action})}" if before else "",
        older=f"/ops/audit?{urlencode(older)}" if older else "",
    )


add_route(blueprint, "/ops/audit", log, "GET")
