"""What agents print, one JSON object a line, as lines for people.  Pure.

A line that is understood becomes parts: what the agent says, what it thinks, which tool it calls
with what, what came of it, how it ended.  What is not understood, or is no JSON, stays as it is:
what the agents print changes with their versions, and nothing may get lost.  Only the raw line is
kept; this is made of it whenever somebody looks.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.executions.cutting import plain

# How backends talk that this knows, see `service.executions.commands.Command`.
TALKS: Final = frozenset({"claude", "codex", "gemini", "opencode", "assistant"})
# Longer texts are cut here; the raw line has all of it.
_LONGEST_TEXT: Final = 20_000
_LONGEST_TITLE: Final = 200
# What of a tool's input says most, in this order.
_ARGUMENTS: Final = (
    "command", "cmd", "file_path", "filePath", "absolute_path", "path", "notebook_path", "pattern",
    "query", "url", "prompt", "description", "skill",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line for people.

    `kind` is `say`, `think`, `tool` (a call), `came` (what a tool answered), `error`, `note` (about
    the run itself) or `end`.  `title` is one line that is always shown; `text` may have many lines,
    and is folded away where there is a title.
    """

    kind: str
    title: str
    text: str


Parts = tuple[Part, ...]
Event = Mapping[str, Any]


def readable(talks: str, line: str) -> Parts | None:
    """The parts of a line of standard output; None when it is to be shown as it is."""
    reader = _READERS.get(talks)
    if reader is None or not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
        made = reader(event) if isinstance(event, dict) else None
        if made is None:
            return None
        return tuple(_bounded(each) for each in made if each.title or each.text)
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError):
        # Something else than what this agent is known to print.
        return None


def _bounded(part: Part) -> Part:
    """A part as it may be shown: JSON hides what is taken out of lines.  Raises TypeError."""
    text = plain(part.text)
    if len(text) > _LONGEST_TEXT:
        left = len(text) - _LONGEST_TEXT
        text = f"{text[:_LONGEST_TEXT]}\n… {left:,} more characters: see the raw log"
    return Part(part.kind, _one_line(plain(part.title)), text)


# -- claude ---------------------------------------------------------------------------------


def _claude(event: Event) -> Iterable[Part] | None:
    kind = event.get("type")
    if kind == "system" and event.get("subtype") == "init":
        tools = event.get("tools") or []
        told = f", {len(tools)} tool{'s' * (len(tools) > 1)}" if tools else ""
        return [Part("note", f"{event.get('model') or 'the model'} begins{told}", "")]
    if kind in ("assistant", "user"):
        return _claude_message(event)
    if kind == "result":
        return [_claude_end(event)]
    return None


def _claude_message(event: Event) -> Iterable[Part] | None:
    content = event["message"]["content"]
    if isinstance(content, str):
        return [Part("say" if event["type"] == "assistant" else "came", "", content)]
    parts = [_claude_block(each) for each in content]
    return [each for each in parts if each is not None] if all(parts) else None


def _claude_block(block: Event) -> Part | None:
    kind = block.get("type")
    if kind == "text":
        return Part("say", "", block["text"])
    if kind == "thinking":
        return Part("think", "", block["thinking"] or "(thinking)")
    if kind in ("tool_use", "server_tool_use"):
        return _call(block["name"], block.get("input"))
    if kind == "tool_result":
        return _answer(_flat(block.get("content")), failed=bool(block.get("is_error")))
    return None


def _claude_end(event: Event) -> Part:
    failed = bool(event.get("is_error"))
    facts = [
        _plural(event.get("num_turns"), "turn"),
        _seconds(event.get("duration_ms")),
        _dollars(event.get("total_cost_usd")),
    ]
    word = f"Failed: {event.get('subtype') or 'error'}" if failed else "Done"
    title = ", ".join([word, *filter(None, facts)])
    # The answer was said before; an error was not.
    return Part("error" if failed else "end", title, str(event.get("result") or ""))


# -- codex ----------------------------------------------------------------------------------


