"""The command lines of agents: one table per backend, and those that the operator defined.

The prompt never stands in the arguments, where every user of the machine could read it and its
first letter could make it an option: it comes by standard input.  No value of an event becomes an
argument.  Flags are those of claude 2.1, codex 0.171, gemini 0.61 and opencode 1.18; a recipe of
its own (`just agent-flags`) looks each of them up in the help of the real programs.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from service.errors import BadRequestError

# Tools that only look.  What is fired by events of strangers gets no more unless a person says so.
READING_TOOLS: Final = ("Read", "Glob", "Grep")
_WRITING_TOOLS: Final = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})
EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
_MODEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/\[\]-]{0,119}")
_TOOL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}(?:\([^(),\"'\x00-\x1f]{1,200}\))?")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
OPERATOR: Final = "command"


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """What an agent shall be started with.

    `backend` is a key of BACKENDS, or `command:NAME` for one of the operator's; `paths` are
    absolute folders that it may look into; `workdir` is where it runs.
    """

    backend: str
    workdir: str
    model: str = ""
    effort: str = ""
    allowed_tools: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @property
    def may_write(self) -> bool:
        """Whether one of the tools changes files."""
        return not _WRITING_TOOLS.isdisjoint(self.allowed_tools)


@dataclass(frozen=True, slots=True)
class OperatorCommand:
    """A command that the operator of the machine defined, under a name.

    `argv` may hold `{workdir}`; `env` names variables of the service's environment that it gets.
    """

    argv: tuple[str, ...]
    env: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, the names of the environment variables it needs, and how it talks.

    `talks` is what its output is: `claude`, `codex`, `gemini`, `opencode` (JSON, a line an event)
    or `text`.
    """

    argv: tuple[str, ...]
    env: tuple[str, ...]
    talks: str


@dataclass(frozen=True, slots=True)
class Backend:
    """An agent's command-line program."""

    program: str
    env: tuple[str, ...]
    arguments: Callable[[CommandRequest], list[str]]


def _claude(asked: CommandRequest) -> list[str]:
    tools = asked.allowed_tools or READING_TOOLS
    # --allowedTools and --add-dir take all that follows, so that they come last.
    return [
        "-p",
        "--output-format",
        "stream-json",
        "--verbose",
        *_option("--model", asked.model),
        *_option("--effort", asked.effort),
        "--allowedTools",
        ",".join(tools),
        *(["--add-dir", *asked.paths] if asked.paths else []),
    ]


def _codex(asked: CommandRequest) -> list[str]:
    return [
        "exec",
        "--json",
        # A scratch folder is no repository, and needs not be one.
        "--skip-git-repo-check",
        "--sandbox",
        "workspace-write" if asked.may_write else "read-only",
        *_option("--model", asked.model),
        *_option("-c", asked.effort and f'model_reasoning_effort="{asked.effort}"'),
        *(word for path in asked.paths for word in ("--add-dir", path)),
        "-",
    ]


def _gemini(asked: CommandRequest) -> list[str]:
    return [
        "--output-format",
        "stream-json",
        "--approval-mode",
        "auto_edit" if asked.may_write else "plan",
        "--skip-trust",
        *_option("--model", asked.model),
        *(word for path in asked.paths for word in ("--include-directories", path)),
    ]


def _opencode(asked: CommandRequest) -> list[str]:
    return [
        "run",
        "--format",
        "json",
        *_option("--model", asked.model),
        *_option("--variant", asked.effort),
    ]


def _option(flag: str, value: str) -> list[str]:
    return [flag, value] if value else []


BACKENDS: Final[Mapping[str, Backend]] = MappingProxyType(
    {
        "claude": Backend(
            "claude", ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "CLAUDE_CONFIG_DIR"), _claude
        ),
        "opencode": Backend("opencode", ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"), _opencode),
        "gemini": Backend("gemini", ("GEMINI_API_KEY", "GOOGLE_API_KEY"), _gemini),
        "codex": Backend("codex", ("OPENAI_API_KEY", "CODEX_API_KEY", "CODEX_HOME"), _codex),
    }
)


class CommandBuilder:
    """Makes command lines of agents and of the operator's commands."""

    def __init__(self, commands: Mapping[str, OperatorCommand] = MappingProxyType({})) -> None:
        self._commands = commands

    @property
    def backends(self) -> tuple[str, ...]:
        """All that can be asked for."""
        return (*BACKENDS, *(f"{OPERATOR}:{name}" for name in self._commands))

    def build(self, asked: CommandRequest) -> Command:
        """The command line.  Raises BadRequestError, naming the part that is not right."""
        kind, _, name = asked.backend.partition(":")
        if kind == OPERATOR:
            return self._operator(name, asked)
        backend = BACKENDS.get(asked.backend)
        if backend is None:
            raise BadRequestError(
                f"there is no backend {asked.backend!r}", f"one of {', '.join(self.backends)}"
            )
        _check(asked)
        return Command((backend.program, *backend.arguments(asked)), backend.env, asked.backend)

    def _operator(self, name: str, asked: CommandRequest) -> Command:
        known = self._commands.get(name) if _NAME.fullmatch(name) else None
        if known is None:
            raise BadRequestError(
                f"the operator has defined no command {name!r}",
                f"defined are: {', '.join(self._commands) or 'none'}",
            )
        argv = tuple(word.replace("{workdir}", asked.workdir) for word in known.argv)
        return Command(argv, known.env, "text")


def _check(asked: CommandRequest) -> None:
    if asked.model and not _MODEL.fullmatch(asked.model):
        raise BadRequestError(f"{asked.model!r} is no name of a model", "letters, digits, . : / -")
    if asked.effort and asked.effort not in EFFORTS:
        raise BadRequestError(
            f"{asked.effort!r} is no effort", f"one of {', '.join(EFFORTS)}, or empty"
        )
    for tool in asked.allowed_tools:
        if not _TOOL.fullmatch(tool):
            raise BadRequestError(f"{tool!r} is no tool", "write Read, or Bash(git log:*)")
        if tool in {"Bash", "Bash(*)", "Bash(:*)"}:
            raise BadRequestError(
                "Bash without its commands would let an event run anything",
                "name them, as Bash(git log:*)",
            )
    for path in asked.paths:
        if not PurePosixPath(path).is_absolute() or "\0" in path or ".." in path.split("/"):
            raise BadRequestError(f"{path!r} is no absolute path", "write /srv/project")
