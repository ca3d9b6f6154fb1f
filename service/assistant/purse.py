"""Ceilings of money that stop in time: what the day has cost, with what runs now."""

from decimal import Decimal

from gevent.lock import BoundedSemaphore

from service.assistant import ledger
from service.assistant.jobs import BudgetError
from service.db.database import Database

_A_WHILE_S = 3600


class Purse:
    """The money of a day.  A ceiling of 0 is none."""

    def __init__(
        self, database: Database, run_usd: Decimal, day_usd: Decimal, *, is_rehearsal: bool
    ) -> None:
        self._database = database
        self._run_usd = run_usd
        self._day_usd = day_usd
        self._is_rehearsal = is_rehearsal
        self._day = ""
        self._closed = Decimal(0)
        self._open: dict[str, Decimal] = {}
        self._ended: list[Decimal] = []
        self._loading = BoundedSemaphore()

    @property
    def has_ceiling(self) -> bool:
        """Whether there is any."""
        return bool(self._run_usd or self._day_usd)

    @property
    def run_usd(self) -> Decimal:
        """The ceiling of a run."""
        return self._run_usd

    @property
    def day_usd(self) -> Decimal:
        """The ceiling of a day."""
        return self._day_usd

    def load(self) -> None:
        """Look up what the day has cost before; at another day nothing yet.

        Who comes while another looks waits: a day that is not known yet has no money to give.
        """
        with self._loading:
            day = ledger.today()
            if day == self._day:
                return
            # What runs, or ended while this was read, is counted by itself.
            self._ended.clear()
            known = frozenset(self._open)
            closed = self._database.read(
                lambda db: ledger.spent(db, day, is_rehearsal=self._is_rehearsal, without=known)
            )
            self._closed = closed + sum(self._ended, Decimal(0))
            self._day = day

    def spent(self) -> Decimal:
        """What the day has cost so far, with what runs now."""
        return self._closed + sum(self._open.values(), Decimal(0))

    def left_today(self) -> Decimal | None:
        """Dollars that the ceiling of the day leaves; None when there is none."""
        self.load()
        return max(Decimal(0), self._day_usd - self.spent()) if self._day_usd else None

    def allowance(self, own: Decimal | None) -> Decimal | None:
        """What a run that begins now may cost; None: as much as it takes.

        `own` is the ceiling of the job.  Raises BudgetError when the day has nothing left.
        """
        limits = [each for each in (self._run_usd, own) if each]
        if self._day_usd:
            left = self._day_usd - self.spent()
            if left <= 0:
                raise BudgetError(
                    f"${self.spent():.2f} were spent today, and the ceiling is"
                    f" ${self._day_usd:.2f} a day",
                    _A_WHILE_S,
                    "ask again tomorrow (UTC), or raise ASSISTANT_DAY_USD",
                )
            limits.append(left)
        return min(limits) if limits else None

    def note(self, execution: str, usd: Decimal) -> None:
        """What a run has cost so far."""
        self._open[execution] = usd

    def give_back(self, execution: str) -> None:
        """What was kept for a run that was to begin is free again, or noted for the run itself."""
        self._open.pop(execution, None)

    def is_over(self, execution: str, own: Decimal | None) -> bool:
        """Whether a run must stop: it or the day has reached a ceiling."""
        usd = self._open.get(execution, Decimal(0))
        if any(each and usd >= each for each in (self._run_usd, own)):
            return True
        return bool(self._day_usd) and self.spent() >= self._day_usd

    def close(self, execution: str) -> None:
        """The run has ended: what it cost is part of the day."""
        usd = self._open.pop(execution, Decimal(0))
        self._closed += usd
        self._ended.append(usd)