def _codex(event: Event) -> Iterable[Part] | None:
    kind = event.get("type")
    if kind == "thread.started":
        return [Part("note", "codex begins", "")]
    if kind == "turn.started":
        return []
    if kind in ("item.started", "item.updated", "item.completed"):
        return _codex_item(event["item"], done=kind == "item.completed")
    if kind == "turn.completed":
        return [Part("end", ", ".join(["Done", *_tokens(event.get("usage") or {})]), "")]
    if kind == "turn.failed":
        return [Part("error", "Failed", _message(event.get("error")))]
    if kind == "error":
        return [Part("error", "", _message(event))]
    return None


def _codex_item(item: Event, *, done: bool) -> Iterable[Part] | None:
    kind = item.get("type") or item.get("item_type")
    if kind == "command_execution":
        # Its call was shown when it began.
        if not done:
            return [_call("shell", {"command": item["command"]})]
        code = item.get("exit_code")
        return [_answer(item.get("aggregated_output") or "", failed=code not in (0, None))]
    if kind == "mcp_tool_call":
        name = f"{item.get('server', '')}.{item.get('tool', '')}"
        return (
            [_call(name, item.get("arguments"))]
            if not done
            else [_answer(_flat(item.get("result")))]
        )
    if not done:
        return (
            []
            if kind in _CODEX_TEXTS or kind in ("file_change", "web_search", "todo_list")
            else None
        )
    if kind in _CODEX_TEXTS:
        return [Part(_CODEX_TEXTS[kind], "", item.get("text") or item.get("message") or "")]
    if kind == "file_change":
        changes = [f"{each['kind']} {each['path']}" for each in item["changes"]]
        return [Part("tool", f"edit {', '.join(changes)}", "\n".join(changes))]
    if kind == "web_search":
        return [_call("web search", {"query": item["query"]})]
    if kind == "todo_list":
        todo = [
            f"[{'x' if each.get('completed') else ' '}] {each['text']}" for each in item["items"]
        ]
        return [Part("note", f"to do: {_plural(len(todo), 'item')}", "\n".join(todo))]
    return None


_CODEX_TEXTS: Final = {
    "agent_message": "say", "assistant_message": "say", "reasoning": "think", "error": "error",
}  # fmt: skip


# -- gemini ---------------------------------------------------------------------------------


def _gemini(event: Event) -> Iterable[Part] | None:
    kind = event.get("type")
    if kind == "init":
        return [Part("note", f"{event.get('model') or 'gemini'} begins", "")]
    if kind == "message":
        # What came by standard input is shown as the prompt of the execution.
        return [Part("say", "", event["content"])] if event["role"] == "assistant" else []
    if kind == "tool_use":
        return [_call(event["tool_name"], event.get("parameters"))]
    if kind == "tool_result":
        failed = event.get("status") == "error"
        text = _flat(event.get("output")) or _message(event.get("error"))
        return [_answer(text, failed=failed)]
    if kind == "error":
        return [Part("error", "", _message(event))]
    if kind == "result":
        stats = event.get("stats") or {}
        facts = [_seconds(stats.get("duration_ms")), *_tokens(stats)]
        if event.get("status") == "error":
            return [Part("error", "Failed", _message(event.get("error")))]
        return [Part("end", ", ".join(["Done", *filter(None, facts)]), "")]
    return None


# -- opencode -------------------------------------------------------------------------------


def _opencode(event: Event) -> Iterable[Part] | None:
    kind, part = event.get("type"), event.get("part") or {}
    if kind == "step_start":
        return []
    if kind == "text":
        return [Part("say", "", part["text"])]
    if kind == "reasoning":
        return [Part("think", "", part["text"])]
    if kind == "tool_use":
        state = part["state"]
        failed = state.get("status") == "error"
        text = _flat(state.get("error") if failed else state.get("output"))
        return [_call(part["tool"], state.get("input")), _answer(text, failed=failed)]
    if kind == "step_finish":
        facts = [*_tokens(part.get("tokens") or {}), _dollars(part.get("cost"))]
        return [Part("end", ", ".join(["Step done", *filter(None, facts)]), "")]
    if kind == "error":
        return [Part("error", "", _message(event.get("error")))]
    return None


# -- the assistant of the service -----------------------------------------------------------


# Ends that somebody or something of the service's own brought about.
_ENDED: Final[Mapping[str, str]] = {
    "cancelled": "Cancelled",
    "stopped": "Interrupted",
    "budget": "Stopped at a ceiling of money",
    "deadline": "Stopped: its time was over",
}


