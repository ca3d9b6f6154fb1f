"""The assistant: whether it is on, what a question would cost, asking it, and what came of it."""

import datetime as dt
import itertools
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Final

import structlog

from service.assistant import answers, ledger
from service.assistant.jobs import (
    Answer,
    AssistantOffError,
    BudgetError,
    Estimate,
    Job,
    Usage,
)
from service.assistant.ledger import Entry
from service.assistant.prices import Price, Prices, SearchPrice
from service.assistant.purse import Purse
from service.assistant.rehearsal.server import MODEL as REHEARSAL_MODEL
from service.assistant.rehearsal.server import RehearsalServer
from service.assistant.run import Question, Run
from service.assistant.wire import ModelInfo, Wire, WireError
from service.clock import now
from service.db.database import Database
from service.errors import NotFoundError
from service.executions import records
from service.executions.records import ASSISTANT, Execution, NewExecution, Order
from service.executions.runner import Runner
from service.guard.principal import Principal
from service.observability.request_id import request_id
from service.setting import Secret
from service.settings import Settings

_log = structlog.get_logger(__name__)
_OFF: Final = (
    "AI assistance is off: no key is set. To turn it on, set ANTHROPIC_API_KEY and start the"
    " service again; to try it without a key and without cost, run `planner serve --rehearsal`."
)
REHEARSAL: Final = "Rehearsal: answers are scripted."
_A_WHILE_S: Final = 3600
_CENT_OF_A_CENT: Final = Decimal("0.0001")
_LEAST_TOKENS: Final = 64
_REHEARSAL_KEY: Final = Secret("rehearsal-needs-no-key")


