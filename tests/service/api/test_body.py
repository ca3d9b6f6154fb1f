"""The strict reader of JSON: what two readers take differently is refused, never with a 500."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.body import DEPTH, NAMES, parse_json
from service.errors import BadRequestError
from tests.service.served import Serve, Served

REFUSED = {
    "100k brackets": b"[" * 100_000,
    "100k closed brackets": b"[" * 100_000 + b"]" * 100_000,
    "100k objects": b'{"a":' * 100_000,
    "one level too deep": b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1),
    "deep after much that is flat": b'[{"a":[]},' * 100 + b"[" * 70 + b"]" * 70 + b"]" * 100,
    "NaN": b'{"a": NaN}',
    "Infinity": b"[Infinity]",
    "-Infinity": b"[-Infinity]",
    "1e999": b"[1e999]",
    "-1e999": b"[-1e999]",
    "4301 digits": b"[" + b"9" * 4301 + b"]",
    "name twice": b'{"a": 1, "a": 2}',
    "name twice by an escape": b'{"a": 1, "\\u0061": 2}',
    "name twice deep inside": b'[{"b": {"a": 1, "a": 1}}]',
    "lone surrogate": b'["\\ud800"]',
    "lone surrogate as a name": b'{"\\udfff": 1}',
    "surrogates the wrong way": b'["\\udc00\\ud800"]',
    "escaped NUL": b'["a\\u0000"]',
    "NUL": b'["a\x00"]',
    "NUL at the end": b"[]\x00",
    "invalid UTF-8": b'["\xff"]',
    "surrogate in UTF-8": b'["\xed\xa0\x80"]',
    "overlong UTF-8": b'["\xc0\x80"]',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-32": '{"a": 1}'.encode("utf-32-le"),
    "nothing": b"",
    "spaces": b"   ",
    "two values": b"{} {}",
    "comment": b"{} // a",
    "trailing comma": b"[1,]",
    "single quotes": b"{'a': 1}",
    "bare word": b"abc",
    "control character": b'["a\nb"]',
    "leading zero": b"[01]",
    "plus": b"[+1]",
    "too many names": json.dumps({str(number): 0 for number in range(NAMES + 1)}).encode(),
    "too many names in all": json.dumps([{"a": 0}] * (NAMES + 1)).encode(),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_strict_json_is_refused(name: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        parse_json(REFUSED[name])
    assert "Traceback" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"[" * DEPTH + b"]" * DEPTH, None),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b' {"a": [1, -2, 1.5, 1e3, true, null]} ', {"a": [1, -2, 1.5, 1e3, True, None]}),
        ('"ä\u2028"'.encode(), "ä\u2028"),
        (b'{"a": {"a": {"a": "[[[[{{{{"}}}', {"a": {"a": {"a": "[[[[{{{{"}}}),
        (b'"' + b"[" * 1000 + b'"', "[" * 1000),
        (b'"\\\\u0000"', "\\u0000"),
        (b"0", 0),
        (b"9" * 399, int("9" * 399)),
        (b'"' + b"9" * 5000 + b'"', "9" * 5000),
    ],
)
def test_strict_json_is_read(text: bytes, value: Any) -> None:
    read = parse_json(text)
    if value is not None:
        assert read == value


def finite() -> st.SearchStrategy[Any]:
    texts = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
    numbers = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    return st.recursive(
        st.none() | st.booleans() | numbers | texts,
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
        max_leaves=30,
    )


@given(finite(), st.booleans())
def test_whatever_is_written_is_read_again(value: Any, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(
    st.binary(max_size=300)
    | st.text(alphabet='[]{}",:\\u0d8ef1eN-. ', max_size=200).map(str.encode)
)
def test_no_bytes_break_the_reader(body: bytes) -> None:
    try:
        value = parse_json(body)
    except BadRequestError:
        return
    assert not (isinstance(value, float) and (math.isnan(value) or math.isinf(value)))
    json.dumps(value, ensure_ascii=False).encode("utf-8")


@pytest.fixture(scope="module")
def served(serve_for_module: Serve) -> Served:
    return serve_for_module(WEBHOOK_RATE_LIMIT="100000 per minute")


def test_a_running_service_answers_each_with_400(served: Served) -> None:
    for name, body in REFUSED.items():
        answer = served.post("/", key=None, body=body, headers={"Content-Type": "application/json"})
        assert answer.status == 400, name
        assert answer.json["error"]["code"] == "bad_request"
    assert served.get("/health/readiness").status == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 202),
        ("application/json; charset=utf-8", 202),
        ("Application/JSON", 202),
        ("application/cloudevents+json", 202),
        ("text/plain", 415),
        ("text/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=a", 415),
        ("application/jsonp", 415),
        ("", 415),
        (None, 415),
    ],
)
def test_only_json_is_read(served: Served, kind: str | None, status: int) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    body = json.dumps({"of": kind}).encode()
    assert served.post("/", key=None, body=body, headers=headers).status == status
