"""The types that settings have: what each allows, in words and as a reader."""

import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from service.setting import Kind, Secret

# A shorter secret is guessed, or mistaken for a word of a log line.
SECRET_LENGTH: Final = 16
# What signs or opens everything: as many characters as 128 bits in hexadecimal have.
KEY_LENGTH: Final = 32
_LEAST_VARIETY: Final = 8
_PLACEHOLDER: Final = re.compile(r"change[ _-]?me|placeholder|insecure|your[ _-]", re.IGNORECASE)
_USUAL_PORTS: Final = {"http": 80, "https": 443}


def _secret_of(length: int) -> Callable[[str], Secret]:
    def read(text: str) -> Secret:
        if text and (
            len(text) < length
            or len(set(text)) < _LEAST_VARIETY
            or _PLACEHOLDER.search(text)
            or not text.isprintable()
        ):
            raise ValueError
        return Secret(text)

    return read


def _token(text: str) -> Secret:
    """A secret that a header carries as it is."""
    if text and not re.fullmatch(r"[!-~]+", text):
        raise ValueError
    return _secret_of(SECRET_LENGTH)(text)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError
        return int(text)

    return read


def _share(text: str) -> float:
    if not re.fullmatch(r"[01]|0?\.[0-9]{1,6}|[01]\.0{1,6}", text):
        raise ValueError
    return float(text)


def _dollars(text: str) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,7}(?:\.[0-9]{1,4})?", text):
        raise ValueError
    return Decimal(text)


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:@/\[\]-]{0,119}", text):
        raise ValueError
    return text


def _yes_no(text: str) -> bool:
    try:
        return {"true": True, "false": False}[text.lower()]
    except KeyError:
        raise ValueError from None


def _path(text: str) -> Path | None:
    if not text.isprintable():
        raise ValueError
    try:
        return Path(text).expanduser() if text else None
    except RuntimeError:  # `~somebody`, who has no home
        raise ValueError from None


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if text and (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username is not None
        or parts.query
        or parts.fragment
        or re.search(r"\s", text)
    ):
        raise ValueError
    _ = parts.port  # raises ValueError for what is none
    return text


def _origins(text: str) -> tuple[str, ...]:
    return tuple(_origin(each.strip()) for each in text.split(",") if each.strip())


def _origin(text: str) -> str:
    """An origin exactly as a browser writes it, since it is compared as a text."""
    parts = urlsplit(text)
    if parts.scheme not in _USUAL_PORTS or not parts.hostname:
        raise ValueError
    if not re.fullmatch(r"(?:[a-z0-9._-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?", parts.netloc):
        raise ValueError
    if parts.port == _USUAL_PORTS[parts.scheme] or f"{parts.scheme}://{parts.netloc}" != text:
        raise ValueError
    return text


def _hosts(text: str) -> frozenset[str]:
    return frozenset(_host(each.strip()) for each in text.split(",") if each.strip())


def _host(text: str) -> str:
    """A host as it is compared: in small letters, an IPv6 address between brackets."""
    host, separator, port = text.rpartition(":")
    if not separator or text.endswith("]"):
        host, port = text, ""
    elif not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) <= 65535:
        raise ValueError
    if host.startswith("["):
        host = f"[{ipaddress.IPv6Address(host.removeprefix('[').removesuffix(']'))}]"
    elif not re.fullmatch(r"[A-Za-z0-9._-]{1,253}", host):
        raise ValueError
    return f"{host}:{port}".removesuffix(":").lower()


def _bind(text: str) -> str:
    if text.startswith("unix:/") and text.isprintable():
        return text
    host, separator, port = text.rpartition(":")
    if not separator or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError
    if host.startswith("["):
        ipaddress.IPv6Address(host.removeprefix("[").removesuffix("]"))
    elif not re.fullmatch(r"[A-Za-z0-9.-]{1,253}", host):
        raise ValueError
    return text


def _rate(text: str) -> str:
    match = re.fullmatch(r"([0-9]{1,7}) per (?:([0-9]{1,5}) )?(second|minute|hour|day)s?", text)
    if match is None or int(match[1]) == 0 or (match[2] and int(match[2]) == 0):
        raise ValueError
    return text


def _limits_store(text: str) -> Secret:
    if not re.fullmatch(r"memory://|(?:redis|rediss|valkey)://\S+", text):
        raise ValueError
    return Secret(text)


def _dsn(text: str) -> Secret:
    parts = urlsplit(text)
    if text and (
        parts.scheme not in ("http", "https")
        or not parts.username
        or not parts.hostname
        or not re.fullmatch(r"/(?:.+/)?[0-9]+", parts.path)
    ):
        raise ValueError
    return Secret(text)


def _remote(text: str) -> Secret:
    # A name or address that git takes for an option, or that runs a program, must not get in.
    if text and (text.startswith("-") or "::" in text or re.search(r"\s", text)):
        raise ValueError
    return Secret(text)


def one_of(*words: str) -> Kind:
    """One of some words, in any case."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError
        return text.lower()

    return Kind(f"one of {', '.join(words)}", read)


def whole(low: int, high: int) -> Kind:
    """A whole number from `low` to `high`."""
    return Kind(f"a whole number from {low} to {high:,}", _whole(low, high))


SECRET = Kind(
    f"a random secret of at least {SECRET_LENGTH} characters",
    _secret_of(SECRET_LENGTH),
    secret=True,
    hidden=True,
)
TOKEN = Kind(
    f"a token of at least {SECRET_LENGTH} letters, digits and signs of ASCII",
    _token,
    secret=True,
    hidden=True,
)
LONG_SECRET = Kind(
    f"a random secret of at least {KEY_LENGTH} characters",
    _secret_of(KEY_LENGTH),
    secret=True,
    hidden=True,
)
DSN = Kind(
    "an address with its key, such as https://key@sentry.example.org/1",
    _dsn,
    secret=True,
    hidden=True,
)
PATH = Kind("a path", _path)
ADDRESS = Kind("a web address, such as https://plan.example.org/", _web_address, hidden=True)
ORIGINS = Kind(
    "origins between commas as browsers write them, such as https://a.example.org", _origins
)
HOSTS = Kind("hosts between commas, such as chat.internal or 10.0.0.5:8080", _hosts)
BIND = Kind("HOST:PORT, [IPv6]:PORT or unix:/PATH", _bind)
RATE = Kind("a rate, such as 20 per 10 second", _rate)
LIMITS_STORE = Kind("memory:// or the address of a Redis server", _limits_store, hidden=True)
SHARE = Kind("a number from 0 to 1", _share)
DOLLARS = Kind("dollars, such as 2 or 0.50", _dollars)
NAME = Kind("the name of a model, such as claude-opus-5-5", _name)
YES_NO = Kind("true or false", _yes_no)
REMOTE = Kind("the name or address of a git remote", _remote, secret=True, hidden=True)
