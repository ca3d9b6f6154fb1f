"""The operations guide names only what there is."""

import re

import pytest

from planner.cli.main import cli
from service.settings import table
from service.state import State
from tests.service.served import ROOT

TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")
# Commands stand between backticks or in the examples, and may go over a line's end.
CODE = "\n".join(
    " ".join("".join(found).split())
    for found in re.findall(r"```sh\n(.*?)```|`([^`]+)`", TEXT, re.DOTALL)
)


def test_each_command_exists() -> None:
    """`planner NAME` and `planner NAME SUBCOMMAND`."""
    named = set(re.findall(r"planner ([a-z]+)(?: ([a-z]+))?", CODE))
    context = cli.make_context("planner", ["check"], resilient_parsing=True)
    assert {"doctor", "settings", "unit", "keys", "db"} <= {name for name, _ in named}
    for name, below in named:
        command = cli.get_command(context, name)
        assert command is not None, name
        if below and hasattr(command, "commands"):
            assert below in command.commands, f"planner {name} {below}"


def test_each_recipe_exists() -> None:
    """`./justw NAME` and `just NAME`."""
    recipes = set(re.findall(r"^([a-z-]+)[^:\n]*:", (ROOT / "justfile").read_text(), re.MULTILINE))
    assert set(re.findall(r"justw? ([a-z-]+)", CODE)) <= recipes


def test_each_setting_exists() -> None:
    """In capitals with an underscore, or with a value."""
    known = {each.name for each in table().values()}
    known |= {f"{each.name}_FILE" for each in table().values() if each.secret}
    known |= {"WEB_CONCURRENCY", "GUNICORN_CMD_ARGS"}
    assert set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", TEXT)) <= known


def test_the_unit_makes_the_folder_of_the_socket() -> None:
    """It may write nowhere else below /run."""
    unit = (ROOT / "deploy" / "agented.service").read_text("utf-8")
    (folder,) = re.findall(r"^RuntimeDirectory=(.+)$", unit, re.MULTILINE)
    sockets = re.findall(r"unix:([^`]+)/[^`/]+`", TEXT)
    assert sockets == [f"/run/{folder}"]


@pytest.mark.parametrize("name", ["database", "secret_key", "lock", "worker_lock", "first_key"])
def test_each_file_of_the_state_folder_has_its_name(name: str) -> None:
    """As the code has it."""
    path = getattr(State(ROOT), name)
    assert f"{path.name}`" in TEXT


def test_each_file_that_it_links_to_exists() -> None:
    """Relative to docs/."""
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / "docs" / target).exists(), target
