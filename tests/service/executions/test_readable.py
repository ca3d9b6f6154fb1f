"""What agents print, made readable: golden lines of each of them, and lines that nobody knows."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.executions.readable import TALKS, Part, readable

WORDS = st.sampled_from(
    ["type", "message", "content", "text", "item", "part", "state", "error", "role", "input"]
) | st.text(max_size=4)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
TYPES = st.sampled_from(
    ["assistant", "user", "system", "result", "item.completed", "item.started", "turn.completed",
     "turn.failed", "error", "message", "tool_use", "tool_result", "text", "step_finish", "init"]
)  # fmt: skip


def read(talks: str, event: Any) -> list[tuple[str, str, str]] | None:
    parts = readable(talks, json.dumps(event))
    return None if parts is None else [(each.kind, each.title, each.text) for each in parts]


def message(*blocks: Any, who: str = "assistant") -> Any:
    return {"type": who, "message": {"role": who, "content": list(blocks)}, "session_id": "s"}


def item(kind: str, event: str = "item.completed", **more: Any) -> Any:
    return {"type": event, "item": {"id": "item_0", "type": kind, **more}}


def tool_part(status: str, **more: Any) -> Any:
    state = {"status": status, "input": {"filePath": "/a.py"}, **more}
    return {"type": "tool_use", "part": {"type": "tool", "tool": "read", "state": state}}


CLAUDE = [
    (
        {"type": "system", "subtype": "init", "model": "claude-x", "tools": ["Read", "Bash"]},
        [("note", "claude-x begins, 2 tools", "")],
    ),
    (message({"type": "text", "text": "Hello\nyou"}), [("say", "", "Hello\nyou")]),
    (message({"type": "thinking", "thinking": "Hm."}), [("think", "", "Hm.")]),
    (
        message(
            {"type": "text", "text": "I look."},
            {"type": "tool_use", "id": "t", "name": "Read", "input": {"file_path": "/a.py"}},
        ),
        [("say", "", "I look."), ("tool", "Read /a.py", "")],
    ),
    (
        message(
            {"type": "tool_use", "name": "Bash", "input": {"command": "ls\npwd", "timeout": 5}}
        ),
        [("tool", "Bash ls pwd", '{\n  "command": "ls\\npwd",\n  "timeout": 5\n}')],
    ),
    (
        message({"type": "tool_result", "content": "one\ntwo\nthree"}, who="user"),
        [("came", "one (+2 lines)", "one\ntwo\nthree")],
    ),
    (
        message(
            {"type": "tool_result", "content": [{"type": "text", "text": "one"}]}, who="user"
        ),
        [("came", "one", "")],
    ),
    (
        message({"type": "tool_result", "is_error": True, "content": "no such file"}, who="user"),
        [("error", "no such file", "")],
    ),
    (message({"type": "tool_result", "content": ""}, who="user"), [("came", "(nothing)", "")]),
    (
        {"type": "result", "subtype": "success", "is_error": False, "num_turns": 1,
         "duration_ms": 1234, "total_cost_usd": 0.01234, "result": "Hello"},
        [("end", "Done, 1 turn, 1.2 s, $0.0123", "Hello")],
    ),
    (
        {"type": "result", "subtype": "error_max_turns", "is_error": True, "result": "too long"},
        [("error", "Failed: error_max_turns", "too long")],
    ),
]  # fmt: skip
CODEX = [
    ({"type": "thread.started", "thread_id": "t"}, [("note", "codex begins", "")]),
    ({"type": "turn.started"}, []),
    (item("agent_message", text="Hello"), [("say", "", "Hello")]),
    (item("reasoning", text="Hm."), [("think", "", "Hm.")]),
    (
        item("command_execution", "item.started", command="ls -l", status="in_progress"),
        [("tool", "shell ls -l", "")],
    ),
    (
        item("command_execution", command="ls -l", aggregated_output="a\nb\n", exit_code=0),
        [("came", "a (+1 line)", "a\nb\n")],
    ),
    (
        item("command_execution", command="ls -l", aggregated_output="no\n", exit_code=2),
        [("error", "no", "")],
    ),
    (
        item("file_change", changes=[{"path": "a.py", "kind": "update"}], status="completed"),
        [("tool", "edit update a.py", "update a.py")],
    ),
    (
        item("todo_list", items=[{"text": "x", "completed": True}, {"text": "y"}]),
        [("note", "to do: 2 items", "[x] x\n[ ] y")],
    ),
    (item("web_search", query="sqlite"), [("tool", "web search sqlite", "")]),
    (
        {"type": "turn.completed", "usage": {"input_tokens": 1200, "output_tokens": 34}},
        [("end", "Done, 1,200 tokens in, 34 out", "")],
    ),
    (
        {"type": "turn.failed", "error": {"message": "no network"}},
        [("error", "Failed", "no network")],
    ),
    ({"type": "error", "message": "retrying"}, [("error", "", "retrying")]),
]
GEMINI = [
    ({"type": "init", "session_id": "s", "model": "gemini-x"}, [("note", "gemini-x begins", "")]),
    ({"type": "message", "role": "user", "content": "the prompt"}, []),
    (
        {"type": "message", "role": "assistant", "content": "Hello", "delta": True},
        [("say", "", "Hello")],
    ),
    (
        {"type": "tool_use", "tool_name": "read_file", "parameters": {"absolute_path": "/a"}},
        [("tool", "read_file /a", "")],
    ),
    ({"type": "tool_result", "status": "success", "output": "text"}, [("came", "text", "")]),
    (
        {"type": "tool_result", "status": "error", "error": {"message": "denied"}},
        [("error", "denied", "")],
    ),
    (
        {"type": "result", "status": "success",
         "stats": {"input_tokens": 10, "output_tokens": 2, "duration_ms": 900}},
        [("end", "Done, 0.9 s, 10 tokens in, 2 out", "")],
    ),
]  # fmt: skip
OPENCODE = [
    ({"type": "step_start", "part": {"type": "step-start"}}, []),
    ({"type": "text", "part": {"type": "text", "text": "Hello"}}, [("say", "", "Hello")]),
    (
        tool_part("completed", output="one\ntwo"),
        [("tool", "read /a.py", ""), ("came", "one (+1 line)", "one\ntwo")],
    ),
    (
        tool_part("error", error="no such file"),
        [("tool", "read /a.py", ""), ("error", "no such file", "")],
    ),
    (
        {"type": "step_finish", "part": {"cost": 0.5, "tokens": {"input": 7, "output": 3}}},
        [("end", "Step done, 7 tokens in, 3 out, $0.5000", "")],
    ),
    (
        {"type": "error", "error": {"name": "X", "data": {"message": "no key"}}},
        [("error", "", "no key")],
    ),
]
GOLDEN = [
    pytest.param(talks, event, wanted, id=f"{talks}-{number}")
    for talks, golden in {
        "claude": CLAUDE, "codex": CODEX, "gemini": GEMINI, "opencode": OPENCODE,
    }.items()
    for number, (event, wanted) in enumerate(golden)
]  # fmt: skip


@pytest.mark.parametrize(("talks", "event", "wanted"), GOLDEN)
def test_known_lines_are_readable(talks: str, event: Any, wanted: Any) -> None:
    assert read(talks, event) == wanted


@pytest.mark.parametrize("talks", sorted(TALKS))
@pytest.mark.parametrize(
    "line",
    [
        "plain text", "", "{", "{}", '{"type": "unheard-of"}', '{"type": 7}', "[1]", '"x"', "null",
        '{"type": "assistant"}', '{"type": "assistant", "message": {"content": [{"type": "new"}]}}',
        '{"type": "item.completed", "item": {"type": "new"}}', '{"type": "text", "part": {}}',
        '{"type": "message"}', '{"type": "tool_use"}', "{" + '"a": [' * 100_000,
        '{"type": "assistant", "message": {"content": [{"type": "text", "text": 5}]}}',
    ],
)  # fmt: skip
def test_what_is_not_understood_stays_as_it_is(talks: str, line: str) -> None:
    assert readable(talks, line) is None


def test_the_ends_and_waits_of_the_assistant_are_words() -> None:
    wait = {"type": "wait", "seconds": 8.0, "why": "rate_limit_error"}
    assert read("assistant", wait) == [("note", "rate limit error: it is tried again in 8.0 s", "")]
    end = {"type": "end", "in": 5, "out": 1, "usd": None, "why": "cancelled", "reason": "it was"}
    assert read("assistant", end) == [("error", "Cancelled, 5 tokens in, 1 out", "it was")]


def test_text_is_text() -> None:
    """An operator's command may print JSON of its own."""
    assert readable("text", json.dumps(CLAUDE[1][0])) is None


def test_what_json_hides_comes_out_clean() -> None:
    """Escapes for a terminal, halves of characters, and more than anybody reads."""
    (part,) = readable(
        "claude", json.dumps(message({"type": "text", "text": "\x1b[31mred\x07\ud800"}))
    )  # type: ignore[misc]
    assert part == Part("say", "", "red?")
    (part,) = readable("claude", json.dumps(message({"type": "text", "text": "x" * 30_000})))  # type: ignore[misc]
    assert len(part.text) < 20_100
    assert part.text.endswith("10,000 more characters: see the raw log")
    (part,) = readable(  # type: ignore[misc]
        "claude",
        json.dumps(message({"type": "tool_use", "name": "Bash", "input": {"command": "y" * 999}})),
    )
    assert len(part.title) == 200
    assert "\n" not in part.title


@given(st.sampled_from(sorted(TALKS)), st.dictionaries(WORDS, ANYTHING, max_size=4), TYPES)
def test_no_event_breaks_it(talks: str, event: dict[str, Any], kind: str) -> None:
    """Whatever an agent prints, there is a line to show."""
    parts = readable(talks, json.dumps({**event, "type": kind}))
    for each in parts or ():
        assert "\n" not in each.title
        (each.title + each.text).encode("utf-8")
