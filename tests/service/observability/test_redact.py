"""Attacks on the filter that keeps secrets out of the log."""

import base64
import dataclasses
import json
import logging
import time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.guard import keys, sign_in_link, tokens
from service.observability.lines import event_of, finish, json_line
from service.observability.redact import Redactor, is_sensitive

CANARY = "cAnArY-9f8e7d6c5b4a39281706"
OURS = "agdk_abcd2345_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4"


@dataclasses.dataclass
class Holder:
    token: str
    note: str = "x"


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def line_of(**event: Any) -> str:
    return json_line(finish({"event": "e", **event}, Redactor()))


@pytest.mark.parametrize(
    "text",
    [
        f"X-API-Key: {CANARY}",
        f"x-api-key={CANARY}",
        f"X_API_KEY: {CANARY}",
        f'{{"X-API-Key": "{CANARY}"}}',
        f"{{'x-api-key': '{CANARY}', 'host': 'a'}}",
        f"[('X-Api-Key', '{CANARY}')]",
        f"(b'x-api-key', b'{CANARY}')",
        f"Authorization: Bearer {CANARY}",
        f"authorization: token {CANARY}",
        f"Authorization: Basic {CANARY}",
        f"Proxy-Authorization: Digest a, {CANARY}",
        f"{{'Authorization': 'Bearer {CANARY}'}}",
        f"Cookie: a=1; __Host-agented={CANARY}; b=2",
        f"Set-Cookie: s={CANARY}; HttpOnly",
        f"[('cookie', 'theme=dark; session={CANARY}')]",
        f"/admin/executions/1/stream?token={CANARY}",
        f"/a?x=1&access_token={CANARY}&y=2",
        f"/a?x=1&TOKEN={CANARY}",
        f"/a?token%3D{CANARY}",
        f"/a?token%3d{CANARY}",
        f"/a?a[token]={CANARY}",
        f"password={CANARY}",
        f"passwd: {CANARY}",
        f'client_secret="{CANARY}"',
        f"webhook_secret_v2 = {CANARY}",
        f"X-Hub-Signature-256: sha256={CANARY}",
        f"bearer {CANARY}",
        f"https://user:{CANARY}@example.org/x",
        f"https://{CANARY}@sentry.example.org/1",
        f"redis://:{CANARY}@cache:6379/0",
    ],
)
def test_what_stands_beside_a_telling_name_is_hidden(text: str) -> None:
    assert CANARY not in line_of(event=text)
    assert CANARY not in line_of(value=text, nested={"list": [text, (text,)]})
    assert CANARY not in line_of(value=text.encode())
    assert CANARY not in line_of(**{text: 1})


@pytest.mark.parametrize(
    "secret",
    [
        OURS,
        "agdp_eyJhIjoxfQ.Zx1.abcdefghijkl",
        "agds_WyJrIiwicyJd.Zx1.abcdefghijkl",
        "sk-ant-api03-abcdefghijklmnop",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "github_pat_11ABCDEFG0abcdefghij_klmnopqrstuvwxyz",
        "xoxb-1234567890-abcdefghij",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk",
        "sha256=" + "ab" * 32,
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END",
    ],
)
def test_a_secret_is_known_by_its_form_wherever_it_stands(secret: str) -> None:
    for text in (secret, f"got {secret}!", f"({secret})", f"{secret},{secret}", f"/p/{secret}/x"):
        assert secret not in line_of(value=text), text
        assert "MIIEv" not in line_of(value=text)


@pytest.mark.parametrize(
    "mark", [keys.MARK, tokens.PAGE_MARK, tokens.STREAM_MARK, sign_in_link.MARK]
)
def test_whatever_we_hand_out_is_known_by_its_mark(mark: str) -> None:
    for secret in (f"{mark}Zm9vYmFyYmF6cXV4", f"{mark}WyJhIl0.ZxQ1yA.Zm9v-YmFy_YmF6"):
        assert secret not in line_of(value=f"/a/{secret}?x=1")
        assert secret not in line_of(event=secret)


@pytest.mark.parametrize(
    "secret", ["tricky\"quote\\back'slash", "ümläut-und-€", "with space+plus/%", CANARY]
)
def test_a_secret_of_the_settings_is_hidden_in_every_dress(secret: str) -> None:
    redactor = Redactor()
    redactor.hide(secret)
    in_address = f"/x?y={quote(secret, safe='')}"
    texts = (secret, f"a {secret} b", secret.encode(), in_address, json.dumps([secret]))
    nests = ({"x": [secret]}, {secret: 1}, ("a", secret), {secret}, [[(secret,)]])
    shown = (Holder("t", secret), ValueError(secret), object)
    for value in (*texts, *nests, *shown):
        line = json_line(finish({"event": "e", "value": value}, redactor))
        assert secret not in line
        assert json.dumps(secret)[1:-1] not in line
        assert quote(secret, safe="") not in line
        assert repr(secret)[1:-1] not in line


@pytest.mark.parametrize(
    "name",
    ["token", "X-API-Key", "api_key", "Authorization", "Cookie", "set-cookie", "client_secret",
     "password", "key", "SENTRY_DSN", "x_hub_signature_256", "page-token", "credentials"],
)  # fmt: skip
def test_a_field_of_a_telling_name_is_hidden_whatever_it_holds(name: str) -> None:
    assert is_sensitive(name)
    for value in (CANARY, [CANARY], {"a": CANARY}, CANARY.encode(), Holder(CANARY)):
        assert CANARY not in line_of(**{name: value})
        assert CANARY not in line_of(headers={name: value})
    assert CANARY not in line_of(headers=[(name, CANARY), ["host", "a"]])


