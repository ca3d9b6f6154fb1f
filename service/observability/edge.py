"""The outermost layer of the app: each request gets its id here, and leaves its line here.

It wraps the WSGI app, not a hook of Flask, so that nothing can answer before it: 401, 404, 413 and
500 carry the id too, and the line of a stream is written when the stream ends.
"""

from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import Any, Final

import structlog
from flask import Flask, Response, request

from service.clock import stamp
from service.guard.address import address_of
from service.guard.current import principal
from service.guard.shape import bound_head, bound_reader, bound_writer
from service.observability.logs import write_info
from service.observability.metrics import Metrics
from service.observability.redact import redactor
from service.observability.reports import report, trace
from service.observability.request_id import HEADER, begin, end
from service.settings import Settings
from service.wsgi_types import Application, Environ, StartResponse

_log = structlog.get_logger(__name__)
_EXCHANGE: Final = "agented.exchange"
_AGENT_LENGTH: Final = 200
_PATH_LENGTH: Final = 1000


class Exchange:
    """One request and what becomes of it."""

    __slots__ = ("address", "environ", "key_id", "name", "route", "started", "status", "stream")

    def __init__(self, environ: Environ, name: str, address: str) -> None:
        self.environ = environ
        self.name = name
        self.address = address
        self.started = perf_counter()
        self.status = 0
        self.route = "unknown"
        self.key_id = ""
        self.stream = False


class Edge:
    """`app.wsgi_app = Edge(app.wsgi_app, …)`."""

    def __init__(self, app: Application, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._proxies = settings.trusted_proxies
        self._traces = bool(settings.sentry_dsn and settings.sentry_traces_sample_rate)
        self._metrics = metrics

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        bound_head(environ)
        name = begin(environ.get("HTTP_X_REQUEST_ID", ""))
        exchange = Exchange(environ, name, address_of(environ, self._proxies))
        environ[_EXCHANGE] = exchange
        bound_reader(environ)
        bound_writer(environ)
        self._metrics.under_way += 1

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            exchange.status = int(status[:3])
            headers.append((HEADER, name))
            return start_response(status, headers, exc_info)

        try:
            body = self._app(environ, start)
        except BaseException:
            # Flask answers every Exception; what comes through ends the worker or this greenlet.
            self.over(exchange, 0, whole=False)
            raise
        return Body(body, exchange, self)

    def over(self, exchange: Exchange, sent: int, *, whole: bool) -> None:
        """A request ended: its line, its figures."""
        seconds = perf_counter() - exchange.started
        self._metrics.under_way -= 1
        environ = exchange.environ
        method = environ["REQUEST_METHOD"]
        line: dict[str, Any] = {
            "timestamp": stamp(),
            "level": "info",
            "logger": "service.access",
            "event": "request",
            "request_id": exchange.name,
            "method": method,
            "path": redactor.text(environ.get("PATH_INFO", "")[:_PATH_LENGTH]),
            "route": exchange.route,
            "status": exchange.status,
            "bytes": sent,
            "ms": round(seconds * 1000, 2),
            "address": exchange.address,
            "key_id": exchange.key_id or None,
            "agent": redactor.text(environ.get("HTTP_USER_AGENT", "")[:_AGENT_LENGTH]),
        }
        if not whole:
            line["cut"] = True
        write_info(line)
        self._metrics.served(
            method, exchange.route, exchange.status, seconds, stream=exchange.stream
        )
        if self._traces and not exchange.stream:
            trace(method, exchange.route, exchange.status, seconds)
        end()


class Body:
    """The body of an answer, counted while it is sent; the server closes it in any case."""

    __slots__ = ("_body", "_edge", "_exchange", "_open", "_sent", "_whole")

    def __init__(self, body: Iterable[bytes], exchange: Exchange, edge: Edge) -> None:
        self._body = body
        self._exchange = exchange
        self._edge = edge
        self._sent = 0
        self._whole = exchange.environ["REQUEST_METHOD"] == "HEAD"
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._body:
                yield chunk
                self._sent += len(chunk)
        except Exception as error:
            # The answer has begun, so no page can tell: the connection is cut by whoever serves.
            exchange = self._exchange
            _log.error("the body of an answer failed", route=exchange.route, exc_info=error)
            report(error, route=exchange.route, method=exchange.environ["REQUEST_METHOD"])
            raise
        self._whole = True

    def close(self) -> None:
        """End the answer.  Called again, it does nothing."""
        if not self._open:
            return
        self._open = False
        try:
            closes = getattr(self._body, "close", None)
            if closes is not None:
                closes()
        finally:
            self._edge.over(self._exchange, self._sent, whole=self._whole)


def attach(app: Flask, settings: Settings, metrics: Metrics) -> None:
    """Put the layer round `app`, and let it know route and key of each request."""
    app.wsgi_app = Edge(app.wsgi_app, settings, metrics)  # type: ignore[method-assign]
    app.after_request(_note)


def _note(response: Response) -> Response:
    exchange: Exchange | None = request.environ.get(_EXCHANGE)
    if exchange is not None:
        if request.url_rule is not None:
            exchange.route = request.url_rule.rule
        who = principal()
        if who is not None:
            exchange.key_id = who.key_id
        exchange.stream = response.is_streamed and response.mimetype == "text/event-stream"
    return response
