"""Command lines, word for word, for every backend and every parameter."""

import shlex
from dataclasses import replace

import pytest

from service.errors import BadRequestError
from service.executions.commands import (
    BACKENDS,
    CommandBuilder,
    CommandRequest,
    OperatorCommand,
)

BUILDER = CommandBuilder({"lint": OperatorCommand(("make", "-C", "{workdir}", "lint"), ("CI",))})
ALL = CommandRequest(
    backend="",
    workdir="/tmp/run",
    model="some/model-5",
    effort="high",
    allowed_tools=("Read", "Edit", "Bash(git log:*)"),
    paths=("/srv/one", "/srv/two"),
)
PLAIN = CommandRequest(backend="", workdir="/tmp/run")

GOLDEN = {
    ("claude", "plain"): """
        claude -p --output-format stream-json --verbose --allowedTools Read,Glob,Grep""",
    ("claude", "all"): """
        claude -p --output-format stream-json --verbose --model some/model-5 --effort high
        --allowedTools 'Read,Edit,Bash(git log:*)' --add-dir /srv/one /srv/two""",
    ("codex", "plain"): """
        codex exec --json --skip-git-repo-check --sandbox read-only -""",
    ("codex", "all"): """
        codex exec --json --skip-git-repo-check --sandbox workspace-write --model some/model-5
        -c 'model_reasoning_effort="high"' --add-dir /srv/one --add-dir /srv/two -""",
    ("gemini", "plain"): """
        gemini --output-format stream-json --approval-mode plan --skip-trust""",
    ("gemini", "all"): """
        gemini --output-format stream-json --approval-mode auto_edit --skip-trust
        --model some/model-5 --include-directories /srv/one --include-directories /srv/two""",
    ("opencode", "plain"): """
        opencode run --format json""",
    ("opencode", "all"): """
        opencode run --format json --model some/model-5 --variant high""",
}


@pytest.mark.parametrize(("backend", "what"), GOLDEN, ids="-".join)
def test_command_lines(backend: str, what: str) -> None:
    """The prompt is in none of them."""
    asked = replace(ALL if what == "all" else PLAIN, backend=backend)
    command = BUILDER.build(asked)
    assert list(command.argv) == shlex.split(GOLDEN[backend, what])
    assert command.talks == backend


def test_every_backend_has_its_command_lines() -> None:
    """One that is added without is seen here."""
    assert {backend for backend, _ in GOLDEN} == set(BACKENDS)


def test_the_operators_own_command() -> None:
    """With the folder in its place; an event has no part in it."""
    command = BUILDER.build(replace(ALL, backend="command:lint"))
    assert (command.argv, command.env, command.talks) == (
        ("make", "-C", "/tmp/run", "lint"),
        ("CI",),
        "text",
    )
    assert BUILDER.backends == ("claude", "opencode", "gemini", "codex", "command:lint")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"backend": "bash"}, "no backend 'bash'"),
        ({"backend": "command:rm"}, "no command 'rm'"),
        ({"backend": "command:../x"}, "no command"),
        ({"model": "-p"}, "no name of a model"),
        ({"model": "a b"}, "no name of a model"),
        ({"model": "x\n--yes"}, "no name of a model"),
        ({"effort": "extreme"}, "no effort"),
        ({"allowed_tools": ("--dangerously-skip-permissions",)}, "no tool"),
        ({"allowed_tools": ("Read,Bash",)}, "no tool"),
        ({"allowed_tools": ("Bash(a)\n(b)",)}, "no tool"),
        ({"allowed_tools": ("Bash",)}, "would let an event run anything"),
        ({"allowed_tools": ("Bash(*)",)}, "would let an event run anything"),
        ({"paths": ("relative",)}, "no absolute path"),
        ({"paths": ("/srv/../etc",)}, "no absolute path"),
        ({"paths": ("/a\0b",)}, "no absolute path"),
    ],
)
def test_what_is_refused(change: dict[str, object], told: str) -> None:
    """Nothing that a flag, a list or a shell could read in another way."""
    with pytest.raises(BadRequestError, match=told):
        BUILDER.build(replace(ALL, **{"backend": "claude", **change}))  # type: ignore[arg-type]
