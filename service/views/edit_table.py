"""`/edit/table`: many items at once, as one commit.

A script makes a table of it that is edited in place.  Without one, `?plain=1` ticks rows and says
what they get.
"""

import json
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from service.errors import BadRequestError, ServiceError
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.desk import Target
from service.planning.edits import MOST_EDITS
from service.planning.records import EntryRecord, OutlineRecord
from service.services import services
from service.views.bulk_form import FIELDS, Bulk
from service.views.edit_review import review_page
from service.views.pages import page
from service.views.table_columns import TABLE_KINDS, columns_of, for_script

blueprint = Blueprint("edit_table", __name__)
_SCRIPTS: Final = (
    "api.js", "elements.js", "drafts.js", "tsv.js", "table-values.js", "table-model.js",
    "table-choices.js", "table-filter.js", "table-columns.js", "table-cells.js", "table-grid.js",
    "table-editor.js", "table-steps.js", "table-clipboard.js", "table-bulk.js", "table-keys.js",
    "table-checks.js", "table-unsaved.js", "table.js",
)  # fmt: skip
_STYLES: Final = ("table.css", "table-grid.css")
_EACH_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which items are shown, as the address says it."""

    kind: str
    phase: str
    milestone: str
    status: str
    proposal: str

    @classmethod
    def of_request(cls) -> Self:
        """Of the request.  Raises BadRequestError for a kind that has no table."""
        kind = request.values.get("kind") or "requirement"
        if kind not in TABLE_KINDS:
            raise BadRequestError(
                f"there is no table of the kind {kind!r}", "choose " + ", ".join(TABLE_KINDS)
            )
        names = ("phase", "milestone", "status", "proposal")
        return cls(kind, *(request.values.get(name, "").strip()[:210] for name in names))

    def address(self, **more: str | int) -> str:
        """The same as an address, with more in its query; an empty value is left out."""
        names = ("kind", "phase", "milestone", "status", "proposal")
        known = {name: getattr(self, name) for name in names} | more
        return f"/edit/table?{urlencode({key: each for key, each in known.items() if each})}"

    def fits(self, entry: EntryRecord, outline: OutlineRecord) -> bool:
        """Whether an item is shown."""
        if entry.kind != self.kind or (self.status and entry.status != self.status):
            return False
        if self.phase and self.phase not in (*entry.phases, entry.id):
            return False
        return not self.milestone or self.milestone in _milestones(entry, outline)


def _milestones(entry: EntryRecord, outline: OutlineRecord) -> set[str]:
    """The milestones that an item belongs to, or is."""
    of_phases = {each.milestone for each in outline.entries if each.id in entry.phases}
    return {entry.milestone, entry.id, *of_phases}


@guarded(Zone.PAGE, Scope.PROPOSE)
def table() -> Response:
    """The table; with `plain`, the form of it that needs no script."""
    chosen = Chosen.of_request()
    if request.args.get("plain"):
        return _plain(chosen, Bulk.empty(chosen.kind))
    setup = {
        **for_script(chosen.kind),
        "kind": chosen.kind,
        "phase": chosen.phase,
        "milestone": chosen.milestone,
        "status": chosen.status,
        "proposal": chosen.proposal,
        "most": MOST_EDITS,
    }
    return page(
        "edit_table.html",
        title=TABLE_KINDS[chosen.kind],
        scripts=_SCRIPTS,
        styles=_STYLES,
        chosen=chosen,
        kinds=TABLE_KINDS,
        setup=json.dumps(setup),
    )


@guarded(Zone.PAGE, Scope.PROPOSE)
def change() -> Response:
    """Look at what the form without a script asks for; what was typed stays when it is wrong."""
    chosen = Chosen.of_request()
    bulk = Bulk.of(request.form, chosen.kind)
    place = Target(proposal=chosen.proposal)
    try:
        rows = services().plan.rows(chosen.kind, list(bulk.ticked), place).rows
        edit = bulk.edit(chosen.kind, rows)
        back = chosen.address(plain=1, page=_number())
        return review_page(edit, proposal=chosen.proposal, back=back)
    except ServiceError as error:
        return _plain(chosen, bulk, error)


def _plain(chosen: Chosen, bulk: Bulk, error: ServiceError | None = None) -> Response:
    place = Target(proposal=chosen.proposal)
    outline = services().plan.outline(place, (chosen.kind, "phase", "milestone"))
    found = [each for each in outline.entries if chosen.fits(each, outline)]
    last = max(1, -(-len(found) // _EACH_PAGE))
    number = min(_number(), last)
    shown = found[(number - 1) * _EACH_PAGE : number * _EACH_PAGE]
    blobs = services().plan.rows(chosen.kind, [each.id for each in shown], place).rows
    return page(
        "edit_table_plain.html",
        title=TABLE_KINDS[chosen.kind],
        styles=("table.css",),
        status=error.status if error is not None else 200,
        chosen=chosen,
        kinds=TABLE_KINDS,
        columns=[each for each in columns_of(chosen.kind) if each.name in FIELDS[chosen.kind]],
        outline=outline,
        shown=shown,
        # A row that was ticked is changed upon what the person saw.
        blobs={each.id: each.blob for each in blobs} | dict(bulk.ticked),
        rows={each.id: each for each in blobs},
        count=len(found),
        number=number,
        last=last,
        bulk=bulk,
        error=error,
    )


def _number() -> int:
    text = request.values.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 7 else 1


add_route(blueprint, "/edit/table", table, "GET")
add_route(blueprint, "/edit/table", change, "POST")
