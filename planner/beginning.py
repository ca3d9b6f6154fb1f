"""The first steps of a plan: what there is, a repository for it, its first commit.

A plan that is not there yet has a place all the same: the folder that was named, or `content` in
the folder where the service runs.
"""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from planner.codec.layout import kind_of_path
from planner.codec.writing import render_item
from planner.errors import NoPlanError, OutputError, RefusedError, StoreError, UsageError
from planner.exchange.gsd import Imported, read_source
from planner.exchange.plan_files import plan_files
from planner.exchange.source import FOLDER, ROADMAP, read_files
from planner.model.fields import kind_of
from planner.model.ids import ITEM_FOLDERS, path_of
from planner.model.items import Plan
from planner.starter import first_items
from planner.store.atomic import write_file
from planner.store.commits import Person, Signature
from planner.store.folder import PLAN_FILE, PLAN_FOLDER, PlanFolder, Repository, open_plan_folder
from planner.store.git import find_git
from planner.store.location import find_plan
from planner.store.making import first_commit, init_repository
from planner.store.refs import head_branch, tip_of
from planner.store.saving import open_writer

README = "README.md"
_LONGEST = 400_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plan is to be: its `folder`, and the `root` of the project around it."""

    folder: Path
    root: Path


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is.  `plan` is `none`, `own` or `foreign`.

    `committed` says that git has the plan, `empty` that it is nothing but `plan.yaml`;
    `importable` are the names of what can be imported.
    """

    place: Place
    plan: Literal["none", "own", "foreign"]
    git: bool
    repository: bool
    committed: bool
    importable: tuple[str, ...]
    empty: bool = False


def place_of(named: str, cwd: Path) -> Place:
    """The place of a plan that is named like this (empty: nothing is named)."""
    if not named:
        return Place(cwd / PLAN_FOLDER, cwd)
    folder = cwd / named
    if folder.name == PLAN_FOLDER:
        return Place(folder, folder.parent)
    if folder.is_dir():
        return Place(folder / PLAN_FOLDER, folder)
    return Place(folder, folder)


def standing(named: str, environ: Mapping[str, str], cwd: Path) -> Standing:
    """Look what there is.  Raises StoreError where git refuses to tell."""
    place = place_of(named, cwd)
    plan: Literal["none", "own", "foreign"] = "none"
    try:
        found = find_plan(named or None, environ, cwd)
    except NoPlanError:
        pass
    else:
        plan = "own" if found.kind.value == "content" else "foreign"
        if plan == "own":
            root = found.folder.parent if found.folder.name == PLAN_FOLDER else found.folder
            place = Place(found.folder, root)
    repository = _repository(place)
    return Standing(
        place=place,
        plan=plan,
        git=find_git(environ) is not None,
        repository=repository is not None,
        committed=repository is not None and plan == "own" and _is_committed(place, repository),
        importable=tuple(_importable(place.root)),
        empty=plan == "own" and _is_empty(place),
    )


def _repository(place: Place) -> Repository | None:
    folder = next((each for each in (place.root, *place.root.parents) if each.is_dir()), None)
    return open_plan_folder(folder).repository if folder is not None else None


def _is_committed(place: Place, repository: Repository) -> bool:
    branch = "" if repository.bare else head_branch(repository)
    if repository.bare or not branch:
        return True  # it is for the editor to say what it needs
    tip = tip_of(repository, branch)
    prefix = _prefix(place, repository)
    return (
        bool(tip)
        and repository.git.probe("cat-file", "-e", f"{tip}:{prefix}{PLAN_FILE}").status == 0
    )


def _prefix(place: Place, repository: Repository) -> str:
    inside = place.folder.resolve().relative_to(repository.root.resolve()).as_posix()
    return "" if inside == "." else f"{inside}/"


def _importable(root: Path) -> list[str]:
    """Names of what the importer and the interview can begin with."""
    found = [FOLDER] if _is(root / FOLDER, stat.S_ISDIR) else []
    return found + [name for name in (ROADMAP, README) if _is(root / name, stat.S_ISREG)]


def _is(path: Path, kind: Callable[[int], bool]) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    return kind(mode)


def readme(place: Place) -> str:
    """The text of the README in the project's folder.  Raises UsageError where there is none."""
    path = place.root / README
    if not _is(path, stat.S_ISREG):
        raise UsageError(f"{place.root} holds no {README}", "paste its text instead")
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST).decode("utf-8", "replace").replace("\0", "")
    except OSError as error:
        raise UsageError(f"{README} cannot be read: {error.strerror}") from error


def new_files(title: str, *, example: bool) -> dict[str, bytes]:
    """The files of a new plan: with an `example` of each kind of item, or the plan alone."""
    called = " ".join(title.split()) or "My plan"
    items = first_items(called) if example else (Plan(id="plan", title=called),)
    return {path_of(kind_of(item), item.id): render_item(item).encode() for item in items}


