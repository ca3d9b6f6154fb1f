"""What a research has used of its ceilings, and what is left of them now."""

from datetime import datetime
from decimal import Decimal

from service.clock import now
from service.research.records import Run


def spent(run: Run) -> Decimal:
    """What the run has cost so far, in dollars; what nobody told counts as nothing."""
    return sum((each.usd_before + (each.usd or Decimal()) for each in run.tasks), Decimal())


def held(run: Run) -> Decimal:
    """What those that are at work may cost yet, in dollars."""
    return sum((each.usd_most for each in run.tasks if not each.is_over), Decimal())


def seconds_left(run: Run) -> int:
    """Until its ceiling of time; below 0 past it."""
    return int((datetime.fromisoformat(run.until) - now()).total_seconds())


def seconds_since(at: str) -> float:
    """Since an instant (RFC 3339)."""
    return (now() - datetime.fromisoformat(at)).total_seconds()
