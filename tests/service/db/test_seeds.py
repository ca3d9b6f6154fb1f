"""The triggers that come with the service: there where they are missing, and a person's after."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.clock import stamp
from service.db.connection import connect, transaction
from service.db.seeds import PREDEFINED, seed_predefined_triggers
from service.db.upgrade import prepare
from service.executions.commands import BACKENDS, CommandBuilder, CommandRequest
from tests.service.served import ROOT


def test_the_function_is_where_the_roadmap_looks_for_it() -> None:
    """QUAL-01: as its check runs it."""
    code = "from service.db.seeds import seed_predefined_triggers"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A fresh database."""
    path = tmp_path / "db.sqlite3"
    prepare(path, lambda *_: None)
    with closing(connect(path)) as db:
        yield db


def seed(db: sqlite3.Connection) -> tuple[str, ...]:
    with transaction(db):
        return seed_predefined_triggers(db)


def test_they_are_inserted_once(db: sqlite3.Connection) -> None:
    """The second start finds them all."""
    assert seed(db) == tuple(each.id for each in PREDEFINED)
    assert seed(db) == ()
    rows = db.execute("SELECT id, predefined, enabled FROM triggers").fetchall()
    assert {row["id"] for row in rows if row["predefined"]} == {each.id for each in PREDEFINED}
    # What starts an agent waits for a person.
    assert [row["id"] for row in rows if row["enabled"]] == [
        "bot-plan-check", "bot-plan-check-github",
    ]  # fmt: skip


def test_what_a_person_changed_stays(db: sqlite3.Connection) -> None:
    """Whatever a later version ships."""
    seed(db)
    with transaction(db):
        db.execute("UPDATE triggers SET prompt_template = 'mine', enabled = 0")
    seed(db)
    assert {row[0] for row in db.execute("SELECT prompt_template FROM triggers")} == {"mine"}


def test_a_name_that_is_taken_is_no_hindrance(db: sqlite3.Connection) -> None:
    """The person's trigger keeps it."""
    with transaction(db):
        db.execute(
            "INSERT INTO triggers (id, name, source, prompt_template, backend, created_at,"
            " updated_at) VALUES ('mine', 'Write a changelog', 'manual', '', 'claude', ?, ?)",
            (stamp(), stamp()),
        )
    seed(db)
    found = db.execute("SELECT name FROM triggers WHERE id = 'bot-changelog'").fetchone()
    assert found["name"] == "Write a changelog (bot-changelog)"


@pytest.mark.parametrize("seed", PREDEFINED, ids=lambda each: each.id)
def test_each_can_be_built(seed: object) -> None:
    """Its backend and its tools are such that a command line comes of them."""
    backend = seed.backend  # type: ignore[attr-defined]
    if backend in BACKENDS:
        tools = seed.allowed_tools  # type: ignore[attr-defined]
        command = CommandBuilder().build(CommandRequest(backend, "/tmp", allowed_tools=tools))
        assert command.argv[0] == backend
    else:
        assert backend == "builtin:plan-check"
