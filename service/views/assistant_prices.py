"""Prices as the API and the page of the assistant show them: with their source and their age."""

from service.api.models import Model
from service.assistant.prices import Price, SearchPrice
from service.clock import now


class AssistantPrice(Model):
    """Dollars for a million tokens of a model; texts, since they are decimal numbers."""

    model: str
    since: str
    tokens_in: str
    tokens_out: str
    cache_write: str
    cache_read: str
    source: str
    checked: str
    age_days: int
    is_old: bool
    """Whether nobody has compared it with its source for more than 90 days."""


class AssistantSearchPrice(Model):
    """Dollars for 1000 web searches of the model that is asked; a text, as it is a decimal."""

    usd_1000: str
    since: str
    source: str
    checked: str
    age_days: int
    is_old: bool
    """As of the price of a model."""


def price_shown(price: Price) -> AssistantPrice:
    """The price of a model."""
    today = now().date()
    return AssistantPrice(
        model=price.model,
        since=price.since.isoformat(),
        tokens_in=f"{price.into:f}",
        tokens_out=f"{price.out:f}",
        cache_write=f"{price.cache_write_5m:f}",
        cache_read=f"{price.cache_read:f}",
        source=price.source,
        checked=price.checked.isoformat(),
        age_days=price.age_days(today),
        is_old=price.is_old(today),
    )


def search_price_shown(price: SearchPrice) -> AssistantSearchPrice:
    """The price of web searches."""
    today = now().date()
    return AssistantSearchPrice(
        usd_1000=f"{price.usd_1000:f}",
        since=price.since.isoformat(),
        source=price.source,
        checked=price.checked.isoformat(),
        age_days=price.age_days(today),
        is_old=price.is_old(today),
    )
