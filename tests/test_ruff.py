"""QUAL-02 of the roadmap: Ruff lints and formats, in place of Black, and finds nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("command", [("check", "."), ("format", "--check", ".")])
def test_ruff_finds_nothing(command: tuple[str, ...]) -> None:
    """As the roadmap's check runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


def test_black_is_configured_nowhere() -> None:
    """One tool, one configuration."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert "[tool.ruff]" in text
    assert "tool.black" not in text
