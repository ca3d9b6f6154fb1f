"""Real repositories for the tests of the store."""

import itertools
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

_START = 1_767_225_600  # 2026-01-01T00:00:00Z


class Sandbox:
    """A repository of a test: writes files, commits them, a minute after one another."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        self._minutes = itertools.count()
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)

    def run(self, *args: str, feed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run git, whatever comes of it."""
        moment = f"{_START + 60 * next(self._minutes)} +0000"
        scrubbed = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        environ = {
            **scrubbed,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada Tester",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_NAME": "Ada Tester",
            "GIT_COMMITTER_EMAIL": "ada@example.org",
            "GIT_COMMITTER_DATE": moment,
            "LC_ALL": "C",
        }
        return subprocess.run(
            ["git", *args],
            cwd=self.path,
            env=environ,
            input=feed,
            capture_output=True,
            timeout=60,
            check=False,
        )

    def git(self, *args: str, feed: bytes = b"") -> str:
        """Run git, which must succeed, and return its output."""
        done = self.run(*args, feed=feed)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files, by path below the repository."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)

    def commit(self, subject: str, files: Mapping[str, str | bytes] | None = None) -> str:
        """Write files, commit everything, and return the id of the commit."""
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={subject}")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """An empty repository."""
    return Sandbox(tmp_path / "repository")


@pytest.fixture
def new_sandbox() -> Callable[..., Sandbox]:
    """Makes a repository at a path, with further options for `git init`."""
    return Sandbox
