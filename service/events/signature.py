"""Who sent a webhook, shown by an HMAC-SHA256 over its bytes.  Pure but for the clock.

Two schemes: the hex digest of the body, as GitHub sends it, and Standard Webhooks
(standardwebhooks.com, specification 1.0), which signs id, time and body together.
"""

import base64
import binascii
import hashlib
import hmac
import time
from typing import Final

_SCHEME: Final = b"sha256="
_STANDARD: Final = b"v1,"
_STANDARD_SECRET: Final = "whsec_"  # noqa: S105 - how such secrets begin
# How far a sender's clock may be off, in seconds.
TOLERANCE_S: Final = 300
_MOST_SIGNATURES: Final = 8


def signed_by(secret: str, raw: bytes, header: bytes) -> bool:
    """Whether `header` is `sha256=` and the lower-case hex HMAC of `raw` under `secret`.

    An empty secret signs nothing.  Whatever the header holds, the time tells nothing about the
    right signature.
    """
    if not secret:
        return False
    expected = _SCHEME + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest().encode()
    return hmac.compare_digest(header, expected)


def standard_signed_by(
    secret: str, raw: bytes, message_id: bytes, sent_at: bytes, header: bytes
) -> bool:
    """Whether one of the signatures in `header` is that of Standard Webhooks under `secret`.

    `message_id`, `sent_at` and `header` are the headers webhook-id, webhook-timestamp and
    webhook-signature.  A secret that begins with `whsec_` is base64.  A message whose time is more
    than TOLERANCE_S off is refused, however well it is signed: it may be an old one.
    """
    if not secret or not message_id or not sent_at.isdigit() or len(sent_at) > 12:
        return False
    expected = _standard(secret, message_id, sent_at, raw)
    # All are compared, so the time tells nothing.
    given = header.split(b" ")[:_MOST_SIGNATURES]
    right = [
        _is_same(each.removeprefix(_STANDARD), expected)
        for each in given
        if each.startswith(_STANDARD)
    ]
    return any(right) and abs(time.time() - int(sent_at)) <= TOLERANCE_S


def standard_signature(secret: str, message_id: str, sent_at: str, raw: bytes) -> str:
    """The header webhook-signature of a message that this service sends."""
    made = _standard(secret, message_id.encode(), sent_at.encode(), raw)
    return (_STANDARD + made).decode()


def _is_same(given: bytes, expected: bytes) -> bool:
    return hmac.compare_digest(given, expected)


def _standard(secret: str, message_id: bytes, sent_at: bytes, raw: bytes) -> bytes:
    signed = b".".join((message_id, sent_at, raw))
    return base64.b64encode(hmac.new(_key_of(secret), signed, hashlib.sha256).digest())


def _key_of(secret: str) -> bytes:
    if secret.startswith(_STANDARD_SECRET):
        try:
            return base64.b64decode(secret.removeprefix(_STANDARD_SECRET), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
