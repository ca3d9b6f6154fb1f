"""The commands of docs/api.md work as they stand, and what it says of failures is so."""

import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from service.planning import failures, idempotency
from service.views import plan_answers
from tests.service.planned import Planned, planned_service
from tests.service.served import KEY, ROOT

GUIDE = (ROOT / "docs/api.md").read_text("utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("guide")) as planned:
        yield planned


def run(plan: Planned, script: str) -> list[object]:
    """The JSON answers of a script of curl commands."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace("curl -sS", "curl -sS --fail-with-body")],
        env={"PATH": "/usr/bin:/bin", "SERVICE": plan.served.address, "KEY": KEY},
        cwd=plan.root.parent, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, script + done.stdout + done.stderr
    decoder, text, found = json.JSONDecoder(), done.stdout, []
    while text.strip():
        value, end = decoder.raw_decode(text := text.strip())
        found.append(value)
        text = text[end:]
    return found


def test_the_commands_of_the_guide_work_in_their_order(plan: Planned) -> None:
    read, changed, proposed, together = COMMANDS
    assert len(run(plan, read)) == 5
    (saved,) = run(plan, changed)
    assert isinstance(saved, dict)
    assert plan.git("log", "-1", "--format=%H %s") == f"{saved['commit']} Begin LAMP-01"
    made, shown, _ = run(plan, proposed)
    assert isinstance(made, dict)
    assert made["id"] == "LAMP-03"
    assert isinstance(shown, dict)
    assert shown["proposal"]["slug"] == "glow"
    assert plan.call("GET", "/api/plan/requirement/LAMP-03").status == 200
    (saved,) = run(plan, together)
    assert isinstance(saved, dict)
    assert plan.git("rev-parse", "HEAD") == saved["commit"]
    assert plan.call("GET", "/api/plan/requirement/TURN-01").status == 200


def test_the_guide_knows_each_code() -> None:
    """And names no other one."""
    known = {
        each.code
        for module in (failures, idempotency, plan_answers)
        for each in vars(module).values()
        if isinstance(each, type) and hasattr(each, "code") and hasattr(each, "status")
    }
    named = set(re.findall(r"[45]\d\d `(\w+)`|`[45]\d\d (\w+)`", GUIDE))
    told = {first or second for first, second in named}
    assert told - known <= {"clash", "review", "problems", "forbidden", "unavailable"}
    missing = {"not_found", "bad_request", "conflict", "no_revision", "internal"}
    assert known - told - missing - {"unavailable"} == set()
