"""The commands that the operator of the machine defines: a TOML file that only they can write.

    [commands.lint]
    argv = ["make", "-C", "{workdir}", "lint"]
    env = ["CI"]

No request can change it, and nothing of an event becomes part of it: a command gets the prompt by
standard input.
"""

import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from service.errors import ConfigurationError
from service.executions.commands import OperatorCommand

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_SETTING: Final = "COMMANDS_FILE"


def read_commands(path: Path | None) -> Mapping[str, OperatorCommand]:
    """The commands by name; none without a file.  Raises ConfigurationError with every problem."""
    if path is None:
        return MappingProxyType({})
    problems: list[str] = []
    found = dict(_commands(_read(path), problems))
    if problems:
        raise ConfigurationError(*(f"{_SETTING} {path}: {each}" for each in problems))
    return MappingProxyType(found)


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_mode & stat.S_IWOTH:
            raise ConfigurationError(
                f"{_SETTING} {path} can be written by everybody; chmod o-w {path}"
            )
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{_SETTING} {path} cannot be read: {error.strerror}; mend it, or leave it empty"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{_SETTING} {path} is no TOML: {error}") from error


def _commands(values: dict[str, Any], problems: list[str]) -> Iterator[tuple[str, OperatorCommand]]:
    unknown = ", ".join(sorted(values.keys() - {"commands"}))
    if unknown:
        problems.append(f"unknown: {unknown}; write [commands.NAME]")
    tables = values.get("commands", {})
    if not isinstance(tables, dict):
        problems.append("commands is no table; write [commands.NAME]")
        return
    for name, table in tables.items():
        problem = _problem(name, table)
        if problem:
            problems.append(problem)
        else:
            yield name, OperatorCommand(tuple(table["argv"]), tuple(table.get("env", ())))


def _problem(name: str, table: Any) -> str:
    """What is wrong with a command; empty: nothing."""
    if not _NAME.fullmatch(name):
        return f"{name!r} is no name; small letters, digits and dashes"
    if not isinstance(table, dict) or not table.keys() <= {"argv", "env"}:
        return f"{name}: it has argv and env, and nothing else"
    if not _texts(table.get("argv")) or not table["argv"]:
        return f'{name}: argv is no list of texts, as ["make", "lint"]'
    if not _texts(table.get("env", [])) or not all(map(_VARIABLE.fullmatch, table.get("env", []))):
        return f"{name}: env is no list of names of variables"
    return ""


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, str) and "\0" not in each for each in value
    )
