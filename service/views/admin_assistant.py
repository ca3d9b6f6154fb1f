"""`/admin/assistant`: whether AI is on, what it has cost, its prices and models; asking it."""

from decimal import Decimal
from typing import Annotated

from flask import Blueprint
from pydantic import StringConstraints

from service.api.models import Identifier, Model
from service.api.operation import operation
from service.assistant.assistant import Assistant
from service.assistant.jobs import Answer, Job
from service.errors import NotFoundError
from service.guard.audit import note
from service.guard.current import known_principal
from service.guard.principal import Scope
from service.services import services
from service.views.admin_executions import Execution, shown
from service.views.assistant_prices import (
    AssistantPrice,
    AssistantSearchPrice,
    price_shown,
    search_price_shown,
)

blueprint = Blueprint("admin_assistant", __name__)
_SYSTEM = "You answer people who plan. Answer in a few plain sentences."
_TOKENS = 1024


class LedgerLine(Model):
    """All runs of one day (UTC), session and item."""

    day: str
    session: str
    item: str
    model: str
    runs: int
    tokens_in: int
    tokens_out: int
    usd: str | None
    """Null when no price is known, which is not zero."""
    unpriced_runs: int
    is_estimate: bool
    searches: int
    """Searches of the web."""
    unpriced_searches: int
    """Those of them whose price is not known: `usd` does not have them."""


class AssistantState(Model):
    """Whether AI is on, and what it costs."""

    on: bool
    why_off: str
    is_rehearsal: bool
    model: str
    spent_today_usd: str
    """As far as prices are known, with what runs now."""
    run_ceiling_usd: str
    """`0`: none."""
    day_ceiling_usd: str
    price: AssistantPrice | None
    prices: tuple[AssistantPrice, ...]
    searches: AssistantSearchPrice | None
    """What web searches cost; null when it is not known, which is not zero."""
    ledger: tuple[LedgerLine, ...]


class AssistantModel(Model):
    """A model that may be asked."""

    id: str
    name: str


class AssistantModels(Model):
    """The models; `note` says why these are perhaps not all."""

    items: tuple[AssistantModel, ...]
    note: str


class AssistantQuestion(Model):
    """A question in words."""

    question: Annotated[
        str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")
    ]
    session: Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9._-]*$")] = ""
    item: Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9./_-]*$")] = ""


class AssistantEstimate(Model):
    """What a question would take."""

    tokens_in: int
    tokens_out_most: int
    usd_in: str | None
    usd_most: str | None
    is_guess: bool
    is_price_old: bool


class AnswerSource(Model):
    """A page that was read."""

    url: str
    title: str
    quote: str


class AssistantAnswer(Model):
    """What a run has come to so far."""

    state: str
    why: str
    """`end_turn` when all is well; empty while it runs."""
    reason: str
    text: str
    model: str
    tokens_in: int
    tokens_out: int
    usd: str | None
    is_estimate: bool
    sources: tuple[AnswerSource, ...]


@operation(
    blueprint,
    "GET",
    "/admin/assistant",
    scope=Scope.READ,
    returns=AssistantState,
    tag="Assistant",
    summary="Whether AI is on, and what it costs",
)
def show_assistant() -> AssistantState:
    """With the ledger, newest day first, and all known prices."""
    return state_of(services().assistant)


@operation(
    blueprint,
    "GET",
    "/admin/assistant/models",
    scope=Scope.READ,
    returns=AssistantModels,
    tag="Assistant",
    summary="List the models that may be asked",
)
def list_models() -> AssistantModels:
    """As the API tells; where it does not, those with a known price."""
    found, why = services().assistant.models()
    items = tuple(AssistantModel(id=each.id, name=each.name) for each in found)
    return AssistantModels(items=items, note=why)


