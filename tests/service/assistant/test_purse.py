"""The money of a day when several ask at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import gevent
import pytest

from service import clock
from service.assistant import run
from service.assistant.jobs import BudgetError, Job, Usage
from service.assistant.ledger import Entry
from service.assistant.purse import Purse
from service.assistant.wire import Wire
from service.db.database import Database
from service.db.upgrade import prepare
from tests.service.assistant.scripted import scripted_service
from tests.service.shared import rows
from tests.service.watching import eventually


class SlowDatabase:
    """One whose reading lets others run, as the real one does."""

    def __init__(self, spent: str) -> None:
        self.reads = 0
        self._spent = spent

    def read(self, _work: Any) -> Decimal:
        self.reads += 1
        gevent.sleep(0.01)
        return Decimal(self._spent)


def test_who_comes_while_the_day_is_looked_up_finds_it_spent() -> None:
    database = SlowDatabase("3")
    purse = Purse(cast(Database, database), Decimal(0), Decimal(3), is_rehearsal=False)

    def ask() -> str:
        purse.load()
        try:
            return str(purse.allowance(None))
        except BudgetError:
            return "refused"

    asked = [gevent.spawn(ask) for _ in range(5)]
    gevent.joinall(asked, raise_error=True)
    assert {each.value for each in asked} == {"refused"}
    assert database.reads == 1


def test_what_ends_while_the_day_is_looked_up_is_counted_once() -> None:
    database = SlowDatabase("1")
    purse = Purse(cast(Database, database), Decimal(0), Decimal(9), is_rehearsal=False)
    purse.note("e-1", Decimal(2))
    loading = gevent.spawn(purse.load)
    gevent.sleep(0)
    purse.close("e-1")
    loading.get()
    assert purse.spent() == 3


class SetBack(datetime):
    """A clock that shows a time long ago."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "SetBack":
        return cls(2001, 1, 1, tzinfo=tz)


def test_a_clock_that_is_set_back_keeps_no_cost_from_being_booked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a service that is killed then would not know what it has to pay."""
    prepare(tmp_path / "db.sqlite3", lambda *_: None)
    database = Database(tmp_path / "db.sqlite3")
    purse = Purse(database, Decimal(0), Decimal(0), is_rehearsal=False)
    entry = Entry(
        execution="exec-1", kind="ask", session="", item="", person="Ada", model="m",
        usage=Usage(), usd=None, is_estimate=True,
    )  # fmt: skip
    job = Job(kind="ask", title="t", system="s", question="q")
    question = run.Question(job=job, request={}, entry=entry, price=None, max_tokens=10)
    asked = run.Run(question, cast(Wire, None), purse, database)
    monkeypatch.setattr(run, "_BOOK_S", 0.0)
    monkeypatch.setattr(clock, "datetime", SetBack)
    assert asked._check(Usage(tokens_out=5)) == ""
    booked = database.read(
        lambda db: [row[0] for row in db.execute("SELECT tokens_out FROM assistant_ledger")]
    )
    database.close()
    assert booked == [5]


def test_many_long_questions_at_once_do_not_each_get_the_rest_of_the_day(tmp_path: Path) -> None:
    # A question of 4,000 characters costs more than a cent: the day pays for one of them.
    with (
        scripted_service(tmp_path, ASSISTANT_RUN_USD="0", ASSISTANT_DAY_USD="0.0200") as found,
        ThreadPoolExecutor(8) as people,
    ):
        found.model.pace_s = 0.2
        question = "[[scenario:ok]] " + "lamp " * 780
        codes = [each.status for each in people.map(found.ask, [question] * 8)]
        assert codes.count(202) == 1, codes
        assert codes.count(429) == 7
        eventually(lambda: found.model.seen.open == 0, "the answer ends")
        kept = rows(found.served, "SELECT usd FROM assistant_ledger")
        assert len(kept) == 1
        assert sum(Decimal(each["usd"]) for each in kept) < Decimal("0.024")
