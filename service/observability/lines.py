"""How an event of the log becomes one line: of JSON for machines, of text for people."""

import json
import logging
import traceback
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any, Final

from service.clock import stamp
from service.observability.redact import Redactor
from service.observability.request_id import request_id

Event = MutableMapping[str, Any]
Render = Callable[[dict[str, Any]], str]

_ENCODER: Final = json.JSONEncoder(ensure_ascii=True, default=str, separators=(",", ":"))
_VALUE: Final = 8 * 1024
_TRACEBACK: Final = 32 * 1024
_FIRST: Final = ("timestamp", "level", "logger", "event", "request_id")
_OF_RECORD: Final = frozenset(
    (*vars(logging.makeLogRecord({})), "message", "asctime", "color_message")
)
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def event_of(record: logging.LogRecord) -> Event:
    """A record of the standard library as an event: what was passed as `extra` become fields."""
    try:
        message = record.getMessage()
    except (TypeError, ValueError, KeyError):
        # A library's wrong format string must not lose what it wanted to say.
        message = f"{record.msg} {record.args!r}"
    event: Event = {name: value for name, value in vars(record).items() if name not in _OF_RECORD}
    event.update(event=message, level=record.levelname.lower(), logger=record.name)
    if record.exc_info:
        event["exc_info"] = record.exc_info
    elif record.exc_text:
        event["exception"] = record.exc_text
    return event


def finish(event: Event, redactor: Redactor) -> dict[str, Any]:
    """The fields of a line, in their order, complete, bounded and without secrets."""
    error = _error(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = "".join(traceback.format_exception(error))
    safe = redactor.mapping(event)
    line = {
        "timestamp": stamp(),
        "level": safe.pop("level", "info"),
        "logger": safe.pop("logger", ""),
        "event": _cut(safe.pop("event", ""), _VALUE),
        "request_id": safe.pop("request_id", "") or request_id() or None,
    }
    safe.pop("timestamp", None)
    for name, value in safe.items():
        line[name] = _cut(value, _TRACEBACK if name == "exception" else _VALUE)
    return line


def json_line(line: dict[str, Any]) -> str:
    """One line of JSON in ASCII: nothing in a value can end the line or move a cursor."""
    return _ENCODER.encode(line)


def console_line(line: dict[str, Any]) -> str:
    """One line for people: time, level, event, then the fields; control characters escaped."""
    rest = {name: value for name, value in line.items() if name not in _FIRST}
    error = rest.pop("exception", "")
    if line["request_id"]:
        rest["request_id"] = str(line["request_id"])[:8]
    fields = " ".join(f"{plain(name)}={_plain_value(value)}" for name, value in rest.items())
    text = f"{line['timestamp'][11:23]} {line['level']:<7} {plain(line['event'])}  {fields}"
    return "\n    ".join([text.rstrip(), *(plain(each) for each in str(error).splitlines())])


def plain(text: Any) -> str:
    """`text` with everything escaped that a terminal would obey."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in str(text)
    )


def _plain_value(value: Any) -> str:
    text = plain(value)
    return repr(text) if not text or " " in text or "=" in text else text


def _cut(value: Any, limit: int) -> Any:
    if isinstance(value, str) and len(value) > limit:
        # The end of a traceback says what went wrong.
        return f"{value[: limit // 2]} … {value[-limit // 2 :]}"
    return value


def _error(given: Any) -> BaseException | None:
    """The exception behind `exc_info`: itself, the triple of `sys.exc_info`, or none."""
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple) and len(given) == 3 and isinstance(given[1], BaseException):
        return given[1]
    return None
