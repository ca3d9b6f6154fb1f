"""Webhooks per second: signed, told from repetitions, matched, durably queued, beside two others.

`./justw bench-webhooks` needs Debian's `wrk`, and `webhook` for the second comparison.  The
service with everything on receives events of GitHub that are all different, each of which queues
an execution (which wait: executions are paused).  In turn with it, in one run: a bare Flask route
on the same gunicorn that reads the body and forgets it, and Debian's `webhook`, which checks the
same signature and runs a command that does nothing.  Read the ratios; all traffic stays on
127.0.0.1.
"""

import argparse
import hashlib
import hmac
import json
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving import KEY, Load, Target, bare, free_port, load, served, whole

SECRET = "bench-secret-of-github-0123456789abcdef"
_LANES = 25  # one trigger may have 200 executions that wait, all together 5,000
_SIGNED = 120_000


def body(number: int) -> bytes:
    """The very bytes that webhooks.lua sends."""
    return (
        b'{"action":"opened","number":%d,"padding":"%s","lane":"lane-%d"}'
        % (number, b"x" * 1800, number % _LANES)
    )  # fmt: skip


def sign(file: Path) -> None:
    """Write numbers and signatures for as many deliveries as one run may need."""
    with file.open("w", encoding="ascii") as out:
        for number in range(_SIGNED):
            digest = hmac.new(SECRET.encode(), body(number), hashlib.sha256).hexdigest()
            out.write(f"{number} {digest}\n")


def ask(target: Target, method: str, path: str, value: dict[str, Any]) -> None:
    """A JSON request with the admin key; raises HTTPError when it is refused."""
    headers = {"X-API-Key": KEY, "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{target.address}{path}", json.dumps(value).encode(), headers, method=method
    )
    urllib.request.urlopen(request, timeout=30).close()


def prepare(target: Target) -> None:
    """Triggers that take one lane each, and no execution that begins."""
    ask(target, "PUT", "/admin/execution-pause", {"paused": True})
    for lane in range(_LANES):
        trigger = {
            "name": f"Lane {lane}",
            "source": "github",
            "events": ["push"],
            "match_field_path": "lane",
            "match_field_value": f"lane-{lane}",
            "prompt_template": "Look at {event}.",
            "backend": "claude",
        }
        ask(target, "POST", "/admin/triggers", trigger)


@contextmanager
def debians(folder: Path) -> Iterator[Target]:
    """Debian's `webhook` with the same check of the signature."""
    place, port = folder / "debian", free_port()
    place.mkdir()
    rule = {
        "match": {
            "type": "payload-hmac-sha256",
            "secret": SECRET,
            "parameter": {"source": "header", "name": "X-Hub-Signature-256"},
        }
    }
    hook = {"id": "bench", "execute-command": "/bin/true", "trigger-rule": rule}
    hook["success-http-response-code"] = 202
    (place / "hooks.json").write_text(json.dumps([hook]), encoding="utf-8")
    argv = ["webhook", "-hooks", "hooks.json", "-ip", "127.0.0.1", "-port", str(port)]
    with served(argv, dict(os.environ), place, port, "/") as target:
        yield target


@dataclass(slots=True)
class Sender:
    """Sends signed deliveries to one address: all different, or the same `few` all the time."""

    signatures: Path
    url: str
    event: str = "push"
    few: int = 0
    sent: int = 0

    def run(self, seconds: int, connections: int) -> Load:
        """One run of wrk."""
        told = (str(self.signatures), str(self.sent), self.event, str(self.few))
        seen = load(self.url, seconds, connections, "-s", "webhooks.lua", script=told)
        if not self.few:
            # wrk prepares a request for each connection before it is sent.
            self.sent += int(seen.per_second * (seconds + 1)) + 2 * connections
        return seen


def empty(database: Path) -> int:
    """Take all executions out of the queue, and return how many waited."""
    with sqlite3.connect(database, timeout=30) as db:
        waited = db.execute(
            "UPDATE executions SET state = 'cancelled' WHERE state = 'queued'"
        ).rowcount
    db.close()
    return waited


def compare(folder: Path, rounds: int, seconds: int, connections: int) -> dict[str, object]:
    """All in turn; medians of the rounds, and of the ratios of pairs."""
    signatures = folder / "signatures"
    sign(signatures)
    found: dict[str, list[Load]] = {}
    queued = 0
    debian = debians(folder) if shutil.which("webhook") else nullcontext()
    more = {"GITHUB_WEBHOOK_SECRET": SECRET, "GITHUB_RATE_LIMIT": "9999999 per second"}
    with bare(folder) as yardstick, whole(folder, **more) as service, debian as other:
        prepare(service)
        ours = f"{service.address}/api/webhooks/github/"
        senders = {
            "bare Flask": Sender(signatures, f"{yardstick.address}/"),
            "service": Sender(signatures, ours),
            # What of it costs how much.  A ping never gets to the database.
            "service, a ping: limits, signature, JSON": Sender(signatures, ours, "ping", 1000),
            "service, a repetition: that, verdicts and one look": Sender(signatures, ours, few=20),
        }
        if other is not None:
            senders["Debian's webhook"] = Sender(signatures, f"{other.address}/hooks/bench")
        for _ in range(rounds):
            for name, sender in senders.items():
                found.setdefault(name, []).append(sender.run(seconds, connections))
            queued += empty(folder / "service" / "state" / "agented.sqlite3")
    row: dict[str, object] = {"connections": connections, "queued": queued}
    for name, seen in found.items():
        pairs = zip(found["service"], seen, strict=True)
        ratio = statistics.median(ours.per_second / theirs.per_second for ours, theirs in pairs)
        row[name] = {
            "per second": round(statistics.median(each.per_second for each in seen)),
            "p99 ms": round(statistics.median(each.p99_ms for each in seen), 1),
            "refused": sum(each.refused for each in seen),
            "service / this": round(ratio, 3),
        }
    return row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="one round of a second each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not on PATH: install Debian's package wrk")
    rounds, seconds = (1, 1) if options.small else (options.rounds, options.seconds)
    with tempfile.TemporaryDirectory(prefix="agented-bench-") as folder:
        print(json.dumps(compare(Path(folder), rounds, seconds, options.connections), indent=2))


if __name__ == "__main__":
    main()
