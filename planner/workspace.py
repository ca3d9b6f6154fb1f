"""Everything that can be done with a plan: the one layer that command line and service call.

A `Workspace` is an open plan.  It may live for one command or for as long as a server does; what
it has read it keeps, so that doing the same after a small change is quick.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from planner.build.addresses import check_address
from planner.build.checked import Checked
from planner.build.clock import Clock
from planner.build.collecting import without_gc
from planner.build.examining import Examined, Examiner
from planner.build.gather import gather, old_view, view_of
from planner.build.loading import Loaded, load_folder
from planner.build.memory import (
    Memory,
    Shown,
    cache_home,
    load_memory,
    memory_path,
    save_memory,
    version_key,
)
from planner.build.search import SearchFiles
from planner.build.shown import shows
from planner.build.site import BuildReport, Previous, build_site
from planner.codec.writing import render_item
from planner.errors import OutputError, RefusedError, UsageError
from planner.model.fields import kind_of
from planner.model.ids import path_of
from planner.render import templates
from planner.render.view import SiteOptions, SiteView
from planner.starter import first_items
from planner.store.cache import make_private
from planner.store.commits import Person
from planner.store.folder import PLAN_FOLDER, PlanFolder, open_plan_folder
from planner.store.identity import author_of
from planner.store.location import (
    GSD_FOLDER,
    PlanKind,
    PlanLocation,
    PlanSource,
    find_plan,
)
from planner.trace.difference import Change, compare

Progress = Callable[[str, int, int], None]
# More files than that are quicker to look at in one walk.
_MOST_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did: `seconds` by part, `errors` of the plan, `items` beside the plan itself."""

    folder: Path
    report: BuildReport
    errors: int
    notes: tuple[str, ...]
    seconds: Mapping[str, float]
    items: int


def open_workspace(
    plan: str | None,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    cache: bool = True,
    today: Callable[[], str] | None = None,
) -> "Workspace":
    """Find and open a plan.

    `plan` is what the user named, else it is looked for (see `find_plan`).  Without `cache`
    nothing is remembered between processes.  `today` gives the day by which claims are judged
    (None: by the day of the last commit).  Raises UsageError where there is no plan.
    """
    location = find_plan(plan, environ, cwd)
    return Workspace(location, cache_home(environ), cache=cache, today=today)


def workspace_to_begin(*, environ: Mapping[str, str], cwd: Path) -> "Workspace":
    """Where a plan may begin that is not there yet: in `content` below `cwd`."""
    location = PlanLocation(cwd / PLAN_FOLDER, PlanKind.CONTENT, PlanSource.SEARCH)
    return Workspace(location, cache_home(environ))