class Assistant:
    """Questions to the model, each an execution of its own kind."""

    def __init__(
        self, settings: Settings, database: Database, runner: Runner, prices: Prices
    ) -> None:
        self._settings = settings
        self._database = database
        self._runner = runner
        self._prices = prices
        self._wire: Wire | None = None
        self._server: RehearsalServer | None = None
        self._begun = itertools.count(1)
        self.is_rehearsal = settings.assistant_rehearsal
        self.purse = Purse(
            database,
            settings.assistant_run_usd,
            settings.assistant_day_usd,
            is_rehearsal=self.is_rehearsal,
        )

    # -- what pages say -----------------------------------------------------------------------

    @property
    def on(self) -> bool:
        """Whether questions can be asked."""
        return self.is_rehearsal or bool(self._settings.anthropic_api_key)

    @property
    def why_off(self) -> str:
        """Why it is off and how to turn it on; empty when it is on."""
        return "" if self.on else _OFF

    @property
    def notice(self) -> str:
        """What a page must say beside an answer; empty: nothing."""
        return REHEARSAL if self.is_rehearsal else ""

    @property
    def model(self) -> str:
        """The model that is asked."""
        return REHEARSAL_MODEL if self.is_rehearsal else self._settings.assistant_model

    def price(self) -> Price | None:
        """The price of the model today; None when it is not known."""
        return self._prices.of(self.model, _today())

    def search_price(self) -> SearchPrice | None:
        """What web searches of the model cost today; None when it is not known."""
        return self._prices.of_searches(self.model, _today())

    def prices(self) -> tuple[Price, ...]:
        """All prices that hold today."""
        return self._prices.at(_today())

    def models(self) -> tuple[tuple[ModelInfo, ...], str]:
        """The models that may be asked, and why these are only those with a price (empty: all)."""
        known = tuple(ModelInfo(each.model, each.model) for each in self.prices())
        if not self.on:
            return known, "AI assistance is off: these are the models with a known price"
        try:
            return self._open_wire().models(), ""
        except WireError:
            return known, "the API did not say: these are the models with a known price"

    # -- questions ----------------------------------------------------------------------------

    def estimate(self, job: Job) -> Estimate:
        """What a job would take.  Raises AssistantOffError."""
        self._refuse_off()
        wire = self._open_wire()
        request = wire.request(job, self.model)
        try:
            tokens, is_guess = wire.count(request), False
        except WireError:
            tokens, is_guess = wire.guess(request), True
        price = self.price()
        return Estimate(
            tokens_in=tokens,
            tokens_out_most=job.max_tokens,
            usd_in=_cost(price, Usage(tokens_in=tokens)),
            usd_most=_cost(
                price, replace(wire.sent_as(request, tokens), tokens_out=job.max_tokens)
            ),
            is_guess=is_guess,
            is_price_old=price is not None and price.is_old(_today()),
        )

    def start(
        self,
        job: Job,
        person: Principal,
        also: Callable[[sqlite3.Connection, Execution], None] = lambda _db, _made: None,
    ) -> Execution:
        """Ask; what comes of it is told by the stream of the execution and by `answer`.

        `also` is written in the same transaction as the execution.  Raises AssistantOffError,
        BudgetError, QueueFullError, UnavailableError.
        """
        self._refuse_off()
        wire = self._open_wire()
        request = wire.request(job, self.model)
        price = self.price()
        least = replace(wire.sent_as(request, wire.guess(request)), is_estimate=True)
        self.purse.load()
        # Nothing waits between the look into the purse and what is taken out of it: of two that
        # ask at once, the second finds what the first has left.
        max_tokens = self._affordable(job, price, least)
        kept = f"begins-{next(self._begun)}"
        if (usd := _cost(price, least)) is not None:
            self.purse.note(kept, usd)

        def begin(db: sqlite3.Connection) -> tuple[Execution, Entry]:
            made = records.begin(
                db,
                self._new(job, person),
                self._runner.owner,
                self._settings.assistant_at_once,
            )
            records.mark_prepared(db, made.number, job.question, ())
            entry = self._entry(made.id, job, person, least, price)
            ledger.book(db, entry)
            also(db, made)
            return made, entry

        try:
            made, entry = self._database.write(begin)
        finally:
            self.purse.give_back(kept)
        if entry.usd is not None:
            self.purse.note(made.id, entry.usd)
        question = Question(
            job=job, request=request, entry=entry, price=price, max_tokens=max_tokens
        )
        self._runner.carry(made, Run(question, wire, self.purse, self._database))
        return made

    def answer(self, execution_id: str) -> Answer | None:
        """What a run has come to so far; None when it is none of the assistant's, or is cleared."""

        def read(db: sqlite3.Connection) -> Answer | None:
            execution = records.get(db, execution_id)
            return answers.kept(db, execution) if execution.trigger_id == ASSISTANT else None

        try:
            return self._database.read(read)
        except NotFoundError:
            return None

    def spent_today(self) -> Decimal:
        """Dollars of today (UTC), with what runs now, as far as prices are known."""
        self.purse.load()
        return self.purse.spent()

    def ledger(self) -> tuple[ledger.Line, ...]:
        """What it has cost, by day, session and item."""
        return self._database.read(partial(ledger.lines, is_rehearsal=self.is_rehearsal))

    def close(self) -> None:
        """Let go of all connections; runs are ended by the runner."""
        if self._wire is not None:
            self._wire.close()
        if self._server is not None:
            self._server.close()

    # -- within -------------------------------------------------------------------------------

    def _refuse_off(self) -> None:
        if not self.on:
            raise AssistantOffError("AI assistance is off: no key is set", _OFF)

    def _open_wire(self) -> Wire:
        if self._wire is None:
            if self.is_rehearsal:
                # Another may ask while the server begins: there is one wire from here on.
                self._server = RehearsalServer()
                self._wire = Wire(_REHEARSAL_KEY, self._server.address)
                self._server.start()
            else:
                key = self._settings.anthropic_api_key
                self._wire = Wire(key, self._settings.anthropic_base_url)
        return self._wire

    def _affordable(self, job: Job, price: Price | None, least: Usage) -> int:
        """How many tokens the answer may have, so that no ceiling is passed.

        Raises BudgetError when there is no money for it, or its cost cannot be told.
        """
        allowance = self.purse.allowance(job.ceiling_usd)
        if allowance is None:
            return job.max_tokens
        if price is None:
            raise BudgetError(
                f"no price is known for {self.model}, so that no ceiling of money can be kept",
                _A_WHILE_S,
                "give its price in ASSISTANT_PRICES_FILE, or set ASSISTANT_RUN_USD and"
                " ASSISTANT_DAY_USD to 0 (no ceiling)",
            )
        left = allowance - price.cost(least)
        for_one = price.cost(replace(least, tokens_out=1)) - price.cost(least)
        if not for_one:
            return job.max_tokens
        tokens = int(left / for_one) if left > 0 else 0
        if tokens < min(_LEAST_TOKENS, job.max_tokens):
            raise BudgetError(
                f"the question alone costs about ${price.cost(least):.4f}, and"
                f" ${max(allowance, _CENT_OF_A_CENT):.4f} are left for it",
                _A_WHILE_S,
                "ask about less, or raise the ceiling that was chosen for it"
                if allowance == job.ceiling_usd
                else "ask about less, or raise ASSISTANT_RUN_USD or ASSISTANT_DAY_USD",
            )
        return min(job.max_tokens, tokens)

    def _new(self, job: Job, person: Principal) -> NewExecution:
        return NewExecution(
            trigger_id=ASSISTANT,
            trigger_name=job.title,
            order=Order(backend=ASSISTANT, model=self.model, timeout_s=job.deadline_s),
            source="manual",
            person=person.person,
            request_id=request_id(),
            event=job.kind,
            message=job.title,
            kind=job.kind,
        )

    def _entry(
        self, execution: str, job: Job, person: Principal, usage: Usage, price: Price | None
    ) -> Entry:
        return Entry(
            execution=execution,
            kind=job.kind,
            session=job.session,
            item=job.item,
            person=person.person,
            model=self.model,
            usage=usage,
            usd=_cost(price, usage),
            is_estimate=True,
            is_rehearsal=self.is_rehearsal,
        )


def _cost(price: Price | None, usage: Usage) -> Decimal | None:
    return price.cost(usage) if price is not None else None


def _today() -> dt.date:
    return now().date()
