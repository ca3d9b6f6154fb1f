"""`/diff/OLD..NEW`: what changed in the plan between two revisions, and choosing them."""

import re
from typing import Final
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from planner.model.fields import KINDS
from planner.trace.changelog import SORTS
from service.errors import ServiceError
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.past_records import DiffRecord, RevisionsRecord
from service.services import services
from service.views.ages import age
from service.views.change_groups import by_place
from service.views.diff_view import file_views
from service.views.pages import page

blueprint = Blueprint("plan_diff", __name__)
PER_PAGE: Final = 200
_STYLES = ("proposals.css",)
_NUMBER = re.compile(r"[1-9][0-9]{0,4}")
_LONGEST = 220


@guarded(Zone.PAGE, Scope.READ)
def choose() -> AnyResponse:
    """The form that chooses two revisions, and its answer: the way to their difference."""
    old, new = (_chosen(name) for name in ("from", "to"))
    if old and new:
        return redirect(_address(old, new), 303)
    return _form(old, new)


@guarded(Zone.PAGE, Scope.READ)
def show(span: str) -> AnyResponse:
    """The changes, filtered by the query; with `?as=markdown` all of them as a document."""
    old, sign, new = span.partition("..")
    if not sign or not old or not new or new.startswith("."):
        return _form(old, new, error="These are not two revisions, as in v1.0..main.", status=404)
    try:
        if request.args.get("as") == "markdown":
            return _document(old, new)
        found = _look(old, new)
    except ServiceError as error:
        if error.status not in {404, 409, 422}:
            raise
        words = f"{error.message[:1].upper()}{error.message[1:]}"
        text = f"{words}: {error.hint}." if error.hint else f"{words}."
        return _form(old, new, error=text, status=error.status)
    return _page(found)


def _look(old: str, new: str) -> DiffRecord:
    return services().plan.diff(
        old,
        new,
        sort=sort if (sort := request.args.get("sort", "")) in (*SORTS, "weakened") else "",
        kind=kind if (kind := request.args.get("kind", "")) in KINDS else "",
        milestone=request.args.get("milestone", "")[:_LONGEST],
        skip=(_number() - 1) * PER_PAGE,
        count=PER_PAGE,
        files=_number() == 1,
    )


def _page(found: DiffRecord) -> Response:
    address = _address(found.old, found.new)
    asked = {name: request.args.get(name, "") for name in ("sort", "kind", "milestone")}
    filters = {name: value for name, value in asked.items() if value}
    return page(
        "plan_diff.html",
        title=f"{found.old} to {found.new}",
        section="proposals",
        styles=_STYLES,
        found=found,
        address=address,
        back=_address(found.new, found.old),
        choose_again=f"/diff/?{urlencode({'from': found.old, 'other_to': ''})}",
        milestones=by_place(found.changes),
        files=file_views(found.files),
        asked=asked,
        filtered=bool(filters),
        sorts=[each for each in ("weakened", *SORTS) if found.counts.get(each)],
        kinds=tuple(KINDS),
        every=sum(count for name, count in found.counts.items() if name != "weakened"),
        number=_number(),
        pages=-(-found.total // PER_PAGE),
        query=f"&{urlencode(filters)}" if filters else "",
    )


def _document(old: str, new: str) -> Response:
    text = services().plan.changelog(old, new)
    answer = Response(text, content_type="text/markdown; charset=utf-8")
    name = re.sub(r"[^0-9A-Za-z.-]+", "-", f"changes-{old}-{new}")[:100].strip("-.")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.md"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _form(old: str, new: str, *, error: str = "", status: int = 200) -> Response:
    found: RevisionsRecord = services().plan.revisions()
    names = {each.name for each in found.revisions}
    # What changed since the last tag, or else with the last commit, is asked for most.
    commits = [each.name for each in found.revisions if each.kind == "commit"]
    tags = [each.name for each in found.revisions if each.kind == "tag"]
    since = next(iter((*tags, *commits[1:])), "")
    return page(
        "diff_choose.html",
        title="Compare two revisions",
        section="proposals",
        styles=_STYLES,
        status=status,
        branch=found.branch,
        groups=[
            (label, [each for each in found.revisions if each.kind == kind])
            for kind, label in (("branch", "Branches"), ("tag", "Tags"), ("commit", "Commits"))
        ],
        chosen={"from": old or since, "to": new or found.branch},
        other={"from": old if old not in names else "", "to": new if new not in names else ""},
        error=error,
        age=age,
    )


def _chosen(name: str) -> str:
    """The revision that was typed, or else the one that was chosen."""
    typed = request.args.get(f"other_{name}", "").strip()
    return (typed or request.args.get(name, ""))[:_LONGEST]


def _address(old: str, new: str) -> str:
    return f"/diff/{quote(old)}..{quote(new)}"


def _number() -> int:
    asked = request.args.get("page", "")
    return int(asked) if _NUMBER.fullmatch(asked) else 1


add_route(blueprint, "/diff", choose, "GET")
add_route(blueprint, "/diff/<path:span>", show, "GET")
