"""How often one client may come: a moving window for each bucket, before all else is looked at.

Each route belongs to the bucket that its policy names; addresses that are no route have one too, so
that guessing counts.  The hook is our own: that of flask-limiter sees neither unknown addresses
nor what an earlier hook refused, reads its limits anew at each request, and costs as much as a
whole bare request (about 60 µs); storage and strategy are flask-limiter's, by URI.
"""

import time
from collections.abc import Mapping
from math import ceil
from typing import Final

import structlog
from flask import Flask, request
from flask_limiter import Limiter
from limits import RateLimitItem, parse
from limits.errors import ConfigurationError as LimitsConfigurationError
from limits.errors import StorageError
from limits.strategies import MovingWindowRateLimiter

from service.errors import ConfigurationError, TooManyError
from service.guard.address import client_address, client_of
from service.guard.policy import policy_of
from service.guard.windows import Windows
from service.observability.metrics import Metrics
from service.settings import Settings

_log = structlog.get_logger(__name__)
UNKNOWN: Final = "unknown"
_RETRY_STORE_S: Final = 10.0
_STORE_S: Final = 1
# What a setting does not give.  None: not limited, since a probe of health must never be refused.
_FIXED: Final[Mapping[str, str | None]] = {
    "health": None,
    "open": "3000 per minute",
    UNKNOWN: "120 per minute",
    "stream": "240 per minute",
    "sign-in": "30 per minute",
}


def rates(settings: Settings) -> Mapping[str, str | None]:
    """Bucket -> rate, for one client."""
    return {
        **_FIXED,
        "webhook": settings.webhook_rate_limit,
        "github": settings.github_rate_limit,
        "api": settings.api_rate_limit,
        "site": settings.site_rate_limit,
        "page": settings.site_rate_limit,
    }


class Limits:
    """The buckets of one app.

    When the store of RATELIMIT_STORAGE_URI fails, counting goes on in this process: never without
    limits, and never with a 500.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._items = {
            name: None if rate is None else parse(rate) for name, rate in rates(settings).items()
        }
        self._local = MovingWindowRateLimiter(Windows())
        self._shared = _shared(settings)
        self._shared_back_at = 0.0
        self._metrics = metrics

    def take(self, bucket: str, client: str) -> None:
        """Count one request.  Raises TooManyError over the limit."""
        item = self._items[bucket]
        if item is None:
            return
        if self._shared is None or time.monotonic() < self._shared_back_at:
            self._take(self._local, item, bucket, client)
            return
        try:
            self._take(self._shared, item, bucket, client)
        except StorageError as error:
            self._shared_back_at = time.monotonic() + _RETRY_STORE_S
            _log.error("store of the rate limits failed; counting here", error=str(error))
            self._take(self._local, item, bucket, client)

    def knows(self, bucket: str) -> bool:
        """Whether there is a bucket of this name."""
        return bucket in self._items

    def _take(
        self, counter: MovingWindowRateLimiter, item: RateLimitItem, bucket: str, client: str
    ) -> None:
        if counter.hit(item, bucket, client):
            return
        reset_at, left = counter.get_window_stats(item, bucket, client)
        wait_s = max(1, ceil(reset_at - time.time()))
        self._metrics.count("agented_limited_requests", "Requests over a rate limit.")
        raise TooManyError(
            f"too many requests came from this address: the limit is {item}",
            wait_s,
            more={
                "X-RateLimit-Limit": str(item.amount),
                "X-RateLimit-Remaining": str(max(0, left)),
                "X-RateLimit-Reset": str(ceil(reset_at)),
            },
        )


def _shared(settings: Settings) -> MovingWindowRateLimiter | None:
    """Counting in the store that the setting names; None: in this process alone."""
    if settings.ratelimit_storage_uri.startswith("memory:"):
        return None
    try:
        # Made for an app of its own: only what it opens is used, none of its hooks.
        limiter = Limiter(
            client_address,
            app=Flask(__name__),
            storage_uri=settings.ratelimit_storage_uri,
            storage_options=_store_options(settings.ratelimit_storage_uri),
            strategy="moving-window",
        ).limiter
    except (LimitsConfigurationError, ValueError) as error:
        raise ConfigurationError(
            f"RATELIMIT_STORAGE_URI cannot be used: {error}; install the client library of that "
            "store, mend the address, or leave it empty (default: memory://)"
        ) from error
    if not isinstance(limiter, MovingWindowRateLimiter):
        raise TypeError(f"flask-limiter made {limiter!r} for the strategy moving-window")
    return limiter


def _store_options(uri: str) -> dict[str, str | int]:
    options: dict[str, str | int] = {"wrap_exceptions": "true"}
    if uri.startswith(("redis", "valkey")):
        # By itself the client would wait for a silent server for ever.
        options |= {"socket_timeout": _STORE_S, "socket_connect_timeout": _STORE_S}
    return options


def attach(app: Flask, limits: Limits) -> None:
    """Count each request of `app` before the gate looks at it."""
    buckets: dict[str | None, str] = {}

    def count() -> None:
        endpoint = request.endpoint
        bucket = buckets.get(endpoint)
        if bucket is None:
            bucket = buckets[endpoint] = _bucket(app, limits, endpoint)
        limits.take(bucket, client_of(client_address()))

    app.before_request(count)


def _bucket(app: Flask, limits: Limits, endpoint: str | None) -> str:
    policy = policy_of(app.view_functions[endpoint]) if endpoint is not None else None
    if policy is None:
        return UNKNOWN
    if not limits.knows(policy.limit):
        raise LookupError(
            f"the route {endpoint} names the rate limit {policy.limit!r}: there is none"
        )
    return policy.limit
