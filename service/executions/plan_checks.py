"""Which commit of the plan a check looks at: written down, so that no other one is judged by it."""

import sqlite3
from pathlib import Path
from typing import Final

from gevent import subprocess

_GIT_S: Final = 20.0
_HEAD: Final = ("git", "rev-parse", "--quiet", "--verify", "HEAD^{commit}")


def checked_out(folder: Path, environment: dict[str, str]) -> str:
    """The commit that is checked out in a folder; empty where git does not tell."""
    try:
        done = subprocess.run(
            _HEAD,
            cwd=folder,
            env={**environment, "GIT_CONFIG_NOSYSTEM": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("ascii", "replace").strip() if done.returncode == 0 else ""


def note_check(db: sqlite3.Connection, number: int, commit: str) -> None:
    """Keep which commit an execution checks, before it begins."""
    db.execute(
        "INSERT OR REPLACE INTO plan_checks (execution, commit_id) VALUES (?, ?)", (number, commit)
    )


def checked_commit(db: sqlite3.Connection, number: int) -> str:
    """The commit that an execution checked; empty: not known."""
    row = db.execute("SELECT commit_id FROM plan_checks WHERE execution = ?", (number,)).fetchone()
    return str(row["commit_id"]) if row is not None else ""
