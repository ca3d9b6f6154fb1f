"""The state folder: everything that the service writes, but the plan."""

import fcntl
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from service.errors import ConfigurationError
from service.setting import SECRET_LENGTH, Secret
from service.settings import Settings

_KEY_BYTES = 32


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
    def keys_changed(self) -> Path:
        """Touched after each change of a key, so that the running service forgets what it knew."""
        return self.folder / "keys.changed"

    @property
    def site(self) -> Path:
        """The built site."""
        return self.folder / "site"

    @property
    def cache(self) -> Path:
        """What the planner remembers between builds."""
        return self.folder / "cache"


def open_state(settings: Settings) -> State:
    """Make the state folder, for its owner alone.

    Raises ConfigurationError when it cannot be made, written or kept private.
    """
    folder = settings.state_dir.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = folder.stat().st_mode & 0o777
        if mode & 0o077:
            folder.chmod(0o700)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        raise ConfigurationError(
            f"the state folder {folder} cannot be used: {error.strerror}; "
            "set AGENTED_STATE_DIR to a folder that the service's user may write"
        ) from error
    return State(folder)


def secret_key(settings: Settings, state: State) -> Secret:
    """The key that signs: the setting's, else the kept one, else a new one that is kept.

    Raises ConfigurationError when the kept key is unusable: a new one in its place would end every
    session without a word.
    """
    if settings.secret_key:
        return settings.secret_key
    path = state.secret_key
    if not path.exists():
        _make_key(path)
    return _kept_key(path)


def _make_key(path: Path) -> None:
    """Write a new key; whoever comes second keeps the first one's."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
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
        raise ConfigurationError(f"the secret key {path} cannot be read: {error}") from error
    if len(key) < SECRET_LENGTH:
        raise ConfigurationError(
            f"the secret key {path} is cut short; restore it, or remove the file (all sessions end)"
        )
    return Secret(key)


class AlreadyRunningError(ConfigurationError):
    """Another service holds the state folder."""


def hold(state: State) -> int:
    """Take the lock of the state folder for the life of this process and its children.

    Returns the descriptor, which must stay open.  Raises AlreadyRunningError.
    """
    handle = os.open(state.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise AlreadyRunningError(
            f"another service uses the state folder {state.folder}; "
            "stop it, or set AGENTED_STATE_DIR to another folder"
        ) from error
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle
