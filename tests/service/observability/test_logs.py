"""What libraries, gunicorn, threads and greenlets have to say takes the form of the log."""

import errno
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
import structlog
from gunicorn.config import Config

from service.errors import ConfigurationError
from service.observability import logs
from service.observability.greenlets import watch_greenlets
from service.observability.gunicorn_log import GunicornLogger
from service.observability.request_id import carried, under
from service.setting import Secret
from service.settings import Settings

CANARY = "cAnArY-9f8e7d6c5b4a39281706"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A log file that everything in this process writes to; what was set before is put back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr("sys.excepthook", __import__("sys").excepthook)
    file = tmp_path / "log.jsonl"
    logs.configure(Settings(log_file=file, secret_key=Secret(CANARY)))
    yield file
    for each in root.handlers:
        if isinstance(each, logs.LineHandler):
            each.outlet.close()  # type: ignore[attr-defined]
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    logs._target.outlet = None


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_our_events_and_those_of_libraries_look_alike(path: Path) -> None:
    with under("r"):
        structlog.get_logger("ours").warning("an event", number=1)
        logging.getLogger("theirs").warning("an %s", "event", extra={"number": 1})
    ours, theirs = lines(path)
    assert {**ours, "logger": "", "timestamp": ""} == {**theirs, "logger": "", "timestamp": ""}


def test_a_secret_of_the_settings_is_hidden_from_the_start(path: Path) -> None:
    logging.getLogger("lib").error("the key is %s", CANARY)
    structlog.get_logger().error("the key", value=f"x{CANARY}x")
    assert CANARY not in path.read_text("utf-8")
    assert len(lines(path)) == 2


def test_levels_hold_for_both(path: Path) -> None:
    structlog.get_logger().debug("no")
    logging.getLogger("lib").debug("no")
    logging.getLogger("urllib3").info("no")
    logging.getLogger("urllib3").warning("yes")
    assert [line["event"] for line in lines(path)] == ["yes"]


def test_setting_up_again_does_not_write_twice(path: Path) -> None:
    logs.configure(Settings(log_file=path))
    logging.getLogger("lib").error("once")
    structlog.get_logger().error("once")
    assert len(lines(path)) == 2


def test_a_level_may_be_raised_while_running(path: Path) -> None:
    log = structlog.get_logger()
    log.info("shown")
    logs.configure(Settings(log_file=path, log_level="error"))
    log.info("hidden")
    logging.getLogger("lib").warning("hidden")
    logs.write_info({"event": "hidden"})
    assert [line["event"] for line in lines(path)] == ["shown"]


def test_an_error_that_ends_a_greenlet_is_a_line_with_the_id_of_its_request(path: Path) -> None:
    watch_greenlets()

    def fail() -> None:
        raise ValueError(f"token={CANARY}")

    with under("r"):
        gevent.spawn(carried(fail)).join(5)
    (line,) = lines(path)
    assert line["event"] == "a greenlet ended by an error"
    assert "ValueError" in line["exception"]
    assert line["exception"].endswith("request_id: r\n")
    assert CANARY not in path.read_text("utf-8")


def test_an_error_that_ends_a_thread_is_a_line(path: Path) -> None:
    def fail() -> None:
        raise ValueError("why")

    thread = threading.Thread(target=fail, name="worker-1")
    thread.start()
    thread.join(5)
    (line,) = lines(path)
    assert (line["level"], line["thread"]) == ("critical", "worker-1")
    assert "ValueError: why" in line["exception"]


def test_gunicorn_writes_lines_and_no_access_log(path: Path) -> None:
    logger = GunicornLogger(Config())
    logger.info("Listening at: %s", "http://127.0.0.1:1")
    logger.access(None, None, {}, None)
    assert [(line["logger"], line["event"]) for line in lines(path)] == [
        ("gunicorn.error", "Listening at: http://127.0.0.1:1")
    ]


def test_clients_that_are_gone_are_no_errors_of_gunicorn(path: Path) -> None:
    logger = GunicornLogger(Config())
    for code in (errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENOSPC):
        try:
            raise OSError(code, "x")  # noqa: TRY301 - it must have been raised to be logged
        except OSError:
            logger.exception("Socket error processing request.")
    (line,) = lines(path)
    assert f"[Errno {errno.ENOSPC}]" in line["exception"]


def test_a_file_that_cannot_be_opened_is_told_with_the_way_to_mend_it(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"LOG_FILE is .*cannot be written.*leave it empty"
    ):
        logs.configure(Settings(log_file=tmp_path / "missing" / "log"))
