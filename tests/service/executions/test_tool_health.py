"""How the programs of agents are: asked beside the service, which nothing of them can hold up."""

import time
from pathlib import Path

import pytest

from service.executions import tool_health
from service.executions.tool_health import probe
from tests.service.shared import shared_service
from tests.service.watching import eventually

BASE = "/usr/bin:/bin"


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize(
    ("script", "state", "version", "reason"),
    [
        ("echo '2.1.9 (Claude Code)'", "works", "2.1.9", ""),
        ("echo codex-cli 0.171.0-alpha.2", "works", "0.171.0-alpha.2", ""),
        ("test $1 = --version && echo v1.18.0", "works", "1.18.0", ""),
        ("echo error: 1.2.3 >&2; exit 4", "broken", "", "it exited with 4"),
        ("echo 1.2.3; kill -9 $$", "broken", "", "it was ended by a signal"),
        ("echo hello", "broken", "", "it tells no version"),
        ("while :; do echo 1.2.3; done", "broken", "", "it says without end"),
        ("cat; printf '\\377\\000 1.2.3'", "works", "1.2.3", ""),
        ("sleep 300 & echo 1.2.3", "works", "1.2.3", ""),
    ],
)  # fmt: skip
def test_each_kind_of_program_is_told(
    tmp_path: Path, script: str, state: str, version: str, reason: str
) -> None:
    program(tmp_path / "bin", "claude", script)
    found = probe("claude", {"PATH": f"{tmp_path / 'bin'}:{BASE}"})
    assert (found.name, found.state, found.version, found.reason) == (
        "claude", state, version, reason,
    )  # fmt: skip


def test_one_that_is_not_there_or_cannot_start_is_told(tmp_path: Path) -> None:
    assert probe("claude", {"PATH": BASE}).state == "missing"
    assert probe("claude", {}).state == "missing"
    file = program(tmp_path / "bin", "claude", "")
    file.write_text("#!/nowhere/node\n", "utf-8")
    found = probe("claude", {"PATH": str(file.parent)})
    assert found.state == "broken"
    assert found.reason.startswith("it cannot be started: ")


def test_one_that_hangs_is_ended_at_its_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool_health, "_DEADLINE_S", 1.0)
    program(tmp_path / "bin", "claude", "trap '' TERM; sleep 300 & echo $! > pid; wait; sleep 300")
    found = probe("claude", {"PATH": f"{tmp_path / 'bin'}:{BASE}"})
    assert (found.state, found.reason) == ("broken", "it did not tell its version within 1 s")


def test_the_service_asks_by_itself_and_without_its_secrets(tmp_path: Path) -> None:
    """Page and JSON show it with its age, and are served while one of them hangs."""
    bins = tmp_path / "bin"
    program(bins, "claude", f"env > {tmp_path}/seen; echo 2.1.9")
    program(bins, "codex", "exit 7")
    # For as long as the test likes: the deadline has a test of its own.
    program(bins, "gemini", f"until [ -e {tmp_path}/go ]; do sleep 0.1; done; exit 9")
    secrets = {
        "ANTHROPIC_API_KEY": "canary-of-the-model",
        "GITHUB_WEBHOOK_SECRET": "canary-of-github",
        "SECRET_KEY": "canary-of-sessions-0123456789abcdef0123",
    }
    began = time.monotonic()
    with shared_service(tmp_path, PATH=f"{bins}:{BASE}", **secrets) as service:
        assert "not asked yet" in service.get("/ops/triggers").text or time.monotonic() - began > 2

        def known() -> dict[str, dict[str, str]]:
            return {each["name"]: each for each in service.get("/admin/agents").json["agents"]}

        eventually(lambda: set(known()) >= {"claude", "codex"}, "two of them")
        assert service.get("/health/liveness").status == 200
        assert (known()["claude"]["state"], known()["claude"]["version"]) == ("works", "2.1.9")
        assert known()["codex"]["reason"] == "it exited with 7"
        page = service.get("/ops/triggers").text
        assert "2.1.9" in page
        assert "it exited with 7" in page
        assert "just now" in page or "minute" in page
        seen = (tmp_path / "seen").read_text("utf-8")
        assert "PATH=" in seen
        assert "canary" not in seen
        assert "AGENTED" not in seen
        assert "gemini" not in known()
        (tmp_path / "go").touch()
        eventually(lambda: known().get("opencode", {}).get("state") == "missing", "the last one")
        assert known()["gemini"]["reason"] == "it exited with 9"
