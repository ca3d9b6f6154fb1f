"""`/research/<run>/live`: the researchers side by side, and what to do with what they found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from planner.model.claims import LEDGER
from service.errors import ConflictError, NotFoundError, ServiceError
from service.executions.records import State
from service.guard.audit import note
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.failures import NotPossibleError
from service.research.brief import API
from service.research.edits import run_edit
from service.research.parts import SUMMARY, TOPICS, Topic
from service.research.reading import Document, Findings, findings_of
from service.research.reckoning import spent
from service.research.records import Run, Task
from service.services import services
from service.views.edit_review import review_page
from service.views.execution_words import MARKS
from service.views.pages import page

blueprint = Blueprint("research_live", __name__)
_TAIL: Final = 4_000


@dataclass(frozen=True, slots=True)
class Column:
    """A researcher as the page shows it.

    `state` is that of its execution (`queued` and `running`, too), `mark` how it looks.
    """

    topic: Topic
    task: Task | None
    state: str
    mark: str
    document: Document | None
    html: Markup


@guarded(Zone.PAGE, Scope.READ)
def show_live(run: str) -> Response:
    """All researchers of a run."""
    return _page(services().researcher.run(run))


def _page(run: Run, *, failed: ServiceError | None = None) -> Response:
    findings = findings_of(run)
    who = known_principal()
    columns = [_column(run, topic, findings) for topic in run.brief.kinds]
    summary = _column(run, SUMMARY.name, findings)
    at_work = any(each.task is not None and not each.task.is_over for each in (*columns, summary))
    return page(
        "research/live.html",
        title=f"Research {run.name}",
        section="research",
        status=failed.status if failed is not None else 200,
        scripts=("api.js", "run-stream.js", "research-live.js"),
        styles=("research.css",),
        run=run,
        columns=columns,
        summary=summary,
        findings=findings,
        saved=saved_documents(run),
        spent=spent(run),
        at_work=at_work,
        is_agent=run.brief.backend != API,
        may_propose=who.may(Scope.PROPOSE),
        may_run=_may_run(run),
        assistant=services().assistant,
        failed=failed,
        here=address(run.name),
    )


def address(run: str, below: str = "/live") -> str:
    """The address of a page of a run."""
    return f"/research/{quote(run, safe='')}{below}"


def saved_documents(run: Run) -> Mapping[str, str]:
    """The documents of the run that are in the plan: id -> blob."""
    names = {f"{run.name}/{topic}" for topic in TOPICS}
    rows = services().plan.rows("research").rows
    return {each.id: each.blob for each in rows if each.id in names}


def saved_claims(run: Run) -> Mapping[str, Mapping[str, Any]]:
    """The claims of the run as the plan has them, by id."""
    try:
        item = services().plan.open(f"{run.name}/{LEDGER}", "research")
    except (NotFoundError, NotPossibleError):
        return {}
    return {str(each["id"]): each for each in item.claims}


def _column(run: Run, topic: str, findings: Findings) -> Column:
    task = run.task(topic)
    document = findings.document(topic)
    state = task.state if task is not None else ""
    if task is not None and not state and task.execution:
        state = State.RUNNING.value
    mark = MARKS[State(state)] if state else "is-planned"
    # The planner's own Markdown lets no HTML through.
    html = Markup(services().plan.html(document.text)) if document is not None else Markup()  # noqa: S704
    return Column(TOPICS[topic], task, state, mark, document, html)


def _may_run(run: Run) -> bool:
    """Whether whoever asks may begin researchers of this run anew, and end them."""
    who = known_principal()
    return who.may(Scope.PROPOSE) and (run.brief.backend == API or who.may(Scope.OPERATE))


def _done(run: str, do: Callable[[str], None], event: str) -> AnyResponse:
    """Do something with a researcher of a run, and lead back to the page."""
    researcher = services().researcher
    known = researcher.run(run)
    topic = request.form.get("topic", "")
    try:
        if not _may_run(known):
            raise ConflictError("your key may not run commands on this machine", "ask an operator")
        do(topic)
    except ServiceError as error:
        return _page(researcher.run(run), failed=error)
    services().follower.wake()
    note(event, "ok", target=f"{run}/{topic}")
    return redirect(address(run), 303)


@guarded(Zone.PAGE, Scope.PROPOSE)
def cancel(run: str) -> AnyResponse:
    """End one researcher; what it found so far is kept."""
    who = known_principal()
    return _done(run, lambda topic: services().researcher.cancel(run, topic, who),
                 "research.cancel")  # fmt: skip


@guarded(Zone.PAGE, Scope.PROPOSE)
def call_off(run: str) -> AnyResponse:
    """End the whole research; what was found so far is kept."""
    who = known_principal()
    return _done(run, lambda _topic: services().researcher.call_off(run, who),
                 "research.call_off")  # fmt: skip


@guarded(Zone.PAGE, Scope.PROPOSE)
def again(run: str) -> AnyResponse:
    """Begin one researcher anew."""
    who = known_principal()
    return _done(run, lambda topic: services().researcher.again(run, topic, who),
                 "research.again")  # fmt: skip


@guarded(Zone.PAGE, Scope.PROPOSE)
def review(run: str) -> AnyResponse:
    """The documents and the ledger as an edit, on the page of the review."""
    known = services().researcher.run(run)
    findings = findings_of(known)
    if not findings.documents:
        error = ConflictError("nothing has been found yet", "wait for a researcher to end")
        return _page(known, failed=error)
    edit = run_edit(known, findings, saved_documents(known), saved_claims(known))
    return review_page(edit, back=address(run))


add_route(blueprint, "/research/<run>/live", show_live, "GET")
add_route(blueprint, "/research/<run>/cancel", cancel, "POST")
add_route(blueprint, "/research/<run>/call-off", call_off, "POST")
add_route(blueprint, "/research/<run>/again", again, "POST")
add_route(blueprint, "/research/<run>/review", review, "POST")
