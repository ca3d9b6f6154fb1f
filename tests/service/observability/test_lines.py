"""The form of a log line: nothing that a caller sends can end it or be taken for another."""

import json
import logging

import pytest

from service.observability.lines import console_line, event_of, finish, json_line
from service.observability.redact import Redactor
from service.observability.request_id import under

EVIL = [
    'a\n{"level":"info","event":"forged"}',
    "a\r\nforged",
    "\x1b[2J\x1b]8;;http://evil\x07link",
    "\u2028forged\u2029",
    "\x00\x7f\x9b31m",
    '"},{"event":"forged"',
    "\ud800",
    "\u202eforged",
]


@pytest.mark.parametrize("evil", EVIL)
def test_a_caller_cannot_forge_a_line(evil: str) -> None:
    for event in ({"event": "e", "path": evil}, {"event": evil}, {"event": "e", evil: evil}):
        fields = finish(dict(event), Redactor())
        line = json_line(fields)
        assert line.isascii()
        assert line.isprintable()
        assert isinstance(json.loads(line), dict)
        assert console_line(fields).isprintable()


def test_the_fields_stand_in_their_order_and_the_id_is_on_the_line() -> None:
    with under("the-id"):
        line = json.loads(json_line(finish({"event": "e", "b": 1, "a": None}, Redactor())))
    assert list(line)[:5] == ["timestamp", "level", "logger", "event", "request_id"]
    assert line["request_id"] == "the-id"
    assert line["b"] == 1
    assert line["a"] is None
    assert line["timestamp"].endswith("Z")


def test_a_work_of_an_earlier_request_may_name_it() -> None:
    line = finish({"event": "e", "request_id": "earlier"}, Redactor())
    assert line["request_id"] == "earlier"


def test_fields_cannot_replace_what_the_log_says_itself() -> None:
    with under("real"):
        line = finish({"event": "e", "timestamp": "1970", "logger": "l"}, Redactor())
    assert not line["timestamp"].startswith("1970")


def test_long_values_are_cut_and_tracebacks_keep_their_end() -> None:
    error = ValueError("x" * 100_000 + " the end")
    line = finish({"event": "y" * 50_000, "exc_info": error}, Redactor())
    assert len(line["event"]) < 9_000
    assert len(line["exception"]) < 33_000
    assert line["exception"].startswith("ValueError") or "ValueError" in line["exception"]


def test_extra_fields_of_a_record_are_kept() -> None:
    record = logging.getLogger("lib").makeRecord(
        "lib", logging.WARNING, "f", 1, "said %s", ("it",), None, extra={"port": 5}
    )
    line = finish(event_of(record), Redactor())
    assert (line["event"], line["level"], line["logger"], line["port"]) == (
        "said it",
        "warning",
        "lib",
        5,
    )


def test_the_console_shows_time_level_event_fields_and_traceback() -> None:
    with under("12345678-aaaa"):
        text = console_line(
            finish({"event": "e", "a": "x y", "b": "z=1", "exc_info": ValueError("v")}, Redactor())
        )
    first, *rest = text.splitlines()
    assert first[13:] == "info    e  a='x y' b='z=1' request_id=12345678"
    assert rest == ["    ValueError: v"]
