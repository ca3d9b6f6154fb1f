"""Finding the plan: by option, by environment, or upwards from the current folder."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from planner.errors import NoPlanError, UsageError
from planner.model.ids import FOLDERS
from planner.store.folder import PLAN_FILE, PLAN_FOLDER

ENVIRONMENT = "AGENTED_CONTENT_DIR"
GSD_FOLDER = ".planning"
GSD_FILE = "ROADMAP.md"
_START = (
    f"make a file {PLAN_FOLDER}/{PLAN_FILE} with the line `title: My plan`, "
    "or import a plan: planner import SOURCE --to content"
)


class PlanKind(StrEnum):
    """What a plan is written in: this planner's own files, or a `.planning` folder's."""

    CONTENT = "content"
    GSD = "gsd"


class PlanSource(StrEnum):
    """How the plan was found."""

    OPTION = "option"
    ENVIRONMENT = "environment"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class PlanLocation:
    """Where the plan is.

    `folder` is the folder with the plan's files, as it was named (absolute).  It may also be a
    bare repository, which only a revision can be read from.  `file` is set when a single
    ROADMAP.md is the whole plan (kind `gsd`).
    """

    folder: Path
    kind: PlanKind
    source: PlanSource
    file: Path | None = None


def find_plan(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> PlanLocation:
    """Find the plan.

    The first that is given counts: `explicit` (option `--plan`), the environment variable
    `AGENTED_CONTENT_DIR`, else the nearest `content/plan.yaml` or `plan.yaml` upwards of `cwd`.
    What is named may be the plan folder, the folder that holds it as `content/`, the plan.yaml
    itself, a `.planning` folder (or one that holds ROADMAP.md), a ROADMAP.md, or a bare
    repository.

    Raises UsageError when there is no plan there; the message says what was looked for.
    """
    if explicit is not None:
        return _named(explicit, "--plan", PlanSource.OPTION, cwd)
    variable = environ.get(ENVIRONMENT, "")
    if variable:
        return _named(variable, ENVIRONMENT, PlanSource.ENVIRONMENT, cwd)
    return _search(cwd)


def _named(name: str, what: str, source: PlanSource, cwd: Path) -> PlanLocation:
    if not name or "\0" in name:
        raise UsageError(f"{what} names no folder: {name!r}")
    path = cwd / name
    if ".." in path.parts:
        path = path.resolve()
    if _is_file(path):
        return _named_file(path, what, source)
    if not _is_folder(path):
        raise NoPlanError(f"{what} {path}: there is no such folder", _START)
    folder_kind = _kind(path)
    if folder_kind is None:
        raise NoPlanError(
            f"{what} {path}: there is no plan; looked for {PLAN_FILE}, {PLAN_FOLDER}/{PLAN_FILE}, "
            f"{GSD_FILE} and {GSD_FOLDER}/ in it",
            _START,
        )
    folder, kind = folder_kind
    return PlanLocation(folder, kind, source)


def _named_file(path: Path, what: str, source: PlanSource) -> PlanLocation:
    if path.name == PLAN_FILE:
        return PlanLocation(path.parent, PlanKind.CONTENT, source)
    if path.suffix.casefold() == ".md":
        return PlanLocation(path.parent, PlanKind.GSD, source, path)
    raise UsageError(
        f"{what} {path}: this file is no plan",
        f"name the folder of a {PLAN_FILE}, a {GSD_FOLDER} folder, or a {GSD_FILE}",
    )


def _kind(folder: Path) -> tuple[Path, PlanKind] | None:
    """The plan folder in or at `folder`, and what it is written in."""
    if _is_file(folder / PLAN_FILE):
        return folder, PlanKind.CONTENT
    if folder.name != GSD_FOLDER and _is_file(folder / PLAN_FOLDER / PLAN_FILE):
        return folder / PLAN_FOLDER, PlanKind.CONTENT
    if folder.name == GSD_FOLDER or _is_file(folder / GSD_FILE):
        return folder, PlanKind.GSD
    if _is_folder(folder / GSD_FOLDER):
        return folder / GSD_FOLDER, PlanKind.GSD
    if any(_is_folder(folder / name) for name in FOLDERS) or _is_bare_repository(folder):
        return folder, PlanKind.CONTENT
    return None


def _search(cwd: Path) -> PlanLocation:
    stranger: Path | None = None
    for folder in (cwd, *cwd.parents):
        for found in (folder / PLAN_FOLDER, folder):
            if _is_file(found / PLAN_FILE):
                return PlanLocation(found, PlanKind.CONTENT, PlanSource.SEARCH)
        if stranger is None and _is_folder(folder / GSD_FOLDER):
            stranger = folder / GSD_FOLDER
    message = (
        f"no plan found: looked for {PLAN_FOLDER}/{PLAN_FILE} and {PLAN_FILE} in {cwd} "
        "and every folder above"
    )
    if stranger is not None:
        raise NoPlanError(message, f"--plan {stranger} shows the plan there without changing it")
    raise NoPlanError(message, _START)


def _is_bare_repository(folder: Path) -> bool:
    return (
        _is_file(folder / "HEAD") and _is_folder(folder / "objects") and _is_folder(folder / "refs")
    )


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):  # not there, not to be seen, or a name no system has
        return 0


def _is_file(path: Path) -> bool:
    return stat.S_ISREG(_mode(path))


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(_mode(path))
