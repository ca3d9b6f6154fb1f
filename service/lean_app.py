"""Flask without what this service never uses, but would pay for at each request."""

from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface

_NO_SESSION: Final = NullSession()


class NoSessions(SessionInterface):
    """Flask's sessions, signed cookies, are off: ours are rows in the database.

    Using one all the same is an error, as Flask has it for an app without a secret key.
    """

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """The one session that holds nothing and takes nothing."""
        return _NO_SESSION

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        """Nothing."""


class LeanApp(Flask):
    """All views and hooks are plain functions: none of them has to be looked at for being async."""

    session_interface: SessionInterface = NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func
