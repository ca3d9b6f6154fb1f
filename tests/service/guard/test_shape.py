"""Requests that are too large, too slow or of no known size, and readers that do not read."""

import http.client
import socket
import time
from contextlib import closing
from pathlib import Path

import pytest

from service.guard.shape import BODY_S, READER_MS, bound_writer
from tests.service.served import KEY, Serve, Served

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
LIMIT = 1024 * 1024


@pytest.fixture(scope="module")
def served(serve_for_module: Serve) -> Served:
    return serve_for_module(WEBHOOK_RATE_LIMIT="100000 per minute")


def raw(served: Served, *parts: bytes, timeout: float = 40.0) -> bytes:
    """Send bytes as they are and read until the service closes, or has said enough."""
    with closing(socket.create_connection(("127.0.0.1", served.port), timeout=timeout)) as line:
        for part in parts:
            line.sendall(part)
        answer = b""
        while b"\r\n\r\n" not in answer and (chunk := line.recv(65536)):
            answer += chunk
        return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def resident_kib(served: Served) -> int:
    assert served.process is not None
    total = 0
    children = [str(served.process.pid)]
    while children:
        pid = children.pop()
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
        children += Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return total


def test_a_body_of_unknown_size_is_refused(served: Served) -> None:
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    assert status(raw(served, chunked)) == 411
    assert status(raw(served, HEAD + b"\r\n")) == 411


def test_a_header_that_is_too_long_to_be_read_counts_as_not_sent(served: Served) -> None:
    """Sent again and again, a header is joined to one: reading it must not hold up the others."""
    key = f"X-API-Key: {KEY}\r\n".encode()
    accept = b"Accept: text/html" + b";q=0.9,text/html" * 500 + b"\r\n"
    tag = b"If-None-Match: *" + b', "a"' * 1600 + b"\r\n"
    cookie = b"Cookie: a=b" + b"; a=b" * 1300 + b"\r\n"
    head = b"GET /nothing HTTP/1.1\r\nHost: a\r\n"
    for lines in (accept, accept * 50, tag * 50, cookie * 50):
        answer = raw(served, head + lines + b"\r\n")
        assert status(answer) == 401
        assert b"Content-Type: application/json" in answer
        assert status(raw(served, head + lines + key + b"\r\n")) == 404
    assert status(raw(served, head + b"Accept: text/html\r\n\r\n")) == 303


PARTS = b'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n\r\n' * 2000 + b"--x--\r\n"


@pytest.mark.parametrize(
    ("kind", "length", "body", "expected"),
    [
        (b"application/x-www-form-urlencoded", LIMIT + 1, b"", 413),
        (b"multipart/form-data; boundary=x", len(PARTS), PARTS, 415),
    ],
)
def test_a_form_that_cannot_be_read_is_answered_in_order(
    served: Served, kind: bytes, length: int, body: bytes, expected: int
) -> None:
    """The page for people shows the form anew: what it takes from there may be what failed."""
    head = (
        b"POST /login HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nSec-Fetch-Site: same-origin\r\n"
        b"Content-Type: %b\r\nContent-Length: %d\r\n\r\n" % (kind, length)
    )
    with closing(socket.create_connection(("127.0.0.1", served.port), timeout=20)) as line:
        line.sendall(head + body)
        answer = line.recv(65536)
    assert status(answer) == expected
    assert b"X-Request-ID: " in answer
    assert b"Content-Security-Policy: " in answer


def test_a_chunked_body_over_the_limit_is_never_taken_for_its_piece(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    connection.request(
        "POST", "/", body=iter([b'"' + b"x" * (LIMIT // 2)] * 3), encode_chunked=True,
        headers={"Content-Type": "application/json", "Transfer-Encoding": "chunked"},
    )  # fmt: skip
    assert connection.getresponse().status == 411
    connection.close()


@pytest.mark.parametrize(
    "path", ["/", "/api/webhooks/github/", "/login", "/admin/keys", "/nothing"]
)
def test_a_body_over_the_limit_is_refused_unread_everywhere(served: Served, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {KEY}\r\n"
    head += f"Content-Length: {LIMIT + 1}\r\n\r\n"
    assert status(raw(served, head.encode())) == 413


def test_a_body_of_just_the_limit_is_read(served: Served) -> None:
    body = b'{"a":"' + b"x" * (LIMIT - 8) + b'"}'
    assert len(body) == LIMIT
    answer = served.post("/", key=None, body=body, headers={"Content-Type": "application/json"})
    assert answer.status == 202


def test_a_huge_body_costs_no_memory(served: Served) -> None:
    before = resident_kib(served)
    with closing(socket.create_connection(("127.0.0.1", served.port), timeout=20)) as line:
        line.sendall(HEAD + b"Content-Length: 100000000\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 413")
        try:
            for _ in range(50):
                line.sendall(b"x" * 1_000_000)
        except OSError:
            pass
    assert resident_kib(served) - before < 20 * 1024


def test_a_body_that_is_shorter_than_it_says_is_refused(served: Served) -> None:
    with closing(socket.create_connection(("127.0.0.1", served.port), timeout=40)) as line:
        line.sendall(HEAD + b'Content-Length: 100\r\n\r\n{"a":1}')
        line.shutdown(socket.SHUT_WR)
        assert status(line.recv(65536)) == 400


def test_long_heads_are_refused(served: Served) -> None:
    assert status(raw(served, b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")) == 414
    head = b"GET /health/liveness HTTP/1.1\r\nHost: a\r\n"
    assert status(raw(served, head + b"X-A: " + b"x" * 9000 + b"\r\n\r\n")) == 431
    many = b"".join(b"X-%d: a\r\n" % number for number in range(100))
    assert status(raw(served, head + many + b"\r\n")) == 431


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n{}",
        b"GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX_API_KEY: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: a\x00b\r\n\r\n",
    ],
)
def test_requests_that_two_servers_read_differently_are_refused(
    served: Served, head: bytes
) -> None:
    assert status(raw(served, head)) == 400


def test_slow_bodies_end_and_hold_up_nobody(served: Served) -> None:
    stalled = []
    try:
        for number in range(100):
            line = socket.create_connection(("127.0.0.1", served.port), timeout=60)
            stalled.append(line)
            line.sendall(HEAD + b"Content-Length: 1000\r\n\r\n" + b"{" * (number % 3))
        begun = time.monotonic()
        dripping = stalled[0]
        while time.monotonic() - begun < BODY_S - 2:
            assert served.get("/health/liveness", key=None).status == 200
            dripping.sendall(b"1")
            time.sleep(0.2)
        answers = [status(line.recv(65536)) for line in stalled]
        took = time.monotonic() - begun
    finally:
        for line in stalled:
            line.close()
    assert answers == [408] * 100
    # Each had its 10 s; a reader without a deadline would still wait.
    assert took < 4 * BODY_S


def test_slow_heads_end(served: Served) -> None:
    with closing(socket.create_connection(("127.0.0.1", served.port), timeout=60)) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        begun = time.monotonic()
        assert line.recv(1000) == b""
        assert time.monotonic() - begun < 30


def test_the_kernel_is_told_to_end_readers_that_do_not_read() -> None:
    left, right = socket.socketpair()
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    try:
        bound_writer({"gunicorn.socket": accepted})
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == READER_MS
        bound_writer({"gunicorn.socket": left})  # a unix socket knows no such limit
        bound_writer({})
    finally:
        for each in (left, right, listener, client, accepted):
            each.close()
