"""Starting and ending, with real gunicorn processes: refusals, one worker, reload, shutdown."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.processes import DEADLINE_S, children, eventually, lives
from tests.service.served import KEY, ROOT, Serve, Served, free_port
from tests.service.test_settings import BAD


def run_gunicorn(
    folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Start gunicorn, which is expected to end by itself."""
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AGENTED_STATE_DIR": str(folder / "state"),
        "AGENTED_CONTENT_DIR": str(folder / "content"),
        "GUNICORN_BIND": f"127.0.0.1:{free_port()}",
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", ROOT / "gunicorn.conf.py", *arguments],
        cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def reasons(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What it says about why it does not start; nothing of it may be a traceback."""
    assert "Traceback" not in done.stderr, done.stderr
    lines = done.stderr.splitlines()
    return [each for each in lines if each.startswith("agented: error: ")]


def worker_of(served: Served) -> int:
    assert served.process is not None
    (worker,) = children(served.process.pid)
    return worker


@pytest.mark.parametrize("name", sorted(BAD))
def test_each_bad_setting_ends_the_start(tmp_path: Path, name: str) -> None:
    """Exit code 78, one line with the reason, no traceback, nothing made."""
    done = run_gunicorn(tmp_path, **{name: BAD[name][0]})
    assert done.returncode == 78
    (reason,) = reasons(done)
    assert name in reason
    assert not (tmp_path / "state").exists()


def test_several_bad_settings_are_told_together(tmp_path: Path) -> None:
    """From shell, .env and a secret's file."""
    (tmp_path / ".env").write_text("LOG_LEVEL=loud\nnonsense\n")
    done = run_gunicorn(tmp_path, HSTS="perhaps", SECRET_KEY_FILE="/nowhere")
    assert done.returncode == 78
    found = "\n".join(reasons(done))
    for name in ("LOG_LEVEL", ".env:2", "HSTS", "SECRET_KEY_FILE"):
        assert name in found


@pytest.mark.parametrize(
    ("arguments", "settings", "wording"),
    [
        ((), {"WEB_CONCURRENCY": "2"}, "WEB_CONCURRENCY is '2'"),
        (("--workers", "3"), {}, "3 workers were asked for"),
        (("-w0",), {}, "0 workers were asked for"),
        ((), {"GUNICORN_CMD_ARGS": "--workers=4"}, "4 workers were asked for"),
        (("--worker-class", "sync"), {}, "the worker class is 'sync'"),
        (("--preload",), {}, "before gevent could patch"),
    ],
)
def test_what_breaks_the_live_state_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], wording: str
) -> None:
    """More workers, by whatever way; and workers that could not hold the streams."""
    done = run_gunicorn(tmp_path, *arguments, **settings)
    assert done.returncode == 78
    (reason,) = reasons(done)
    assert wording in reason
    if "worker" in wording and "class" not in wording:
        assert "in that worker's memory" in reason


def test_a_changed_configuration_file_is_refused_too(tmp_path: Path) -> None:
    """Whoever changes `workers` in gunicorn.conf.py learns why it is 1."""
    changed = tmp_path / "gunicorn.conf.py"
    text = (ROOT / "gunicorn.conf.py").read_text()
    assert "\nworkers = 1\n" in text
    assert '\nworker_class = "gevent"\n' in text
    assert "server-sent events (SSE)" in text.split("\nworkers = 1\n")[0].split("\n\n")[-1]
    changed.write_text(text.replace("\nworkers = 1\n", "\nworkers = 2\n"))
    done = run_gunicorn(tmp_path, "-c", str(changed))
    assert done.returncode == 78
    assert "2 workers were asked for" in reasons(done)[0]


def test_no_production_start_without_a_place_for_the_key(tmp_path: Path) -> None:
    """A key in memory would end all sessions at each restart."""
    done = run_gunicorn(tmp_path, AGENTED_STATE_DIR="/proc/agented")
    assert done.returncode == 78
    assert "set AGENTED_STATE_DIR" in reasons(done)[0]


def test_a_second_service_on_one_state_folder_is_refused(serve: Serve, tmp_path: Path) -> None:
    """And the first one does not notice."""
    first = serve()
    done = run_gunicorn(tmp_path, AGENTED_STATE_DIR=str(first.state))
    assert done.returncode == 75
    assert "another service uses" in reasons(done)[0]
    assert first.get("/health/readiness").status == 200


def test_a_running_service_keeps_one_worker(serve: Serve) -> None:
    """SIGTTIN asks for one more."""
    served = serve()
    assert served.process is not None
    worker = worker_of(served)
    served.process.send_signal(signal.SIGTTIN)
    eventually(lambda: "A second worker is refused" in served.log.read_text(), "the refusal")
    assert worker_of(served) == worker
    assert served.get("/health/readiness").status == 200


def test_a_reload_changes_settings_without_a_lost_request(serve: Serve) -> None:
    """SIGHUP: the new worker begins when the old one has ended, and connections wait for it."""
    served = serve()
    assert served.process is not None
    before = worker_of(served)
    (served.folder / ".env").write_text("HSTS=off\n")
    assert "Strict-Transport-Security" in served.get("/health/liveness").headers
    served.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + DEADLINE_S
    while "Strict-Transport-Security" in (answer := served.get("/health/liveness")).headers:
        assert answer.status == 200
        assert time.monotonic() < deadline, "the new setting never came to hold"
    assert answer.status == 200
    master = served.process.pid
    eventually(lambda: len(children(master)) == 1, "one worker is left")
    assert worker_of(served) != before


