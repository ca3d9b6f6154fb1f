"""`/ops/assistant`: whether AI is on and why not, what it has cost, prices with their age."""

from flask import Blueprint, Response, redirect, request
from pydantic import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from service.errors import BadRequestError, ServiceError
from service.guard.audit import note
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.services import services
from service.views.admin_assistant import AssistantQuestion, job_of, list_models, state_of
from service.views.pages import page

blueprint = Blueprint("ops_assistant", __name__)


@guarded(Zone.PAGE, Scope.READ)
def show() -> Response:
    """How things stand; with `?models=1` the models that may be asked, too."""
    return _page()


@guarded(Zone.PAGE, Scope.PROPOSE)
def ask() -> AnyResponse:
    """Ask what was typed, and show the run; or, when only an estimate was wanted, that."""
    question = request.form.get("question", "").strip()
    try:
        body = AssistantQuestion(question=question)
    except ValidationError:
        wrong = BadRequestError("write a question", "one to 4,000 characters")
        return _page(failed=wrong, question=question)
    assistant = services().assistant
    try:
        if request.form.get("only") == "estimate":
            return _page(question=question, estimate=assistant.estimate(job_of(body)).words)
        made = assistant.start(job_of(body), known_principal())
    except ServiceError as error:
        return _page(failed=error, question=question)
    note("assistant.ask", "ok", target=made.id)
    return redirect(f"/ops/executions/{made.id}", 303)


def _page(
    *, failed: ServiceError | None = None, question: str = "", estimate: str = ""
) -> Response:
    assistant = services().assistant
    return page(
        "assistant.html",
        title="Assistant",
        section="assistant",
        status=failed.status if failed is not None else 200,
        styles=("assistant.css",),
        it=state_of(assistant),
        models=list_models() if request.args.get("models") == "1" else None,
        may_ask=known_principal().may(Scope.PROPOSE),
        failed=failed,
        question=question,
        estimate=estimate,
    )


add_route(blueprint, "/ops/assistant", show, "GET")
add_route(blueprint, "/ops/assistant/ask", ask, "POST")
