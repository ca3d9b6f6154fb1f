"""The id of the request under way: one for all that happens because of it.

It lives in a context variable.  A greenlet of gevent and a native thread start with an empty
context, so work that is handed to one is wrapped in `carried`; work that goes on after its request
(a run of an agent) remembers the id and takes it up again with `under`.
"""

import re
import uuid
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
    return asked if asked and _ACCEPTED.fullmatch(asked) else str(uuid.uuid4())


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
    """`work` as it would run here, for a greenlet or thread of its own: `spawn(carried(f), 1)`."""
    context = copy_context()

    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        return context.run(work, *args, **kwargs)

    return run
