"""One run of the model over the wire: whatever happens there, it ends in exactly one word.

The SDK turns trouble in the middle of a stream into errors of four families, or into none at all
(an end of the stream without the last event).  What came until then is kept.  No retry happens once
an answer has begun: it would be paid twice.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import anthropic
import httpx2

from service.assistant.figures import length_of, usage_of
from service.assistant.jobs import Usage, WebSource
from service.assistant.prompt import CHARACTERS_A_TOKEN

_RETRIES: Final = 2
# A server may ask for an hour; nobody waits for that before an empty page.
LONGEST_WAIT_S: Final = 8.0
_PASSING: Final = frozenset({408, 409, 429})
_MOST_PAUSES: Final = 8
_CHANCE: Final = secrets.SystemRandom()
_LONGEST_DETAIL: Final = 300
_LONGEST_QUERY: Final = 300
_LONGEST_QUOTE: Final = 1000
_MOST_SOURCES: Final = 500

# All that a request outside of a stream may raise.
TROUBLE: Final = (anthropic.AnthropicError, httpx2.HTTPError, TypeError, ValueError)

Say = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class End:
    """How it ended: a word (see `ends`), and what the other side said of it (may be empty)."""

    why: str
    detail: str = ""


class _StoppedError(Exception):
    """It must not go on."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Talk:
    """A question and its answer.

    It can be killed at any moment (its greenlet is): then `text`, `usage` and `sources` are what
    came until then, and `end` is None.
    """

    def __init__(
        self,
        client: anthropic.Anthropic,
        request: Mapping[str, Any],
        *,
        say: Say,
        check: Callable[[Usage], str] = lambda _usage: "",
        deadline_s: float = 300.0,
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        """`check` is told what it has cost so far; the word that it returns ends the run."""
        self._client = client
        self._request = dict(request)
        self._say = say
        self._check = check
        self._until = time.monotonic() + deadline_s
        self._longest_wait_s = longest_wait_s
        self._parts: list[str] = []
        self._blocks: list[str] = []
        self._done = Usage()
        self._turn = Usage()
        self._characters = self._read = self._searches = 0
        self._has_begun = False
        self._is_counted = False
        self._sources: dict[str, WebSource] = {}
        self.end: End | None = None

    @property
    def text(self) -> str:
        """All that the model has said."""
        return "".join(self._parts)

    @property
    def last_block(self) -> str:
        """The last block of text of the answer: an answer of a form is one block."""
        return self._blocks[-1] if self._blocks else ""

    @property
    def sources(self) -> tuple[WebSource, ...]:
        """The pages that it has read."""
        return tuple(self._sources.values())

    @property
    def usage(self) -> Usage:
        """What it has used so far.

        Until a turn is over, its output, its searches and the pages that it read in it are an
        estimate: the API counts them at its end, and money has to stop in time.
        """
        if not self._has_begun or self._is_counted:
            return self._done.plus(self._turn)
        said = max(self._turn.tokens_out, self._characters // CHARACTERS_A_TOKEN)
        read = self._turn.tokens_in + self._read // CHARACTERS_A_TOKEN
        turn = replace(self._turn, tokens_in=read, tokens_out=said, is_estimate=True)
        return self._done.plus(replace(turn, searches=max(turn.searches, self._searches)))

    def run(self) -> End:
        """See it to its end.  Trouble with the other side never raises."""
        self.end = self._run()
        return self.end

    def _run(self) -> End:
        try:
            for _ in range(_MOST_PAUSES):
                end, content = self._turn_with_retries()
                if end.why != "pause_turn":
                    return end
                # The turn goes back as it came, and the model goes on.
                said = {"role": "assistant", "content": content}
                self._request["messages"] = [*self._request["messages"], said]
        except _StoppedError as error:
            return End(error.why)
        return End("pause_turn")

    def _turn_with_retries(self) -> tuple[End, list[Any]]:
        for attempt in range(_RETRIES + 1):
            self._begin_turn()
            end, content, wait_s = self._tried(attempt)
            if wait_s is None or attempt == _RETRIES or self._has_begun:
                return end, content
            wait_s = min(wait_s, self._longest_wait_s, max(0.0, self._until - time.monotonic()))
            self._say({"type": "wait", "seconds": round(wait_s, 1), "why": end.why})
            time.sleep(wait_s)
            self._look()
        raise AssertionError

    def _begin_turn(self) -> None:
        self._done = self.usage
        self._turn = Usage()
        self._characters = self._read = self._searches = 0
        self._has_begun = self._is_counted = False

    def _tried(self, attempt: int) -> tuple[End, list[Any], float | None]:
        """One request: its end, what the answer holds, and after how long it may be repeated."""
        wait_s = 0.5 * 2.0**attempt * _CHANCE.uniform(1.0, 1.25)
        try:
            end, content = self._streamed()
        except anthropic.APITimeoutError:
            return End("timeout"), [], wait_s
        except anthropic.APIConnectionError:
            return End("connection"), [], wait_s
        except anthropic.APIStatusError as error:
            # In the middle of a stream its status is 200: its type is what counts.
            asked = _retry_after(error)
            passing = _may_pass(error)
            return _status_end(error), [], (asked or wait_s) if passing else None
        except httpx2.TimeoutException:
            return End("stalled" if self._has_begun else "timeout"), [], wait_s
        except httpx2.HTTPError:
            return End("dropped" if self._has_begun else "connection"), [], wait_s
        except anthropic.AnthropicError as error:
            return End("api_error", type(error).__name__), [], None
        except TypeError as error:
            # The SDK says so when it has no key; a wrong argument would be a defect of ours.
            return End("not_configured", type(error).__name__), [], None
        except ValueError as error:
            # An event that is no JSON, or not of the form that it must have.
            return End("bad_output", type(error).__name__), [], None
        return end, content, None

    def _streamed(self) -> tuple[End, list[Any]]:
        with self._client.messages.stream(**self._request) as stream:
            for event in stream:
                self._take(event)
                self._look()
            if not self._has_begun:
                return End("truncated"), []
            message = stream.current_message_snapshot
        if message.stop_reason is None:
            return End("truncated"), []
        content = [_sendable(each) for each in message.content]
        return End(message.stop_reason, _refusal(message)), content

    def _take(self, event: Any) -> None:
        kind = event.type
        if kind == "text":
            self._parts.append(event.text)
            self._blocks[-1:] = [self.last_block + event.text]
            self._characters += len(event.text)
            self._say({"type": "text", "delta": event.text})
        elif kind == "message_start":
            self._has_begun = True
            self._turn = usage_of(event.message.usage, Usage())
            self._say({"type": "usage"})
        elif kind == "message_delta":
            self._turn = usage_of(event.usage, self._turn)
            self._is_counted = event.delta.stop_reason is not None
            self._say({"type": "usage"})
        elif kind in ("input_json", "thinking"):
            said = event.thinking if kind == "thinking" else event.partial_json
            self._characters += len(said)
        elif kind == "content_block_start" and event.content_block.type == "text":
            self._blocks.append("")
        elif kind == "content_block_stop":
            self._block(event.content_block)
        elif kind == "citation":
            self._cited(event.citation)

    def _look(self) -> None:
        """Whether it may go on.  Raises _StoppedError."""
        if time.monotonic() > self._until:
            raise _StoppedError("deadline")
        if self._has_begun and (why := self._check(self.usage)):
            raise _StoppedError(why)

    def _block(self, block: Any) -> None:
        if block.type == "server_tool_use":
            given = block.input if isinstance(block.input, dict) else {}
            query = str(given.get("query") or given.get("url") or "")[:_LONGEST_QUERY]
            self._searches += block.name == "web_search"
            self._say({"type": "tool", "name": str(block.name), "query": query})
        elif block.type == "web_search_tool_result":
            self._found(block.content)
        elif block.type == "web_fetch_tool_result":
            found = getattr(block.content, "url", None)
            if found:
                document = getattr(block.content, "content", None)
                self._read += length_of(getattr(document, "source", None))
                self._source(WebSource(str(found), str(getattr(document, "title", "") or "")))

    def _found(self, content: Any) -> None:
        if not isinstance(content, list):
            # A search that failed costs nothing.
            self._searches = max(0, self._searches - 1)
            return
        for each in content:
            self._read += len(each.encrypted_content or "")
            self._source(WebSource(str(each.url), str(each.title or "")))

    def _cited(self, citation: Any) -> None:
        if getattr(citation, "type", "") == "web_search_result_location":
            quote = str(citation.cited_text or "")[:_LONGEST_QUOTE]
            self._source(WebSource(str(citation.url), str(citation.title or ""), quote))

    def _source(self, source: WebSource) -> None:
        """Keep a page: an address of the web and nothing else, and each once."""
        if not source.url.startswith(("https://", "http://")):
            return
        known = self._sources.get(source.url)
        if known is None and len(self._sources) >= _MOST_SOURCES:
            return
        if known is None or (source.quote and not known.quote):
            self._sources[source.url] = source
            said = {"type": "source", "url": source.url, "title": source.title}
            self._say({**said, "quote": source.quote} if source.quote else said)


def _sendable(block: Any) -> dict[str, Any]:
    made: dict[str, Any] = block.to_dict()
    made.pop("parsed_output", None)
    return made


def _refusal(message: Any) -> str:
    details = getattr(message, "stop_details", None)
    return str(getattr(details, "category", "") or "")[:_LONGEST_DETAIL]


def _may_pass(error: anthropic.APIStatusError) -> bool:
    status = error.status_code
    return status in _PASSING or status >= 500 or error.type in ("overloaded_error", "api_error")


def _retry_after(error: anthropic.APIStatusError) -> float | None:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None


def _status_end(error: anthropic.APIStatusError) -> End:
    """The kind of the error, and by which name the other side finds it in its logs."""
    why = error.type or ("api_error" if error.status_code >= 500 else "invalid_request_error")
    name = str(error.request_id or "")[:_LONGEST_DETAIL]
    return End(str(why), f"request {name}" if name else "")