class Workspace:
    """An open plan.  Use it in one thread; close it, or use it as a context manager."""

    def __init__(
        self,
        location: PlanLocation,
        caches: Path,
        *,
        cache: bool = True,
        today: Callable[[], str] | None = None,
    ) -> None:
        self.location = location
        self._today = today
        self._caches = caches
        self._cache = cache
        self._folder: PlanFolder | None = None
        self._memory = Memory()
        self._examiner = Examiner()
        self._search = SearchFiles()
        self._view: SiteView | None = None
        self._output: Path | None = None
        # Whether the last build of this process went through, so that its files are there.
        self._sure = False
        self._unkept = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what was read."""
        self._memory = Memory()
        self._examiner = Examiner()
        self._view, self._sure = None, False

    # -- where things are -------------------------------------------------------------------

    @property
    def foreign(self) -> bool:
        """Whether the plan is a `.planning` folder or a ROADMAP.md, read through the importer."""
        return self.location.kind == "gsd"

    def watched_folder(self) -> Path:
        """The folder in which every file of the plan lies."""
        return self.location.folder

    def shown_root(self, cwd: Path) -> str:
        """What to put before a path of the plan so that it is right as seen from `cwd`."""
        folder = self.watched_folder()
        try:
            inside = folder.relative_to(cwd).as_posix()
        except ValueError:
            return f"{folder.as_posix()}/"
        return "" if inside == "." else f"{inside}/"

    def git_dir(self) -> Path | None:
        """The private folder of the repository around the plan, if there is one."""
        repository = self._plan_folder().repository
        return repository.git_dir if repository is not None else None

    def changes(self, stop: threading.Event) -> Iterator[frozenset[Path]]:
        """Yield the paths of each burst of changes of the plan's files or commits, until `stop`.

        None stand for changes that are not known.
        """
        # Only a server watches, and the watcher takes longer to import than `planner --version`.
        from planner.build.watch import changes

        return changes(self.watched_folder(), self.git_dir(), stop)

    @property
    def caches(self) -> Path:
        """The folder of what is remembered between builds."""
        return self._caches

    def serve_folder(self) -> Path:
        """A folder in the cache for what `planner serve` needs, site included."""
        name = memory_path(self._caches, self.location.folder, Path("serve")).stem
        return self._caches / "serve" / name

    def _plan_folder(self) -> PlanFolder:
        if self._folder is None:
            self._folder = replace(open_plan_folder(self.watched_folder()), today=self._today)
        return self._folder

    # -- reading and checking ---------------------------------------------------------------

    def check(self, rev: str = "", progress: Progress | None = None) -> Checked:
        """Read the plan (the files, or revision `rev`) and find its problems."""
        with without_gc():
            if self._cache and not self._memory.known:
                self._memory = load_memory(self._memory_file(), self._version())
            loaded = self._load(rev, progress)
            problems = self._examiner.examine(loaded).problems
            if self._cache:
                save_memory(self._memory_file(), self._version(), self._memory)
        return Checked(loaded.tree, problems, loaded.refused)

    def editable(self) -> tuple[PlanFolder, Memory, Examiner]:
        """What an editor works on: the plan's folder, and what is known of it.

        What the editor reads and finds is taken over by the builds that follow.

        Raises UsageError for a plan of another format.
        """
        if self.foreign:
            raise UsageError(
                f"{self.location.folder} is read through the importer and cannot be edited",
                "`planner import` it first, then edit the imported plan",
            )
        if self._cache and not self._memory.known:
            self._memory = load_memory(self._memory_file(), self._version())
        memory = Memory(known=dict(self._memory.known), recent=self._memory.recent)
        return self._plan_folder(), memory, self._examiner

    def author(self, environ: Mapping[str, str]) -> Person | None:
        """Who the person at this machine is to git; None where git does not know, or is not."""
        repository = None if self.foreign else self._plan_folder().repository
        if repository is None:
            return None
        try:
            return author_of(repository, environ)
        except UsageError:
            return None

    def compare(self, old: str, new: str = "") -> tuple[Change, ...]:
        """What changed in the plan from revision `old` to `new` (empty: the files)."""
        # A memory of its own: the files of the work tree need not be read again afterwards.
        memory = replace(self._memory)
        before = self._load(old, None, wording=False, memory=memory)
        after = self._load(new, None, wording=False, memory=memory)
        return compare(before.tree, after.tree)

    def _load(
        self,
        rev: str,
        progress: Progress | None,
        *,
        wording: bool = True,
        memory: Memory | None = None,
    ) -> Loaded:
        if not self.foreign:
            return load_folder(
                self._plan_folder(),
                rev,
                memory or self._memory,
                wording=wording,
                progress=progress,
            )
        if rev:
            raise UsageError(
                "a .planning folder is read from the files only, not from a revision",
                "`planner import` it first; the imported plan can be read at any revision",
            )
        # The importer's thirty modules take longer to import than a small plan to build.
        from planner.build.foreign import load_foreign

        return load_foreign(self.location, wording=wording)

    def has_built(self, changed: Collection[Path]) -> bool:
        """Whether the last build of this process shows these files and commits as they are now."""
        if not self._sure or self.foreign or not 0 < len(changed) <= _MOST_LOOKED_AT:
            return False
        folder = self._plan_folder()
        return all(shows(folder, self._memory, path) for path in changed)

    # -- the site ---------------------------------------------------------------------------

    def build(
        self,
        out: Path | None = None,
        *,
        rev: str = "",
        portable: bool = False,
        public_url: str = "",
        source_url: str = "",
        force: bool = False,
        processes: int = 1,
        keep: bool = True,
        progress: Progress | None = None,
    ) -> Built:
        """Build the site in `out` (default: see `default_output`).

        Only what changed since the last build there is made anew; the result is the same, byte for
        byte, as that of a build from nothing.  Without `keep` what was learned stays in memory,
        for `keep` to write in a quiet moment.  Raises PlannerError for what cannot be done; then
        the last site stays.
        """
        out = (out or self.default_output()).absolute()
        self._refuse_overlap(out)
        check_address("public", public_url)
        check_address("source", source_url)
        options = SiteOptions(portable=portable, public_url=public_url, source_url=source_url)
        clock = Clock()
        with without_gc():
            compiled = self._caches / "templates"
            if self._cache and make_private(compiled):
                templates.keep_compiled(compiled)
            self._remember(out)
            # Taken before anything is read: when this build fails, it is still what is there.
            self._view = self._view or old_view(self._memory.known, self._memory.shown)
            clock.lap("cache")
            loaded = self._load(rev, progress)
            clock.lap("read")
            examined = self._examiner.examine(loaded)
            clock.lap("check")
            view, parts = self._make_view(examined, rev, options, clock)
            previous = Previous(self._view, self._memory.files, resident=self._sure)
            self._sure = False
            report = build_site(
                view,
                out,
                templates.assets(),
                previous=previous,
                search=self._search,
                processes=processes,
                force=force,
                progress=progress,
            )
            for name, seconds in report.seconds.items():
                clock.note(name, seconds)
            self._view, self._sure = view, True
            self._memory.files, self._memory.shown = report.files, parts
            self._unkept = True
            if keep:
                self.keep()
            clock.lap("save")
        errors = Checked(loaded.tree, view.problems).errors
        tree = loaded.tree
        lists = (tree.milestones, tree.phases, tree.requirements, tree.research, tree.unreadable)
        return Built(out, report, errors, view.notes, clock.parts, sum(map(len, lists)))

    def keep(self) -> None:
        """Write what builds have learned into the cache, for a process that comes later.

        One that finds an older state there makes more pages anew, and the same site.
        """
        if self._unkept and self._cache and self._output is not None:
            with without_gc():
                save_memory(self._memory_file(self._output), self._version(), self._memory)
        self._unkept = False

    def default_output(self) -> Path:
        """`site` beside the plan folder; where the plan is the top of a project, `site` in it."""
        folder = self.location.folder
        beside = folder.name in (PLAN_FOLDER, GSD_FOLDER)
        return (folder.parent if beside else folder) / "site"

    def _refuse_overlap(self, out: Path) -> None:
        """Pages must not be read as the plan, nor be written over it."""
        plan = self.watched_folder().resolve()
        target = out.resolve()
        if target == plan / "site" and plan.name not in (PLAN_FOLDER, GSD_FOLDER):
            return
        if target == plan or plan.is_relative_to(target) or target.is_relative_to(plan):
            raise UsageError(
                f"the output folder {out} overlaps the plan folder {plan}",
                "choose another folder with --out",
            )

    def refuse_inside(self, target: Path) -> None:
        """An export must not be read as part of the plan, nor be written over it.

        Folders whose name begins with a dot are no part of a plan.  Raises UsageError.
        """
        plan = self.watched_folder().resolve()
        inner = target.resolve()
        if inner.is_relative_to(plan) and (
            self.foreign or not any(part[0] == "." for part in inner.relative_to(plan).parts)
        ):
            raise UsageError(
                f"{target} lies in the plan folder {plan}; nothing was written",
                "name a folder outside of it, or one whose name begins with a dot",
            )

    def _remember(self, out: Path) -> None:
        """Make the memory the one that belongs to the site in `out`."""
        if self._output == out:
            return
        self._output, self._view, self._search = out, None, SearchFiles()
        self._sure = False
        kept = self._memory
        self._memory = Memory()
        if self._cache:
            self._memory = load_memory(self._memory_file(out), self._version())
        if kept.known and not self._memory.known:
            self._memory = kept
            kept.shown, kept.files = None, {}
        self._memory.recent = kept.recent

    def _make_view(
        self, examined: Examined, rev: str, options: SiteOptions, clock: Clock
    ) -> tuple[SiteView, Shown]:
        folder = None if self.foreign else self._plan_folder()
        shown = gather(
            examined.loaded, folder, self._memory, examined.problems, options, live=not rev
        )
        clock.lap("history")
        view = self._view
        if view is None or view.trace is not examined.trace or shown != self._memory.shown:
            view = view_of(examined.trace, shown, view)
        clock.lap("view")
        return view, shown

    def _memory_file(self, out: Path | None = None) -> Path:
        return memory_path(self._caches, self.location.folder, out or Path())

    @staticmethod
    def _version() -> str:
        return version_key(templates.folder())


def start_plan(folder: Path, title: str) -> Sequence[Path]:
    """Write the first files of a new plan into `folder` and return them.

    Raises RefusedError when the folder already holds a plan, OutputError when it cannot be written.
    """
    items = first_items(title)
    files = [folder / path_of(kind_of(item), item.id) for item in items]
    standing = [path for path in files if path.exists()]
    if standing:
        raise RefusedError(
            f"{standing[0]} is already there; nothing was written",
            "open it with `planner serve`, or start the new plan in another folder",
        )
    try:
        for path, item in zip(files, items, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(render_item(item), encoding="utf-8", newline="")
    except OSError as error:
        raise OutputError(f"cannot write {error.filename}: {error.strerror}") from error
    return files
