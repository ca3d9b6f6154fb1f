"""Cron expressions of five fields and the moments that they name.  Pure: no clock, no database.

Fields are minute, hour, day of the month, month and day of the week, each `*`, a number, a range
`a-b`, a list of those, or a `*` or range with a step (`*/15`, `9-17/2`).  Months and days of the
week have names (`jan`, `mon`); Sunday is 0 and 7.  As in Vixie's cron, a field "is a star" when it
begins with one: when neither day field is a star, a day that either of them names will do; else
both must name it.

Where clocks are changed, as in Vixie's cron:

* An expression whose minute or hour is a star goes by the wall clock as it is: it does not fire in
  an hour that is skipped, and fires in both of an hour that comes twice.
* Any other names fixed times.  Those that are skipped fire at the first minute after the gap (once,
  however many they are and however long the gap is); those that come twice fire the first time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

LONGEST: Final = 200
# A 29 February that must be a Monday comes again after at most 40 years.
_DAYS_AHEAD: Final = 41 * 366
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART: Final = re.compile(
    r"(?:(?P<star>\*)|(?P<low>[0-9]{1,2}|[a-z]{3})(?:-(?P<high>[0-9]{1,2}|[a-z]{3}))?)"
    r"(?:/(?P<step>[0-9]{1,2}))?"
)
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


class CronError(ValueError):
    """An expression that is none.  Its text says what is wrong with it, and how to mend it."""


@dataclass(frozen=True, slots=True)
class _Field:
    """What a field may hold."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_FIELDS: Final = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _DAYS),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression that was read.  Days of the week are 0 to 6, from Sunday.

    `any_time`: minute or hour is a star, so that it goes by the wall clock as it is.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_time: bool
    both_days: bool

    def names_day(self, day: date) -> bool:
        """Whether it fires on this day of the calendar at all."""
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (in_month and in_week) if self.both_days else (in_month or in_week)

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first time that it fires after `moment` (aware), in UTC; None when it never does."""
        return next(self.coming(moment, zone), None)

    def coming(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """All times that it fires after `moment`, in UTC and in order.

        It ends only where nothing comes for 41 years.
        """
        # Times of the days that were looked at which another day may yet come before.
        held: set[datetime] = set()
        empty = 0
        day = moment.astimezone(zone).date() - 2 * _DAY
        while empty < _DAYS_AHEAD:
            empty += 1
            if self.names_day(day):
                held.update(each for each in self._of_day(day, zone) if each > moment)
            day += _DAY
            if held:
                # Where clocks go back over midnight, the next day begins before this one ends.
                begins = min(_instants(_midnight(day), zone))
                ready = sorted(each for each in held if each < begins)
                held.difference_update(ready)
                empty = 0
                yield from ready

    def _of_day(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        """The times that it fires for a day of the calendar."""
        midnight = _midnight(day)
        begin = set(_instants(midnight, zone))
        end = set(_instants(midnight + _DAY, zone))
        # Nearly all days: no clock is changed on it.
        plain = len(begin) == len(end) == 1 and max(end) - max(begin) == _DAY
        start = max(begin)
        for hour in self.hours:
            for minute in self.minutes:
                since = timedelta(hours=hour, minutes=minute)
                if plain:
                    yield start + since
                else:
                    yield from self._times(midnight + since, zone)

    def _times(self, wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """When a time of the wall clock comes: once, twice, or never."""
        first, second = _instants(wall, zone)
        if first <= second:
            yield first
            if self.any_time and first != second:
                yield second
        elif not self.any_time:
            yield _end_of_gap(second, first, zone)


def _midnight(day: date) -> datetime:
    """As the wall clock has it: without a zone."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001


def _instants(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A time of the wall clock by the offset before a change of clocks, and by that after it.

    The same where none is near; the second is the earlier one where the time is skipped.
    """
    both = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    first, second = (each.astimezone(UTC) for each in both)
    return first, second


def _end_of_gap(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first minute of the new offset, of which `low` is before and `high` not."""
    old = low.astimezone(zone).utcoffset()
    while high - low > _MINUTE:
        middle = low + (high - low) // (2 * _MINUTE) * _MINUTE
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high


@lru_cache(maxsize=512)
def read_cron(text: str) -> Cron:
    """The expression.  Raises CronError."""
    if len(text) > LONGEST:
        raise CronError(f"it is longer than {LONGEST} characters")
    parts = text.lower().split()
    if len(parts) != len(_FIELDS):
        raise CronError(
            f"it has {len(parts)} of 5 fields: minute, hour, day of the month, month and day of the"
            " week, as 30 9 * * mon-fri"
        )
    sets = [_values(part, field) for part, field in zip(parts, _FIELDS, strict=True)]
    stars = [part.startswith("*") for part in parts]
    made = Cron(
        minutes=sets[0],
        hours=sets[1],
        days=sets[2],
        months=sets[3],
        weekdays=frozenset(day % 7 for day in sets[4]),
        any_time=stars[0] or stars[1],
        both_days=stars[2] or stars[4],
    )
    if made.after(datetime(2000, 1, 1, tzinfo=UTC), ZoneInfo("UTC")) is None:
        raise CronError("no day has this date, so it would never fire")
    return made


def _values(text: str, field: _Field) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise CronError(f"{field.name}: {part[:20]!r} is no number, range or step")
        found.update(_range(match, field))
    return frozenset(found)


def _range(match: re.Match[str], field: _Field) -> range:
    part = match[0]
    if match["step"] is not None and not match["star"] and not match["high"]:
        raise CronError(
            f"{field.name}: the step of {part!r} needs a range; write"
            f" {match['low']}-{field.high}/{match['step']}"
        )
    step = int(match["step"] or 1)
    if not 1 <= step <= field.high:
        raise CronError(f"{field.name}: a step is from 1 to {field.high}, not {step}")
    if match["star"]:
        # Seven is only another name of Sunday: with it, */2 would name Sunday twice.
        return range(
            field.low, min(field.high, 6) + 1 if field.names == _DAYS else field.high + 1, step
        )
    low = _number(match["low"], field)
    high = low if match["high"] is None else _number(match["high"], field)
    if match["high"] == "sun":
        high = 7
    if low > high:
        raise CronError(
            f"{field.name}: {part!r} goes backwards; write two ranges with a comma between"
        )
    return range(low, high + 1, step)


def _number(text: str, field: _Field) -> int:
    if text in field.names:
        return field.names.index(text) + field.low
    if not text.isdigit() or not field.low <= int(text) <= field.high:
        names = f", or {field.names[0]} to {field.names[-1]}" if field.names else ""
        raise CronError(f"{field.name}: {text!r} is not from {field.low} to {field.high}{names}")
    return int(text)
