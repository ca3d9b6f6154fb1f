"""From what a request shows to who asks: the one place that reads keys, tokens and cookies.

Whatever is wrong with credentials, the answer is the same; the log alone says what it was.
"""

from dataclasses import dataclass
from typing import Final

import structlog
from flask import Request, request

from service.errors import TooManyError
from service.guard.address import client_address
from service.guard.cookie import session_cookie
from service.guard.identity import Identity
from service.guard.keys import Key, claimed_id
from service.guard.principal import Principal, Via
from service.guard.sessions import Session
from service.guard.tokens import PAGE_MARK, STREAM_MARK

_log = structlog.get_logger(__name__)
_HEADER: Final = "HTTP_X_API_KEY"
QUERY: Final = "token"


@dataclass(frozen=True, slots=True)
class Shown:
    """What one request shows.  It holds the request itself: looking that up anew costs time."""

    identity: Identity
    request: Request
    client: str

    @property
    def has_header(self) -> bool:
        """Whether there is an `X-API-Key`, even an empty one."""
        return _HEADER in self.request.environ

    def by_header(self) -> Principal | None:
        """Who shows a key or a page token in `X-API-Key`.

        Raises TooManyError after too many wrong ones, UnavailableError.
        """
        shown = self.request.environ.get(_HEADER, "")
        if shown.startswith(PAGE_MARK):
            return self._by_page_token(shown)
        key = admit(self.identity, self.client, shown.encode("latin-1"))
        return self.identity.keyring.principal(key) if key is not None else None

    def by_cookie(self) -> Principal | None:
        """Who is signed in.  Raises UnavailableError."""
        cookie = session_cookie()
        if not cookie:
            return None
        session = self.identity.sessions.find(cookie)
        if session is None:
            _refused("ended session")
            return None
        return self._of_session(session, Via.SESSION)

    def by_stream_token(self) -> Principal | None:
        """Who got the stream token in the query; it is spent by this.  Raises UnavailableError."""
        shown = self.request.args.getlist(QUERY)
        is_one = len(shown) == 1 and shown[0].startswith(STREAM_MARK)
        if not is_one or self.request.method != "GET":
            return None
        bearer = self.identity.tokens.spend(shown[0], self.request.path)
        key = self.identity.keyring.live(bearer.key_id) if bearer is not None else None
        if bearer is None or key is None:
            _refused("stream token")
            return None
        if bearer.session_id and self.identity.sessions.by_id(bearer.session_id) is None:
            _refused("stream token of an ended session", key.id)
            return None
        return key.principal(Via.STREAM_TOKEN, bearer.session_id)

    def _by_page_token(self, shown: str) -> Principal | None:
        session_id = self.identity.tokens.session_of(shown)
        session = self.identity.sessions.by_id(session_id) if session_id is not None else None
        if session is None:
            _refused("page token")
            return None
        return self._of_session(session, Via.PAGE_TOKEN)

    def _of_session(self, session: Session, via: Via) -> Principal | None:
        key = self.identity.keyring.live(session.key_id)
        if key is None:
            _refused("session of a dead key", session.key_id)
            return None
        return key.principal(via, session.id)


def admit(identity: Identity, client: str, text: bytes) -> Key | None:
    """The live key with this text; a wrong one counts as a failed attempt of the client.

    Raises TooManyError after too many of them, UnavailableError.
    """
    found = identity.keyring.find(text)
    key = found[0] if found is not None and found[1] else None
    if key is not None and identity.throttle.is_familiar(client, key.id):
        identity.throttle.welcome(client, key.id)
        return key
    refuse_if_throttled(identity, client, text)
    if key is None:
        identity.throttle.failed(client, text)
        _refused("dead key" if found else "unknown key", found[0].id if found else claimed_id(text))
        return None
    identity.throttle.welcome(client, key.id)
    return key


def refuse_if_throttled(identity: Identity, client: str, text: bytes) -> None:
    """Raise TooManyError when this attempt must not be looked at."""
    wait_s = identity.throttle.wait_s(client, text)
    if wait_s:
        raise TooManyError("too many wrong keys came from here, or for this key", wait_s)


def _refused(reason: str, key_id: str = "") -> None:
    _log.warning(
        "credentials refused",
        reason=reason,
        key_id=key_id,
        address=client_address(),
        route=request.url_rule.rule if request.url_rule else "",
    )
