"""Waits for changes of a plan: its folder, and the repository's log of commits."""

import threading
from collections.abc import Iterator
from pathlib import Path

from watchfiles import DefaultFilter, watch

_STEP_MS = 50
_DEBOUNCE_MS = 300
_GONE_POLL_S = 0.5
_UNNAMED = "Unable to decode path"


class PlanFilter(DefaultFilter):
    """Lets through what may belong to a plan: no editor leftovers, no caches."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, ".agented", ".venv")
    ignore_entity_patterns = (*DefaultFilter.ignore_entity_patterns, r"^\.#", r"\.tmp$", r"^4913$")

    def __init__(self, git_logs: Path | None) -> None:
        # The log of commits lies in .git, which the default filter leaves out.
        super().__init__(ignore_dirs=[name for name in self.ignore_dirs if name != ".git"])
        self._git_logs = git_logs

    def __call__(self, change: object, path: str) -> bool:
        """Whether a change of `path` may change the site."""
        if "/.git/" in path:
            return self._git_logs is not None and Path(path) == self._git_logs / "HEAD"
        return super().__call__(change, path)  # type: ignore[arg-type]  # watchfiles' own enum


def changes(folder: Path, git_dir: Path | None, stop: threading.Event) -> Iterator[frozenset[Path]]:
    """Yield the paths of each burst of changes until `stop` is set; none where they are not known.

    The first comes within about a second whatever happens: it stands for what changed before the
    watching began.  A folder that is deleted is waited for; its coming back is a change.
    """
    logs = git_dir / "logs" if git_dir is not None else None
    while not stop.is_set():
        if not folder.is_dir():
            yield frozenset()
            while not folder.is_dir():
                if stop.wait(_GONE_POLL_S):
                    return
            yield frozenset()
        paths = [folder] + ([logs] if logs is not None and logs.is_dir() else [])
        try:
            begun = False
            for burst in watch(
                *paths,
                watch_filter=PlanFilter(logs),
                step=_STEP_MS,
                debounce=_DEBOUNCE_MS,
                stop_event=stop,
                rust_timeout=1000,
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                if burst or not begun:
                    yield frozenset(Path(path) for _, path in burst) if begun else frozenset()
                    begun = True
                if not folder.is_dir():
                    break
            else:
                return
        except FileNotFoundError:
            continue
        except RuntimeError as error:
            # A file whose name is no UTF-8 changed.  Watching begins anew, and tells of a change.
            if _UNNAMED not in str(error):
                raise
            stop.wait(_STEP_MS / 1000)
