"""The one reader of request bodies: bounded in bytes, depth and time, and strict about JSON."""

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

from flask import request

from service.errors import (
    BadRequestError,
    LengthRequiredError,
    TooLargeError,
    UnsupportedTypeError,
)

LIMIT: Final = 1024 * 1024
DEPTH: Final = 64
NAMES: Final = 10_000
_GREATEST: Final = sys.float_info.max
_HINT: Final = "send one JSON value in UTF-8, RFC 8259, with each name once in an object"


def read_body(limit: int = LIMIT) -> bytes:
    """The whole body.

    Raises LengthRequiredError without a Content-Length (a chunked body would be cut silently),
    TooLargeError over `limit` bytes, BadRequestError for a body shorter than announced; a body
    that takes too long ends in SlowBodyError (see `service.guard.shape`).
    """
    length = request.content_length
    if length is None or "HTTP_TRANSFER_ENCODING" in request.environ:
        raise LengthRequiredError(
            "the body has no stated length", "send Content-Length, and no Transfer-Encoding"
        )
    if length > limit:
        raise TooLargeError(f"the body has {length:,} bytes, over the limit of {limit:,}")
    body = request.get_data(cache=True)
    if len(body) != length:
        raise BadRequestError("the body is shorter than its Content-Length")
    return body


def read_json(limit: int = LIMIT) -> Any:
    """The body as one JSON value.

    Raises as `read_body` does; UnsupportedTypeError for another media type than JSON;
    BadRequestError for what is not strict JSON.  No text of the body is repeated in an error.
    """
    require_json()
    return parse_json(read_body(limit))


def require_json() -> None:
    """Raise UnsupportedTypeError unless the body is said to be JSON.

    A form or plain text is what a browser sends for a foreign page without asking first.
    """
    kind = request.mimetype
    if kind != "application/json" and not (
        kind.startswith("application/") and kind.endswith("+json")
    ):
        raise UnsupportedTypeError(
            "this address reads JSON only", "send Content-Type: application/json"
        )


def parse_json(body: bytes, names: int = NAMES) -> Any:
    """Strict JSON out of bytes: UTF-8 without a mark, no NaN or infinity, no name twice.

    Raises BadRequestError; also for a value nested deeper than DEPTH, a lone surrogate, a NUL, a
    number that no reader keeps (Python reads whole ones of up to 4,300 digits), or more names than
    `names`.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequestError("the body is not UTF-8", _HINT) from None
    reader = _Reader(names)
    try:
        value = json.loads(
            text,
            object_pairs_hook=reader.object,
            parse_constant=_constant,
            parse_float=_real,
        )
    except (ValueError, RecursionError):
        raise BadRequestError("the body is not JSON", _HINT) from None
    _check(value, text)
    return value


class _Reader:
    """What the parser asks about each part of one body."""

    def __init__(self, most: int) -> None:
        self.names = 0
        self.most = most

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.names += len(pairs)
        if self.names > self.most:
            raise BadRequestError(f"the body has more than {self.most:,} names")
        found = dict(pairs)
        if len(found) != len(pairs):
            raise BadRequestError("the body has a name twice in one object", _HINT)
        return found


def _constant(_: str) -> Any:
    raise BadRequestError("the body has a number that JSON does not know", _HINT)


def _real(text: str) -> float:
    value = float(text)
    if -_GREATEST <= value <= _GREATEST:
        return value
    raise BadRequestError("the body has a number that is too large")


def _check(value: Any, text: str) -> None:
    """Refuse a value nested too deep, and what an escape may bring in: a NUL, half a surrogate.

    Most bodies can have neither, which two searches of the text tell.
    """
    if "\\u" in text:
        _walk(value, _refuse_odd_texts)
    elif "\0" in text:
        raise BadRequestError("the body is not JSON", _HINT)
    elif text.count("[") + text.count("{") > DEPTH:
        _walk(value, None)


def _walk(value: Any, look: Callable[[Iterable[Any]], None] | None) -> None:
    """Go through a value level by level, so that its depth costs no recursion."""
    level = [value]
    for depth in range(DEPTH + 1):
        if depth == DEPTH and any(isinstance(each, dict | list) for each in level):
            raise BadRequestError(f"the body is nested deeper than {DEPTH} levels")
        if look is not None:
            look(level)
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                if look is not None:
                    look(each)
                below.extend(each.values())
            elif isinstance(each, list):
                below.extend(each)
        if not below:
            return
        level = below


def _refuse_odd_texts(values: Iterable[Any]) -> None:
    for each in values:
        if isinstance(each, str) and ("\0" in each or not _is_unicode(each)):
            raise BadRequestError("the body has a text that is not Unicode, or a NUL", _HINT)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
