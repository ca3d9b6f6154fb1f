"""Every flag that is passed to an agent stands in the help of the real program.

`just agent-flags` installs the programs and runs this; elsewhere it is skipped, with the reason.
"""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from service.executions.commands import BACKENDS
from tests.service.executions.test_commands import GOLDEN

# Read before the tests get an environment of their own.
_PROGRAMS = os.environ.get("REAL_PROGRAMS", "")
# The words after the program that choose what it does.
_SUBCOMMANDS = {"codex": ["exec"], "opencode": ["run"]}
# Values that the program must know, beside its flags.
_VALUES = {"stream-json", "plan", "auto_edit", "read-only", "workspace-write", "json", "high"}


@pytest.fixture
def programs() -> str:
    """A path with the real programs on it."""
    if not _PROGRAMS:
        pytest.skip("the agents' programs are not installed: just agent-flags")
    return f"{_PROGRAMS}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize("backend", BACKENDS)
def test_flags_stand_in_the_help(backend: str, programs: str, tmp_path: Path) -> None:
    """Of the version that is installed."""
    program = shutil.which(backend, path=programs)
    assert program is not None
    done = subprocess.run(
        [program, *_SUBCOMMANDS.get(backend, []), "--help"],
        env={"PATH": programs, "HOME": str(tmp_path), "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    known = set(re.findall(r"[\w-]+", done.stdout + done.stderr))
    words = [word for what in ("plain", "all") for word in shlex.split(GOLDEN[backend, what])]
    flags = {word for word in words if word.startswith("-") and word != "-"}
    values = _VALUES & set(words) - ({"high"} if backend == "opencode" else set())
    assert sorted((flags | values) - known) == []
