"""What the API says of tokens and pages, in figures of ours.  Pure."""

from typing import Any, Final

from anthropic.types import Usage as ApiUsage

from service.assistant.jobs import Usage

# Of a PDF most bytes are pictures and fonts: so many stand for a character.
_PDF_BYTES: Final = 16


def length_of(source: Any) -> int:
    """Of a page that was fetched: the characters of its text, or as many as stand for its PDF."""
    data = len(str(getattr(source, "data", "") or ""))
    return data if getattr(source, "type", "") == "text" else data // _PDF_BYTES


def usage_of(said: Any, known: Usage) -> Usage:
    """The figures of an event; what it leaves out stays as it was."""
    written = getattr(said, "cache_creation_input_tokens", None)
    split = said.cache_creation if isinstance(said, ApiUsage) else None
    one_hour = split.ephemeral_1h_input_tokens if split is not None else known.cache_write_1h
    tools = getattr(said, "server_tool_use", None)
    return Usage(
        tokens_in=_or(said.input_tokens, known.tokens_in),
        tokens_out=_or(said.output_tokens, known.tokens_out),
        cache_write_5m=max(0, written - one_hour) if written is not None else known.cache_write_5m,
        cache_write_1h=one_hour,
        cache_read=_or(said.cache_read_input_tokens, known.cache_read),
        searches=tools.web_search_requests if tools is not None else known.searches,
    )


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
