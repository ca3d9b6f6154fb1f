"""The day by which claims are judged where it is that of now: in UTC, as days of commits are."""

from datetime import UTC, datetime, timedelta


def today() -> str:
    """Today in UTC, `YYYY-MM-DD`."""
    return datetime.now(UTC).date().isoformat()


def seconds_to_tomorrow() -> float:
    """How long today still is."""
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()