def _assistant(event: Event) -> Iterable[Part] | None:
    kind = event.get("type")
    if kind == "start":
        return [Part("note", f"{event['model']} is asked", "")]
    if kind == "text":
        return [Part("say", "", event["delta"])]
    if kind == "tool":
        return [_call(event["name"], {"query": event["query"]})]
    if kind == "source":
        return [Part("came", f"{event['title']} {event['url']}".strip(), event.get("quote", ""))]
    if kind == "wait":
        why = str(event["why"]).replace("_", " ")
        return [Part("note", f"{why}: it is tried again in {event['seconds']} s", "")]
    if kind == "cost":
        return []
    if kind == "end":
        return [_assistant_end(event)]
    return None


def _assistant_end(event: Event) -> Part:
    sign = "~" if event.get("estimate") else ""
    facts = _tokens({"input": event.get("in"), "output": event.get("out")})
    if event.get("usd") is not None:
        facts.append(f"${float(event['usd']):.4f}")
    why = str(event.get("why") or "")
    good = why in ("end_turn", "stop_sequence")
    word = "Done" if good else _ENDED.get(why, "Failed")
    title = ", ".join([word, *(f"{sign}{each}" for each in facts)])
    return Part("end" if good else "error", title, "" if good else str(event.get("reason") or ""))


# -- of all ---------------------------------------------------------------------------------


_READERS: Final[Mapping[str, Callable[[Event], Iterable[Part] | None]]] = {
    "claude": _claude, "codex": _codex, "gemini": _gemini, "opencode": _opencode,
    "assistant": _assistant,
}  # fmt: skip


def _call(name: str, values: Any) -> Part:
    """A call of a tool: its name and what says most, with all of its input behind it."""
    if not isinstance(values, Mapping):
        return Part("tool", name, "" if values is None else _pretty(values))
    main = next((values[each] for each in _ARGUMENTS if isinstance(values.get(each), str)), "")
    told = main or next((each for each in values.values() if isinstance(each, str)), "")
    rest = values if len(values) > 1 or told != _one_line(told) else {}
    return Part("tool", f"{name} {told}".rstrip(), _pretty(rest) if rest else "")


def _answer(text: str, *, failed: bool = False) -> Part:
    """What a tool answered: its first line, and how many there are."""
    lines = text.rstrip("\n").split("\n")
    first = next((each for each in lines if each.strip()), "")
    told = f"{first} (+{_plural(len(lines) - 1, 'line')})" if len(lines) > 1 else first
    title = _one_line(first)[: _LONGEST_TITLE - 30] + told[len(first) :]
    folded = text if len(lines) > 1 or len(first) > _LONGEST_TITLE - 30 else ""
    return Part("error" if failed else "came", title or "(nothing)", folded)


def _flat(value: Any) -> str:
    """The text of what may be a text, or blocks with texts."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, Sequence):
        return "\n".join(_flat(each) for each in value)
    if isinstance(value, Mapping):
        if isinstance(value.get("text"), str):
            return str(value["text"])
        if isinstance(value.get("content"), list | str):
            return _flat(value["content"])
        if "type" in value and ("data" in value or "source" in value):
            return f"[{value['type']}]"
    return _pretty(value)


def _message(value: Any) -> str:
    """What an error says."""
    if isinstance(value, Mapping):
        inner = value.get("message") or value.get("data") or value.get("error")
        return _message(inner) if inner else _pretty(value)
    return value if isinstance(value, str) else _pretty(value)


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _one_line(text: str) -> str:
    told = " ".join(text[: 4 * _LONGEST_TITLE].split())
    return told if len(told) <= _LONGEST_TITLE else told[: _LONGEST_TITLE - 1] + "…"


def _tokens(values: Event) -> list[str]:
    """`1,234 tokens in, 56 out`."""
    came = values.get("input_tokens", values.get("input"))
    went = values.get("output_tokens", values.get("output"))
    if not isinstance(came, int) or not isinstance(went, int):
        return []
    return [f"{came:,} tokens in", f"{went:,} out"]


def _plural(count: Any, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}" if isinstance(count, int) else ""


def _seconds(milliseconds: Any) -> str:
    return f"{milliseconds / 1000:.1f} s" if isinstance(milliseconds, int | float) else ""


def _dollars(cost: Any) -> str:
    return f"${cost:.4f}" if isinstance(cost, int | float) else ""
