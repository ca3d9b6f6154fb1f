"""Researchers that are agents of the command line: what they are told, and what their log says.

The order goes through the same runner as that of a trigger.  What they print is data: only pages
that they opened, or that a search of theirs found, count as read.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.assistant.jobs import Data
from service.executions.asking import Cause, Runnable
from service.executions.prompts import LONGEST_VALUE
from service.executions.readable import TALKS, readable
from service.executions.records import Order
from service.research.brief import Brief
from service.research.prompts import instructions, question

# How the ids of what they run by begin: no trigger has one like it.
TRIGGERS: Final = "research-"
_PIECE: Final = LONGEST_VALUE - 1_000
_TOOLS: Final = ("WebSearch", "WebFetch")
_URL: Final = re.compile(r"https?://[^\s\"'<>\\)\]}`]{3,2000}")
_SEARCH: Final = re.compile(r"\s*(?:google_)?web[ _-]?search", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """What an agent came to: the text of its answer, and the pages that it read."""

    text: str
    pages: tuple[str, ...]


def runnable(topic: str, brief: Brief, files: Mapping[str, str], timeout_s: int) -> Runnable:
    """The order of a researcher; `files` are named by it and come in as data of the event."""
    told = f"{instructions(topic)}\n\n{question(topic, brief)}"
    named = "\n".join(f"{{payload.{name}}}" for name in files)
    order = Order(
        backend=brief.backend,
        template=f"{_escaped(told)}\n\nTexts of the project:\n{named}\n",
        allowed_tools=_TOOLS if brief.backend == "claude" else (),
        timeout_s=timeout_s,
    )
    # An id of its own: runs of one trigger wait for each other.
    trigger = f"{TRIGGERS}{topic}-{brief.name}"[:64]
    return Runnable(trigger, f"Research {brief.name}: {topic}", order)


def cause(files: Mapping[str, str], person: str, request: str) -> Cause:
    """Why it runs: a person asked."""
    return Cause(source="manual", person=person, request_id=request, payload=files)


def payload_of(files: Iterable[Data]) -> Mapping[str, str]:
    """Texts as an event holds them: in pieces that are passed on whole."""
    found: dict[str, str] = {}
    for each in files:
        text = f"[{each.kind} {each.name}]\n{each.text}"
        for start in range(0, len(text), _PIECE):
            found[f"text{len(found) + 1}"] = text[start : start + _PIECE]
    return found


def said(talks: str, lines: Iterable[str]) -> Said:
    """What a log says.  A command that prints plain text shows no page that it read."""
    if talks not in TALKS:
        return Said("\n".join(lines), ())
    texts: list[str] = []
    pages = _Pages()
    for line in lines:
        event = _event(line)
        if event is None:
            continue
        texts += _TEXTS[talks](event)
        for part in readable(talks, line) or ():
            pages.take(part.kind, part.title, part.text)
    return Said("".join(texts), tuple(dict.fromkeys(pages.found)))


class _Pages:
    """The pages of calls that were answered, in the order in which those were made."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._calls: list[tuple[bool, list[str]]] = []

    def take(self, kind: str, title: str, text: str) -> None:
        """A part of the log."""
        if kind == "tool":
            is_search = _SEARCH.match(title) is not None
            self._calls.append((is_search, [] if is_search else _urls(title, text)))
        elif kind in ("came", "error") and self._calls:
            is_search, opened = self._calls.pop(0)
            if kind == "came":
                self.found += _urls(title, text) if is_search else opened


def _urls(*texts: str) -> list[str]:
    return [each.rstrip(".,;:") for text in texts for each in _URL.findall(text)]


def _escaped(text: str) -> str:
    """Instructions of ours as a template that says just that: braces stand for themselves."""
    return re.sub(r"\{([a-z_][A-Za-z0-9_.]*)\}", r"{{\1}}", text)


def _event(line: str) -> Mapping[str, Any] | None:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _claude(event: Mapping[str, Any]) -> list[str]:
    # Its last event repeats the last thing that it said; what it said before is on the way.
    return [event["result"]] if isinstance(event.get("result"), str) else []


def _codex(event: Mapping[str, Any]) -> list[str]:
    item = event.get("item")
    if event.get("type") != "item.completed" or not isinstance(item, dict):
        return []
    is_text = (item.get("type") or item.get("item_type")) in ("agent_message", "assistant_message")
    return [f"{item['text']}\n"] if is_text and isinstance(item.get("text"), str) else []


def _gemini(event: Mapping[str, Any]) -> list[str]:
    is_text = event.get("type") == "message" and event.get("role") == "assistant"
    return [event["content"]] if is_text and isinstance(event.get("content"), str) else []


def _opencode(event: Mapping[str, Any]) -> list[str]:
    part = event.get("part")
    if event.get("type") != "text" or not isinstance(part, dict):
        return []
    return [part["text"]] if isinstance(part.get("text"), str) else []


_TEXTS: Final[Mapping[str, Callable[[Mapping[str, Any]], list[str]]]] = {
    "claude": _claude, "codex": _codex, "gemini": _gemini, "opencode": _opencode,
}  # fmt: skip
