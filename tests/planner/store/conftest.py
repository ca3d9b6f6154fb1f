"""Real repositories for the tests of the store."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
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


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder `closed` in which the user of the test may not look or write, even if it is root.

    Beside it the user may.  Root becomes another user for the time of the test.
    """
    top = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    nobody = 65534
    (top / "closed").mkdir()
    if root:
        os.chown(top, nobody, nobody)
        os.chown(top / "closed", nobody, nobody)
        os.setegid(nobody)
        os.seteuid(nobody)
    try:
        yield top / "closed"
    finally:
        if root:
            os.seteuid(0)
            os.setegid(0)
        (top / "closed").chmod(0o700)
        shutil.rmtree(top)
