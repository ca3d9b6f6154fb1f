"""Hundreds of generated requests, right and wrong ones, against the document of the API.

All checks of schemathesis: no 5xx, only declared statuses, types and bodies, what fits is accepted,
what does not fit is refused, no operation without its key, nothing usable after it was ended.
"""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.service.api.schemathesis_hooks import OWN_KEY_ID, SECRET
from tests.service.executions.running import queue, record
from tests.service.planned import planned_service
from tests.service.served import ROOT, Served

EXAMPLES = 20
# Streams do not end, so each try would wait; they have tests of their own.
STREAMS = ("/api/events", "/admin/executions/{execution_id}/stream")
# A scripted model answers, as often as it is asked.
REHEARSAL = {
    "ASSISTANT_REHEARSAL": "true",
    "ASSISTANT_AT_ONCE": "200",
    "ASSISTANT_RUN_USD": "0",
    "ASSISTANT_DAY_USD": "0",
}
# There is no remote here.
ALONE = "/admin/remote/sync"
CONFIG = """
headers = { X-API-Key = "${KEY}" }

# A webhook takes any object, but for what no database or reader keeps: a NUL in a text, half of a
# surrogate pair, a name twice.  JSON Schema cannot say so.  `GET /` is a page, no operation.
[[operations]]
include-path = ["/", "/api/webhooks/github/"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "403"]
checks.allow_header_conformance.enabled = false
checks.unsupported_method.enabled = false

# What fits the document may still not fit the plan as it is: an item that is not there, a field
# that the kind does not have, a clash.
[[operations]]
include-path-regex = "^/api/plan/"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "304", "400", "404", "405", "409", "412", "414", "422", "428",
]
checks.negative_data_rejection.expected-statuses = [
    "400", "401", "403", "404", "405", "409", "412", "413", "414", "415", "422", "428",
]
checks.missing_required_header.expected-statuses = ["428", "401"]
# The hook leads to other items than the addresses say, and a restored item is there again.
checks.use_after_free.enabled = false
checks.ensure_resource_availability.enabled = false

# The name of a proposal may hold slashes, so `GET` knows `x/merge`, too.
[[operations]]
include-path-regex = "^/api/plan/proposals/"
checks.allow_header_conformance.enabled = false

# What the values of a trigger must be together (a schedule with its times, a field with its value),
# and which texts a backend takes, is no schema either.
[[operations]]
include-path-regex = "^/admin/triggers"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404", "409"]

# No request makes a milestone that somebody has reviewed: this one is there.
[[operations]]
include-path = "/api/review/{ref}"
parameters = { ref = "v1" }

# Which days a month has, no pattern can say.
[[operations]]
include-path = ["/admin/deliveries", "/admin/executions"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404", "409"]

# No request makes an execution that has ended: these are there from the start.
[[operations]]
include-path = "/admin/executions/{execution_id}/cancel"
parameters = { execution_id = "WAITING" }

[[operations]]
include-path-regex = "^/admin/executions/.execution_id"
parameters = { execution_id = "ENDED" }

# Long texts in an address: gunicorn itself refuses those that are too long (414).
[[operations]]
include-path = ["/admin/executions/{execution_id}/find", "/admin/execution-search"]
parameters = { execution_id = "ENDED" }
checks.status_code_conformance.enabled = false
checks.negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "414"]

# A NUL, half of a surrogate pair: the API of no model takes them.
[[operations]]
include-path = ["/admin/assistant/questions", "/admin/assistant/estimate"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "400"]

[[operations]]
include-path = "/admin/assistant/answers/{execution_id}"
parameters = { execution_id = "ANSWERED" }

# Only paths of streams get a token, and which those are is no schema.
[[operations]]
include-path = "/api/stream-tokens"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400"]
"""


@pytest.mark.slow
def test_the_service_keeps_to_its_document(tmp_path: Path) -> None:
    """No check fails, no answer is 5xx, and each operation was reached behind its refusals."""
    with planned_service(
        tmp_path, GITHUB_WEBHOOK_SECRET=SECRET, TRUSTED_PROXIES="1", **REHEARSAL
    ) as planned:
        served = planned.served
        ended = record(served, [("out", ["a line"])]).id
        waiting = queue(served, "later", not_before="2999-01-01T00:00:00.000Z")
        asked = served.request(
            "POST", "/admin/assistant/questions", json_body={"question": "What is a lamp?"}
        ).json["id"]
        config = CONFIG.replace("ENDED", ended).replace("WAITING", waiting)
        config = config.replace("ANSWERED", asked)
        (tmp_path / "schemathesis.toml").write_text(config, encoding="utf-8")
        done = run_schemathesis(served, tmp_path)
        described = served.get("/openapi/openapi.json").json["paths"]
        log = served.log.read_text("utf-8")
        planned.git("fsck", "--strict")
        assert planned.git("status", "--porcelain") == ""
    assert done.returncode == 0, done.stdout[-200_000:] + done.stderr[-2000:]
    assert "Traceback" not in log
    statuses = by_operation(log)
    assert [each for each in statuses.items() if max(each[1]) >= 500] == []
    for path, methods in described.items():
        for method in methods:
            found = statuses[method.upper(), path]
            if path in (*STREAMS, ALONE) or path.startswith("/health/"):
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
            *(word for path in STREAMS for word in ("--exclude-path", path)),
            "--max-examples", str(EXAMPLES), "--no-color",
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
        timeout=900,
        check=False,
    )  # fmt: skip


def by_operation(log: str) -> dict[tuple[str, str], set[int]]:
    """Method and path as the document writes it -> the statuses of the access lines."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for line in log.splitlines():
        told = json.loads(line)
        if told["event"] == "request" and not told["path"].startswith("/health/"):
            route = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", told["route"])
            found[told["method"], route].add(told["status"])
    return found