@operation(
    blueprint,
    "POST",
    "/admin/assistant/estimate",
    scope=Scope.PROPOSE,
    body=AssistantQuestion,
    returns=AssistantEstimate,
    fails=(409,),
    tag="Assistant",
    summary="Say what a question would take",
)
def estimate(body: AssistantQuestion) -> AssistantEstimate:
    """Tokens as the API counts them, and dollars where the price is known."""
    found = services().assistant.estimate(job_of(body))
    return AssistantEstimate(
        tokens_in=found.tokens_in,
        tokens_out_most=found.tokens_out_most,
        usd_in=dollars(found.usd_in),
        usd_most=dollars(found.usd_most),
        is_guess=found.is_guess,
        is_price_old=found.is_price_old,
    )


@operation(
    blueprint,
    "POST",
    "/admin/assistant/questions",
    scope=Scope.PROPOSE,
    body=AssistantQuestion,
    returns=Execution,
    status=202,
    fails=(409, 429),
    tag="Assistant",
    summary="Ask the assistant",
)
def ask(body: AssistantQuestion) -> Execution:
    """The answer is streamed as the lines of the execution, which can be cancelled like others."""
    made = services().assistant.start(job_of(body), known_principal())
    note("assistant.ask", "ok", target=made.id)
    return shown(made)


@operation(
    blueprint,
    "GET",
    "/admin/assistant/answers/<execution_id>",
    scope=Scope.READ,
    returns=AssistantAnswer,
    tag="Assistant",
    summary="Show an answer",
)
def show_answer(execution_id: Identifier) -> AssistantAnswer:
    """What a run has come to so far, with what it costs."""
    found = services().assistant.answer(execution_id)
    if found is None:
        raise NotFoundError(
            f"there is no answer of {execution_id}", "it may have been cleared, or is no question"
        )
    return _answer(found)


def job_of(body: AssistantQuestion) -> Job:
    """The job of a question in words."""
    return Job(
        kind="ask",
        title="A question to the assistant",
        system=_SYSTEM,
        question=body.question,
        session=body.session,
        item=body.item,
        max_tokens=_TOKENS,
    )


def state_of(assistant: Assistant) -> AssistantState:
    """All of it but the models, which would have to be asked for."""
    prices = tuple(map(price_shown, assistant.prices()))
    known, searches = assistant.price(), assistant.search_price()
    return AssistantState(
        on=assistant.on,
        why_off=assistant.why_off,
        is_rehearsal=assistant.is_rehearsal,
        model=assistant.model,
        spent_today_usd=f"{assistant.spent_today():.6f}",
        run_ceiling_usd=f"{assistant.purse.run_usd:f}",
        day_ceiling_usd=f"{assistant.purse.day_usd:f}",
        price=price_shown(known) if known is not None else None,
        prices=prices,
        searches=search_price_shown(searches) if searches is not None else None,
        ledger=tuple(
            LedgerLine(
                day=each.day,
                session=each.session,
                item=each.item,
                model=each.model,
                runs=each.runs,
                tokens_in=each.tokens_in,
                tokens_out=each.tokens_out,
                usd=dollars(each.usd),
                unpriced_runs=each.unpriced,
                is_estimate=each.is_estimate,
                searches=each.searches,
                unpriced_searches=each.unpriced_searches,
            )
            for each in assistant.ledger()
        ),
    )


def dollars(amount: Decimal | None) -> str | None:
    """An amount as a text; None stays None."""
    return None if amount is None else f"{amount:.6f}"


def _answer(found: Answer) -> AssistantAnswer:
    return AssistantAnswer(
        state=found.state,
        why=found.why,
        reason=found.reason,
        text=found.text,
        model=found.model,
        tokens_in=found.usage.prompt,
        tokens_out=found.usage.tokens_out,
        usd=dollars(found.usd),
        is_estimate=found.is_estimate,
        sources=tuple(
            AnswerSource(url=each.url, title=each.title, quote=each.quote) for each in found.sources
        ),
    )
