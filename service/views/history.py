"""`/history/<kind>/<id>`: the past of an item, any two of its versions, and the way back to one."""

import re
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, request

from planner.model.fields import FIELDS, KINDS
from service.errors import BadRequestError, NotFoundError
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.edits import RestoreEdit
from service.planning.past_records import HistoryRecord
from service.services import services
from service.views.ages import age
from service.views.diff_view import file_views
from service.views.edit_review import review_page
from service.views.item_page import page_of
from service.views.pages import page

blueprint = Blueprint("history", __name__)
PER_PAGE: Final = 30
_STYLES = ("proposals.css",)
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_BLOB = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_LONGEST_VALUE = 160


@guarded(Zone.PAGE, Scope.READ)
def show(kind: str, item_id: str) -> Response:
    """Its versions; with `?from=` and `?to=` two of them side by side."""
    if request.args.get("from") or request.args.get("to"):
        return _between(_kind(kind), item_id)
    number = int(asked) if _NUMBER.fullmatch(asked := request.args.get("page", "")) else 1
    found = services().plan.history(
        item_id, _kind(kind), skip=(number - 1) * PER_PAGE, count=PER_PAGE
    )
    return page(
        "history.html",
        title=f"History of {found.title or found.id}",
        styles=_STYLES,
        found=found,
        heading=_heading(found),
        address=_address(found.kind, found.id),
        page_of_item="" if found.deleted else page_of(found.kind, found.id),
        fields=_fields(found),
        number=number,
        pages=-(-found.total // PER_PAGE),
        may_propose=known_principal().may(Scope.PROPOSE),
        age=age,
    )


@guarded(Zone.PAGE, Scope.PROPOSE)
def restore(kind: str, item_id: str) -> Response:
    """Show what it would do to give the item the text of an earlier version."""
    old, blob = request.form.get("old_blob", ""), request.form.get("blob", "")
    if not _BLOB.fullmatch(old) or (blob and not _BLOB.fullmatch(blob)):
        raise BadRequestError("this names no version", "choose one on the page of its history")
    if kind not in KINDS:
        raise NotFoundError(f"there is no kind of item called {kind!r}")
    edit = RestoreEdit.model_validate({"kind": kind, "id": item_id, "old_blob": old, "blob": blob})
    return review_page(edit, back=_address(kind, item_id))


def _between(kind: str, item_id: str) -> Response:
    old, new = request.args.get("from", ""), request.args.get("to", "")
    for commit in filter(None, (old, new)):
        if not _COMMIT.fullmatch(commit):
            raise NotFoundError("there is no such version", "choose two from its history")
    found = services().plan.between(item_id, kind, old, new)
    return page(
        "history_between.html",
        title=f"Two versions of {found.id}",
        styles=_STYLES,
        found=found,
        address=_address(found.kind, found.id),
        files=file_views([found.file]),
        may_propose=known_principal().may(Scope.PROPOSE),
        labels=_labels(found.kind),
        age=age,
    )


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise NotFoundError("no kind of item has this name", f"the kinds are {', '.join(KINDS)}")
    return kind


def _address(kind: str, item_id: str) -> str:
    return f"/history/{kind}/{quote(item_id)}"


def _heading(found: HistoryRecord) -> str:
    return found.title or found.id


def _labels(kind: str) -> dict[str, str]:
    return {row.name: row.label for row in FIELDS[kind]}


def _fields(found: HistoryRecord) -> list[dict[str, object]]:
    """Each field of the item with its present value, and who gave it that."""
    labels = _labels(found.kind)
    values = found.values
    return [
        {
            "label": labels.get(each.field, each.field.replace("_", " ")),
            "value": _shortened(values.get(each.field)),
            "blame": each,
        }
        for each in found.blame
    ]


def _shortened(value: object) -> str:
    """A value as one short line."""
    text = " ".join(_text(value).split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1].rstrip()}…"


def _text(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(str(each) for each in value.values() if isinstance(each, str) and each)
    if isinstance(value, list | tuple):
        return " · ".join(filter(None, map(_text, value)))
    return str(value) if value is not None and value is not False else ""


add_route(blueprint, "/history/<kind>/<path:item_id>", show, "GET")
add_route(blueprint, "/history/<kind>/<path:item_id>", restore, "POST", name="restore")
