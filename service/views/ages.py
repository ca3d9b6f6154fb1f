"""How long ago something was, in words."""

from datetime import datetime

from service.clock import now

_UNITS = (
    (365 * 86_400, "year"),
    (30 * 86_400, "month"),
    (7 * 86_400, "week"),
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
)


def age(time: str) -> str:
    """`3 days ago` for an RFC 3339 time; `just now` for less than a minute, and for the future."""
    seconds = (now() - datetime.fromisoformat(time)).total_seconds()
    for size, unit in _UNITS:
        count = int(seconds // size)
        if count >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
