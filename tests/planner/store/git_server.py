"""A git server over http on the loopback address that asks for a password, for tests."""

import base64
import http.server
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class GitServer(http.server.ThreadingHTTPServer):
    """Serves the repositories below `folder` to one user; `gate` holds requests up while clear."""

    daemon_threads = True

    def __init__(self, folder: Path, user: str, password: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        pair = f"{user}:{password}".encode()
        self.expected = f"Basic {base64.b64encode(pair).decode()}"
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: GitServer

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""

    def _serve(self, body: bytes) -> None:
        if self.headers.get("Authorization") != self.server.expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="plan"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.server.waiting.set()
        self.server.gate.wait(60)
        path, _, query = self.path.partition("?")
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            check=False,
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(self.server.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REMOTE_USER": "ada",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            },
        )
        head, _, data = done.stdout.partition(b"\r\n\r\n")
        rows = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if line]
        status = next((text for name, text in rows if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, text in rows:
            if name != "Status":
                self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def git_server(folder: Path, user: str, password: str) -> Iterator[GitServer]:
    """Run the server."""
    server = GitServer(folder, user, password)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()