@pytest.mark.parametrize("name", ["key_id", "keys", "path", "status", "tok", "monkey"])
def test_harmless_names_are_shown(name: str) -> None:
    assert not is_sensitive(name)
    assert "visible" in line_of(**{name: "visible"})


def test_figures_of_tokens_are_shown() -> None:
    assert json.loads(line_of(input_tokens=512))["input_tokens"] == 512


def test_prose_keeps_its_words() -> None:
    text = "the planner process started again after 3 s, the key agdk_abcd2345 is known"
    assert json.loads(line_of(event=text))["event"] == text


def test_exceptions_and_their_causes_are_searched() -> None:
    error = RuntimeError(f"Authorization: Bearer {CANARY}")
    error.__cause__ = ValueError(f"token={CANARY}")
    line = json.loads(line_of(exc_info=error))
    assert "ValueError" in line["exception"]
    assert "RuntimeError" in line["exception"]
    assert CANARY not in json.dumps(line)


def test_records_of_libraries_are_searched_in_arguments_and_extra() -> None:
    record = logging.LogRecord(
        "lib",
        logging.INFO,
        "f",
        1,
        "sent %s to %s",
        ({"X-API-Key": CANARY}, f"/x?token={CANARY}"),
        None,
    )
    record.headers = [("authorization", CANARY)]
    line = json_line(finish(event_of(record), Redactor()))
    assert CANARY not in line
    assert "sent" in line


def test_a_wrong_format_string_loses_neither_line_nor_secret() -> None:
    record = logging.LogRecord("lib", logging.INFO, "f", 1, "%d of", (f"token={CANARY}",), None)
    line = json_line(finish(event_of(record), Redactor()))
    assert "%d of" in line
    assert CANARY not in line


def test_objects_that_cannot_show_themselves_cost_no_line() -> None:
    assert json.loads(line_of(value=Broken()))["value"] == "<Broken>"
    loop: list[Any] = []
    loop.append(loop)
    assert "event" in json.loads(line_of(value=loop))


def test_a_secret_at_the_edge_of_the_cut_is_not_left_in_half() -> None:
    for length in range(8_150, 8_200):
        line = line_of(value="x" * length + f" token={CANARY} " + "y" * 9_000)
        assert CANARY[:10] not in line


def test_what_is_hidden_later_is_no_longer_shown_from_memory() -> None:
    redactor = Redactor()
    assert redactor.text("a plain-looking-word b") == "a plain-looking-word b"
    redactor.hide("plain-looking-word")
    assert redactor.text("a plain-looking-word b") == "a *** b"


@pytest.mark.parametrize(
    "worst",
    [
        "token",
        "a",
        "=",
        "-",
        "sk-",
        "eyJ",
        "-eyJ",
        "-eyJaaaaaaaa",
        "://",
        "authorization:",
        "-----BEGIN ",
        "%5d",
        "[",
    ],
)
def test_no_text_makes_the_search_slow(worst: str) -> None:
    redactor = Redactor()
    short, long = worst * (2_000 // len(worst)), worst * (60_000 // len(worst))
    redactor.text(long)

    def cost(text: str) -> float:
        begun = time.thread_time()
        redactor._searched(text)
        return time.thread_time() - begun

    # Thirty times the length may cost thirty times as much, and something for noise: not 900.
    assert min(cost(long) for _ in range(5)) < 200 * max(min(cost(short) for _ in range(20)), 2e-5)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_every_line_is_one_line_of_ascii_json(text: str) -> None:
    line = line_of(event=text, value=text, **{f"n{text}": text})
    assert line.isascii()
    assert line.isprintable()
    json.loads(line)


def test_base64_of_a_basic_login_is_hidden() -> None:
    login = base64.b64encode(f"user:{CANARY}".encode()).decode()
    assert login not in line_of(value=f"Authorization: Basic {login}")


@pytest.mark.parametrize(
    "text",
    [
        '{"usage":{"input_tokens":12,"cache_read_input_tokens":5,"output_tokens":7},"x":1}',
        '{"tokens":{"input":3,"cache":{"read":1}},"total_tokens":4}',
        '{"usageMetadata":{"totalTokenCount":5,"thoughtsTokenCount":2}}',
        '{"api_key":null,"secret":true,"tokens":[]}',
        "total_tokens=55 max_tokens: 4000",
        '{"type": "result", "usage": {"input_tokens": 100, "output_tokens": 50}, "max_tokens":9}',
    ],
)
def test_numbers_of_tokens_are_no_secrets(text: str) -> None:
    """What agents say of their use stays as it is, and stays JSON."""
    assert Redactor().lines(text) == text


def test_secrets_in_json_are_hidden_and_leave_json() -> None:
    """In JSON that stands in JSON, too, as the results of an agent's tools do."""
    inner = {"password": "hunter2", "access_token": "abcdef", "pin_token": 1234, "n": 1}
    text: object = inner
    for _ in range(3):
        found = Redactor().lines(json.dumps(text))
        assert "hunter2" not in found
        assert "abcdef" not in found
        assert "1234" not in found
        json.loads(found)
        text = json.dumps(text)


_WORDS = (
    "ok",
    "",
    "İ",
    "token=abcdefgh",
    "İ password: hunter22",
    "a@b",
    "ftp://u:pw@h",
    "Bearer abcdefgh12",
)


@given(st.lists(st.lists(st.sampled_from(_WORDS), max_size=3).map(" ".join), max_size=6))
def test_many_lines_are_hidden_as_each_alone(lines: list[str]) -> None:
    """A letter whose small form is longer must not move what is looked at."""
    assert Redactor().lines("\n".join(lines)) == "\n".join(map(Redactor().lines, lines))
    assert "hunter22" not in Redactor().lines("\n".join(lines))
