"""Two who take one run on at once: its money is given once, and who cancels it is heard."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from service.db.connection import connect
from service.db.upgrade import migrate
from service.guard.principal import Principal, Via
from service.research import records
from service.research.brief import API, SUBSEQUENT, Brief
from service.research.reckoning import held, spent
from service.research.records import Stage
from service.research.researcher import MovedOnError, _end_without_summary, _moving

BRIEF = Brief(
    name="files",
    decision="Which?",
    scope="",
    kinds=("stack", "features"),
    stage=SUBSEQUENT,
    domains=(),
    backend=API,
    usd=Decimal(2),
    minutes=10,
    about="",
)
PERSON = Principal("k", "k", "Ada", "ada@example.org", frozenset(), via=Via.KEY)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """With a run of two researchers."""
    with closing(connect(tmp_path / "agented.sqlite3")) as made:
        migrate(made)
        records.add_run(made, BRIEF, PERSON)
        yield made


def test_who_comes_second_looks_again(db: sqlite3.Connection) -> None:
    for number, topic in enumerate(BRIEF.kinds):
        records.put_task(db, "files", topic, f"e{number}", usd_most=Decimal("0.75"))
        task = records.run_of(db, "files").task(topic)
        assert task is not None
        ended = records.Task(topic=topic, execution=f"e{number}", state="succeeded",
                             text="{}", usd=Decimal("0.5"))  # fmt: skip
        assert records.end_task(db, "files", ended, claims=3)
    first = second = records.run_of(db, "files")
    assert [each.first_claim for each in first.tasks] == [1, 4]
    assert spent(first) == 1
    _moving(first, Stage.LOOKING)(db)
    records.put_task(db, "files", "stack", "e9", usd_most=Decimal(1))
    with pytest.raises(MovedOnError):
        _moving(second, Stage.LOOKING)(db)
    now = records.run_of(db, "files")
    # What the first attempt cost, and what the second may cost, are not there any more.
    assert (spent(now), held(now)) == (1, 1)
    ended = records.Task(topic="stack", execution="e9", state="succeeded", text="{}",
                         usd=Decimal("0.25"))  # fmt: skip
    assert records.end_task(db, "files", ended, claims=2)
    now = records.run_of(db, "files")
    assert [each.first_claim for each in now.tasks] == [7, 4]
    assert (spent(now), held(now)) == (Decimal("1.25"), 0)


@pytest.mark.parametrize("new", [Stage.SUMMING, Stage.LOOKING])
def test_nothing_begins_once_the_research_was_called_off(
    db: sqlite3.Connection, new: Stage
) -> None:
    """Also not what was just beginning, and who cancelled it stays known."""
    seen = records.run_of(db, "files")
    assert records.call_off(db, "files", "Ada cancelled the research.")
    with pytest.raises(MovedOnError):
        _moving(seen, new)(db)
    now = records.run_of(db, "files")
    assert (now.stage, now.is_called_off) == (Stage.LOOKING, True)
    _end_without_summary(db, "files", "it cannot begin")
    now = records.run_of(db, "files")
    assert (now.stage, now.note) == (Stage.OVER, "Ada cancelled the research.")


def test_what_is_begun_anew_has_no_note_of_its_end(db: sqlite3.Connection) -> None:
    records.move(db, "files", Stage.LOOKING, Stage.OVER, note="The time is over.")
    _moving(records.run_of(db, "files"), Stage.LOOKING)(db)
    now = records.run_of(db, "files")
    assert (now.stage, now.note) == (Stage.LOOKING, "")
