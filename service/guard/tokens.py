"""Short-lived tokens that stand for a session or a key: signed, bound, never kept.

A page token (`agdp_…`) goes in `X-API-Key`; it stands for one session and ends with it.  A stream
token (`agds_…`) goes in the query of one address, opens it once, and is good for less than a
minute; a restart ends it too.  A form token proves that a form was made for this session.
"""

import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from itsdangerous import BadData, URLSafeTimedSerializer

PAGE_MARK: Final = "agdp_"
STREAM_MARK: Final = "agds_"
PAGE_S: Final = 600
# Ages are counted in whole seconds, so a token lives less than a second longer than this.
STREAM_S: Final = 55
_LONGEST: Final = 2048


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a stream token stands for: a key, or a session of it (`session_id`, may be empty)."""

    key_id: str
    session_id: str


class Tokens:
    """Makes and reads tokens.  What they stand for must be looked up by the caller each time."""

    def __init__(self, secret_key: str) -> None:
        self._secret = secret_key
        self._pages = _serializer(secret_key, "agented page token")
        self._streams = _serializer(secret_key, "agented stream token")
        # Used tokens are remembered by this process, so those of an earlier one must not hold.
        self._process = secrets.token_urlsafe(8)
        self._spent: OrderedDict[str, float] = OrderedDict()

    def page(self, session_id: str) -> str:
        """A token for the requests that the pages of this session make."""
        return PAGE_MARK + self._pages.dumps(session_id)

    def session_of(self, token: str) -> str | None:
        """The id of the session that a page token stands for; None for what is none."""
        found = _read(self._pages, PAGE_MARK, token, PAGE_S)
        return found if isinstance(found, str) else None

    def stream(self, bearer: Bearer, path: str) -> str:
        """A token that opens the stream at `path` once."""
        return STREAM_MARK + self._streams.dumps(
            {
                "key": bearer.key_id,
                "session": bearer.session_id,
                "path": path,
                "process": self._process,
                "once": secrets.token_urlsafe(12),
            }
        )

    def spend(self, token: str, path: str) -> Bearer | None:
        """Whom a stream token stands for, at its path and for the first time; else None."""
        found = _read(self._streams, STREAM_MARK, token, STREAM_S)
        if not isinstance(found, Mapping) or not self._fits(found, path):
            return None
        once, now = found["once"], time.monotonic()
        while self._spent and next(iter(self._spent.values())) < now - 2 * STREAM_S:
            self._spent.popitem(last=False)
        if once in self._spent:
            return None
        self._spent[once] = now
        return Bearer(found["key"], found["session"])

    def form(self, session_id: str) -> str:
        """The token that forms of this session carry."""
        return hmac.new(
            self._secret.encode(), b"agented form token\0" + session_id.encode(), sha256
        ).hexdigest()

    def is_form_of(self, token: str, session_id: str) -> bool:
        """Whether a form's token was made for this session."""
        return hmac.compare_digest(token.encode(), self.form(session_id).encode())

    def _fits(self, found: Mapping[str, Any], path: str) -> bool:
        return hmac.compare_digest(
            found["process"].encode(), self._process.encode()
        ) and hmac.compare_digest(found["path"].encode(), path.encode())


def _serializer(secret_key: str, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        secret_key, salt=salt, signer_kwargs={"key_derivation": "hmac", "digest_method": sha256}
    )


def _read(serializer: URLSafeTimedSerializer, mark: str, token: str, age_s: int) -> object:
    if len(token) > _LONGEST or not token.startswith(mark):
        return None
    try:
        found: object = serializer.loads(token.removeprefix(mark), max_age=age_s)
    except BadData:
        return None
    return found
