"""What `planner check --fix` does before it checks."""

import click

from planner.edit.preview import unified_diff
from planner.editing import Mended, files_as_they_are, mended, write_mended
from planner.trace.report import printable
from planner.workspace import Workspace


def fix_files(opened: Workspace, root: str, *, dry_run: bool) -> int:
    """Make the certain mends in the files, or show them; returns how many there are.

    What was done is told on stderr, so that the report on stdout stays one that programs read; the
    diff of a dry run goes to stdout.
    """
    folder, memory, examiner = opened.editable()
    done = mended(files_as_they_are(folder, memory), examiner)
    if dry_run:
        for path, data in sorted(done.plan.changed.items()):
            click.echo(unified_diff(path, done.old[path], data), nl=False)
        _say(done, root, "would mend")
        return len(done.applied)
    left = write_mended(done)
    _say(done, root, "mended", left)
    for path in left:
        click.echo(f"left {root}{path}: it changed meanwhile; run it again", err=True)
    return len(done.applied)


def _say(done: Mended, root: str, word: str, left: tuple[str, ...] = ()) -> None:
    told = [each for each in done.applied if each.problem.path not in left]
    for each in told:
        problem = each.problem
        place = f"{root}{problem.path}:{problem.line or 1}"
        click.echo(f"{word} {place}: {problem.rule}: {printable(each.fix.label)}", err=True)
    count = "1 problem" if len(told) == 1 else f"{len(told)} problems"
    files = len({each.problem.path for each in told})
    where = f" in {files} {'file' if files == 1 else 'files'}" if told else ""
    click.echo(f"{word} {count}{where}", err=True)
