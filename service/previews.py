"""The site as it would be with a proposal: built once for each state of it, in a process apart.

Each lies in a folder named by its commit, below the caches of the state folder.  A few are kept:
the one that nobody looked at for longest goes first.
"""

import json
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

import gevent
import structlog
from gevent import subprocess
from gevent.lock import BoundedSemaphore

from service.planner_wire import Opening
from service.preview_build import Wanted

_log = structlog.get_logger(__name__)

MOST_KEPT: Final = 6
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MAKING: Final = ".making"
_GOING: Final = ".going"
_LONGEST_S: Final = 600.0
# How long a failure is told before the same is tried again, in seconds.
_AGAIN_S: Final = 20.0
# How long it is believed where a proposal stands, before the planner is asked again, in seconds.
_BELIEVED_S: Final = 3.0
_MODULE: Final = "service.preview_build"


@dataclass(frozen=True, slots=True)
class Preview:
    """How the preview of a commit stands; `failure` says why there is none."""

    state: Literal["ready", "making", "failed"]
    folder: Path
    failure: str = ""


class Previews:
    """The previews in one folder.  All of it runs on the worker's hub.

    `opening` tells which plan; `environ` is what the building process gets; `tip` gives the commit
    of a proposal, and raises ServiceError where there is none.
    """

    def __init__(
        self,
        folder: Path,
        opening: Opening,
        environ: Callable[[], Mapping[str, str]],
        tip: Callable[[str], str],
    ) -> None:
        self._folder = folder
        self._opening = opening
        self._environ = environ
        self._tip = tip
        self._tips: dict[str, tuple[str, float]] = {}
        self._making: dict[str, gevent.Greenlet] = {}
        self._failed: dict[str, tuple[str, float]] = {}
        self._seen: dict[str, float] = {}
        self._one = BoundedSemaphore(1)
        self._processes: set[Any] = set()
        self._swept = False

    def of(self, slug: str) -> Preview:
        """The preview of a proposal as it is now; it is made, if it is not there.

        Raises as `tip` does.
        """
        commit, at = self._tips.get(slug, ("", 0.0))
        if not commit or time.monotonic() - at > _BELIEVED_S:
            self._tips.pop(slug, None)
            commit = self._tip(slug)
            if len(self._tips) > 100:
                self._tips.clear()
            self._tips[slug] = (commit, time.monotonic())
        return self.at(commit)

    def at(self, commit: str) -> Preview:
        """The preview of a commit; it is made, if it is not there."""
        if not _COMMIT.fullmatch(commit):
            raise ValueError(f"{commit!r} is no id of a commit")
        folder = self._folder / commit
        if commit in self._making:
            return Preview("making", folder)
        if folder.is_dir():
            self._seen[commit] = time.time()
            return Preview("ready", folder)
        failure, at = self._failed.get(commit, ("", 0.0))
        if failure and time.monotonic() - at < _AGAIN_S:
            return Preview("failed", folder, failure)
        self._failed.pop(commit, None)
        self._making[commit] = gevent.spawn(self._make, commit, folder)
        return Preview("making", folder)

    def close(self) -> None:
        """End what is being built."""
        for greenlet in list(self._making.values()):
            greenlet.kill(block=False)
        for process in list(self._processes):
            with suppress(OSError):
                process.kill()

    def _make(self, commit: str, folder: Path) -> None:
        try:
            with self._one:
                failure = self._build(commit, folder)
        except OSError as error:
            failure = f"the preview cannot be written: {error.strerror}"
        finally:
            self._making.pop(commit, None)
        if failure:
            _log.warning("preview not built", commit=commit, reason=failure)
            self._failed[commit] = (failure, time.monotonic())
        else:
            _log.info("preview built", commit=commit)

    def _build(self, commit: str, folder: Path) -> str:
        """Build beside the place of the preview, then put it there; returns why not, or nothing."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep(commit)
        draft = folder.with_name(commit + _MAKING)
        opening = self._opening
        wanted = Wanted(opening.folder, opening.plan, opening.variable, commit, str(draft))
        try:
            failure = self._run(wanted)
            if not failure:
                draft.rename(folder)
            return failure
        finally:
            _remove(draft)

    def _run(self, wanted: Wanted) -> str:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(self._environ()),
            start_new_session=True,
        )
        self._processes.add(process)
        try:
            out, errors = process.communicate(
                json.dumps(asdict(wanted)).encode(), timeout=_LONGEST_S
            )
        except subprocess.TimeoutExpired:
            return f"building it took longer than {_LONGEST_S:.0f} seconds"
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            self._processes.discard(process)
        try:
            failure: str = json.loads(out)["failure"]
        except (ValueError, LookupError, TypeError):
            _log.error("preview process failed", text=errors.decode("utf-8", "replace")[-2000:])
            return "building it failed for a reason that nobody foresaw; the log has the reason"
        return failure

    def _sweep(self, commit: str) -> None:
        """Make room for one more; what an earlier service left half made goes, too."""
        there = [each for each in self._folder.iterdir() if each.name != commit]
        if not self._swept:
            self._swept = True
            for each in there:
                if each.name.endswith((_MAKING, _GOING)):
                    _remove(each)
        kept = [each for each in there if _COMMIT.fullmatch(each.name)]
        kept.sort(key=lambda each: self._seen.get(each.name, 0.0))
        for old in kept[: max(0, len(kept) - MOST_KEPT + 1)]:
            self._seen.pop(old.name, None)
            going = old.with_name(old.name + _GOING)
            # Renamed first: nobody must meet half a site.
            old.rename(going)
            _remove(going)


def _remove(folder: Path) -> None:
    """Remove a folder in a native thread: it may hold thousands of files."""
    gevent.get_hub().threadpool.apply(shutil.rmtree, (folder,), {"ignore_errors": True})
