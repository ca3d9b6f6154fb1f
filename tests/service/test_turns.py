"""Each connection gets its turn, however much one client sends at once."""

import json
import socket

from tests.service.served import Serve

AT_ONCE = 400


def test_a_client_that_sends_much_does_not_keep_others_waiting(serve: Serve) -> None:
    """A request that comes while hundreds of another connection wait is served between them."""
    served = serve()
    head = "GET /health/liveness HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-ID: {}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as greedy:
        greedy.sendall("".join(head.format(f"greedy-{n}") for n in range(AT_ONCE)).encode())
        assert greedy.recv(1) == b"H", "the first of them is answered"
        headers = {"X-Request-ID": "another"}
        assert served.get("/health/liveness", key=None, headers=headers).status == 200
        answered = b""
        while answered.count(b"HTTP/1.1 200") < AT_ONCE - 1:
            answered += greedy.recv(65_536)
    served.stop()
    lines = [json.loads(line) for line in served.log.read_text("utf-8").splitlines() if "{" in line]
    order = [line["request_id"] for line in lines if line.get("path") == "/health/liveness"]
    assert order.index("another") < order.index(f"greedy-{AT_ONCE - 1}")
