"""The operator's own commands: read once, refused as a whole when one of them is not right."""

from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.executions.commands import OperatorCommand
from service.executions.operator_commands import read_commands


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of commands."""
    return tmp_path / "commands.toml"


def test_commands_are_read(file: Path) -> None:
    """By name."""
    file.write_text('[commands.lint]\nargv = ["make", "lint"]\nenv = ["CI"]\n', "utf-8")
    assert dict(read_commands(file)) == {"lint": OperatorCommand(("make", "lint"), ("CI",))}
    assert dict(read_commands(None)) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[commands.lint]\nargv = []\n", "lint: argv is no list of texts"),
        ('[commands.lint]\nargv = "make"\n', "lint: argv is no list of texts"),
        ("[commands.lint]\nargv = [1]\n", "lint: argv is no list of texts"),
        ('[commands.lint]\nargv = ["a"]\nshell = true\n', "argv and env, and nothing else"),
        ('[commands.lint]\nargv = ["a"]\nenv = ["A=B"]\n', "env is no list of names"),
        ('[commands.Lint]\nargv = ["a"]\n', "'Lint' is no name"),
        ("commands = 1\n", "commands is no table"),
        ("[other]\n", "unknown: other"),
        ("[commands\n", "is no TOML"),
    ],
)
def test_mistakes_are_told(file: Path, text: str, told: str) -> None:
    """With the setting and the file."""
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_commands(file)
    assert told in caught.value.problems[0]
    assert caught.value.problems[0].startswith(f"COMMANDS_FILE {file}")


def test_several_mistakes_are_told_together(file: Path) -> None:
    """Not one after the other."""
    file.write_text("[commands.A]\n[commands.b]\nargv = []\n", "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_commands(file)
    assert len(caught.value.problems) == 2


def test_a_file_that_everybody_may_write_is_refused(file: Path) -> None:
    """It decides what runs here."""
    file.write_text('[commands.lint]\nargv = ["true"]\n', "utf-8")
    file.chmod(0o666)
    with pytest.raises(ConfigurationError, match="can be written by everybody"):
        read_commands(file)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_commands(file.with_name("gone.toml"))
