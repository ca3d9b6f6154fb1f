"""`planner serve`: build, serve on this machine, rebuild on change, reload open pages."""

import os
import signal
import threading
from pathlib import Path
from types import FrameType

import click

from planner.build.preview import PreviewServer, bind
from planner.build.watch import changes
from planner.cli.options import (
    ProgressLine,
    errors_found,
    plan_option,
    rev_option,
    say_failed,
    workspace,
)
from planner.errors import PlannerError
from planner.render.templates import reload_script
from planner.workspace import Built, Workspace

DEFAULT_PORT = 20000


@click.command("serve", short_help="Serve the site; rebuild on change.")
@plan_option
@rev_option
@click.option(
    "--port", type=click.IntRange(0, 65535), help=f"Default: {DEFAULT_PORT}, or the next free one."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Output folder. Default: a folder in the cache."
)
def serve_command(plan: str | None, rev: str, port: int | None, out: Path | None) -> int:
    """Serve the site of a plan at 127.0.0.1, rebuild it on every change and reload open pages.

    A plan that cannot be read leaves the last good site in place.
    """
    stop = threading.Event()
    _stop_on_signals(stop)
    with workspace(plan) as opened:
        folder = out or opened.preview_folder()
        progress = ProgressLine()
        built = opened.build(folder, rev=rev, processes=os.cpu_count() or 1, progress=progress)
        progress.close()
        script = reload_script()
        server = bind(
            lambda number: PreviewServer(folder, number, script),
            DEFAULT_PORT if port is None else port,
            exact=port is not None,
        )
        thread = threading.Thread(target=server.serve_forever, name="preview", daemon=True)
        thread.start()
        _say(built)
        click.echo(f"serving {opened.location.folder} at {server.address}  (Ctrl-C ends)")
        try:
            if rev:
                stop.wait()
            else:
                _rebuild_on_change(opened, folder, server, stop)
        finally:
            server.epoch.close()
            server.shutdown()
            server.server_close()
    return 0


def _stop_on_signals(stop: threading.Event) -> None:
    def ask(signum: int, frame: FrameType | None) -> None:
        del signum, frame
        stop.set()

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)


def _rebuild_on_change(
    opened: Workspace, folder: Path, server: PreviewServer, stop: threading.Event
) -> None:
    for _ in changes(opened.watched_folder(), opened.git_dir(), stop):
        try:
            built = opened.build(folder)
        except PlannerError as error:
            hint = f"\n  hint: {error.hint}" if error.hint else ""
            click.echo(f"error: {error.message}{hint}\n  the last good site stays", err=True)
            continue
        if built.report.tally.written or built.report.tally.removed:
            server.epoch.advance()
            _say(built)


def _say(built: Built) -> None:
    tally = built.report.tally
    seconds = sum(built.seconds.values())
    errors = f", {errors_found(built.errors)} in the plan" if built.errors else ""
    click.echo(f"built {tally.written} files in {seconds * 1000:.0f} ms{errors}")
    say_failed(built.report.failed)