@pytest.mark.parametrize(
    "line", ["HSTS=perhaps\n", "AGENTED_STATE_DIR=elsewhere\n"], ids=["bad", "other state folder"]
)
def test_a_reload_with_settings_that_cannot_work_changes_nothing(serve: Serve, line: str) -> None:
    """The service goes on with those that it has, and says why."""
    served = serve(AGENTED_STATE_DIR="")
    assert served.process is not None
    (served.folder / ".env").write_text(line)
    served.process.send_signal(signal.SIGHUP)
    eventually(lambda: "keeps the settings it has" in served.log.read_text(), "the reason")
    served.wait_ready()
    assert "Strict-Transport-Security" in served.get("/health/readiness").headers
    assert not (served.folder / "elsewhere").exists()


@contextlib.contextmanager
def idle_connection(served: Served) -> Iterator[http.client.HTTPConnection]:
    """A connection that was used once and waits for its next request, as browsers keep them."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=DEADLINE_S)
    connection.request("GET", "/health/readiness")
    connection.getresponse().read()
    yield connection
    connection.close()


@contextlib.contextmanager
def open_stream(served: Served) -> Iterator[http.client.HTTPResponse]:
    """A live stream whose first lines have come."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=DEADLINE_S)
    connection.request("GET", "/api/events", headers={"X-API-Key": KEY})
    with contextlib.closing(connection), connection.getresponse() as answer:
        assert answer.status == 200
        assert answer.readline()
        yield answer


def test_it_ends_in_order_with_open_streams_and_kept_connections(serve: Serve) -> None:
    """Inside graceful_timeout, with exit code 0, no worker killed; streams end, not break off."""
    served = serve()
    with contextlib.ExitStack() as held:
        streams = [held.enter_context(open_stream(served)) for _ in range(5)]
        for _ in range(2):
            held.enter_context(idle_connection(served))
        assert served.process is not None
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        for stream in streams:
            # A chunked answer that is cut off raises IncompleteRead.
            stream.read()
        assert served.process.wait(DEADLINE_S) == 0
    took = time.monotonic() - began
    log = served.log.read_text()
    assert "Worker graceful timeout" not in log
    assert "Traceback" not in log
    assert "Perhaps out of memory" not in log
    assert took < 10, "graceful_timeout had to help"
    served.process = None


def test_a_kept_connection_is_closed_at_once(serve: Serve) -> None:
    """Not only after the keepalive time: a restart would take that long each time."""
    served = serve()
    with idle_connection(served) as connection:
        assert served.process is not None
        served.process.send_signal(signal.SIGTERM)
        connection.sock.settimeout(4)
        assert connection.sock.recv(1) == b""


def test_a_killed_worker_is_replaced(serve: Serve) -> None:
    """By the master, and it may take the state folder over."""
    served = serve()
    killed = worker_of(served)
    os.kill(killed, signal.SIGKILL)
    assert served.process is not None
    master = served.process.pid
    eventually(lambda: children(master) not in ([], [killed]), "a new worker")
    served.wait_ready()


def test_a_killed_master_leaves_nothing_in_the_way(serve: Serve) -> None:
    """Its worker sees that it is alone; a new service waits for that and starts."""
    served = serve()
    worker = worker_of(served)
    assert served.process is not None
    served.process.kill()
    served.process.wait()
    served.start(wait=False)
    eventually(lambda: not lives(worker), "the worker without a master ends")
    served.wait_ready()
    assert worker_of(served) != worker


def test_a_worker_that_must_not_start_ends_the_service_with_its_code(tmp_path: Path) -> None:
    """What is found out only in the worker is no reason to start one after the other."""
    program = (
        "import service.wsgi\n"
        "from service.errors import ConfigurationError\n"
        "def create_app(*args):\n    raise ConfigurationError('the moon is missing; wait')\n"
        "service.wsgi.create_app = create_app\n"
        "make_app = service.wsgi.make_app\n"
    )
    (tmp_path / "moonless.py").write_text(program)
    done = run_gunicorn(tmp_path, "moonless:make_app()")
    assert done.returncode == 78
    assert reasons(done) == ["agented: error: the moon is missing; wait"]
    assert done.stderr.count("Booting worker") == 1


_COLLECTING = """
import gc
from service.wsgi import make_app as made

def make_app():
    app = made()
    def answer(environ, start):
        if environ["PATH_INFO"] != "/collecting":
            return app(environ, start)
        start("200 OK", [])
        return [f"{gc.isenabled()} {gc.get_freeze_count()}".encode()]
    return answer
"""


def test_garbage_is_collected_but_not_among_what_was_loaded(serve: Serve, tmp_path: Path) -> None:
    """Not to collect any would be a leak; to walk the modules holds up all requests."""
    (tmp_path / "collecting.py").write_text(_COLLECTING, "utf-8")
    served = serve(extra=("--pythonpath", str(tmp_path), "collecting:make_app()"))
    enabled, frozen = served.get("/collecting").text.split()
    assert enabled == "True"
    assert int(frozen) > 100_000


def test_no_control_socket_and_no_version(serve: Serve) -> None:
    """Doors and hints that nobody needs."""
    served = serve()
    sockets = Path("/proc/net/unix").read_text()
    assert "gunicorn" not in sockets
    assert served.get("/health/readiness").headers["Server"] in (None, "gunicorn", "agented")


def test_a_stuck_head_is_cut_off(serve: Serve) -> None:
    """`keepalive` is the only limit on a slow head: 0 would be none."""
    served = serve()
    with socket.create_connection(("127.0.0.1", served.port)) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        slow.settimeout(DEADLINE_S)
        assert slow.recv(1024) == b""


def test_it_tells_systemd_when_it_listens(serve: Serve, tmp_path: Path) -> None:
    """Type=notify waits for this word; without it systemd would end the service."""
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(place))
        listening.settimeout(DEADLINE_S)
        serve(NOTIFY_SOCKET=str(place))
        assert b"READY=1" in listening.recv(1024)
