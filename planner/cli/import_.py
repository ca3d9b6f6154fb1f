"""`planner import`."""

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from planner.errors import OutputError, RefusedError, SourceError, UsageError
from planner.exchange.gsd import read_source
from planner.exchange.plan_files import plan_files
from planner.exchange.report import as_json, as_lines, has_errors
from planner.exchange.source import read_files, source_folder
from planner.store.atomic import write_file

_PLAN_PARTS = ("plan.yaml", "milestones", "phases", "requirements", "research")


@click.command("import", short_help="Import a .planning folder or ROADMAP.md.")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--to", "target", type=click.Path(path_type=Path), help="Folder to write, as content."
)
@click.option("--dry-run", is_flag=True, help="Read and report only; write nothing.")
@click.option("--json", "json_wanted", is_flag=True, help="Print counts and findings as JSON.")
@click.option("--replace", is_flag=True, help="Overwrite a plan that is already there.")
def import_command(
    source: Path, target: Path | None, dry_run: bool, json_wanted: bool, replace: bool
) -> int:
    """Import a plan that was written for another tool.

    SOURCE is a .planning folder, a folder that holds one, or a single ROADMAP.md; it is never
    changed, so DIR must lie outside of it.  Every contradiction in it and every line that found
    no place is reported.

    Exit code 1 when the plan has errors, 2 when SOURCE is no plan, 3 when TARGET already holds
    another plan (then a diff is shown and nothing is written).
    """
    if target is None and not dry_run:
        raise UsageError("where to? no folder is named", "add --to DIR, or --dry-run")
    files = read_files(source)
    if target is not None and not dry_run:
        _refuse_source(source, target)
    imported = read_source(files)
    if json_wanted:
        click.echo(json.dumps(as_json(imported), ensure_ascii=False, indent=2))
    else:
        for line in as_lines(imported):
            click.echo(line)
    if not imported.counts.phases:
        raise SourceError(
            f"{source}: no phase was recognised, so there is nothing to import",
            "phases are headings such as `### Phase 1: Name`; name the file that holds them",
        )
    if target is not None and not dry_run:
        _write(plan_files(imported), target, replace=replace, quiet=json_wanted)
    return 1 if has_errors(imported) else 0


def _refuse_source(source: Path, target: Path) -> None:
    """The source is never written to.  Raises UsageError where the target is part of it."""
    folder = source_folder(source)
    if folder is None:
        return
    inner, outer = target.resolve(), folder.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise UsageError(
            f"{target} and the source {folder} lie in each other; nothing was written",
            "name a folder beside the source with --to",
        )


def _write(files: Mapping[str, bytes], target: Path, *, replace: bool, quiet: bool) -> None:
    standing = _standing(target)
    if standing and not replace:
        changed = [name for name in standing if files.get(name) != standing[name]]
        new = [name for name in files if name not in standing]
        if not changed and not new:
            click.echo(f"{target} holds this plan already; nothing was written", err=quiet)
            return
        for line in _diff(standing, files):
            click.echo(line, err=quiet)
        raise RefusedError(
            f"{target} already holds a plan; nothing was written",
            "--replace writes the imported files over it",
        )
    for name in files:
        _refuse_links(target, name)
    try:
        for folder in sorted({(target / name).parent for name in files}):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be made: {error.strerror}") from error
    # plan.yaml last: until it is there, nobody takes a half-written folder for a plan.
    for name in sorted(files, key=lambda each: (each == "plan.yaml", each)):
        write_file(target / name, files[name])
    left = [name for name in standing if name not in files]
    click.echo(f"wrote {len(files)} files to {target}", err=quiet)
    if left:
        click.echo(f"{len(left)} files of the plan before are still there:", err=quiet)
        for name in left:
            click.echo(f"  {target / name}", err=quiet)


def _standing(target: Path) -> dict[str, bytes]:
    """The plan files that are already in the folder.  Raises OutputError where it is no folder."""
    if target.exists() and not target.is_dir():
        raise OutputError(f"{target} is no folder", "name a folder with --to")
    found: dict[str, bytes] = {}
    try:
        for part in _PLAN_PARTS:
            top = target / part
            paths = [top] if top.is_file() else sorted(top.rglob("*.md"))
            for path in paths:
                if path.is_file():
                    found[path.relative_to(target).as_posix()] = path.read_bytes()
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be read: {error.strerror}") from error
    return found


def _refuse_links(target: Path, name: str) -> None:
    """Nothing is written through a symbolic link inside of the target."""
    path = target
    for part in Path(name).parts[:-1]:
        path = path / part
        if path.is_symlink():
            raise OutputError(f"{path} is a symbolic link", "put a folder in its place")


def _diff(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[str]:
    """What the import would change, as a unified diff; files it would leave are not shown."""
    for name in sorted(new):
        before = old.get(name)
        if before == new[name]:
            continue
        yield from difflib.unified_diff(
            _rows(before or b""),
            _rows(new[name]),
            f"a/{name}" if before is not None else "/dev/null",
            f"b/{name}",
            lineterm="",
        )


def _rows(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").splitlines()
