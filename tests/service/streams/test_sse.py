"""Server-sent events: a text that wants to be more than a text stays one."""

from hypothesis import given
from hypothesis import strategies as st

from service.sse import Event, retry


def parsed(data: bytes) -> list[dict[str, str]]:
    """Read a stream as a browser does (the algorithm of the HTML standard)."""
    text = data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    events: list[dict[str, str]] = []
    fields: dict[str, str] = {}
    lines: list[str] = []
    for line in text.split("\n"):
        if not line:
            if lines:
                events.append({**fields, "data": "\n".join(lines)})
            fields, lines = {}, []
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                lines.append(value)
            else:
                fields[name] = value
    return events


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_arrives_as_the_data_of_one_event(text: str) -> None:
    """Only its line ends become those of the wire."""
    (found,) = parsed(Event("line", text, 7).encode())
    assert found == {
        "event": "line", "id": "7", "data": text.replace("\r\n", "\n").replace("\r", "\n"),
    }  # fmt: skip


def test_a_text_forges_no_field_and_no_event() -> None:
    """Every line end that a client knows, and those that only look like one."""
    text = "a\n\nevent: bye\rdata: {}\r\n\r\nid: 9\x0b\x0c\u2028\u2029\x85\x00\x1bend"
    (found,) = parsed(Event("line", text, 1).encode())
    assert found["event"] == "line"
    assert found["id"] == "1"
    assert found["data"].endswith("id: 9\x0b\x0c\u2028\u2029\x85\x00\x1bend")


def test_half_a_character_does_not_break_the_stream() -> None:
    """Output of a program may hold what is no text."""
    assert parsed(Event("line", "a\ud800b").encode())[0]["data"] == "a?b"


def test_an_event_without_a_number_has_none() -> None:
    """A client then keeps the last one that it got."""
    assert Event("bye", "{}").encode() == b"event: bye\ndata: {}\n\n"
    assert retry(1500) == b"retry: 1500\n\n"
