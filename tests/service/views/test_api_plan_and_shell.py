"""The API, `planner edit` and its like go through the same use cases: the same bytes come out."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.planned import Planned, plan_repository, planned_service
from tests.service.served import ROOT

API = "/api/plan"
ADA = {"GIT_AUTHOR_NAME": "Ada Lovelace", "GIT_AUTHOR_EMAIL": "ada@example.org"}
TEXT = "Die Lampe *leuchtet*: 灯\n\n## Notes\n\nOnce more, with `code` & <tags>."
Call = Callable[[Planned, str], Any]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("served")) as planned:
        yield planned


@pytest.fixture(scope="module")
def ada(plan: Planned) -> str:
    """A key of the person who also has the shell."""
    return plan.key("edit", person="Ada Lovelace", email="ada@example.org")


def shell(root: Path, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "planner", *words],
        cwd=root / "content",
        env={**ADA, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(root.parent),
             "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def patch(path: str, **changes: object) -> Call:
    def call(plan: Planned, key: str) -> Any:
        base = plan.call("GET", f"{API}/{path}").headers["ETag"]
        body = {"changes": changes}
        return plan.call("PATCH", f"{API}/{path}", body, If_Match=base, X_API_Key=key)

    return call


def post(path: str, body: object) -> Call:
    return lambda plan, key: plan.call("POST", f"{API}/{path}", body, X_API_Key=key)


def delete(path: str) -> Call:
    def call(plan: Planned, key: str) -> Any:
        base = plan.call("GET", f"{API}/{path.partition('?')[0]}").headers["ETag"]
        return plan.call("DELETE", f"{API}/{path}", If_Match=base, X_API_Key=key)

    return call


CRITERIA = [{"id": "c1", "status": "met"}, {"text": "The lamp turns.", "verifies": ["LAMP-02"]}]


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (
            ("edit", "LAMP-01", "--set", "status=done", "--set", "owner="),
            patch("requirement/LAMP-01", status="done", owner=None),
        ),
        (("edit", "LAMP-02", "--set", f"text={TEXT}"), patch("requirement/LAMP-02", text=TEXT)),
        (
            ("edit", "tower", "--set", f"criteria={json.dumps(CRITERIA)}"),
            patch("phase/tower", criteria=CRITERIA),
        ),
        (
            ("edit", "plan", "--kind", "plan", "--set", "title=Light & sea"),
            patch("plan/plan", title="Light & sea"),
        ),
        (
            ("edit", "LAMP-01", "--set", "owner=Eve", "-m", "To Eve\n\nShe asked for it."),
            post(
                "save",
                {
                    "edit": {"op": "set", "kind": "requirement", "id": "LAMP-01",
                             "changes": {"owner": "Eve"}},
                    "message": "To Eve\n\nShe asked for it.",
                },
            ),
        ),
        (
            ("new", "requirement", "--set", "phase=lamp", "--set", "text=The lamp shall glow."),
            post("requirement", {"fields": {"phases": ["lamp"], "text": "The lamp shall glow."}}),
        ),
        (
            ("new", "phase", "--set", "title=Two lamps", "--after", "tower"),
            post("phase", {"fields": {"title": "Two lamps"}, "after": "tower"}),
        ),
        (
            ("rename", "LAMP-01", "LIGHT-01"),
            post("requirement/LAMP-01/rename", {"new_id": "LIGHT-01"}),
        ),
        (
            ("delete", "LAMP-01", "--references", "detach"),
            delete("requirement/LAMP-01?references=detach"),
        ),
    ],
)  # fmt: skip
def test_api_and_shell_make_the_same_commit(
    plan: Planned, ada: str, tmp_path: Path, words: tuple[str, ...], call: Call
) -> None:
    """The same tree, the same author, the same message, to the byte."""
    plan.begin_again()
    other = plan_repository(tmp_path / "other")
    shell(other, *words)
    answer = call(plan, ada)
    assert answer.status in (200, 201), answer.text
    assert commit(plan.root) == commit(other)
    assert plan.git("rev-list", "--count", "HEAD") == "2"


def commit(root: Path) -> bytes:
    """Tree, author and message of the last commit, and the bytes of each file."""
    done = subprocess.run(
        ["git", "log", "-1", "-p", "--binary", "--format=%T%n%an <%ae>%n%B"],
        cwd=root, check=True, capture_output=True,
    )  # fmt: skip
    return done.stdout
