"""Unexpected errors at Sentry, where SENTRY_DSN names one: what is sent is listed here, no more.

By itself the SDK sends bodies, local variables, arguments of subprocesses, addresses and whatever
was logged before.  So none of its integrations is on, errors are handed to it by name, and each
event is built anew from an allow-list before it leaves.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, cast

import sentry_sdk
from sentry_sdk.types import Event, Hint

from planner import __version__
from service.clock import now
from service.observability.redact import Redactor, redactor
from service.observability.request_id import request_id
from service.settings import Settings

FLUSH_S: Final = 2.0
_TOP: Final = ("event_id", "timestamp", "start_timestamp", "level", "platform", "release", "sdk",
               "environment", "transaction", "transaction_info", "type")  # fmt: skip
_TAGS: Final = ("request_id", "route", "method", "status")
_FRAME: Final = ("filename", "function", "module", "lineno", "in_app", "context_line")
_TRACE: Final = ("trace_id", "span_id", "op", "status", "origin")
_TEXT: Final = 1000


def open_reports(settings: Settings) -> None:
    """Begin to report; nothing happens without SENTRY_DSN."""
    if not settings.sentry_dsn:
        return
    sentry_sdk.init(
        dsn=str(settings.sentry_dsn),
        release=f"agented@{__version__}",
        environment="production",
        default_integrations=False,
        auto_enabling_integrations=False,
        traces_sample_rate=settings.sentry_traces_sample_rate or None,
        before_send=_sent,
        before_send_transaction=_sent,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        server_name="",
        shutdown_timeout=FLUSH_S,
    )


def close_reports() -> None:
    """Send what waits, for at most two seconds."""
    sentry_sdk.flush(FLUSH_S)


def report(error: BaseException, *, route: str = "", method: str = "") -> None:
    """Report an error that nobody expected.  Never raises and never waits for the network."""
    if not sentry_sdk.is_initialized():
        return
    with sentry_sdk.new_scope() as scope:
        for name, value in (("request_id", request_id()), ("route", route), ("method", method)):
            if value:
                scope.set_tag(name, value)
        scope.set_transaction_name(f"{method} {route}".strip() or "background")
        scope.capture_exception(error)


def trace(method: str, route: str, status: int, seconds: float) -> None:
    """Send how long one request took, if the sampling picks it."""
    ended = now()
    started = ended - timedelta(seconds=seconds)
    span = sentry_sdk.start_transaction(
        op="http.server", name=f"{method} {route}", source="route", start_timestamp=started
    )
    span.set_tag("request_id", request_id())
    span.set_tag("status", status)
    span.finish(end_timestamp=ended)


def _sent(event: Event, _: Hint) -> Event:
    return cast("Event", allowed(cast("Mapping[str, Any]", event), redactor))


def allowed(event: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """The part of an event that may leave: types, places in the code, redacted messages."""
    found: dict[str, Any] = {name: event[name] for name in _TOP if name in event}
    found["tags"] = _named(event.get("tags"), _TAGS)
    if contexts := _named((event.get("contexts") or {}).get("trace"), _TRACE):
        found["contexts"] = {"trace": contexts}
    values = (event.get("exception") or {}).get("values") or ()
    if values:
        found["exception"] = {"values": [_exception(each, redactor) for each in values]}
    return found


def _exception(value: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or ()
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "value": redactor.text(str(value.get("value") or ""))[:_TEXT],
        "mechanism": {"type": "generic", "handled": False},
        "stacktrace": {"frames": [_frame(each, redactor) for each in frames]},
    }


def _frame(frame: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    found = _named(frame, _FRAME)
    if "context_line" in found:
        found["context_line"] = redactor.text(str(found["context_line"]))
    return found


def _named(given: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The entries of these names; a list of pairs is a mapping too, as Sentry sees it."""
    pairs = dict(given or {})
    return {name: pairs[name] for name in names if name in pairs}
