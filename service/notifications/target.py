"""Where a notification goes: an address that was looked at before anything is sent to it.

Whoever makes triggers chooses the address, and the service may be where its network trusts it.  So
a host is looked up once, every address that it has must be one of the open Internet, and exactly
those are connected to: a name that changes its mind between the look and the connection changes
nothing.  The operator may name hosts of the own network (`NOTIFY_HOSTS`).
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Name and port -> addresses, as texts.  Raises OSError.
LookUp = Callable[[str, int], list[str]]

_PORTS: Final = {"http": 80, "https": 443}
_MOST_ADDRESSES: Final = 4
# Ranges of IPv6 that stand for an address of IPv4, as some gateway reads it: NAT64 and 6to4.
_GATEWAYS: Final = tuple(
    ipaddress.IPv6Network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")
)


class RefusedTargetError(Exception):
    """An address that nothing is sent to, however often it is tried."""


class LostTargetError(Exception):
    """A host that cannot be looked up for now."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is connected to, and what is asked for there."""

    secure: bool
    host: str
    port: int
    addresses: tuple[str, ...]
    path: str

    @property
    def host_header(self) -> str:
        """The host as HTTP names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = _PORTS["https" if self.secure else "http"]
        return host if self.port == usual else f"{host}:{self.port}"


def target_of(
    url: str, allowed: frozenset[str], look_up: LookUp, *, secure_only: bool = False
) -> Target:
    """The target of an address.  `allowed` are hosts (`host` or `host:port`) of the own network.

    With `secure_only` others are reached by https only.  Raises RefusedTargetError, and
    LostTargetError when its host cannot be looked up now.
    """
    scheme, host, port, path = _parts(url)
    addresses = _looked_up(host, port, look_up)
    if not _is_allowed(host, port, scheme, allowed):
        if secure_only and scheme != "https":
            raise RefusedTargetError(
                "a token is not sent by http: use https, or name the host in NOTIFY_HOSTS"
            )
        for each in addresses:
            _refuse_inner(each)
    return Target(scheme == "https", host, port, tuple(addresses[:_MOST_ADDRESSES]), path)


def is_public(text: str) -> bool:
    """Whether an address is one of the open Internet, and stands for no other one."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address.is_site_local or any(address in each for each in _GATEWAYS):
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def _parts(url: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        raise RefusedTargetError("its address is none") from None
    if parts.scheme not in _PORTS or not host or parts.username is not None:
        raise RefusedTargetError("its address is none of https or http")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    usual = _PORTS[parts.scheme]
    return parts.scheme, host, usual if port is None else port, f"{path}?{query}" if query else path


def _looked_up(host: str, port: int, look_up: LookUp) -> list[str]:
    try:
        found = look_up(host, port)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise LostTargetError("its host cannot be looked up")
    return list(dict.fromkeys(found))


def _is_allowed(host: str, port: int, scheme: str, allowed: frozenset[str]) -> bool:
    shown = f"[{host}]" if ":" in host else host
    usual = {shown} if port == _PORTS[scheme] else set()
    return bool(allowed & {f"{shown}:{port}", *usual})


def _refuse_inner(address: str) -> None:
    if not is_public(address):
        raise RefusedTargetError(
            "its host is in a network of its own; the operator may allow it by NOTIFY_HOSTS"
        )
