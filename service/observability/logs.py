"""The log: structlog's events and the standard library's records in one form, to one place.

Events have constant texts, and what varies are fields: `log.info("key made", key_id=…)`.  Every
line of a request carries its id, and no line carries a secret (see `redact`).
"""

import logging
import sys
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

import structlog
from structlog.typing import EventDict, WrappedLogger

from service.errors import ConfigurationError
from service.observability.lines import Render, console_line, event_of, finish, json_line
from service.observability.outlet import FileOutlet, Outlet, StreamOutlet
from service.observability.redact import redactor
from service.settings import Settings, table

_LEVELS: Final = {
    name: getattr(logging, name.upper()) for name in ("debug", "info", "warning", "error")
}
_log = structlog.get_logger(__name__)


class LineHandler(logging.Handler):
    """Writes records of the standard library as the service writes its own events."""

    def __init__(self, outlet: Outlet, render: Render) -> None:
        super().__init__()
        self.outlet = outlet
        self._render = render

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        self.outlet.write(self._render(finish(event_of(record), redactor)))


class _Lines:
    """What structlog calls with a finished line, whatever the level."""

    def __init__(self, outlet: Outlet, name: str) -> None:
        self.name = name
        self.debug = self.info = self.warning = self.error = self.critical = outlet.write


@dataclass(slots=True)
class _Target:
    """Where lines go at present; none before `configure`."""

    outlet: Outlet | None = None
    render: Render = json_line
    level: int = logging.INFO


_target: Final = _Target()


def write_info(line: dict[str, Any]) -> None:
    """Write a line that is complete: the short way of the access line, which is on every request.

    All its fields must stand in their order, and whatever a caller sent must be redacted already.
    """
    if _target.outlet is not None and _target.level <= logging.INFO:
        _target.outlet.write(_target.render(line))


def configure(settings: Settings) -> None:
    """Send the log where the settings say; to be called before anything is logged, or again.

    Raises ConfigurationError when LOG_FILE cannot be written.
    """
    redactor.hide(*_secrets(settings))
    level = _LEVELS[settings.log_level]
    render: Render = console_line if settings.log_format == "console" else json_line
    outlet = _outlet(settings)
    _route_records(LineHandler(outlet, render), level)
    _target.outlet, _target.render, _target.level = outlet, render, level
    structlog.configure(
        processors=[_named, _rendered(render)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda name="": _Lines(outlet, name),
        # A logger that was made before must follow a second call.
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _secrets(settings: Settings) -> list[str]:
    return [
        str(getattr(settings, attribute))
        for attribute, declared in table().items()
        if declared.secret
    ]


def _outlet(settings: Settings) -> Outlet:
    if settings.log_file is None:
        return StreamOutlet()
    try:
        return FileOutlet(settings.log_file.absolute())
    except OSError as error:
        raise ConfigurationError(
            f"LOG_FILE is {str(settings.log_file)!r}, which cannot be written: {error.strerror}; "
            "name a file in a folder that the service's user may write, or leave it empty"
        ) from error


def _route_records(handler: LineHandler, level: int) -> None:
    """Let the root logger write by `handler`; handlers of others (of tests) stay."""
    root = logging.getLogger()
    for former in [each for each in root.handlers if isinstance(each, LineHandler)]:
        root.removeHandler(former)
        if isinstance(former.outlet, FileOutlet):
            former.outlet.close()
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    # Their debug lines hold headers and bodies; what they have to say begins at a warning.
    for chatty in ("urllib3", "httpx", "httpcore", "anthropic", "watchfiles"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))


def _named(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    event["level"] = "warning" if method == "warn" else method
    event["logger"] = logger.name
    return event


def _rendered(render: Render) -> structlog.typing.Processor:
    def processor(_: WrappedLogger, __: str, event: EventDict) -> str:
        if event.get("exc_info") is True:
            event["exc_info"] = sys.exc_info()
        return render(finish(event, redactor))

    return processor


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        sys.__excepthook__(kind, error, trace)
        return
    _log.critical("uncaught error", exc_info=error)


def _uncaught_in_thread(given: threading.ExceptHookArgs) -> Any:
    if given.exc_value is not None and not isinstance(given.exc_value, SystemExit):
        _log.critical(
            "uncaught error in a thread",
            thread=given.thread.name if given.thread else "",
            exc_info=given.exc_value,
        )
