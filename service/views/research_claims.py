"""`/research/<run>/propose`: tick claims, word the requirements that follow, and propose them."""

import re
from typing import Final

from flask import Blueprint, Response, request

from service.errors import ServiceError
from service.forms.choices import Choices
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.desk import HERE
from service.planning.failures import NotPossibleError, RefusedEditError
from service.planning.records import OutlineRecord
from service.research.edits import Wanted, drafts_edit
from service.research.reading import Findings, findings_of
from service.research.records import Run
from service.services import services
from service.views.edit_review import show
from service.views.edit_sending import NEW, Sending
from service.views.pages import page
from service.views.research_live import address, saved_claims, saved_documents

blueprint = Blueprint("research_claims", __name__)
_LONGEST: Final = 2_000
_CATEGORY: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,30}")


@guarded(Zone.PAGE, Scope.READ)
def show_claims(run: str) -> Response:
    """All claims of a run, with a box each."""
    known = services().researcher.run(run)
    return _page(known, findings_of(known))


@guarded(Zone.PAGE, Scope.PROPOSE)
def send_claims(run: str) -> Response:
    """The ticked claims with a text each to mend; or, once that is done, the review."""
    known = services().researcher.run(run)
    findings = findings_of(known)
    form = request.form
    ticked = set(form.getlist("claim"))
    wanted = [
        Wanted(each, (form.get(f"text.{each.id}", "")[:_LONGEST].strip() or each.text))
        for each in findings.claims
        if each.id in ticked
    ]
    if not wanted:
        return _page(known, findings, wrong="Tick the claims that something follows from.")
    phase, category = form.get("phase", ""), form.get("category", "").strip()
    if form.get("do") != "review":
        return _page(known, findings, wanted=wanted, phase=phase, category=category)
    if category and not _CATEGORY.fullmatch(category):
        wrong = "A category is letters and digits, such as AUTH."
        return _page(known, findings, wanted=wanted, phase=phase, wrong=wrong)
    if not saved_documents(known):
        wrong = "Save the documents of this research first: the claims must be in the plan."
        return _page(known, findings, wanted=wanted, phase=phase, category=category, wrong=wrong)
    edit = drafts_edit(known, wanted, phase=phase, category=category, findings=findings)
    try:
        services().plan.preview(edit, HERE)
    except (NotPossibleError, RefusedEditError) as error:
        return _page(known, findings, wanted=wanted, phase=phase, category=category, failed=error)
    title = f"Requirements from research {run}"
    return show(Sending(edit, back=address(run, "/propose"), where=NEW, title=title))


def _page(
    run: Run,
    findings: Findings,
    *,
    wanted: list[Wanted] | None = None,
    phase: str = "",
    category: str = "",
    wrong: str = "",
    failed: ServiceError | None = None,
) -> Response:
    outline = services().plan.outline(HERE)
    return page(
        "research/claims.html",
        title=f"Claims of {run.name}",
        section="research",
        status=failed.status if failed is not None else 422 if wrong else 200,
        styles=("research.css",),
        run=run,
        findings=findings,
        wanted=wanted or [],
        choices=Choices.of(outline),
        phase=phase or _phase_of(run, outline),
        category=category,
        wrong=wrong,
        failed=failed,
        saved=bool(saved_documents(run)),
        # What people made of a claim since is in the plan.
        ledger=saved_claims(run),
        here=address(run.name, "/propose"),
        live=address(run.name),
    )


def _phase_of(run: Run, outline: OutlineRecord) -> str:
    """The phase that the research is about; empty: none."""
    about = run.brief.about
    is_phase = any(each.kind == "phase" and each.id == about for each in outline.entries)
    return about if is_phase else ""


add_route(blueprint, "/research/<run>/propose", show_claims, "GET")
add_route(blueprint, "/research/<run>/propose", send_claims, "POST")
