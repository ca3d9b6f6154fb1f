"""What gunicorn's master checks, holds and refuses: the hooks that gunicorn.conf.py names.

The master reads the settings, takes the lock of the state folder and brings the database to the
newest schema before any worker is there.  Whatever is wrong is said in one line each, without a
traceback, and the exit code tells a supervisor whether trying again can help.

This module is imported before gevent patches the standard library in the worker.  So it must not
import the app: Flask and what else takes locks would keep those that block every greenlet.
"""

import gc
import mmap
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

import gevent
from gevent import monkey
from gunicorn.arbiter import Arbiter
from gunicorn.http.message import Request
from gunicorn.http.wsgi import Response
from gunicorn.workers.ggevent import GeventWorker

from service.db.backup import back_up_before_upgrade
from service.db.upgrade import prepare
from service.drain import Drain
from service.errors import ConfigurationError
from service.observability.logs import configure
from service.settings import Settings, read_settings
from service.state import State, hold, open_state, secret_key, take_turn

DOTENV: Final = Path(".env")
# How long a new master waits for what a killed one left behind, and how often a worker looks
# whether it has been told to end.
_PREDECESSOR_S: Final = 10.0
_LOOK_S: Final = 0.1
_CLOSE_S: Final = 5.0

ONE_WORKER: Final = (
    "the service runs exactly one worker: who listens to a live stream, and its last lines, are in "
    "that worker's memory, so the listeners of a second one would wait for ever"
)


class Attended(Protocol):
    """What the worker serves, as far as the hooks need it."""

    @property
    def drain(self) -> Drain:
        """Told when the service ends."""

    def close(self) -> None:
        """End what the app holds."""


@dataclass(slots=True)
class _Master:
    """What the master knows; a worker inherits it by fork."""

    settings: Settings | None = None
    lock: int = -1
    # Set in the worker, once the app is loaded there.
    attended: Attended | None = None
    # Shared by the processes: which exit code a worker that must not start asks the master for.
    refused: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 1))


_master = _Master()


def reread_settings() -> Settings:
    """The settings, read anew: gunicorn calls for them at its start and at each reload (SIGHUP).

    Bad ones end the start; at a reload the service keeps those that it has.
    """
    known = _master.settings
    try:
        fresh = read_settings(os.environ, DOTENV)
        _check_place(fresh, known)
        configure(fresh)
    except ConfigurationError as error:
        if known is None:
            refuse(error)
        _say(error)
        sys.stderr.write("agented: the service keeps the settings it has\n")
        return known
    _master.settings = fresh
    return fresh


def _check_place(fresh: Settings, known: Settings | None) -> None:
    if known is not None and fresh.state_dir != known.state_dir:
        raise ConfigurationError(
            "AGENTED_STATE_DIR cannot change while the service runs; restart it"
        )


def current_settings() -> Settings:
    """The settings that the master read; where there is none, they are read now.

    Raises ConfigurationError.
    """
    return _master.settings or read_settings(os.environ, DOTENV)


def refuse(error: ConfigurationError) -> NoReturn:
    """Say why the service does not start, and end this process."""
    _say(error)
    sys.exit(error.exit_code)


def refuse_in_worker(error: ConfigurationError) -> NoReturn:
    """As `refuse`, and let the master end too: another worker would fail in the same way."""
    if _master.lock < 0:
        # Not in a worker, but in a process that loads the app by itself.
        refuse(error)
    _say(error)
    _master.refused[0] = error.exit_code
    sys.exit(Arbiter.APP_LOAD_ERROR)


def attend(services: Attended) -> None:
    """Let the hooks of this worker end `services` when it ends."""
    _master.attended = services


def require_patched() -> None:
    """Raises ConfigurationError where blocking calls would stop every request."""
    if not monkey.is_module_patched("threading"):
        raise ConfigurationError(
            "the app was loaded before gevent could patch the standard library; "
            "start it with `just deploy`, without --preload and with the worker class gevent"
        )


def _say(error: ConfigurationError) -> None:
    for problem in error.problems:
        sys.stderr.write(f"agented: error: {problem}\n")
    sys.stderr.flush()


# -- hooks, in the order in which gunicorn calls them ------------------------------------------


def on_starting(server: Arbiter) -> None:
    """Before the first worker: refuse what cannot work, then take and prepare the state folder."""
    try:
        _check_workers(server)
        settings = current_settings()
        state = open_state(settings)
        _master.lock = hold(state, wait_s=_PREDECESSOR_S)
        secret_key(settings, state)
        prepare(state.database, back_up_before_upgrade)
    except ConfigurationError as error:
        refuse(error)


def _check_workers(server: Arbiter) -> None:
    workers = server.cfg.workers
    concurrency = os.environ.get("WEB_CONCURRENCY", "").strip()
    if workers != 1:
        raise ConfigurationError(f"{workers} workers were asked for, but {ONE_WORKER}")
    if concurrency not in ("", "1"):
        raise ConfigurationError(f"WEB_CONCURRENCY is {concurrency!r}, but {ONE_WORKER}; unset it")
    if server.cfg.worker_class_str != "gevent":
        raise ConfigurationError(
            f"the worker class is {server.cfg.worker_class_str!r}, but only gevent can keep "
            "thousands of streams open in one process; leave it as gunicorn.conf.py has it"
        )


def nworkers_changed(server: Arbiter, new: int, old: int | None) -> None:
    """SIGTTIN asks the running master for one more worker: it stays at one."""
    if old is not None and new > 1:
        server.log.warning("A second worker is refused: %s", ONE_WORKER)
        server.num_workers = 1


def post_fork(server: Arbiter, worker: GeventWorker) -> None:
    """A new worker waits until the one before it has ended, so that there is never a second one.

    Connections that come meanwhile wait in the listening socket.
    """
    # What the modules make while they are imported stays: to look through it for garbage, over and
    # over, would be a tenth of the start.
    gc.disable()
    # Until gunicorn sets the worker's own handlers, it has the master's, which would only queue.
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(each, signal.SIG_DFL)
    state = State(current_settings().state_dir.absolute())
    take_turn(state, worker.notify)


def post_worker_init(worker: GeventWorker) -> None:
    """The app is loaded: watch for the order to end, which gunicorn has no hook for.

    From here on garbage is collected, but not looked for in what was loaded: that would hold up all
    requests for 50 to 100 ms each time.
    """
    gc.freeze()
    gc.enable()
    gevent.spawn(_watch, worker)


def _watch(worker: GeventWorker) -> None:
    while worker.alive:
        gevent.sleep(_LOOK_S)
    if _master.attended is not None:
        _master.attended.drain.begin()


def post_request(
    worker: GeventWorker, request: Request, environ: dict[str, Any], response: Response | None
) -> None:
    """A request is over: from here on its connection only waits for the next one."""
    connection = environ.get("gunicorn.socket")
    if connection is not None and _master.attended is not None:
        _master.attended.drain.keep(connection)
    # If the client has sent its next request already, it would be served at once, and again, while
    # others wait: each connection gets its turn.
    gevent.sleep(0)


def worker_exit(server: Arbiter, worker: GeventWorker) -> None:
    """The worker's last act: what was accepted is finished, files and processes are closed."""
    # gunicorn calls this in the master as well, for a worker that is gone already.
    if _master.attended is not None:
        with gevent.Timeout(_CLOSE_S, exception=False):
            _master.attended.close()


def on_exit(server: Arbiter) -> None:
    """The master ends: with the code that a worker asked for, if one did."""
    if _master.refused[0]:
        sys.exit(_master.refused[0])
