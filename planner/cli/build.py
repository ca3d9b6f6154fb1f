"""`planner build`."""

import json
import os
from pathlib import Path

import click

from planner.cli.options import (
    ProgressLine,
    errors_found,
    plan_option,
    rev_option,
    say_failed,
    workspace,
)
from planner.workspace import Built


@click.command("build", short_help="Build the static site.")
@plan_option
@rev_option
@click.option(
    "--out", type=click.Path(path_type=Path), help="Output folder. Default: site, beside the plan."
)
@click.option("--portable", is_flag=True, help="Make links that work when opened from a disk.")
@click.option(
    "--public-url",
    default=lambda: os.environ.get("PUBLIC_URL", ""),
    metavar="URL",
    help="Address of the published site: adds a feed and a sitemap. Default: $PUBLIC_URL.",
)
@click.option(
    "--source-url",
    default="",
    metavar="URL",
    help="Address of the plan folder in a code host; files are linked there.",
)
@click.option("--force", is_flag=True, help="Write into a folder that holds other files.")
@click.option("--no-cache", is_flag=True, help="Read and make everything anew.")
@click.option("--timings", is_flag=True, help="Print the seconds of each part as JSON.")
def build_command(
    plan: str | None,
    rev: str,
    out: Path | None,
    portable: bool,
    public_url: str,
    source_url: str,
    force: bool,
    no_cache: bool,
    timings: bool,
) -> int:
    """Build the static site of a plan.

    The site is built even when the plan has problems; they are on its page /problems/.  Exit code
    1 when the plan has errors or a page could not be made.
    """
    progress = ProgressLine()
    with workspace(plan, cache=not no_cache) as opened:
        built = opened.build(
            out,
            rev=rev,
            portable=portable,
            public_url=public_url,
            source_url=source_url,
            force=force,
            processes=os.cpu_count() or 1,
            progress=progress,
        )
        progress.close()
    _print(built, timings=timings)
    return 1 if built.errors or built.report.failed else 0


def _print(built: Built, *, timings: bool) -> None:
    if timings:
        click.echo(json.dumps({name: round(value, 4) for name, value in built.seconds.items()}))
        return
    tally = built.report.tally
    removed = f", {tally.removed} removed" if tally.removed else ""
    click.echo(
        f"{built.folder}: {built.report.pages} pages; {tally.written} files written{removed}"
    )
    say_failed(built.report.failed)
    for note in built.notes:
        click.echo(f"note: {note}", err=True)
    if built.errors:
        click.echo(f"the plan has {errors_found(built.errors)}; see `planner check`", err=True)
