"""Limits on the form of a request, and on how slowly its two ends may be read and written.

Gunicorn bounds the head of a request (bytes, number of fields, time).  It sets no deadline on the
body, and none on a reader that never reads: either would hold a connection for ever.
"""

import socket
from time import monotonic
from typing import Any, Final

import structlog
from flask import Flask, current_app, request
from gevent import Timeout

from service.errors import LengthRequiredError, SlowBodyError, TooLargeError
from service.guard.policy import policy_of
from service.observability.metrics import Metrics

_log = structlog.get_logger(__name__)
BODY_S: Final = 10.0
READER_MS: Final = 30_000
# The headers that are taken apart, each with the length up to which that is done: what one line may
# have (gunicorn.conf.py), and for the dearest one more than any browser sends.
_LISTS: Final = {
    "HTTP_ACCEPT": 1000,
    "HTTP_COOKIE": 8190,
    "HTTP_IF_NONE_MATCH": 8190,
    "HTTP_X_FORWARDED_FOR": 8190,
}
# The limits of rate of the addresses that take events.
_WEBHOOKS: Final = frozenset({"webhook", "github"})
_TELL_S: Final = 60.0
_TCP: Final = (socket.AF_INET, socket.AF_INET6)


class BoundInput:
    """The body of a request, which has to be there before a deadline, however it is read."""

    def __init__(self, body: Any, seconds: float = BODY_S) -> None:
        self._body = body
        self._seconds = seconds
        self._deadline = 0.0

    def read(self, size: int = -1) -> bytes:
        """As of a file.  Raises SlowBodyError after the deadline."""
        return self._bounded(self._body.read, size)

    def readline(self, size: int = -1) -> bytes:
        """As of a file.  Raises SlowBodyError after the deadline."""
        return self._bounded(self._body.readline, size)

    def readinto(self, buffer: Any) -> int:
        """As of a file.  Raises SlowBodyError after the deadline."""
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _bounded(self, read: Any, size: int) -> bytes:
        # The clock starts at the first read: what the service does before is not the client's.
        self._deadline = self._deadline or monotonic() + self._seconds
        late = Timeout(max(0.001, self._deadline - monotonic()))
        try:
            with late:
                chunk: bytes = read(size)
                return chunk
        except Timeout as timeout:
            if timeout is not late:
                raise
            raise SlowBodyError(
                f"the body did not arrive within {self._seconds:g} s", "send it in one go"
            ) from None


def bound_head(environ: dict[str, Any]) -> None:
    """Take away headers that are too long to be read: they count as not sent.

    Gunicorn bounds each line and the number of lines, and joins lines of one name: `Accept`, sent
    fifty times, would hold up every other request for as long as it takes to read half a megabyte
    of it.
    """
    for name, limit in _LISTS.items():
        if len(environ.get(name, "")) > limit:
            del environ[name]


def bound_reader(environ: dict[str, Any]) -> None:
    """Set the deadline of the body, where there is one."""
    if environ.get("CONTENT_LENGTH", "0") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ:
        environ["wsgi.input"] = BoundInput(environ["wsgi.input"])


def bound_writer(environ: dict[str, Any]) -> None:
    """Let the kernel end the connection when nothing of the answer is taken for 30 s."""
    connection = environ.get("gunicorn.socket")
    if connection is not None and connection.family in _TCP:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, READER_MS)


class _TooLarge:
    """Tells the operator of webhooks that are too large.

    Their sender will not tell anybody, and most never send them again.  This comes before the
    limits of rate: all are counted, but a stranger writes no more than a line a minute.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._told_at = float("-inf")

    def tell(self, length: int) -> None:
        """One of `length` bytes was refused."""
        self._metrics.count("agented_too_large_webhooks", "Webhooks that were too large.")
        if monotonic() - self._told_at >= _TELL_S:
            self._told_at = monotonic()
            _log.warning("webhook refused", reason="too large", bytes=length)


def attach(app: Flask, webhook_bytes: int, metrics: Metrics) -> None:
    """Refuse what is too large, or of unknown size, before anything is read of it.

    `webhook_bytes` is how large a webhook may be.
    """
    too_large = _TooLarge(metrics)
    app.before_request(lambda: _refuse(webhook_bytes, too_large))


def _refuse(webhook_bytes: int, too_large: _TooLarge) -> None:
    environ = request.environ
    if "HTTP_TRANSFER_ENCODING" in environ:
        # Werkzeug would cut a chunked body at the limit and go on with the piece.
        raise LengthRequiredError(
            "a body of unknown length is not read", "send Content-Length, and no Transfer-Encoding"
        )
    length = environ.get("CONTENT_LENGTH")
    if not length:
        return
    if _is_webhook():
        request.max_content_length = webhook_bytes
        if int(length) > webhook_bytes:
            too_large.tell(int(length))
            raise _too_large(int(length), webhook_bytes, "WEBHOOK_BODY_MIB of the service sets it")
    limit = request.max_content_length
    if limit is not None and int(length) > limit:
        raise _too_large(int(length), limit)


def _is_webhook() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    policy = policy_of(view) if view is not None else None
    return policy is not None and policy.limit in _WEBHOOKS


def _too_large(length: int, limit: int, hint: str = "") -> TooLargeError:
    return TooLargeError(f"the body has {length:,} bytes, over the limit of {limit:,}", hint)