def imported_files(
    place: Place, name: str = "", text: str = ""
) -> tuple[dict[str, bytes], Imported]:
    """The files of a foreign plan: that with this `name` in the project's folder, or a `text`.

    Raises SourceError for what is no plan, UsageError for a name that was not offered.
    """
    if text.strip():
        files = {ROADMAP: text.encode("utf-8", "replace")}
    elif name in (FOLDER, ROADMAP):
        files = read_files(place.root / name)
    else:
        raise UsageError(f"{name!r} is nothing to import", "choose what is there, or paste a text")
    imported = read_source(files)
    if not imported.counts.phases:
        raise UsageError(
            "no phase was recognised, so there is nothing to import",
            "phases are headings such as `### Phase 1: Name`",
        )
    return plan_files(imported), imported


def begin(
    place: Place,
    files: Mapping[str, bytes],
    author: Person,
    committer: Person,
    message: str,
    *,
    init: bool,
) -> str:
    """Write the first files of a plan and commit them; the id of the commit.

    A plan that is nothing but `plan.yaml`, and that git has, keeps that and gets the others.  With
    `init` a repository is made where there is none.  Raises RefusedError when a plan is there
    already, UsageError when there is no repository and none may be made, StoreError and OutputError
    when git or the disk refuses.
    """
    repository = _repository(place)
    if (place.folder / PLAN_FILE).exists():
        more = {path: data for path, data in files.items() if path != PLAN_FILE}
        if repository is None or not more or not _is_empty(place):
            raise RefusedError(f"{place.folder} holds a plan already", "look at it, or edit it")
        if not _is_committed(place, repository):
            raise RefusedError(
                f"git does not have {PLAN_FILE} yet", "commit the plan's files first"
            )
        return _commit(place, more, Signature(author, committer, message), onto=True)
    if repository is None and not init:
        raise UsageError(
            f"{place.root} is in no git repository",
            "every save is a commit: agree to have one made there",
        )
    _make_folder(place.root)
    if repository is None:
        init_repository(place.root)
    _make_folder(place.folder)
    return _commit(place, files, Signature(author, committer, message))


def adopt(place: Place, author: Person, committer: Person, *, init: bool) -> str:
    """Commit a plan that is there and that git does not have yet; the id of the commit.

    Raises as `begin` does.
    """
    if _repository(place) is None:
        if not init:
            raise UsageError(
                f"{place.root} is in no git repository",
                "every save is a commit: agree to have one made there",
            )
        init_repository(place.root)
    files = {each.relative_to(place.folder).as_posix(): each.read_bytes() for each in _own(place)}
    return _commit(place, files, Signature(author, committer, "Begin to keep the plan in git"))


def _is_empty(place: Place) -> bool:
    return _own(place) == [place.folder / PLAN_FILE]


def _own(place: Place) -> list[Path]:
    """The files of a plan on the disk; links and hidden files are none."""
    found = [place.folder / PLAN_FILE]
    for name in sorted(ITEM_FOLDERS):
        top = place.folder / name
        if _is(top, stat.S_ISDIR):
            found += [each for each in sorted(top.rglob("*")) if _holds_item(place, each)]
    return [each for each in found if _is(each, stat.S_ISREG)]


def _holds_item(place: Place, path: Path) -> bool:
    inside = path.relative_to(place.folder)
    hidden = any(part.startswith(".") for part in inside.parts)
    return not hidden and kind_of_path(inside.as_posix()) is not None


def _commit(
    place: Place, files: Mapping[str, bytes], signature: Signature, *, onto: bool = False
) -> str:
    """Commit the first files; `onto`: git has the plan, and gets these files besides."""
    folder = open_plan_folder(place.folder)
    repository = folder.repository
    if repository is None or repository.bare:
        raise StoreError(f"{place.folder} is in no repository with files: {folder.no_git}")
    branch = head_branch(repository)
    if not branch:
        raise StoreError("no branch is checked out there", "`git switch` to one first")
    tip = tip_of(repository, branch)
    standing_already = (place.folder / PLAN_FILE).exists()
    if tip and (onto or not standing_already):
        return _commit_on(folder, branch, tip, files, signature)
    for name in sorted(files, key=lambda each: (each == PLAN_FILE, each)):
        _make_folder((place.folder / name).parent)
        write_file(place.folder / name, files[name])
    inside = {f"{folder.prefix}{name}": data for name, data in files.items()}
    return first_commit(repository, branch, tip, inside, signature)


def _commit_on(
    folder: PlanFolder, branch: str, tip: str, files: Mapping[str, bytes], signature: Signature
) -> str:
    with open_writer(folder) as writer:
        return writer.commit(branch, tip, files, signature).commit


def _make_folder(folder: Path) -> None:
    """Raises OutputError."""
    if folder.is_symlink():
        raise OutputError(f"{folder} is a symbolic link", "put a folder in its place")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}") from error
