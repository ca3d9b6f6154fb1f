"""Builds a site from a view: makes the pages that are out of date, and writes what differs."""

import marshal
import os
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.build.dirt import dirt_between
from planner.build.output import OutputFolder, Tally, Written, locked_output
from planner.build.search import SearchFiles
from planner.errors import OutputError
from planner.render.pages import PageSpec, failed_page, site_pages
from planner.render.view import SiteView

# Below this many pages a second process costs more than it brings.
_PAGES_WORTH_A_FORK = 400

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Previous:
    """The last build in a folder: the view it was made from and the files it left.

    `resident`: it was made by this very process.
    """

    view: SiteView | None
    files: Mapping[str, Written]
    resident: bool = False


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A page whose making failed: its file shows the message in place of the page."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.  `seconds` by part; `files` is what now stands in the folder."""

    pages: int
    made: int
    tally: Tally
    failed: tuple[FailedPage, ...]
    files: Mapping[str, Written]
    seconds: Mapping[str, float]


@dataclass(slots=True)
class _Share:
    """What one process made of its share of the pages."""

    files: dict[str, Written]
    tally: Tally
    failed: list[FailedPage] = field(default_factory=list)
    error: OutputError | None = None


def build_site(
    view: SiteView,
    folder: Path,
    assets: Mapping[str, bytes],
    *,
    previous: Previous | None = None,
    search: SearchFiles | None = None,
    processes: int = 1,
    force: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Make `folder` the site of `view`.

    `assets` are files copied as they are; `search` is the index of this folder, kept between
    builds.  With `processes` > 1 and many pages, the work is shared
    by forking: only call it so from a process without threads.  Raises OutputError.
    """
    started = time.perf_counter()
    previous = previous or Previous(view=None, files={})
    with locked_output(folder, force=force):
        output = OutputFolder(folder, previous.files)
        if previous.resident:
            output.trust()
        with output.staged():
            dirt = dirt_between(previous.view, view)
            pages = list(site_pages(view))
            output.announce([*assets, *(page.path for page in pages)])
            for name, data in assets.items():
                output.write(name, data)
            stale = [
                page for page in pages if dirt.covers(page, view) or not output.intact(page.path)
            ]
            planned = time.perf_counter()
            (search or SearchFiles()).write(output, previous.view, view, dirt)
            indexed = time.perf_counter()
            share = _make_all(view, output, stale, processes, progress)
            made = time.perf_counter()
            output.finish()
    done = time.perf_counter()
    return BuildReport(
        pages=len(pages),
        made=len(stale),
        tally=output.tally,
        failed=tuple(share.failed),
        files=output.made,
        seconds={
            "plan": planned - started,
            "search": indexed - planned,
            "pages": made - indexed,
            "prune": done - made,
        },
    )


def _make_all(
    view: SiteView,
    output: OutputFolder,
    stale: Sequence[PageSpec],
    processes: int,
    progress: Progress | None,
) -> _Share:
    if processes < 2 or len(stale) < _PAGES_WORTH_A_FORK:
        share = _make_share(view, output, stale, progress)
    else:
        # Every other page: kinds of page that cost more are then shared evenly.
        child = _fork_share(view, output, stale[1::2])
        share = _make_share(view, output, stale[0::2], progress)
        other = child()
        output.made.update(other.files)
        output.tally.written += other.tally.written
        output.tally.same += other.tally.same
        share.failed += other.failed
        share.error = share.error or other.error
    if share.error is not None:
        raise share.error
    return share


def _make_share(
    view: SiteView,
    output: OutputFolder,
    pages: Sequence[PageSpec],
    progress: Progress | None,
) -> _Share:
    share = _Share(output.made, output.tally)
    for number, page in enumerate(pages):
        if progress is not None and number % 100 == 0:
            progress("pages", number, len(pages))
        try:
            text = page.make(view)
        except Exception as error:  # noqa: BLE001 - whatever fails, the other pages are still built
            message = _where(error)
            share.failed.append(FailedPage(page.path, message))
            text = failed_page(view, page.path, message)
        output.write(page.path, text.encode("utf-8", "surrogatepass"))
    return share


def _where(error: BaseException) -> str:
    """The error with the line that raised it: enough to report a bug, no traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"


def _fork_share(
    view: SiteView, output: OutputFolder, pages: Sequence[PageSpec]
) -> Callable[[], _Share]:
    """Start a child that makes `pages`; the returned function waits for its share."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        # The child shares memory with its parent until it writes; it leaves by _exit, so that
        # nothing of the parent's (buffers, handlers) runs twice.
        status = 1
        try:
            os.close(reading)
            own = OutputFolder(output.folder, output.known, stage=output.stage)
            try:
                share = _make_share(view, own, pages, None)
            except OutputError as error:
                share = _Share(own.made, own.tally, error=error)
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(marshal.dumps(_as_plain(share)))
            status = 0
        except KeyboardInterrupt:
            status = 130
        finally:
            os._exit(status)
    os.close(writing)

    def wait() -> _Share:
        with os.fdopen(reading, "rb") as pipe:
            data = pipe.read()
        _, status = os.waitpid(pid, 0)
        if status != 0 or not data:
            code = os.waitstatus_to_exitcode(status)
            if code == 130:
                raise KeyboardInterrupt
            raise OutputError(f"a building process ended with {code}", "run the build again")
        return _from_plain(marshal.loads(data))  # noqa: S302 - our own child's

    return wait


def _as_plain(share: _Share) -> Any:
    """A share as values that `marshal` carries."""
    return (
        {path: (each.size, each.mtime_ns, each.digest) for path, each in share.files.items()},
        (share.tally.written, share.tally.same, share.tally.removed),
        [(page.path, page.message) for page in share.failed],
        None if share.error is None else (share.error.message, share.error.hint),
    )


def _from_plain(plain: Any) -> _Share:
    files, tally, failed, error = plain
    return _Share(
        {path: Written(*each) for path, each in files.items()},
        Tally(*tally),
        [FailedPage(*page) for page in failed],
        None if error is None else OutputError(*error),
    )
