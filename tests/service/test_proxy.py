"""The reverse-proxy example, with a real nginx: addresses, schemes, streams, limits, its log."""

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.processes import eventually
from tests.service.served import KEY, ROOT, Serve, Served, free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(
    NGINX is None and "REQUIRE_BROWSER" not in os.environ, reason="nginx is not installed"
)
MAIN = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/agented.conf;
}}
"""


def fitted(folder: Path, service: int, port: int, secure: int) -> str:
    """The shipped example with free ports and the paths of this test, and nothing else changed."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in {
        "127.0.0.1:20000": f"127.0.0.1:{service}",
        "listen 80;": f"listen 127.0.0.1:{port};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "/var/log/nginx": str(folder),
        "/etc/ssl/agented/fullchain.pem": f"{folder}/cert.pem",
        "/etc/ssl/agented/privkey.pem": f"{folder}/key.pem",
    }.items():
        assert old in text, f"the example has changed: {old}"
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def proxied(
    serve_for_module: Serve, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, int, int, Path]]:
    """A service behind nginx: the service, the ports of http and https, nginx's folder."""
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=plan.example.org", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    served = serve_for_module(TRUSTED_PROXIES="1", HSTS="auto", WEBHOOK_RATE_LIMIT="3 per minute")
    port, secure = free_port(), free_port()
    (folder / "agented.conf").write_text(fitted(folder, served.port, port, secure))
    (folder / "main.conf").write_text(MAIN.format(folder=folder))
    assert NGINX is not None
    command = [NGINX, "-c", str(folder / "main.conf"), "-e", str(folder / "error.log")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    nginx = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    eventually(lambda: listens(port), "nginx listens")
    yield served, port, secure, folder
    nginx.send_signal(signal.SIGQUIT if nginx.poll() is None else 0)
    nginx.wait(20)


def listens(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        connection.connect()
        return True
    return False


def curl(secure: int, path: str, *arguments: str) -> str:
    """Over https and HTTP/2, as a browser asks; headers and body."""
    done = subprocess.run(
        ["curl", "-s", "-S", "-k", "-i", "--max-time", "20", "--resolve",
         f"plan.example.org:{secure}:127.0.0.1", *arguments,
         f"https://plan.example.org:{secure}{path}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout


Proxied = tuple[Served, int, int, Path]


def test_it_speaks_https_and_http2(proxied: Proxied) -> None:
    """And the service knows: HSTS `auto` depends on it.  Plain http is sent on."""
    served, port, secure, _ = proxied
    answer = curl(secure, "/health/readiness")
    assert answer.startswith("HTTP/2 200")
    assert "strict-transport-security:" in answer.lower()
    assert served.get("/health/readiness").headers["Strict-Transport-Security"] is None
    plain = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(plain):
        plain.request("GET", "/roadmap/", headers={"Host": "plan.example.org"})
        moved = plain.getresponse()
        assert (moved.status, moved.headers["Location"]) == (
            301, "https://plan.example.org/roadmap/",
        )  # fmt: skip


def test_a_client_cannot_claim_another_address(proxied: Proxied) -> None:
    """The limit on webhooks counts the address that nginx saw, whatever the client writes."""
    _, _, secure, _ = proxied
    statuses = [
        curl(secure, "/", "-X", "POST", "-d", f'{{"number": {number}}}',
             "-H", "Content-Type: application/json",
             "-H", f"X-Forwarded-For: 203.0.113.{number}", "-H", "Forwarded: for=198.51.100.9")
        .split(maxsplit=2)[1]
        for number in range(4)
    ]  # fmt: skip
    assert statuses == ["202", "202", "202", "429"]


def test_a_stream_comes_through_at_once(proxied: Proxied) -> None:
    """Its first lines arrive while it is open: nothing waits for a full buffer."""
    _, _, secure, _ = proxied
    curl_stream = subprocess.Popen(
        ["curl", "-s", "-S", "-k", "-N", "--max-time", "30", "--resolve",
         f"plan.example.org:{secure}:127.0.0.1", "-H", f"X-API-Key: {KEY}",
         f"https://plan.example.org:{secure}/api/events"],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert curl_stream.stdout is not None
    with curl_stream.stdout as lines:
        assert lines.readline().strip()
        assert curl_stream.poll() is None, "the stream is still open"
        curl_stream.kill()
    curl_stream.wait(10)


def test_its_log_holds_no_query(proxied: Proxied) -> None:
    """Tokens of streams stand there."""
    _, _, secure, folder = proxied
    curl(secure, "/api/events?token=canary-in-the-query")
    log = folder / "agented.log"
    eventually(lambda: "GET /api/events" in log.read_text(), "the line is written")
    assert "canary" not in log.read_text()
    assert "canary" not in (folder / "error.log").read_text()
