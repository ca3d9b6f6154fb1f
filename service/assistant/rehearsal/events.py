"""The events of a scripted answer, as the API sends them.  Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from service.assistant.rehearsal.scripts import Asked

Event = dict[str, Any]
PAGES: Final = (
    ("https://example.org/report", "A report of the rehearsal"),
    ("https://example.com/measured", "What somebody measured"),
)
_WORDS: Final = re.compile(r"\S*\s*")


def message_start(model: str, usage: Mapping[str, Any]) -> Event:
    """The first event."""
    return {
        "type": "message_start",
        "message": {
            "id": "msg_rehearsal",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": dict(usage),
        },
    }


def text_block(index: int, text: str, citation: tuple[str, str] | None = None) -> Iterator[Event]:
    """A block of text, a few words at once; `citation` is the page that it quotes."""
    yield _begun(index, {"type": "text", "text": ""})
    for piece in pieces(text):
        yield _delta(index, {"type": "text_delta", "text": piece})
    if citation is not None:
        yield _delta(
            index,
            {
                "type": "citations_delta",
                "citation": {
                    "type": "web_search_result_location",
                    "url": citation[0],
                    "title": citation[1],
                    "cited_text": "a sentence that stands there",
                    "encrypted_index": "scripted",
                },
            },
        )
    yield _ended(index)


def search_blocks(index: int, query: str) -> Iterator[Event]:
    """A search of the web, and what it found."""
    call = f"srvtoolu_{index}"
    tool = {"type": "server_tool_use", "id": call, "name": "web_search", "input": {}}
    yield _begun(index, {**tool, "caller": {"type": "direct"}})
    text = '{"query": "' + query.replace('"', "'").replace("\\", "/") + '"}'
    yield _delta(index, {"type": "input_json_delta", "partial_json": text})
    yield _ended(index)
    found = [
        {
            "type": "web_search_result",
            "url": url,
            "title": title,
            "page_age": "1 day",
            "encrypted_content": "scripted",
        }
        for url, title in PAGES
    ]
    result = {"type": "web_search_tool_result", "tool_use_id": call, "content": found}
    yield _begun(index + 1, {**result, "caller": {"type": "direct"}})
    yield _ended(index + 1)


def message_end(stop: str, tokens_out: int, *, searches: int = 0) -> Iterator[Event]:
    """The last two events."""
    delta: Event = {"stop_reason": stop, "stop_sequence": None}
    if stop == "refusal":
        delta["stop_details"] = {"type": "refusal", "category": "cyber", "explanation": None}
    usage: Event = {"output_tokens": tokens_out}
    if searches:
        usage["server_tool_use"] = {"web_search_requests": searches, "web_fetch_requests": 0}
    yield {"type": "message_delta", "delta": delta, "usage": usage}
    yield {"type": "message_stop"}


def answer_events(asked: Asked, text: str, stop: str) -> Iterator[Event]:
    """All events of an answer behind the first: with tools it searches once."""
    yield {"type": "ping"}
    index = 0
    searches = 0
    citation = None
    if asked.has_tools and asked.turn == 0:
        yield from search_blocks(index, asked.question[:80].replace("\n", " "))
        index, searches, citation = 2, 1, PAGES[0]
    yield from text_block(index, text, citation)
    yield from message_end(stop, max(1, len(text) // 4), searches=searches)


def pieces(text: str, words: int = 3) -> Iterator[str]:
    """A text in pieces of a few words."""
    found = [each for each in _WORDS.findall(text) if each]
    for at in range(0, len(found), words):
        yield "".join(found[at : at + words])


def _begun(index: int, block: Event) -> Event:
    return {"type": "content_block_start", "index": index, "content_block": block}


def _delta(index: int, delta: Event) -> Event:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _ended(index: int) -> Event:
    return {"type": "content_block_stop", "index": index}
