"""`./justw audit`: it looks every locked package up, or it fails."""

import http.server
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.processes import environment
from tests.service.served import ROOT, free_port

PROGRAMS = Path(sys.executable).parent


class Advisories(http.server.BaseHTTPRequestHandler):
    """A stand-in for an advisory source: what it was asked about, and what it knows."""

    asked: list[str] = []  # noqa: RUF012 - made anew for each test
    vulnerable = ""
    status = 200

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = query["package"]["name"]
        self.asked.append(name)
        found = {"vulns": [ADVISORY | {"affected": [affected(name)]}]} if (
            name == self.vulnerable
        ) else {}  # fmt: skip
        body = json.dumps(found).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing."""


ADVISORY = {
    "id": "TEST-1", "aliases": [], "summary": "a hole", "details": "a hole",
    "published": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z",
}  # fmt: skip


def affected(name: str) -> dict[str, object]:
    return {
        "package": {"name": name, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
    }


@pytest.fixture
def source() -> Iterator[str]:
    """The address of a source that knows of nothing."""
    Advisories.asked, Advisories.vulnerable, Advisories.status = [], "", 200
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Advisories)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    server.shutdown()
    thread.join()
    server.server_close()


def audit(tmp_path: Path, *arguments: str, proxy: str = "") -> subprocess.CompletedProcess[str]:
    """The recipe, on a few of the locked packages, with no way to any other host."""
    proxy = proxy or f"http://127.0.0.1:{free_port()}"
    (tmp_path / "requirements.lock").write_text(some_of_the_lock())
    shutil.copy(ROOT / "justfile", tmp_path)
    env = environment() | {
        "PATH": f"{PROGRAMS}:{environment()['PATH']}", "https_proxy": proxy, "http_proxy": proxy,
        "HTTPS_PROXY": proxy, "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    return subprocess.run(
        ["just", "audit", "--timeout", "10", *arguments],
        cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


NAMES = ("blinker", "click", "flask")


def some_of_the_lock() -> str:
    """The blocks of a few packages, hashes included."""
    kept, on = [], False
    for line in (ROOT / "requirements.lock").read_text().splitlines(keepends=True):
        if not line.startswith(" "):
            on = line.startswith(tuple(f"{name}==" for name in NAMES))
        if on:
            kept.append(line)
    assert len([line for line in kept if "==" in line]) == len(NAMES)
    return "".join(kept)


def test_it_fails_where_no_source_answers(tmp_path: Path) -> None:
    """It must not pass because nothing could be looked up."""
    done = audit(tmp_path)
    assert done.returncode != 0
    assert "No known vulnerabilities" not in done.stdout + done.stderr


def test_it_looks_every_package_up_and_passes(tmp_path: Path, source: str) -> None:
    """A source that answers, and knows of nothing."""
    done = audit(tmp_path, "-s", "osv", "--osv-url", source)
    assert done.returncode == 0, done.stderr
    assert sorted(Advisories.asked) == list(NAMES)


def test_it_fails_for_a_known_hole(tmp_path: Path, source: str) -> None:
    """And names it."""
    Advisories.vulnerable = "flask"
    done = audit(tmp_path, "-s", "osv", "--osv-url", source)
    assert done.returncode != 0
    assert "TEST-1" in done.stdout


@pytest.mark.parametrize("status", [403, 404, 500])
def test_it_fails_where_the_source_refuses(tmp_path: Path, source: str, status: int) -> None:
    """An error is no clean bill of health."""
    Advisories.status = status
    assert audit(tmp_path, "-s", "osv", "--osv-url", source).returncode != 0
