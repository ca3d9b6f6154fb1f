"""The money of a day when several ask at once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import gevent

from service.assistant.jobs import BudgetError
from service.assistant.purse import Purse
from service.db.database import Database
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
