"""The id of the request under way: one for all that happens because of it.

It lives in a context variable.  A greenlet of gevent and a native thread start with an empty
context, so work that is handed to one is wrapped in `carried`; work that goes on after its request
(a run of an agent) remembers the id and takes it up again with `under`.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Final, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

HEADER: Final = "X-Request-ID"
_ACCEPTED: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request under way; empty where none is."""
    return _current.get()


def accept(asked: str) -> str:
    """The id that a caller asked for, if it is harmless in a log and a header; else a new UUID."""
    return asked if asked and _ACCEPTED.fullmatch(asked) else _new()


def _new() -> str:
    """A UUID of version 4, as `uuid.uuid4` makes it; that takes five times as long."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def begin(asked: str) -> str:
    """Start a request: its id holds in this greenlet until the next one begins.

    A connection that is kept alive serves its requests in one greenlet, one after the other, and
    the body of a stream is made in it too: the id is right in all of them.
    """
    identity = accept(asked)
    _current.set(identity)
    return identity


def end() -> None:
    """The request is over: what this greenlet does next does not belong to it."""
    _current.set("")


@contextmanager
def under(identity: str) -> Iterator[None]:
    """Work on behalf of an earlier request."""
    token = _current.set(identity)
    try:
        yield
    finally:
        _current.reset(token)


def carried(work: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """`work` as it would run here, for a greenlet or thread of its own: `spawn(carried(f), 1)`.

    What it raises tells the id in a note, since whoever logs that has another context.
    """
    context = copy_context()

    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return context.run(work, *args, **kwargs)
        except Exception as error:
            if identity := context.get(_current):
                error.add_note(f"request_id: {identity}")
            raise

    return run
