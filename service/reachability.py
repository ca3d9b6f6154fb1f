"""What `planner doctor` tries over the network: the service itself and what it may lean on."""

import http.client
import importlib.util
import ipaddress
import socket
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from service.diagnosis import Finding, Level
from service.settings import Settings

_WAIT_S: Final = 3.0
_REDIS_PORT: Final = 6379
_USUAL_PORTS: Final = {"http": 80, "https": 443}


def look_at_service(settings: Settings, *, running: bool) -> Iterator[Finding]:
    """Whether a running service is ready, and whether another one could listen."""
    bind = settings.bind
    if bind.startswith("unix:"):
        return
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    if running:
        yield _readiness(_reachable(host), int(port))
    elif _listens(_reachable(host), int(port)):
        yield Finding(
            "service", Level.ERROR, f"another program listens at {bind}",
            "stop it, or set GUNICORN_BIND",
        )  # fmt: skip
    else:
        yield Finding("service", Level.NOTE, "it does not run", "just deploy")
    if not _is_local(host) and not settings.trusted_proxies:
        yield Finding(
            "service", Level.WARNING, f"{bind} can be reached from other machines without https",
            "bind to 127.0.0.1 and put a reverse proxy before it (deploy/nginx.conf)",
        )  # fmt: skip


def look_at_optional_services(settings: Settings) -> Iterator[Finding]:
    """Redis, GitHub, Sentry and the Claude API, as far as settings name them."""
    if not settings.ratelimit_storage_uri.startswith("memory://"):
        yield _redis(settings.ratelimit_storage_uri)
    if settings.github_token:
        yield _connects(
            "github", "GitHub's API", settings.github_api_url, 443,
            "mend GITHUB_API_URL, or let the service reach it",
        )  # fmt: skip
    else:
        yield Finding("github", Level.NOTE, "no commit statuses are written (no GITHUB_TOKEN)")
    if settings.sentry_dsn:
        yield _connects(
            "sentry", "Sentry", settings.sentry_dsn, 443, "mend SENTRY_DSN, or leave it empty"
        )
    else:
        yield Finding("sentry", Level.NOTE, "unexpected errors are only logged (no SENTRY_DSN)")
    if not settings.anthropic_api_key:
        yield Finding("ai", Level.NOTE, "AI assistance is off (no ANTHROPIC_API_KEY)")
    elif settings.anthropic_base_url:
        yield _connects(
            "ai", "the Claude API", settings.anthropic_base_url, 443, "mend ANTHROPIC_BASE_URL"
        )
    else:
        yield Finding("ai", Level.OK, "ANTHROPIC_API_KEY is set")


def _redis(uri: str) -> Finding:
    if importlib.util.find_spec("redis") is None:
        return Finding(
            "redis", Level.ERROR, "RATELIMIT_STORAGE_URI needs the package redis", "install it"
        )
    return _connects(
        "redis", "Redis", uri, _REDIS_PORT, "start it, or set RATELIMIT_STORAGE_URI=memory://"
    )


def _connects(area: str, name: str, address: str, port: int, hint: str) -> Finding:
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or _USUAL_PORTS.get(parts.scheme, port)
    if _listens(host, port):
        return Finding(area, Level.OK, f"{host}:{port} answers")
    return Finding(area, Level.ERROR, f"{name} does not answer at {host}:{port}", hint)


def _readiness(host: str, port: int) -> Finding:
    connection = http.client.HTTPConnection(host, port, timeout=_WAIT_S)
    try:
        connection.request("GET", "/health/readiness")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return Finding("service", Level.ERROR, f"it runs, but does not answer at {host}:{port}")
    finally:
        connection.close()
    if status == http.client.OK:
        return Finding("service", Level.OK, f"it is ready at {host}:{port}")
    return Finding(
        "service", Level.ERROR, f"it runs at {host}:{port}, but is not ready",
        "ask /health/readiness with a key: it says which part is missing",
    )  # fmt: skip


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), _WAIT_S).close()
    except OSError:
        return False
    return True


def _reachable(host: str) -> str:
    """Where to reach on this machine what listens at `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
