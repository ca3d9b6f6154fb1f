"""How one setting is declared and read: its type, its default, its words for people."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# A secret shorter than this is guessed or mistaken for a word of a log line.
SECRET_LENGTH = 16


class Secret(str):
    """A text that is never shown: not by `repr`, not by formatting a dataclass."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'" if self else "''"


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of value: `form` says what is allowed, `read` raises ValueError for what is not."""

    form: str
    read: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable.  `default` is the text that an unset variable stands for."""

    name: str
    kind: Kind
    default: str
    help: str
    group: str
    secret: bool = False


def setting(name: str, kind: Kind, default: str, group: str, help: str) -> Any:
    """A dataclass field that is read from the variable `name`."""
    declared = Setting(name, kind, default, help, group, secret=kind in (SECRET, KEY))
    return field(default=kind.read(default), metadata={"setting": declared})


def _secret(text: str) -> Secret:
    if text and len(text) < SECRET_LENGTH:
        raise ValueError
    return Secret(text)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError
        return int(text)

    return read


def _share(text: str) -> float:
    if not re.fullmatch(r"[01]|0?\.[0-9]{1,6}|1\.0{1,6}", text):
        raise ValueError
    return float(text)


def _yes_no(text: str) -> bool:
    try:
        return {"true": True, "false": False}[text.lower()]
    except KeyError:
        raise ValueError from None


def _path(text: str) -> Path | None:
    if "\0" in text:
        raise ValueError
    return Path(text).expanduser() if text else None


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
    return text


def _origins(text: str) -> tuple[str, ...]:
    return tuple(_origin(each.strip()) for each in text.split(",") if each.strip())


def _origin(text: str) -> str:
    parts = urlsplit(text)
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in ("http", "https") or not parts.hostname or origin != text:
        raise ValueError
    if parts.netloc != parts.netloc.lower() or "@" in parts.netloc or "*" in parts.netloc:
        raise ValueError
    _ = parts.port
    return text


def _bind(text: str) -> str:
    if text.startswith("unix:/"):
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
    if match is None or int(match[1]) == 0 or match[2] == "0":
        raise ValueError
    return text


def _limits_store(text: str) -> str:
    if not re.fullmatch(r"memory://|(?:redis|rediss|memcached|valkey)://\S+", text):
        raise ValueError
    return text


def _dsn(text: str) -> Secret:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.username or not parts.hostname):
        raise ValueError
    return Secret(text)


def _remote(text: str) -> str:
    # A name or address that git takes for an option, or that runs a program, must not get in.
    if text and (text.startswith("-") or "::" in text or re.search(r"\s", text)):
        raise ValueError
    return text


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


SECRET = Kind(f"a secret of at least {SECRET_LENGTH} characters", _secret)
KEY = Kind("the address with its key, such as https://key@sentry.example.org/1", _dsn)
PATH = Kind("a path", _path)
ADDRESS = Kind("a web address, such as https://plan.example.org/", _web_address)
ORIGINS = Kind("origins between commas, such as https://a.example.org,https://b.example.org", _origins)
BIND = Kind("HOST:PORT, [IPv6]:PORT or unix:/PATH", _bind)
RATE = Kind("a rate, such as 20 per 10 second", _rate)
LIMITS_STORE = Kind("memory:// or the address of a Redis server", _limits_store)
SHARE = Kind("a number from 0 to 1", _share)
YES_NO = Kind("true or false", _yes_no)
REMOTE = Kind("the name or address of a git remote", _remote)


