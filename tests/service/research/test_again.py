"""Two who run researchers of one run again at once: the money of the brief is given once."""

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
from service.research.researcher import MovedOnError, _moving


def test_who_comes_second_looks_again(tmp_path: Path) -> None:
    db = connect(tmp_path / "agented.sqlite3")
    migrate(db)
    brief = Brief(
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
    person = Principal("k", "k", "Ada", "ada@example.org", frozenset(), via=Via.KEY)
    records.add_run(db, brief, person)
    for number, topic in enumerate(brief.kinds):
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
    db.close()
