"""The state folder: everything that the service writes, but the plan."""

import errno
import fcntl
import os
import secrets
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from service.errors import ConfigurationError
from service.kinds import KEY_LENGTH
from service.setting import Secret
from service.settings import Settings

_KEY_BYTES = 32
_LOOK_S = 0.05
# Of sysexits.h: it may work the next time, without anybody changing a setting.
EX_TEMPFAIL = 75
_PASSING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENFILE, errno.EMFILE})


@dataclass(frozen=True, slots=True)
class State:
    """Where things lie in the state folder."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "agented.sqlite3"

    @property
    def secret_key(self) -> Path:
        """The key that signs sessions and tokens, where no setting gives one."""
        return self.folder / "secret.key"

    @property
    def first_key(self) -> Path:
        """The first admin key, where it could not be shown on a terminal."""
        return self.folder / "first-admin.key"

    @property
    def lock(self) -> Path:
        """Held by the one running service."""
        return self.folder / "service.lock"

    @property
    def worker_lock(self) -> Path:
        """Held by the one worker of the service."""
        return self.folder / "worker.lock"

    @property
    def keys_changed(self) -> Path:
        """Touched after each change of a key, so that the running service forgets what it knew."""
        return self.folder / "keys.changed"

    @property
    def runs(self) -> Path:
        """Scratch folders of executions that run now."""
        return self.folder / "runs"

    @property
    def site(self) -> Path:
        """The built site."""
        return self.folder / "site"

    @property
    def backups(self) -> Path:
        """Copies of the database: those before an upgrade, and those of `planner db backup`."""
        return self.folder / "backups"

    @property
    def epoch(self) -> Path:
        """The number of the site's build, which grows over restarts."""
        return self.folder / "site.epoch"

    @property
    def previews(self) -> Path:
        """Sites as they would be with a proposal."""
        return self.cache / "previews"

    @property
    def cache(self) -> Path:
        """What the planner remembers between builds."""
        return self.folder / "cache"


class StateUnavailableError(ConfigurationError):
    """The state folder cannot be written for now."""

    exit_code = EX_TEMPFAIL


def open_state(settings: Settings) -> State:
    """Make the state folder, for its owner alone.

    Raises ConfigurationError when it cannot be made, written or kept private.
    """
    folder = settings.state_dir.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _close_to_others(folder)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        if error.errno in _PASSING:
            raise StateUnavailableError(
                f"the state folder {folder} cannot be written now: {error.strerror}; "
                "free disk space, or look after the disk"
            ) from error
        raise ConfigurationError(
            f"the state folder {folder} cannot be used: {error.strerror}; "
            "set AGENTED_STATE_DIR to a folder that the service's user may write"
        ) from error
    return State(folder)


def _close_to_others(folder: Path) -> None:
    """Give the folder to its owner alone, unless it is plainly meant for something else.

    Closing a folder such as /tmp would stop other programs, and one that others could write into
    may hold what they put there.
    """
    if not folder.stat().st_mode & 0o077:
        return
    ours = State(folder)
    if any(folder.iterdir()) and not (ours.lock.exists() or ours.secret_key.exists()):
        raise ConfigurationError(
            f"the state folder {folder} is open to other users and holds things of others; "
            "set AGENTED_STATE_DIR to a folder of its own"
        )
    folder.chmod(0o700)


def secret_key(settings: Settings, state: State) -> Secret:
    """The key that signs: the setting's, else the kept one, else a new one that is kept.

    Raises ConfigurationError when the kept key is unusable: a new one in its place would end every
    session without a word.
    """
    if settings.secret_key:
        return settings.secret_key
    path = state.secret_key
    try:
        if not path.exists():
            _make_key(path)
    except OSError as error:
        raise StateUnavailableError(
            f"the secret key {path} cannot be written: {error.strerror}; "
            "free disk space, or set SECRET_KEY"
        ) from error
    return _kept_key(path)


def _make_key(path: Path) -> None:
    """Write a new key; whoever comes second keeps the first one's."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(secrets.token_urlsafe(_KEY_BYTES) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(FileExistsError):
            # A link, since it never replaces a file and never shows half a key.
            os.link(draft, path)
    finally:
        draft.unlink()


def _kept_key(path: Path) -> Secret:
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no ASCII text"
        raise ConfigurationError(
            f"the secret key {path} cannot be read: {reason}; restore it, or remove the file "
            "(all sessions end)"
        ) from error
    if len(key) < KEY_LENGTH:
        raise ConfigurationError(
            f"the secret key {path} is cut short; restore it, or remove the file (all sessions end)"
        )
    return Secret(key)


class AlreadyRunningError(ConfigurationError):
    """Another service holds the state folder.  It may be one that is just ending."""

    exit_code = EX_TEMPFAIL


def hold(state: State, *, wait_s: float = 0.0) -> int:
    """Take the lock of the state folder for the life of this process and what it forks.

    Waits up to `wait_s` for the holder to end: the worker of a killed master needs a moment to see
    that it is alone.  Returns the descriptor, which must stay open.  Raises AlreadyRunningError.
    """
    handle = _open_lock(state.lock)
    deadline = time.monotonic() + wait_s
    if not _locked(handle) and wait_s:
        sys.stderr.write(f"agented: waiting up to {wait_s:.0f} s for the holder of {state.lock}\n")
    while not _locked(handle):
        if time.monotonic() >= deadline:
            os.close(handle)
            raise AlreadyRunningError(
                f"another service uses the state folder {state.folder}; "
                "stop it, or set AGENTED_STATE_DIR to another folder"
            )
        time.sleep(_LOOK_S)
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle


def take_turn(state: State, beat: Callable[[], None]) -> int:
    """Wait for the worker before this one to end; hold the worker's lock from then on.

    `beat` is called while waiting.  Returns the descriptor, which must stay open.
    """
    handle = _open_lock(state.worker_lock)
    while not _locked(handle):
        beat()
        time.sleep(_LOOK_S)
    return handle


def _open_lock(path: Path) -> int:
    # Closed at exec, so that no program that the service starts keeps the lock alive.
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
