"""Where finished lines go: standard error, or a file that is rotated."""

import fcntl
import os
import sys
import threading
import time
from pathlib import Path
from typing import Final, Protocol, TextIO

ROTATE_AT: Final = 10 * 1024 * 1024
KEPT: Final = 5
LOOK_S: Final = 0.2


class Outlet(Protocol):
    """Takes whole lines, without their line end."""

    def write(self, line: str) -> None:
        """Write one line at once."""


class StreamOutlet:
    """Standard error (what systemd and containers collect).

    `stream` None: whatever `sys.stderr` is at the time, as those who capture it expect.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def write(self, line: str) -> None:
        """Write one line; a reader that went away ends no request."""
        stream = self._stream or sys.stderr
        try:
            stream.write(line + "\n")
            stream.flush()
        except (OSError, ValueError):
            return


class FileOutlet:
    """A file of at most `rotate_at` bytes; older ones are `NAME.1` … `NAME.5`.

    The master process and the worker both write to it, and an operator's logrotate may move it:
    whoever writes looks every `look_s` whether the path still names the open file.  Lines are
    appended in one write call each, so they never mix.  A full disk loses lines, but ends no
    request.
    """

    def __init__(self, path: Path, rotate_at: int = ROTATE_AT, look_s: float = LOOK_S) -> None:
        self._path = path
        self._rotate_at = rotate_at
        self._look_s = look_s
        self._look_at = 0.0
        self._lock = threading.Lock()
        self._handle = self._open()

    def write(self, line: str) -> None:
        """Append one line."""
        try:
            with self._lock:
                if (now := time.monotonic()) >= self._look_at:
                    self._follow()
                    self._look_at = now + self._look_s
                os.write(self._handle, line.encode("utf-8", "backslashreplace") + b"\n")
        except OSError as error:
            StreamOutlet().write(f"the log {self._path} cannot be written: {error.strerror}")

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1
                self._look_at = 0.0

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        return os.open(self._path, flags, 0o600)

    def _follow(self) -> None:
        """Open the file anew when it was moved; move it when it is full."""
        if self._handle >= 0:
            size = self._named_size()
            if size is not None and size < self._rotate_at:
                return
            if size is not None:
                self._rotate()
            os.close(self._handle)
            self._handle = -1
        self._handle = self._open()

    def _named_size(self) -> int | None:
        """The size of the open file; None when the path names another one, or nothing."""
        mine = os.fstat(self._handle)
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return None
        return mine.st_size if (mine.st_dev, mine.st_ino) == (named.st_dev, named.st_ino) else None

    def _rotate(self) -> None:
        # Whoever gets the lock first moves the file; the other finds that it was moved.
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        if self._named_size() is None:
            return
        for number in range(KEPT - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            if older.exists():
                older.replace(self._path.with_name(f"{self._path.name}.{number + 1}"))
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))
