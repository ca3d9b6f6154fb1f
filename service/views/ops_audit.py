"""`/ops/audit`: administrators read who did what."""

import re
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from service.guard import audit_log
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.services import services
from service.views.pages import page

blueprint = Blueprint("ops_audit", __name__)
_ROWS = 100
_NUMBER = re.compile(r"[1-9][0-9]{0,15}")
_ACTION = re.compile(r"[a-z][a-z_.-]{0,63}")


@guarded(Zone.PAGE, Scope.ADMIN)
def log() -> Response:
    """A part of the log, newest first; the address says which part and which action."""
    asked = request.args.get("before", "")
    before = int(asked) if _NUMBER.fullmatch(asked) else None
    action = request.args.get("action", "")
    action = action if _ACTION.fullmatch(action) else ""
    database = services().database
    found = database.read(
        lambda db: audit_log.rows(db, limit=_ROWS + 1, before=before, action=action)
    )
    rows = found[:_ROWS]
    older = {"action": action, "before": str(rows[-1].number)} if len(found) > _ROWS else {}
    return page(
        "audit.html",
        title="Audit",
        section="audit",
        rows=rows,
        actions=database.read(audit_log.actions),
        action=action,
        newest=f"/ops/audit?{urlencode({'action': action})}" if before else "",
        older=f"/ops/audit?{urlencode(older)}" if older else "",
    )


add_route(blueprint, "/ops/audit", log, "GET")
