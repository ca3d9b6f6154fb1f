"""A run of the model as an execution: its events are the lines of the log.

The talk is a greenlet of its own that can be killed at any moment, also before the first byte has
come: that closes the connection to the model.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import gevent
from pydantic import ValidationError

from service.assistant import answers, ledger
from service.assistant.ends import GOOD, failure_of, reason_of, state_of
from service.assistant.jobs import Answer, Job, Usage
from service.assistant.ledger import Entry
from service.assistant.pen import Pen
from service.assistant.prices import Price
from service.assistant.purse import Purse
from service.assistant.wire import Wire
from service.db.database import Database
from service.errors import UnavailableError
from service.executions.journaling import Journal
from service.executions.records import Outcome, State

if TYPE_CHECKING:
    from service.assistant.talk import End, Talk

_METER_S: Final = 0.5
_CLOSE_S: Final = 2.0
# A service that is killed forgets what it was asked to pay within this time.
_BOOK_S: Final = 2.0
# Ends before the first event of an answer after which the question may be paid for all the same.
_PERHAPS_PAID: Final = frozenset({"cancelled", "deadline", "stopped", "timeout", "truncated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A job on its way: what is sent, to whom, and what it may cost."""

    job: Job
    request: dict[str, Any]
    entry: Entry
    price: Price | None
    max_tokens: int

    @property
    def is_capped(self) -> bool:
        """Whether the answer may be shorter than the job asked for, because of its cost."""
        return self.max_tokens < self.job.max_tokens


