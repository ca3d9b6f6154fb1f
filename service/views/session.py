"""Signing in and out, and the token with which the pages call `/api` and `/admin`."""

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from flask import Blueprint, Response, jsonify, request

from service.clock import after
from service.errors import (
    ForbiddenError,
    ServiceError,
    TooLargeError,
    UnsupportedTypeError,
)
from service.guard import cookie
from service.guard.address import client_address, client_of
from service.guard.audit import about_request, note, tell
from service.guard.audit_log import Entry, record
from service.guard.credentials import admit, refuse_if_throttled
from service.guard.csrf import demand_own_page
from service.guard.current import known_principal
from service.guard.keys import Key, claimed_id
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope, Via
from service.guard.sign_in_link import use_link
from service.guard.tokens import PAGE_S
from service.services import services

blueprint = Blueprint("session", __name__)
_LONGEST_FORM: Final = 4096
# A path of ours: one slash, then nothing that a browser reads as the name of another host.
_OWN_PATH: Final = re.compile(r"/(?![/\\])[!#-\[\]-~]{0,1000}")


class SignInRefusedError(ServiceError):
    """The key or link of a sign-in opens nothing.  The answer is the same, whatever is wrong."""

    status = 401
    code = "sign_in_refused"


@guarded(Zone.OPEN, limit="sign-in")
def login() -> Response:
    """Turn a key or a one-time link into a session of this browser, and go on to `next`.

    Raises SignInRefusedError, TooManyError, ForbiddenError for a form of another site.
    """
    demand_own_page()
    _require_form()
    text, link = request.form.get("key", "").strip(), request.form.get("link", "")
    session = _by_link(link) if link else _by_key(text)
    answer = _see_other(own_path(request.form.get("next", "")))
    cookie.give(answer, session)
    return answer


@guarded(Zone.PAGE, Scope.READ, limit="sign-in")
def logout() -> Response:
    """End the session of this browser."""
    identity = services().identity
    session = identity.sessions.by_id(known_principal().session_id)
    if session is not None:
        entry = about_request("session.end", "ok", session.id)
        identity.sessions.end(session, lambda db: _record(db, entry))
        tell(entry)
    answer = _see_other("/login")
    cookie.take_back(answer)
    return answer


@guarded(Zone.PAGE, Scope.READ)
def page_token() -> Response:
    """A token for `X-API-Key`, bound to the session of this browser; the script asks again for it.

    Raises ForbiddenError when it is not the cookie that asks: a token must not renew itself.
    """
    who = known_principal()
    if who.via is not Via.SESSION:
        raise ForbiddenError(
            "only a page of a signed-in person gets this token", "send the key itself instead"
        )
    return jsonify(
        token=services().identity.tokens.page(who.session_id),
        expires_at=after(seconds=PAGE_S),
        expires_in=PAGE_S,
        person=who.person,
        scopes=sorted(who.scopes),
    )


def own_path(asked: str) -> str:
    """Where to go after signing in: a path of this service, `/` for anything else."""
    return asked if _OWN_PATH.fullmatch(asked) else "/"


def _see_other(path: str) -> Response:
    return Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})


def _require_form() -> None:
    if request.mimetype != "application/x-www-form-urlencoded":
        raise UnsupportedTypeError(
            "sign-in reads a form only", "send Content-Type: application/x-www-form-urlencoded"
        )
    if (request.content_length or 0) > _LONGEST_FORM:
        raise TooLargeError(f"the form is longer than {_LONGEST_FORM:,} bytes")


def _by_key(text: str) -> str:
    """Start a session with a key and return the text of its cookie."""
    key = admit(services().identity, client_of(client_address()), text.encode())
    if key is None:
        _note_refusal("key", claimed_id(text.encode()))
        raise _refusal()
    return _start(lambda _: key, "key")


def _by_link(token: str) -> str:
    """The same with a one-time link, which is used up in the transaction that makes the session."""
    throttle = services().identity.throttle
    client = client_of(client_address())
    refuse_if_throttled(services().identity, client, token.encode())
    try:
        return _start(lambda db: use_link(db, token), "link")
    except SignInRefusedError:
        throttle.failed(client, token.encode())
        _note_refusal("link", "")
        raise


def _start(find: Callable[[sqlite3.Connection], Key | None], how: str) -> str:
    """Start a session with the key that `find` finds; the browser's session of before ends."""
    sessions = services().identity.sessions
    entry = about_request("session.start", "ok", how=how)

    def key_of(db: sqlite3.Connection) -> str:
        key = find(db)
        if key is None:
            raise _refusal()
        record(db, _by_holder(entry, key))
        return key.id

    session, text = sessions.start(key_of, client_address())
    tell(replace(entry, key_id=session.key_id))
    before = sessions.find(cookie.session_cookie())
    if before is not None:
        sessions.end(before)
    return text


def _by_holder(entry: Entry, key: Key) -> Entry:
    return replace(entry, key_id=key.id, person=key.holder.person)


def _refusal() -> SignInRefusedError:
    return SignInRefusedError(
        "this key or link does not open anything",
        "mind that a link works once and for a few minutes; keys are made with `planner keys new`",
    )


def _note_refusal(how: str, claimed: str) -> None:
    """Write a failed sign-in down; the throttle bounds how many there are."""
    note("session.start", "refused", claimed, how=how)


def _record(db: sqlite3.Connection, entry: Entry) -> None:
    record(db, entry)


add_route(blueprint, "/login", login, "POST")
add_route(blueprint, "/logout", logout, "POST")
add_route(blueprint, "/session/token", page_token, "POST")
