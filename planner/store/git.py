"""The one door to git: the only module that starts git processes.

Each call is made in a cleaned environment (see `git_settings`), within bounds of output and time.
"""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.errors import StoreError
from planner.store.git_settings import SETTINGS, added_settings, git_environment

MINIMUM_VERSION = (2, 31)
MIB = 1024 * 1024
OUTPUT_LIMIT = 64 * MIB
TIMEOUT = 60.0
_STDERR_LIMIT = 64 * 1024
_CHUNK = 256 * 1024
_LAST_WAIT = 10.0  # seconds between the end of the output and the end of the process


@dataclass(frozen=True, slots=True)
class Output:
    """What a git process gave: exit status, standard output, and its messages as text."""

    status: int
    data: bytes
    messages: str


def find_git(environ: Mapping[str, str]) -> str | None:
    """The path of the git program on `PATH`, or None when git is not installed."""
    return shutil.which("git", path=environ.get("PATH"))


class Git:
    """Git, bound to one folder (a work tree, or a bare repository).

    `program` is the path of git, `environ` the environment to scrub and pass on (default: that of
    this process).  Arguments are passed as a list, never through a shell; the caller puts `--` or
    `--end-of-options` before anything that comes from outside.
    """

    def __init__(
        self,
        folder: Path,
        program: str = "git",
        environ: Mapping[str, str] | None = None,
        index: Path | None = None,
        held: int | None = None,
        online: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._program = program
        self._environ = git_environment(os.environ if environ is None else environ)
        self._environ.update(online or {})
        self._grouped = online is not None
        self._held = held
        if index is not None:
            self._environ["GIT_INDEX_FILE"] = os.fspath(index)

    def at(self, folder: Path) -> "Git":
        """The same git, bound to another folder."""
        return Git(folder, self._program, self._environ)

    def with_index(self, index: Path) -> "Git":
        """The same git, with the file `index` in the place of the repository's own index."""
        return Git(self.folder, self._program, self._environ, index, self._held)

    def holding(self, lock: int) -> "Git":
        """The same git, whose processes hold the lock that is open at this descriptor, too.

        A git that outlives us by a moment, when we are killed, is still at work: whoever waits for
        the lock must wait for it.
        """
        return Git(self.folder, self._program, self._environ, held=lock)

    def online(self, folder: Path, variables: Mapping[str, str]) -> "Git":
        """The same git at `folder`, with `variables` that let it reach a remote.

        The programs that it starts for that (ssh, a helper for http) end with it.
        """
        return Git(folder, self._program, self._environ, online=variables)

    def settings(self, settings: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Variables for `online` that carry settings: no argument of a program shows them."""
        return added_settings(self._environ, settings)

    def run(
        self,
        *arguments: str,
        feed: bytes = b"",
        limit: int = OUTPUT_LIMIT,
        timeout: float = TIMEOUT,
    ) -> bytes:
        """Run git and return its standard output.

        `feed` is given on standard input; `limit` bounds the output in bytes and `timeout` the
        time in seconds.

        Raises StoreError when git failed (with git's own message), wrote too much or took too
        long.
        """
        return b"".join(self.stream(*arguments, feed=feed, limit=limit, timeout=timeout))

    def probe(self, *arguments: str, limit: int = OUTPUT_LIMIT, timeout: float = TIMEOUT) -> Output:
        """Run git where failing is an answer, too.  Raises StoreError for bounds only."""
        errors = bytearray()
        with self._process(arguments, b"") as process:
            data = b"".join(_pump(process, b"", errors, _bounds(arguments, limit, timeout)))
        return Output(process.returncode, data, _text(errors))

    def stream(
        self,
        *arguments: str,
        feed: bytes = b"",
        limit: int = OUTPUT_LIMIT,
        timeout: float = TIMEOUT,
    ) -> Generator[bytes, None, None]:
        """Run git and give its standard output in chunks as it comes; arguments as for `run`.

        Closing the generator early ends the process.  Raises StoreError as `run` does, at the end
        of the output.
        """
        errors = bytearray()
        with self._process(arguments, feed) as process:
            yield from _pump(process, feed, errors, _bounds(arguments, limit, timeout))
        if process.returncode != 0:
            raise failure(arguments, self.folder, _text(errors), process.returncode)

    @contextlib.contextmanager
    def _process(
        self, arguments: Sequence[str], feed: bytes
    ) -> Generator[subprocess.Popen[bytes], None, None]:
        command = [self._program, "--no-pager"]
        for setting in SETTINGS:
            command += ["-c", setting]
        # Not `cwd=`: a relative entry of PATH must not be looked up inside the plan's folder.
        command += ["-C", os.fspath(self.folder), *arguments]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environ,
                bufsize=0,
                pass_fds=() if self._held is None else (self._held,),
                start_new_session=self._grouped,
            )
        except (OSError, ValueError) as error:
            # ValueError: an argument or the path of the folder holds a null byte.
            raise StoreError(f"git could not be started: {error}") from error
        try:
            yield process
            _wait(process)
        except subprocess.TimeoutExpired as error:
            raise StoreError(f"git {arguments[0]} does not end") from error
        finally:
            if process.poll() is None:
                self._kill(process)
                process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        if self._grouped:
            # It leads a group of its own, and is not waited for yet: the number is still its own.
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of a process whose output has ended.  Raises TimeoutExpired.

    With a time limit Python looks, sleeps and looks again, which costs as much as many a git.
    """
    with contextlib.suppress(AttributeError, OSError):  # no Linux, or an old one
        descriptor = os.pidfd_open(process.pid)
        try:
            with selectors.DefaultSelector() as ended:
                ended.register(descriptor, selectors.EVENT_READ)
                ended.select(_LAST_WAIT)
        finally:
            os.close(descriptor)
    process.wait(_LAST_WAIT)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """How much a process may write, and until when (monotonic seconds) it may run."""

    name: str
    limit: int
    seconds: float
    deadline: float


def _bounds(arguments: Sequence[str], limit: int, timeout: float) -> _Bounds:
    return _Bounds(arguments[0], limit, timeout, time.monotonic() + timeout)


def _pump(
    process: subprocess.Popen[bytes], feed: bytes, errors: bytearray, bounds: _Bounds
) -> Generator[bytes, None, None]:
    """Feed the process, collect its messages into `errors`, yield its output; keep the bounds.

    All three pipes are served together: git may write before it has read everything.
    """
    written = 0
    with selectors.DefaultSelector() as ready:
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                ready.register(pipe, selectors.EVENT_READ)
        feeder = _Feeder(process, feed, ready)
        while ready.get_map():
            left = bounds.deadline - time.monotonic()
            if left <= 0:
                message = f"git {bounds.name} took longer than {bounds.seconds:g} seconds"
                raise StoreError(message, "try `git fsck` in that repository")
            for key, _ in ready.select(left):
                if key.fileobj is process.stdin:
                    feeder.write()
                    continue
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    ready.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    errors += chunk[: _STDERR_LIMIT - len(errors)]
                else:
                    written += len(chunk)
                    if written > bounds.limit:
                        raise StoreError(
                            f"git {bounds.name} wrote more than {bounds.limit:,} bytes",
                            "the plan folder is larger than what can be read at once",
                        )
                    yield chunk


class _Feeder:
    """Writes the standard input of a process piece by piece, whenever the pipe has room."""

    def __init__(
        self, process: subprocess.Popen[bytes], feed: bytes, ready: selectors.BaseSelector
    ) -> None:
        self._pipe = process.stdin
        self._rest = memoryview(feed)
        self._ready = ready
        if self._pipe is not None:
            os.set_blocking(self._pipe.fileno(), False)
            ready.register(self._pipe, selectors.EVENT_WRITE)

    def write(self) -> None:
        """Write what fits; close the pipe after the last byte or when git stopped reading."""
        if self._pipe is None:
            return
        try:
            self._rest = self._rest[os.write(self._pipe.fileno(), self._rest[:_CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._rest = self._rest[:0]
        if not self._rest:
            self._ready.unregister(self._pipe)
            self._pipe.close()


def _text(messages: bytes | bytearray) -> str:
    return messages.decode("utf-8", "replace").strip()


def failure(arguments: Sequence[str], folder: Path, messages: str, status: int = 128) -> StoreError:
    """The StoreError for a git process that failed, with git's own message and a hint."""
    if "dubious ownership" in messages:
        return StoreError(
            f"git refuses to read {folder}: the repository belongs to another user",
            "if you trust it: git config --global --add safe.directory "
            f"{_shell_word(_refused_folder(messages) or str(folder))}",
        )
    said = messages.removeprefix("fatal: ") or f"exit status {status}"
    return StoreError(f"git {arguments[0]} failed in {folder}: {said}", _hint(messages))


def _refused_folder(messages: str) -> str:
    _, _, rest = messages.partition("dubious ownership in repository at '")
    return rest.partition("'\n")[0].rstrip("'")


def _shell_word(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# What the system says to git, before what git makes of it.
_SYSTEM = (
    ("No space left on device", "the disk is full: make room, then save again"),
    ("Disk quota exceeded", "your quota on this disk is used up: make room, then save again"),
    ("Read-only file system", "the repository is on a read-only disk: look why it is"),
    ("Permission denied", "check who may read and write the repository"),
)


def _hint(messages: str) -> str:
    for said, hint in _SYSTEM:
        if said in messages:
            return hint
    if "lazy fetching disabled" in messages or "promisor remote" in messages:
        return "this is a partial clone: clone the repository without --filter"
    if any(word in messages for word in ("corrupt", "bad object", "unable to read", "loose obj")):
        return "the repository is damaged: run `git fsck` there"
    return ""


def check_version(git: Git) -> None:
    """Raise StoreError when this git is older than `MINIMUM_VERSION`."""
    said = git.probe("version").data.decode("ascii", "replace").strip()
    digits = said.removeprefix("git version ").split(".")
    if len(digits) < 2 or not (digits[0].isdigit() and digits[1].isdigit()):
        raise StoreError(f"the program git is not git: it says {said[:80]!r}")
    if (int(digits[0]), int(digits[1])) < MINIMUM_VERSION:
        needed = ".".join(map(str, MINIMUM_VERSION))
        raise StoreError(f"git {needed} or newer is needed; this is {said!r}", "update git")
