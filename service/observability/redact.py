"""What no log line and no report may show: keys, tokens, passwords, cookies, signatures.

Three nets, since each has holes: the name beside a value, the form of a value, and the very values
that this service was given (`hide`).  Texts are searched before they are rendered, so an escape of
JSON cannot break a secret in two.
"""

import base64
import json
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

STARS: Final = "***"
# A text longer than this is cut before it is searched, and what is kept of it is far shorter.
_SEARCHED: Final = 64 * 1024
_SHORT: Final = 200
_DEPTH: Final = 6
_ITEMS: Final = 200
_LEAST: Final = 8

_SENSITIVE_NAMES: Final = (
    "token", "secret", "password", "passwd", "passphrase", "authorization", "cookie", "api_key",
    "apikey", "signature", "credential", "dsn",
)  # fmt: skip

# A header whose whole value is secret: `Cookie: a=1; b=2`, `('authorization', b'Bearer x')`.
_WHOLE: Final = re.compile(
    r"""((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s{0,3}[:=]\s{0,3}b?["']?|["']\s{0,3},\s{0,3}b?["'])"""
    r"""[^"'\r\n]+""",
    re.IGNORECASE,
)
# A named value without spaces: `token=x`, `"x-api-key": "y"`, `password: z`.
_NAMED: Final = re.compile(
    r"""(token|secret|password|passwd|passphrase|api[-_]?key|signature(?:-256)?)"""
    r"""((?:%5d|[\w\]-]){0,12}(?:(?:\\{0,3}["'])?\s{0,3}(?:[:=]|%3d)\s{0,3}b?(?:\\{0,3}["'])?"""
    r"""|["']\s{0,3},\s{0,3}b?["']))"""
    # Up to the end of the text that it stands in, which is escaped where JSON holds other JSON.
    r"""((?:[^\s"'&;,<>\\]|\\(?!["'\\]))+)""",
    re.IGNORECASE,
)
# How many tokens an agent took is no secret: `"output_tokens":7}`, `totalTokenCount: 5`.
_COUNT: Final = re.compile(r"tokens\b|token_?count", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(-?\d{1,15}(?:\.\d{1,9})?)([}\]]*)")
# What ends a name in JSON, with its quote, which is escaped where JSON holds other JSON.
_JSON_NAME: Final = re.compile(r"""(\\{0,3}")\s{0,3}:\s{0,3}$""")
# In JSON what is no text: it holds no secret of its own, and to hide it would spoil the JSON.
_IN_JSON: Final = re.compile(r"(?:true|false|null)?[{\[}\]]*", re.IGNORECASE)
# What shows by its form that it is a secret.  Each part must match once it has begun, or give up
# after a few letters: a text of nothing but beginnings would cost the square of its length, and
# strangers choose texts that are logged.
_FORMS: Final = re.compile(
    r"""\b(?:bearer|basic|apikey)\s+[\w.~+/=-]{8,}"""
    r"""|\bagd[a-z]_[\w.-]{12,}"""
    r"""|\bsk-[\w-]{10,}|\bgh[a-z]_\w{16,}|\bgithub_pat_\w{16,}|\bglpat-[\w-]{16,}"""
    r"""|\bxox[a-z]-[\w-]{10,}|\bwhsec_[\w+/=]{10,}|\bAKIA[0-9A-Z]{16}\b"""
    r"""|\beyJ[\w-]{8,}(?:\.[\w-]{4,}){0,2}|\bsha(?:1|256|512)=[0-9a-f]{32,}"""
    r"""|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{1,8000}""",
    re.IGNORECASE,
)
# One of these is in every text that one of the forms above or below matches, in small letters.
_HINTS: Final = (
    "authorization", "cookie", "token", "secret", "passw", "passphrase", "apikey", "api_key",
    "api-key", "signature", "bearer", "basic", "agd", "sk-", "gh", "glpat-", "xox", "akia", "eyj",
    "sha1=", "sha256=", "sha512=", "-----begin", "@",
)  # fmt: skip
_USERINFO: Final = re.compile(r"(://)[^\s/@?#\"']{1,200}@")


