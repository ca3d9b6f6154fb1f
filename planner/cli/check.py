"""`planner check`."""

from pathlib import Path

import click

from planner.cli.options import plan_option, rev_option
from planner.trace import report

FORMATS = {
    "text": report.format_text,
    "json": report.format_json,
    "sarif": report.format_sarif,
    "github": report.format_github,
}


@click.command("check", short_help="Check the plan; exit code 1 on errors.")
@plan_option
@rev_option
@click.option(
    "--format", "style", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@click.option(
    "--baseline", type=click.Path(path_type=Path), help="Known problems: only new ones count."
)
@click.option(
    "--write-baseline",
    type=click.Path(path_type=Path),
    help="Note the problems of today in this file.",
)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--quiet", "-q", is_flag=True, help="Leave hints out of the text.")
def check_command(
    plan: str | None,
    rev: str,
    style: str,
    baseline: Path | None,
    write_baseline: Path | None,
    strict: bool,
    quiet: bool,
) -> int:
    """Check a plan: references, structure, status, wording.

    Prints `path:line: severity rule message` with a hint.  Exit code 1 when there are errors that
    are neither waived nor in the baseline.
    """
    raise NotImplementedError
