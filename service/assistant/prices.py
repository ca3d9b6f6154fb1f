"""What tokens cost: dated prices from a file, which the operator may go before with their own.

Nothing here guesses: of a model without a price no cost is known, which is not zero.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.assistant.jobs import Usage
from service.errors import ConfigurationError

SHIPPED: Final = Path(__file__).parent / "prices.yaml"
OLD_DAYS: Final = 90
_MILLION: Final = Decimal(1_000_000)
_MOST_BYTES: Final = 256 * 1024


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Dated(_Row):
    """It holds since a day, and was compared with its source on another."""

    since: dt.date = Field(alias="from")
    source: str
    checked: dt.date

    def age_days(self, today: dt.date) -> int:
        """For how many days nobody has compared it with its source."""
        return max(0, (today - self.checked).days)

    def is_old(self, today: dt.date) -> bool:
        """Whether it may not hold any more."""
        return self.age_days(today) > OLD_DAYS


class Over(_Row):
    """Other prices, for all of a prompt with more tokens than `prompt_tokens`."""

    prompt_tokens: int = Field(gt=0)
    into: Decimal = Field(alias="in", ge=0)
    out: Decimal = Field(ge=0)


class Price(_Dated):
    """The price of a model since a day, in dollars for a million tokens."""

    model: str = Field(min_length=1, max_length=200)
    into: Decimal = Field(alias="in", ge=0)
    out: Decimal = Field(ge=0)
    cache_write_5m: Decimal = Field(ge=0)
    cache_write_1h: Decimal = Field(ge=0)
    cache_read: Decimal = Field(ge=0)
    search_1000: Decimal | None = Field(default=None, ge=0)
    over: Over | None = None

    def cost(self, usage: Usage) -> Decimal:
        """Dollars for what was used; searches without a price are left out (see `is_whole`)."""
        into, out = self.into, self.out
        share = Decimal(1)
        if self.over is not None and usage.prompt > self.over.prompt_tokens:
            share = self.over.into / into if into else share
            into, out = self.over.into, self.over.out
        tokens = (
            usage.tokens_in * into
            + usage.tokens_out * out
            + usage.cache_write_5m * self.cache_write_5m * share
            + usage.cache_write_1h * self.cache_write_1h * share
            + usage.cache_read * self.cache_read * share
        )
        return tokens / _MILLION + (self.search_1000 or Decimal(0)) * usage.searches / 1000

    def is_whole(self, usage: Usage) -> bool:
        """Whether all that was used has a price."""
        return not usage.searches or self.search_1000 is not None


class SearchPrice(_Dated):
    """The price of web searches since a day, of all models without one of their own."""

    usd_1000: Decimal = Field(ge=0)


class _File(_Row):
    prices: tuple[Price, ...] = ()
    searches: tuple[SearchPrice, ...] = ()


class Prices:
    """All known prices; the rows of the operator's file come first."""

    def __init__(
        self,
        own: Iterable[Price],
        shipped: Iterable[Price],
        searches: Iterable[SearchPrice] = (),
    ) -> None:
        self._own = tuple(own)
        self._shipped = tuple(shipped)
        self._searches = tuple(searches)

    def of(self, model: str, day: dt.date) -> Price | None:
        """The price of a model at a day; None when it is not known.

        A dated name of a model (`…-20260101`) has the price of the name without the date.
        """
        price, found = self._row(model, day), self.of_searches(model, day)
        if price is None or found is None:
            return price
        return price.model_copy(update={"search_1000": found.usd_1000})

    def of_searches(self, model: str, day: dt.date) -> SearchPrice | None:
        """The price of a model's web searches at a day; None when it is not known.

        The model's own comes before that of all models.
        """
        price = self._row(model, day)
        if price is not None and price.search_1000 is not None:
            return SearchPrice.model_validate(
                {"from": price.since, "usd_1000": price.search_1000,
                 "source": price.source, "checked": price.checked}
            )  # fmt: skip
        fitting = [each for each in self._searches if each.since <= day]
        return max(fitting, key=lambda each: each.since) if fitting else None

    def _row(self, model: str, day: dt.date) -> Price | None:
        for rows in (self._own, self._shipped):
            for name in (model, _undated(model)):
                fitting = [each for each in rows if each.model == name and each.since <= day]
                if fitting:
                    return max(fitting, key=lambda each: each.since)
        return None

    def at(self, day: dt.date) -> tuple[Price, ...]:
        """The price of each model at a day, by its name."""
        names = sorted({each.model for each in (*self._own, *self._shipped)})
        found = (self.of(each, day) for each in names)
        return tuple(each for each in found if each is not None)


def read_prices(own: Path | None = None) -> Prices:
    """The prices that come with the service, and those of the operator's file.

    Raises ConfigurationError when that cannot be read.
    """
    shipped = _read(SHIPPED)
    mine = _read(own) if own is not None else _File()
    return Prices(mine.prices, shipped.prices, mine.searches or shipped.searches)


def _read(path: Path) -> _File:
    name = f"ASSISTANT_PRICES_FILE ({path})"
    try:
        text = path.read_text(encoding="utf-8")
        if len(text) > _MOST_BYTES:
            raise ConfigurationError(f"{name} is too large; leave only prices in it")
        return _File.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{name} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{name} is no YAML; write it as {SHIPPED.name} is") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigurationError(
            f"{name}: {where}: {first['msg']}; write it as {SHIPPED.name} is"
        ) from error


def _undated(model: str) -> str:
    head, _, tail = model.rpartition("-")
    return head if len(tail) == 8 and tail.isdigit() else model