class Redactor:
    """Knows the secrets of this process, and finds those it was never told of by their looks."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()
        # Most lines repeat names, routes and agents; searching them once is most of the speed.
        self._short = lru_cache(maxsize=2048)(self._searched)

    def hide(self, *secrets: str) -> None:
        """Never show these values again: as they are, in an address, in a `repr`, in JSON."""
        new = {form for each in secrets if len(each) >= _LEAST for form in _forms(each)}
        wanted = {*self._known, *new}
        self._known = tuple(sorted(wanted, key=len, reverse=True))
        self._short.cache_clear()

    def lines(self, text: str) -> str:
        """Many lines of a command's output without their secrets, however long they are.

        Most lines have nothing that looks like a secret: a few words of which each form needs one
        are looked for first, which is ten times as fast as the forms themselves.
        """
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, STARS)
        spans = _suspect_lines(text)
        if not spans:
            return text
        parts: list[str] = []
        done = 0
        for start, end in spans:
            parts += text[done:start], self._searched(text[start:end])
            done = end
        return "".join((*parts, text[done:]))

    def text(self, text: str) -> str:
        """`text` without its secrets."""
        if len(text) < _LEAST:
            return text
        if len(text) <= _SHORT:
            return self._short(text)
        return self._searched(text[:_SEARCHED] + "…" if len(text) > _SEARCHED else text)

    def _searched(self, text: str) -> str:
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, STARS)
        text = _FORMS.sub(STARS, text)
        text = _WHOLE.sub(rf"\1\2{STARS}", text)
        text = _NAMED.sub(_starred, text)
        return _USERINFO.sub(rf"\1{STARS}@", text) if "@" in text else text

    def value(self, value: Any, depth: int = 0) -> Any:
        """A value of any type as texts, numbers, lists and dicts without secrets."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(str(value))
        if isinstance(value, bytes | bytearray):
            return self.text(bytes(value[:_SEARCHED]).decode("utf-8", "backslashreplace"))
        if depth >= _DEPTH:
            return "…"
        if isinstance(value, Mapping):
            return self.mapping(value, depth + 1)
        if isinstance(value, list | tuple | set | frozenset):
            if _is_named_pair(value):
                return [next(iter(value)), STARS]
            return [self.value(each, depth + 1) for each in list(value)[:_ITEMS]]
        return self.text(_shown(value))

    def mapping(self, pairs: Mapping[Any, Any], depth: int = 0) -> dict[str, Any]:
        """A mapping without secrets, whether its names give them away or not."""
        found: dict[str, Any] = {}
        for name, value in list(pairs.items())[:_ITEMS]:
            name = self.text(name if isinstance(name, str) else _shown(name))
            hidden = is_sensitive(name) and not isinstance(value, bool | int | float | None)
            found[name] = STARS if hidden else self.value(value, depth)
        return found


def _suspect_lines(text: str) -> list[tuple[int, int]]:
    """Where the lines begin and end that may hold something secret, in order."""
    small = text.lower()
    if len(small) != len(text):
        # The only letter whose small form is longer; places must be the same in both.
        small = text.replace("\u0130", "i").lower()
    found: dict[int, int] = {}
    for hint in _HINTS:
        at = small.find(hint)
        while at >= 0:
            end = small.find("\n", at)
            end = len(small) if end < 0 else end
            found[small.rfind("\n", 0, at) + 1] = end
            at = small.find(hint, end)
    return sorted(found.items())


def _starred(found: re.Match[str]) -> str:
    """A name and its value, which is hidden unless it can be none."""
    name, value = found[1] + found[2], found[3]
    number = _NUMBER.fullmatch(value)
    if number is not None and _COUNT.match(name):
        return found[0]
    quote = _JSON_NAME.search(name)
    if quote is not None:
        if _IN_JSON.fullmatch(value):
            return found[0]
        if number is not None:
            return f"{name}{quote[1]}{STARS}{quote[1]}{number[2]}"
    return name + STARS


def _forms(secret: str) -> tuple[str, ...]:
    return (
        secret,
        quote(secret, safe=""),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        base64.b64encode(secret.encode("utf-8", "surrogatepass")).decode("ascii").rstrip("="),
    )


@lru_cache(maxsize=1024)
def is_sensitive(name: str) -> bool:
    """Whether a value of this name is a secret (`key` is one, `key_id` is none)."""
    name = name.lower().replace("-", "_")
    return name == "key" or any(each in name for each in _SENSITIVE_NAMES)


def _is_named_pair(value: Collection[Any]) -> bool:
    """Whether this is a header as a pair: `("X-API-Key", "…")`."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return False
    name, text = value
    return isinstance(name, str) and isinstance(text, str | bytes) and is_sensitive(name)


def _shown(value: Any) -> str:
    """How an object shows itself; a broken `__repr__` must not cost the log line."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - whatever somebody's __repr__ raises
        return f"<{type(value).__name__}>"


# The one of this process: settings, state and keys tell it what to hide.
redactor: Final = Redactor()
