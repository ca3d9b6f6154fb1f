"""Hundreds of generated requests, right and wrong ones, against the document of the API.

All checks of schemathesis: no 5xx, only declared statuses, types and bodies, what fits is accepted,
what does not fit is refused, no operation without its key, nothing usable after it was ended.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.service.api.schemathesis_hooks import OWN_KEY_ID, SECRET
from tests.service.served import ROOT, Served
from tests.service.shared import shared_service

EXAMPLES = 20
# Streams do not end, so each try would wait; they have tests of their own.
STREAM = "/api/events"
CONFIG = """
headers = { X-API-Key = "${KEY}" }

# A webhook takes any object, but for what no database or reader keeps: a NUL in a text, half of a
# surrogate pair, a name twice.  JSON Schema cannot say so.  `GET /` is a page, no operation.
[[operations]]
include-path = ["/", "/api/webhooks/github/"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "403"]
checks.allow_header_conformance.enabled = false
checks.unsupported_method.enabled = false

# What the values of a trigger must be together (a schedule with its times, a field with its value),
# and which texts a backend takes, is no schema either.
[[operations]]
include-path-regex = "^/admin/triggers"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404", "409"]

# Only paths of streams get a token, and which those are is no schema.
[[operations]]
include-path = "/api/stream-tokens"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400"]
"""


@pytest.mark.slow
def test_the_service_keeps_to_its_document(tmp_path: Path) -> None:
    """No check fails, no answer is 5xx, and each operation was reached behind its refusals."""
    (tmp_path / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
    with shared_service(tmp_path, GITHUB_WEBHOOK_SECRET=SECRET, TRUSTED_PROXIES="1") as served:
        done = run_schemathesis(served, tmp_path)
        described = served.get("/openapi/openapi.json").json["paths"]
        log = served.log.read_text("utf-8")
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "Traceback" not in log
    statuses = by_operation(log)
    assert [each for each in statuses.items() if max(each[1]) >= 500] == []
    for path, methods in described.items():
        for method in methods:
            found = statuses[method.upper(), path]
            if path == STREAM or path.startswith("/health/"):
                continue
            assert any(status < 300 for status in found), f"{method} {path}: {found}"
            assert any(400 <= status < 429 for status in found), f"{method} {path}: {found}"


def run_schemathesis(served: Served, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run all phases; the service's own key is told, so that it is not revoked."""
    own = [key["id"] for key in served.get("/admin/keys").json["keys"]]
    assert len(own) == 1
    return subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli",
            "--config-file", str(folder / "schemathesis.toml"),
            "run", f"{served.address}/openapi/openapi.json",
            "--exclude-path", STREAM, "--max-examples", str(EXAMPLES), "--no-color",
        ],
        cwd=folder,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.service.api.schemathesis_hooks",
            "PYTHONPATH": str(ROOT),
            "KEY": served.key,
            OWN_KEY_ID: own[0],
        },
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )  # fmt: skip


def by_operation(log: str) -> dict[tuple[str, str], set[int]]:
    """Method and path as the document writes it -> the statuses of the access lines."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for line in log.splitlines():
        told = json.loads(line)
        if told["event"] == "request" and not told["path"].startswith("/health/"):
            route = told["route"].replace("<", "{").replace(">", "}")
            found[told["method"], route].add(told["status"])
    return found
