"""Where a request comes from, as far as the configured proxies can be believed.

Each reverse proxy appends the address that it saw to `X-Forwarded-For`.  With TRUSTED_PROXIES = n
the n-th entry from the right was written by the outermost of our own proxies; whatever stands left
of it is a claim of the client.  A request with fewer entries did not pass all of them, so its
header counts for nothing.  (A service that others reach past its proxies cannot tell: bind it to
the loopback address, as is the default.)
"""

import ipaddress
import re
from functools import lru_cache
from typing import Final

from flask import request

from service.services import services

UNKNOWN: Final = "unknown"
_PORT: Final = re.compile(r"\[([0-9A-Fa-f:.]{2,45})\](?::[0-9]{1,5})?|([0-9.]{7,15}):[0-9]{1,5}")
_FORWARDED: Final = "HTTP_X_FORWARDED_FOR"
_IPV6_CLIENT_BITS: Final = 64


def client_address() -> str:
    """The address of the client in its usual spelling; `unknown` over a unix socket."""
    return address_of(request.environ, services().settings.trusted_proxies)


def is_https() -> bool:
    """Whether the client's way to us, or to the outermost trusted proxy, is encrypted."""
    return https_of(request.environ, services().settings.trusted_proxies)


def address_of(environ: dict[str, str], proxies: int) -> str:
    """`client_address` of a WSGI environment."""
    peer = environ.get("REMOTE_ADDR", "")
    if proxies:
        hops = environ.get(_FORWARDED, "").split(",")
        if len(hops) >= proxies:
            return normal(hops[-proxies]) or normal(peer) or UNKNOWN
    return normal(peer) or UNKNOWN


def https_of(environ: dict[str, str], proxies: int) -> bool:
    """`is_https` of a WSGI environment.

    Each proxy may append its own scheme or replace the header; as with the addresses, only what
    the outermost trusted proxy wrote is read.
    """
    if not proxies:
        return environ.get("wsgi.url_scheme") == "https"
    schemes = environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")
    return schemes[-min(proxies, len(schemes))].strip().lower() == "https"


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """One spelling for each address: no port, no zone, IPv4 out of IPv6; empty for what is none."""
    text = text.strip()
    if match := _PORT.fullmatch(text):
        text = match[1] or match[2]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)


@lru_cache(maxsize=4096)
def client_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that a client of IPv6 owns."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((address, _IPV6_CLIENT_BITS), strict=False))