class Run:
    """One run (see `service.executions.runner.Task`)."""

    def __init__(self, question: Question, wire: Wire, purse: Purse, database: Database) -> None:
        self._question = question
        self._wire = wire
        self._purse = purse
        self._database = database
        self._talk: Talk | None = None
        self._speaker: gevent.Greenlet | None = None
        self._asked_to_end = ""
        self._told_at = float("-inf")
        self._booked_at = time.monotonic()
        self._say: Callable[[dict[str, Any]], None] = lambda _event: None

    def end(self, reason: str) -> None:
        """End it: `cancelled` or `stopped`."""
        self._asked_to_end = self._asked_to_end or reason
        if self._speaker is not None:
            self._speaker.kill(block=False)

    def run(self, journal: Journal) -> Outcome:
        """See it to its end.  Raises UnavailableError when what it says cannot be kept."""
        pen = Pen(journal)
        self._say = pen.say
        writer = gevent.spawn(pen.write)
        try:
            self._say({"type": "start", "model": self._question.entry.model})
            answer = self._spoken(writer)
            self._keep(answer)
            self._say(_end_event(answer))
            pen.close()
            writer.get()
        finally:
            writer.kill()
            self._purse.close(self._question.entry.execution)
        return Outcome(
            state=State(answer.state),
            reason=answer.reason,
            failure=failure_of(answer.why),
            tokens_in=answer.usage.prompt,
            tokens_out=answer.usage.tokens_out,
            cost_usd=None if answer.usd is None else float(answer.usd),
        )

    def _spoken(self, writer: gevent.Greenlet) -> Answer:
        """Talk, and make the answer of what came of it."""
        job = self._question.job
        talk = self._talk = self._wire.talk(
            self._question.request,
            max_tokens=self._question.max_tokens,
            say=self._heard,
            check=self._check,
            deadline_s=job.deadline_s,
        )
        speaker = self._speaker = gevent.spawn(talk.run)
        if self._asked_to_end:
            speaker.kill(block=False)
        # Who cannot write what is said must not go on paying for it.
        gevent.wait([speaker, writer], timeout=job.deadline_s, count=1)
        is_late = not speaker.ready()
        speaker.kill(block=True, timeout=_CLOSE_S)
        if writer.ready():
            writer.get()
        why, detail = self._end_of(talk.end, is_late=is_late)
        return self._answer(talk, why, detail)

    def _end_of(self, end: "End | None", *, is_late: bool) -> tuple[str, str]:
        if end is None:
            return self._asked_to_end or ("deadline" if is_late else "api_error"), ""
        if end.why == "max_tokens" and self._question.is_capped:
            return "budget", end.detail
        return end.why, end.detail

    def _answer(self, talk: "Talk", why: str, detail: str) -> Answer:
        output, why = self._output(talk, why)
        usage = talk.usage
        if usage == Usage() and why in _PERHAPS_PAID:
            usage = self._question.entry.usage
        usd, is_estimate = self._cost(usage)
        usage = replace(usage, unpriced_searches=self._unpriced(usage))
        reason = reason_of(why)
        return Answer(
            state=state_of(why).value,
            why=why,
            reason=f"{reason} ({detail})" if detail else reason,
            text=talk.text,
            output=output,
            model=self._question.entry.model,
            usage=usage,
            usd=usd,
            is_estimate=is_estimate,
            sources=talk.sources,
        )

    def _output(self, talk: "Talk", why: str) -> tuple[dict[str, Any] | None, str]:
        """The answer in the form of the job, judged by that form: the API's word is not enough."""
        form = self._question.job.output
        if form is None or why not in GOOD:
            return None, why
        for text in (talk.last_block, talk.text):
            try:
                made = form.model_validate_json(text)
            except ValidationError:
                continue
            return made.model_dump(mode="json", by_alias=True), why
        return None, "bad_output"

    # -- money --------------------------------------------------------------------------------

    def _heard(self, event: dict[str, Any]) -> None:
        if event["type"] == "usage":
            self._told_at = float("-inf")
            return
        self._say(event)

    def _check(self, usage: Usage) -> str:
        usd, is_estimate = self._cost(usage)
        execution = self._question.entry.execution
        if usd is not None:
            self._purse.note(execution, usd)
        moment = time.monotonic()
        if moment - self._told_at >= _METER_S:
            self._told_at = moment
            told = replace(usage, unpriced_searches=self._unpriced(usage))
            self._say(cost_event(told, usd, is_estimate=is_estimate))
        if moment - self._booked_at >= _BOOK_S:
            self._booked_at = moment
            with suppress(UnavailableError):  # The end is booked, too, and says so if it cannot.
                self._database.write(partial(ledger.book, entry=self._booked(usage, usd)))
        return "budget" if self._purse.is_over(execution, self._question.job.ceiling_usd) else ""

    def _cost(self, usage: Usage) -> tuple[Decimal | None, bool]:
        """Dollars, None when they are not known; and whether that is an estimate."""
        price = self._question.price
        if price is None:
            return None, usage.is_estimate
        return price.cost(usage), usage.is_estimate or not price.is_whole(usage)

    def _unpriced(self, usage: Usage) -> int:
        price = self._question.price
        return 0 if price is not None and price.is_whole(usage) else usage.searches

    def _keep(self, answer: Answer) -> None:
        entry = self._question.entry
        if answer.usd is not None:
            self._purse.note(entry.execution, answer.usd)
        booked = self._booked(answer.usage, answer.usd, is_estimate=answer.is_estimate)

        def write(db: Any) -> None:
            ledger.book(db, booked)
            answers.keep(db, entry.execution, answer)

        self._database.write(write)

    def _booked(self, usage: Usage, usd: Decimal | None, *, is_estimate: bool = True) -> Entry:
        usage = replace(usage, unpriced_searches=self._unpriced(usage))
        return replace(self._question.entry, usage=usage, usd=usd, is_estimate=is_estimate)


def cost_event(usage: Usage, usd: Decimal | None, *, is_estimate: bool) -> dict[str, Any]:
    """The live meter; dollars are a text, or null when they are not known."""
    return {
        "type": "cost",
        "in": usage.prompt,
        "out": usage.tokens_out,
        "cached": usage.cache_read,
        "usd": None if usd is None else f"{usd:.6f}",
        "estimate": is_estimate,
        "searches": usage.searches,
        "unpriced_searches": usage.unpriced_searches,
    }


def _end_event(answer: Answer) -> dict[str, Any]:
    cost = cost_event(answer.usage, answer.usd, is_estimate=answer.is_estimate)
    return {**cost, "type": "end", "why": answer.why, "reason": answer.reason}
