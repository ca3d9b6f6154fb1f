"""`planner check`."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import click

from planner.build.today import today
from planner.cli.options import ProgressLine, plan_option, rev_option, workspace
from planner.errors import SourceError, UsageError
from planner.model.problem import Problem, Severity
from planner.store.atomic import write_file
from planner.trace.baseline import Compared, apply_baseline, read_baseline, write_baseline
from planner.trace.report import count, format_github, format_json, format_text
from planner.trace.sarif import format_sarif

FORMATS: dict[str, Callable[..., str]] = {
    "text": format_text,
    "json": format_json,
    "sarif": format_sarif,
    "github": format_github,
}


@click.command("check", short_help="Check the plan; exit code 1 on errors.")
@plan_option
@rev_option
@click.option(
    "--format", "style", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="Known problems: only new ones are shown and count.",
)
@click.option(
    "--write-baseline",
    "baseline_out",
    type=click.Path(path_type=Path),
    help="Write the problems of today into this file, and end with 0.",
)
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Judge claims by this day. Default: today (UTC); with --rev that of the commit.",
)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--quiet", "-q", is_flag=True, help="Leave out hints.")
@click.option("--fix", is_flag=True, help="First mend in the files what needs no choice.")
@click.option("--dry-run", is_flag=True, help="With --fix: show the diff, and change nothing.")
def check_command(
    plan: str | None,
    rev: str,
    style: str,
    baseline: Path | None,
    baseline_out: Path | None,
    day: datetime | None,
    strict: bool,
    quiet: bool,
    fix: bool,
    dry_run: bool,
) -> int:
    """Check a plan: references, structure, status, wording.

    Prints `path:line: severity rule message` with a hint.  Exit code 1 when there are errors that
    are neither waived nor in the baseline.

    With --fix, what `planner rules` marks with `*` is mended in the files before, where it is sure;
    nothing is committed.  With --fix --dry-run the diff is shown instead, and the exit code is 1
    when there is something to mend.
    """
    if (fix and rev) or (dry_run and not fix):
        raise UsageError(
            "--fix changes the files of the work tree; --dry-run shows what it would change",
            "leave --rev out" if rev else "write --fix --dry-run",
        )
    progress = ProgressLine()
    with workspace(plan, today=_judged_by(day, rev)) as opened:
        if fix:
            # Editing takes longer to import than a small plan to check.
            from planner.cli.fixing import fix_files

            mends = fix_files(opened, opened.shown_root(Path.cwd()), dry_run=dry_run)
            if dry_run:
                return 1 if mends else 0
        checked = opened.check(rev, progress)
        progress.close()
        root = opened.shown_root(Path.cwd())
    if baseline_out is not None:
        write_file(baseline_out, write_baseline(checked.problems).encode())
        click.echo(f"wrote {baseline_out}: {len(checked.problems)} problems are known from now on")
        return 0
    compared = _compared(checked.problems, baseline)
    shown = [each for each in compared.new if not (quiet and each.severity is Severity.HINT)]
    click.echo(FORMATS[style](shown, root=root, known=compared.known).rstrip("\n"))
    counts = count(compared.new)
    return 1 if counts[Severity.ERROR] or (strict and counts[Severity.WARNING]) else 0


def _judged_by(day: datetime | None, rev: str) -> Callable[[], str] | None:
    if day is not None:
        text = day.date().isoformat()
        return lambda: text
    return None if rev else today


def _compared(problems: Sequence[Problem], baseline: Path | None) -> Compared:
    if baseline is None:
        return Compared(tuple(problems), (), 0)
    try:
        text = baseline.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"the baseline {baseline} cannot be read: {error}",
            "write one with `planner check --write-baseline FILE`",
        ) from error
    return apply_baseline(problems, read_baseline(text))
