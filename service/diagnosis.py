"""What `planner doctor` finds out about one deployment.  It looks and changes nothing."""

import fcntl
import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from planner.errors import PlannerError
from planner.workspace import open_workspace
from service.db.connection import connect
from service.db.migrations import MIGRATIONS
from service.db.upgrade import last_step, reason
from service.errors import ConfigurationError
from service.executions.preparing import plain_environment
from service.executions.tool_health import PROGRAMS, probe
from service.settings import CONTENT_DIR, Settings, near_misses, read_settings
from service.sources import read_dotenv
from service.state import State

_FREE_BYTES: Final = 500 * 1024 * 1024
_GIT_S: Final = 10.0
# Where SQLite's locks and shared memory cannot be relied on.
_NETWORK_FOLDERS: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph"})


class Level(StrEnum):
    """How much a finding matters: an ERROR keeps the service from working."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `hint` says how to mend it."""

    area: str
    level: Level
    message: str
    hint: str = ""


def look_at_settings(
    environ: Mapping[str, str], dotenv: Path
) -> tuple[Settings | None, list[Finding]]:
    """The settings, where they are valid, and what is to be said about them."""
    found = list(_dotenv(environ, dotenv))
    try:
        settings = read_settings(environ, dotenv)
    except ConfigurationError as error:
        for problem in error.problems:
            message, _, hint = problem.rpartition("; ")
            found.append(Finding("settings", Level.ERROR, message or problem, hint))
        return None, found
    found.append(Finding("settings", Level.OK, "all values are valid"))
    return settings, found


def _dotenv(environ: Mapping[str, str], dotenv: Path) -> Iterator[Finding]:
    # Unreadable lines are told by `read_settings`.
    written = read_dotenv(dotenv, [])
    for name, meant in near_misses({**environ, **written}).items():
        yield Finding("settings", Level.WARNING, f"{name} is no setting", f"did you mean {meant}?")
    if not dotenv.is_file():
        yield Finding("settings", Level.NOTE, "there is no .env here", "cp .env.example .env")
    elif stat.S_IMODE(dotenv.stat().st_mode) & 0o077:
        yield Finding(
            "settings", Level.WARNING, "others may read .env, which may hold secrets",
            "chmod 600 .env",
        )  # fmt: skip


def look_at_state(state: State) -> Iterator[Finding]:
    """The state folder: whose it is, who may read it, how much room it has."""
    folder = state.folder
    if not folder.exists():
        yield Finding("state", Level.NOTE, f"{folder} is made at the first start")
        return
    try:
        about = folder.stat()
        free = shutil.disk_usage(folder).free
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError as error:
        yield Finding("state", Level.ERROR, f"{folder}: {error.strerror}")
        return
    if about.st_uid != os.geteuid():
        yield Finding(
            "state", Level.ERROR, f"{folder} belongs to another user",
            "run this as the service's user, or give the folder to it: chown -R USER …",
        )  # fmt: skip
    if not writable:
        yield Finding("state", Level.ERROR, f"{folder} cannot be written", "chmod 700 …")
    yield from _open_to_others(state)
    if (kind := _file_system(folder)) in _NETWORK_FOLDERS:
        yield Finding(
            "state", Level.ERROR, f"{folder} lies in a network folder ({kind})",
            "set AGENTED_STATE_DIR to a folder on a local disk",
        )  # fmt: skip
    room = f"{free / 1024**3:.1f} GB free in {folder}"
    if free < _FREE_BYTES:
        yield Finding("state", Level.WARNING, room, "free disk space")
    else:
        yield Finding("state", Level.OK, room)
    if state.first_key.exists():
        yield Finding(
            "state", Level.WARNING, f"the first admin key still lies in {state.first_key}",
            "keep it in a password store and remove the file",
        )  # fmt: skip


def _open_to_others(state: State) -> Iterator[Finding]:
    for path in (state.folder, state.secret_key, state.first_key, state.database):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            right = "700" if path.is_dir() else "600"
            yield Finding("state", Level.ERROR, f"others may read {path}", f"chmod {right} {path}")


def _file_system(folder: Path) -> str:
    """The type of the file system that holds a folder; empty where the system does not say."""
    try:
        lines = Path("/proc/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        _, place, name, *_ = line.split(" ")
        if folder.resolve().is_relative_to(place) and len(place) >= len(best):
            best, kind = place, name
    return kind


def is_running(state: State) -> bool:
    """Whether a service holds the state folder."""
    try:
        handle = os.open(state.lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def look_at_database(state: State) -> Iterator[Finding]:
    """The database: whether it is whole, and of which version."""
    path = state.database
    if not path.exists():
        yield Finding("database", Level.NOTE, "it is made at the first start")
        return
    try:
        with closing(connect(path, read_only=True)) as db:
            step = last_step(db)
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except (sqlite3.Error, ConfigurationError) as error:
        text = reason(path, error) if isinstance(error, sqlite3.Error) else error.problems[0]
        message, _, hint = text.rpartition("; ")
        yield Finding("database", Level.ERROR, message or text, hint)
        return
    if verdict != "ok":
        yield Finding(
            "database", Level.ERROR, f"{path} is damaged: {verdict}",
            "restore a backup: planner db restore FILE",
        )  # fmt: skip
        return
    size = path.stat().st_size / 1024**2
    yield Finding(
        "database", Level.OK, f"whole, {size:.1f} MB, at step {step} of {len(MIGRATIONS)}"
    )


def look_at_git() -> Finding:
    """The git program."""
    try:
        done = subprocess.run(
            ["git", "version"], capture_output=True, text=True, timeout=_GIT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return Finding("git", Level.ERROR, "git does not run", "install git")
    return Finding("git", Level.OK, done.stdout.strip())


def look_at_content(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """The plan that would be served."""
    named = {CONTENT_DIR: str(settings.content_dir)} if settings.content_dir else {}
    try:
        with open_workspace(
            None, environ={**environ, **named}, cwd=Path.cwd(), cache=False
        ) as opened:
            folder = opened.watched_folder()
            errors = opened.check().errors
            in_git = opened.git_dir() is not None
    except PlannerError as error:
        yield Finding("content", Level.ERROR, error.message, error.hint)
        return
    if errors:
        yield Finding(
            "content", Level.WARNING, f"the plan in {folder} has {errors} errors", "planner check"
        )
    else:
        yield Finding("content", Level.OK, f"the plan in {folder} has no errors")
    if not in_git:
        yield Finding(
            "content", Level.WARNING, f"{folder} is in no git repository",
            "git init: changes can then be seen, and edits be saved",
        )  # fmt: skip


def _asked(name: str, path: str, environ: Mapping[str, str]) -> Finding:
    """Whether a program starts, asked as the service does: without its secrets."""
    known = probe(name, {**plain_environment(), "PATH": environ.get("PATH", "")})
    if known.state == "works":
        return Finding("agents", Level.OK, f"{name} is {path}, version {known.version}")
    return Finding(
        "agents", Level.WARNING, f"{name} is {path}, but {known.reason}",
        f"as the service's user: {name} --version",
    )  # fmt: skip


def look_at_programs(environ: Mapping[str, str]) -> Iterator[Finding]:
    """The command-line programs of AI vendors that agents run by."""
    found = {name: shutil.which(name, path=environ.get("PATH")) for name in PROGRAMS}
    for name, path in found.items():
        if path:
            yield _asked(name, path, environ)
    if not any(found.values()):
        yield Finding(
            "agents", Level.NOTE, f"none of {', '.join(PROGRAMS)} is on PATH",
            "install one as the service's user, if agents are to run",
        )  # fmt: skip
