"""`/ops/deliveries`: the events that came, and one of them with all that became of it."""

import json
import re
import sqlite3
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from service.errors import NotFoundError, ServiceError
from service.events import delivery_deeds as deeds
from service.events.delivery_search import (
    LONGEST,
    DeliveryFilter,
    Inspected,
    Listed,
    hearing_triggers,
    inspect,
    list_deliveries,
    names_of,
)
from service.executions.records import State
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.observability.redact import redactor
from service.services import services
from service.views.admin_deliveries import headers_of
from service.views.execution_words import MARKS, size, word
from service.views.pages import page
from service.views.push_words import PUSH_MARKS, PUSH_WORDS

blueprint = Blueprint("ops_deliveries", __name__)
DOORS: Final[Mapping[str, str]] = {"webhook": "webhook", "github": "GitHub"}
_ROWS: Final = 50
# Of a body so much is shown; all of it is in the JSON.
_SHOWN: Final = 200_000
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_EVENT: Final = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what is not right counts as not given."""

    source: str = ""
    event: str = ""
    trigger: str = ""
    fired: str = ""
    since: str = ""
    until: str = ""
    q: str = ""
    before: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> "Asked":
        """What stands in a query."""
        return cls(
            source=args["source"] if args.get("source") in DOORS else "",
            event=_like(_EVENT, args.get("event", "").strip()),
            trigger=_like(_ID, args.get("trigger", "")),
            fired=args["fired"] if args.get("fired") in ("yes", "no") else "",
            since=_like(_DAY, args.get("since", "")),
            until=_like(_DAY, args.get("until", "")),
            q=args.get("q", "").replace("\0", " ").strip()[:LONGEST],
            before=_like(_NUMBER, args.get("before", "")),
        )

    def filter(self) -> DeliveryFilter:
        """The same for the database; the last day counts as a whole."""
        return DeliveryFilter(
            source=self.source,
            event=self.event,
            trigger_id=self.trigger,
            fired={"yes": True, "no": False}.get(self.fired),
            text=self.q,
            since=self.since,
            until=f"{self.until}T99" if self.until else "",
            before=int(self.before) if self.before else None,
        )

    def address(self, before: str = "") -> str:
        """The address that asks for this, from the newest or from some row on."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        given = {name: value for name, value in {**values, "before": before}.items() if value}
        return f"/ops/deliveries?{urlencode(given)}" if given else "/ops/deliveries"


def _like(form: re.Pattern[str], text: str) -> str:
    return text if form.fullmatch(text) else ""


@dataclass(frozen=True, slots=True)
class Part:
    """What the list shows; `choices` are the triggers to choose from, `names` those it names."""

    rows: tuple[Listed, ...]
    total: int
    choices: Mapping[str, str]
    names: Mapping[str, str]


@guarded(Zone.PAGE, Scope.READ)
def list_page() -> Response:
    """The newest first; the address says which."""
    asked = Asked.of(request.args)
    part = services().database.read(lambda db: _part(db, asked))
    older = asked.address(str(part.rows[-1].number)) if part.total > len(part.rows) > 0 else ""
    return page(
        "deliveries.html",
        title="Deliveries",
        section="deliveries",
        part=part,
        asked=asked,
        here=asked.address(),
        newest=asked.address() if asked.before else "",
        older=older,
        refused=services().receiver.refused,
        doors=DOORS,
        size=size,
    )


def _part(db: sqlite3.Connection, asked: Asked) -> Part:
    rows, total = list_deliveries(db, asked.filter(), limit=_ROWS, offset=0)
    names = names_of(db, {each for row in rows for each in row.fires})
    return Part(rows, total, hearing_triggers(db), names)


@guarded(Zone.PAGE, Scope.READ)
def show_page(delivery_id: str) -> Response:
    """One delivery."""
    return _show(delivery_id)


@guarded(Zone.PAGE, Scope.OPERATE)
def redeliver(delivery_id: str) -> AnyResponse:
    """Judge it once more, and show the new delivery."""
    try:
        made = deeds.redeliver(delivery_id)
    except NotFoundError:
        raise
    except ServiceError as error:
        return _show(delivery_id, error)
    return redirect(f"/ops/deliveries/{made.delivery_id}", 303)


def _show(delivery_id: str, failed: ServiceError | None = None) -> Response:
    """Raises NotFoundError."""
    if not _ID.fullmatch(delivery_id):
        raise NotFoundError("there is no such delivery")
    found, body = services().database.read(lambda db: _read(db, delivery_id))
    return page(
        "delivery.html",
        title=f"Delivery {found.delivery.event or found.delivery.source}",
        section="deliveries",
        status=failed.status if failed is not None else 200,
        found=found,
        it=found.delivery,
        headers=headers_of(found),
        body=body[:_SHOWN],
        cut=len(body) > _SHOWN,
        failed=failed,
        push_marks=PUSH_MARKS,
        push_words=PUSH_WORDS,
        may_operate=known_principal().may(Scope.OPERATE),
        doors=DOORS,
        marks={state.value: mark for state, mark in MARKS.items()},
        words={state.value: word(state) for state in State},
        size=size,
    )


def _read(db: sqlite3.Connection, delivery_id: str) -> tuple[Inspected, str]:
    """The delivery and its body for people: made here, since a large one takes its time."""
    found = inspect(db, delivery_id)
    return found, readable(found.delivery.body)


def readable(body: bytes) -> str:
    """A body of JSON in lines, without what looks like a secret, and with nothing invisible.

    Characters that steer how others are shown (directions of writing, for instance) stand as JSON
    escapes, so that what is read is what was sent.
    """
    pretty = json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    shown = redactor.lines(pretty)
    if shown.isascii():
        return shown
    return "".join(
        f"\\u{ord(each):04x}" if unicodedata.category(each) in ("Cf", "Cc", "Zl", "Zp")
        and each != "\n" else each
        for each in shown
    )  # fmt: skip


add_route(blueprint, "/ops/deliveries", list_page, "GET")
add_route(blueprint, "/ops/deliveries/<delivery_id>", show_page, "GET")
add_route(blueprint, "/ops/deliveries/<delivery_id>/redeliver", redeliver, "POST")
