"""A small preview server: one folder, on this machine only, with reload of open pages.

It serves files and nothing else.  `/session.js` (an empty file in a plain build) is the reload
client here, and `/api/events` tells it that there is a new build.
"""

import http.server
import threading
import urllib.parse
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from planner.errors import UsageError

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_MAX_STREAMS = 64
_HEARTBEAT_S = 15.0
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Epoch:
    """The number of the build that is served; streams wait for it to grow."""

    def __init__(self) -> None:
        self._number = 0
        self._closed = False
        self._changed = threading.Condition()

    def advance(self) -> None:
        """There is a new build."""
        with self._changed:
            self._number += 1
            self._changed.notify_all()

    def close(self) -> None:
        """No more builds: streams end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def number(self) -> int:
        """The current number."""
        return self._number

    def wait_beyond(self, number: int, timeout_s: float) -> int | None:
        """The number once it is above `number`, the same after `timeout_s`, None when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._number > number, timeout_s)
            return None if self._closed else self._number


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: "PreviewServer"

    def do_GET(self) -> None:
        if not self._host_is_local():
            # A page of another site that resolves its name to this address (DNS rebinding).
            self._send(HTTPStatus.MISDIRECTED_REQUEST, b"unknown host\n", ".txt")
            return
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        if path == "/api/events":
            self._stream()
        elif path == "/session.js":
            self._send(HTTPStatus.OK, self.server.reload_script, ".js")
        else:
            self._file(path)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _host_is_local(self) -> bool:
        host = urllib.parse.urlsplit(f"//{self.headers.get('Host', '')}").hostname
        return host in ("127.0.0.1", "localhost", "::1")

    def _file(self, path: str) -> None:
        found = self.server.resolve(path)
        if found is None:
            missing = self.server.resolve("/404.html")
            body = missing.read_bytes() if missing else b"not found\n"
            self._send(HTTPStatus.NOT_FOUND, body, ".html" if missing else ".txt")
            return
        if found.name == "index.html" and not path.endswith(("/", ".html")):
            self.send_response(HTTPStatus.MOVED_PERMANENTLY)
            self.send_header("Location", urllib.parse.quote(path) + "/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        try:
            body = found.read_bytes()
        except OSError:
            self._send(HTTPStatus.NOT_FOUND, b"not found\n", ".txt")
            return
        self._send(HTTPStatus.OK, body, found.suffix)

    def _send(self, status: HTTPStatus, body: bytes, suffix: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", _TYPES.get(suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Content-Security-Policy", _CSP)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _stream(self) -> None:
        epoch = self.server.epoch
        if not self.server.streams.acquire(blocking=False):
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, b"too many open pages\n", ".txt")
            return
        try:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Cache-Control", "no-cache")
            self.send_header("Connection", "close")
            self.end_headers()
            number: int | None = epoch.number
            self._event(number)
            while number is not None:
                newer = epoch.wait_beyond(number, _HEARTBEAT_S)
                if newer is not None:
                    self._event(newer if newer != number else None)
                number = newer
        except (ConnectionError, TimeoutError):
            pass
        finally:
            self.close_connection = True
            self.server.streams.release()

    def _event(self, number: int | None) -> None:
        text = ": still here\n\n" if number is None else f"event: reload\ndata: {number}\n\n"
        self.wfile.write(text.encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """A preview prints its address and its builds, not every request."""


class PreviewServer(http.server.ThreadingHTTPServer):
    """Serves `folder` at 127.0.0.1:`port`."""

    daemon_threads = True
    # Threads of open streams end with the process: do not wait for them.
    block_on_close = False

    def __init__(self, folder: Path, port: int, reload_script: bytes) -> None:
        self.folder = folder.resolve()
        self.reload_script = reload_script
        self.epoch = Epoch()
        self.streams = threading.BoundedSemaphore(_MAX_STREAMS)
        super().__init__(("127.0.0.1", port), _Handler)

    def resolve(self, path: str) -> Path | None:
        """The file for a URL path, or None; never one outside the folder."""
        if "\0" in path or "\\" in path:
            return None
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if any(part == ".." or part.startswith(".") for part in parts):
            return None
        try:
            found = self.folder.joinpath(*parts)
            if found.is_dir():
                found /= "index.html"
            inside = found.is_file() and found.resolve().is_relative_to(self.folder)
        except OSError:
            return None
        return found if inside else None

    @property
    def address(self) -> str:
        """The URL to open."""
        return f"http://127.0.0.1:{self.server_address[1]}/"


def bind(make: Callable[[int], PreviewServer], port: int, *, exact: bool) -> PreviewServer:
    """Make a server at `port`, or at one of the next 20 unless it must be `exact`ly that one.

    Raises UsageError when none is free.
    """
    for candidate in range(port, port + (1 if exact or port == 0 else 20)):
        try:
            return make(candidate)
        except OSError:
            continue
    raise UsageError(
        f"port {port} of 127.0.0.1 is in use", "end the other server, or choose one with --port"
    )
