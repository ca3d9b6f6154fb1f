"""What a model is asked, and what comes of it: the words that the assistant and its users share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import BaseModel

from service.errors import ConflictError, TooManyError

Kind = Literal["ask", "suggest", "review", "research"]
DataKind = Literal["file", "web", "answer", "note"]
# Kinds of executions that are runs of the model.
KINDS: Final = ("ask", "suggest", "review", "research")


class AssistantOffError(ConflictError):
    """AI assistance is off; the message says why and how to turn it on."""

    code = "assistant_off"


class BudgetError(TooManyError):
    """A run would cost more than is allowed, or what it costs cannot be told."""

    code = "budget"


@dataclass(frozen=True, slots=True)
class Data:
    """A text that the model reads as data: whatever it says, it is no instruction.

    `name` says what it is: a path, the address of a web page, the id of an item.
    """

    kind: DataKind
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class WebTools:
    """Leave to search and fetch: so often each, and only in these domains (none: in all)."""

    max_uses: int = 5
    allowed_domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One question to the model.

    `system` are the instructions that stay the same from job to job: the part of the prompt that is
    cached first, then `files`; `question` is what changes.  `output` is the form of the answer
    (None: text); an answer of another form is a failed run.  `session` and `item` are what it is
    about: the ledger is kept by day, session and item.  `ceiling_usd` is a ceiling of its own,
    beside those of the settings; `deadline_s` seconds.
    """

    kind: Kind
    title: str
    system: str
    question: str
    files: tuple[Data, ...] = ()
    output: type[BaseModel] | None = None
    session: str = ""
    item: str = ""
    max_tokens: int = 4096
    web: WebTools | None = None
    ceiling_usd: Decimal | None = None
    deadline_s: int = 300


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job would take: tokens that go in, and at most come out; dollars if prices are known.

    `is_guess`: the tokens were not counted by the API, but by the length of the text.
    """

    tokens_in: int
    tokens_out_most: int
    usd_in: Decimal | None
    usd_most: Decimal | None
    is_guess: bool = False
    is_price_old: bool = False

    @property
    def words(self) -> str:
        """The same for people."""
        about = "about " if self.is_guess else ""
        tokens = f"{about}{self.tokens_in:,} tokens in, at most {self.tokens_out_most:,} out"
        if self.usd_in is None or self.usd_most is None:
            return f"{tokens}; the price of this model is not known"
        old = " (the price may be old)" if self.is_price_old else ""
        return f"{tokens}: from ${self.usd_in:.4f} to ${self.usd_most:.4f}{old}"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a run.  `tokens_in` are those that were neither written to nor read from a cache.

    `searches` are those of the web, `unpriced_searches` those of them whose price is not known.
    `is_estimate`: the run ended before the API said how much it was.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    searches: int = 0
    is_estimate: bool = False
    unpriced_searches: int = 0

    @property
    def prompt(self) -> int:
        """All tokens that went in."""
        return self.tokens_in + self.cache_write_5m + self.cache_write_1h + self.cache_read

    def plus(self, other: "Usage") -> "Usage":
        """The sum."""
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.cache_write_5m + other.cache_write_5m,
            self.cache_write_1h + other.cache_write_1h,
            self.cache_read + other.cache_read,
            self.searches + other.searches,
            self.is_estimate or other.is_estimate,
            self.unpriced_searches + other.unpriced_searches,
        )


@dataclass(frozen=True, slots=True)
class WebSource:
    """A page that the model says it has read, with what it quotes of it (empty: nothing)."""

    url: str
    title: str
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a run has come to.

    `state` is that of the execution.  `why` is the word for its end (empty while it runs):
    `end_turn` when all is well, else `max_tokens`, `refusal`, `truncated`, `dropped`, `stalled`,
    `cancelled`, `deadline`, `budget`, `bad_output`, `rate_limit_error`, …; `reason` the same in
    words.  `text` is all that came, also of a run that failed.  `output` is there only when all is
    well and the job asked for a form.  `usd` is None when no price is known; `is_estimate` when the
    figures are not those of the API.
    """

    state: str
    why: str = ""
    reason: str = ""
    text: str = ""
    output: Mapping[str, Any] | None = None
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    usd: Decimal | None = None
    is_estimate: bool = False
    sources: tuple[WebSource, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.state not in ("queued", "running")

    @property
    def is_good(self) -> bool:
        """Whether it ended as it should."""
        return self.state == "succeeded"

    @property
    def cost_words(self) -> str:
        """Tokens and dollars for people; `~` marks an estimate."""
        sign = "~" if self.is_estimate else ""
        tokens = f"{sign}{self.usage.prompt:,} tokens in, {sign}{self.usage.tokens_out:,} out"
        told = tokens if self.usd is None else f"{tokens}, {sign}${self.usd:.4f}"
        unpriced = self.usage.unpriced_searches
        if not unpriced:
            return told
        many = "web search" if unpriced == 1 else "web searches"
        return f"{told}, {unpriced:,} {many} without a known price"
