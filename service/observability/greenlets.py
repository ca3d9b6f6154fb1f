"""Errors that end a greenlet: gevent would print them to standard error, in no form at all."""

from typing import Any

import structlog
from gevent import get_hub

from service.observability.reports import report

_log = structlog.get_logger(__name__)


def watch_greenlets() -> None:
    """Log and report what ends a greenlet of this thread without being caught."""
    get_hub().print_exception = _told


def _told(context: Any, kind: Any, error: Any, trace: Any) -> None:
    """As `Hub.print_exception`.  It runs in the greenlet that ends, so its request is known."""
    if not isinstance(error, BaseException):
        error = kind(error) if isinstance(kind, type) else RuntimeError(repr(kind))
    if trace is not None and error.__traceback__ is None:
        error = error.with_traceback(trace)
    _log.error("a greenlet ended by an error", greenlet=repr(context), exc_info=error)
    report(error)
