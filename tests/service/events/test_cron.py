"""Cron expressions against a reference that goes through time minute by minute."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.events.cron import LONGEST, CronError, read_cron

MINUTE = timedelta(minutes=1)
UTC_ZONE = ZoneInfo("UTC")
# Forward and back by an hour, by half of one, at midnight and over it, and a day left out.
CHANGES = {
    "Europe/Berlin": ["2026-03-29T00:00", "2026-10-25T00:00"],
    "America/New_York": ["2026-03-08T06:00", "2026-11-01T05:00"],
    "Australia/Lord_Howe": ["2026-04-04T14:00", "2026-10-03T15:00"],
    "America/Havana": ["2026-03-08T04:00", "2026-11-01T04:00"],
    "America/St_Johns": ["2006-04-02T03:00", "2006-10-29T02:00"],
    "America/Sao_Paulo": ["2018-11-04T02:00", "2018-02-18T01:00"],
    "Pacific/Apia": ["2011-12-30T09:00"],
    "Asia/Kathmandu": ["2026-06-01T00:00"],
    "UTC": ["2026-02-28T23:00", "2028-02-28T23:00"],
}
NUMBERS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "week": (0, 7)}


def fires(text: str, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The reference: each minute after `start` and up to `end` on which cron would fire.

    It shares nothing with what it tests: it has its own reader and knows no days, only the wall
    clock of each minute and of the minute before it.
    """
    fields = text.split()
    by_clock = fields[0].startswith("*") or fields[1].startswith("*")
    moment = start
    while moment < end:
        moment += MINUTE
        wall = moment.astimezone(zone)
        before = (moment - MINUTE).astimezone(zone).replace(tzinfo=None)
        if by_clock:
            hit = matches(fields, wall)
        else:
            # The minutes that the wall clock went over, the present one included.
            passed = before + MINUTE
            hit = False
            while passed <= wall.replace(tzinfo=None):
                # An hour that comes again is told by `fold`.
                hit = hit or (wall.fold == 0 and matches(fields, passed))
                passed += MINUTE
        if hit:
            yield moment


def matches(fields: list[str], wall: datetime) -> bool:
    minute, hour, day, month, week = (
        holds(field, value)
        for field, value in zip(
            fields, (wall.minute, wall.hour, wall.day, wall.month, wall.isoweekday()), strict=True
        )
    )
    week = week or (wall.isoweekday() == 7 and holds(fields[4], 0))
    days = day and week if "*" in (fields[2][0], fields[4][0]) else day or week
    return minute and hour and month and days


def holds(field: str, value: int) -> bool:
    return any(part_holds(part, value) for part in field.split(","))


def part_holds(part: str, value: int) -> bool:
    span, _, step = part.partition("/")
    if span == "*":
        return value % int(step or 1) == 0
    low, _, high = span.partition("-")
    return int(low) <= value <= int(high or low) and (value - int(low)) % int(step or 1) == 0


@st.composite
def parts(draw: st.DrawFn, low: int, high: int) -> str:
    first = draw(st.integers(low, high))
    kind = draw(st.sampled_from(["number", "range", "step"]))
    if kind == "number":
        return str(first)
    last = draw(st.integers(first, high))
    return f"{first}-{last}" + (f"/{draw(st.integers(1, 7))}" if kind == "step" else "")


def field(name: str, *, steps: bool = True) -> st.SearchStrategy[str]:
    """`*`, a step of all where zero is the first value, or a list."""
    low, high = NUMBERS[name]
    some = st.lists(parts(low, high), min_size=1, max_size=3).map(",".join)
    star = ["*", "*/2", "*/7"] if steps else ["*"]
    return st.sampled_from(star) | some


# Days of the month begin with one, so that `*/2` means another thing there: it has a test below.
expressions = st.tuples(
    field("minute"), field("hour"), field("day", steps=False), st.just("*"), field("week")
).map(" ".join)
moments = st.integers(1_577_836_800, 2_208_988_800).map(
    lambda each: datetime.fromtimestamp(each, UTC)
)
places = st.sampled_from([(name, when) for name, found in CHANGES.items() for when in found])


@settings(max_examples=300, deadline=None)
@given(expressions, places, st.integers(-900, 300))
@example("30 2 * * *", ("Europe/Berlin", "2026-03-29T00:00"), 0)
@example("0,30 2 * * *", ("Europe/Berlin", "2026-03-29T00:00"), 0)
@example("30 2 * * *", ("Europe/Berlin", "2026-10-25T00:00"), 0)
@example("*/30 2 * * *", ("Europe/Berlin", "2026-10-25T00:00"), 0)
@example("0 0 * * *", ("America/Sao_Paulo", "2018-11-04T02:00"), 0)
@example("50 23 * * *", ("America/St_Johns", "2006-10-29T02:00"), 0)
@example("* 23,0 * * *", ("America/St_Johns", "2006-10-29T02:00"), 0)
@example("0 12 30 * *", ("Pacific/Apia", "2011-12-30T09:00"), 0)
def test_it_fires_when_the_reference_does(
    text: str, place: tuple[str, str], shift_min: int
) -> None:
    zone = ZoneInfo(place[0])
    start = datetime.fromisoformat(place[1]).replace(tzinfo=UTC) + shift_min * MINUTE
    end = start + timedelta(hours=36)
    expected = list(fires(text, start, end, zone))
    found = []
    for each in read_cron(text).coming(start, zone):
        if each > end:
            break
        found.append(each)
    assert found == expected


@given(expressions, moments, places)
@settings(max_examples=100, deadline=None)
def test_times_only_go_forward(text: str, start: datetime, place: tuple[str, str]) -> None:
    found = list(islice(read_cron(text).coming(start, ZoneInfo(place[0])), 5))
    assert found == sorted(set(found))
    assert all(each > start and each.second == each.microsecond == 0 for each in found)


def coming(text: str, start: str, zone: ZoneInfo = UTC_ZONE, count: int = 5) -> list[str]:
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return [
        f"{each:%a %Y-%m-%dT%H:%M}" for each in islice(read_cron(text).coming(moment, zone), count)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*/15 9-17 * * mon-fri", ["Mon 2026-06-08T09:00", "Mon 2026-06-08T09:15"]),
        ("0 0 * * 0", ["Sun 2026-06-07T00:00", "Sun 2026-06-14T00:00"]),
        ("0 0 * * 7", ["Sun 2026-06-07T00:00", "Sun 2026-06-14T00:00"]),
        ("0 0 * * 1", ["Mon 2026-06-08T00:00", "Mon 2026-06-15T00:00"]),
        ("0 0 * * SUN", ["Sun 2026-06-07T00:00", "Sun 2026-06-14T00:00"]),
        ("0 0 * * sat-sun", ["Sun 2026-06-07T00:00", "Sat 2026-06-13T00:00"]),
        ("0 0 * * 6-7", ["Sun 2026-06-07T00:00", "Sat 2026-06-13T00:00"]),
        ("0 0 * * */2", ["Sun 2026-06-07T00:00", "Tue 2026-06-09T00:00"]),
        # Neither day field is a star: either of them will do.
        ("0 0 13 * fri", ["Fri 2026-06-12T00:00", "Sat 2026-06-13T00:00"]),
        # One of them begins with a star: both must hold.
        ("0 0 */2 * fri", ["Fri 2026-06-19T00:00", "Fri 2026-07-03T00:00"]),
        ("0 0 13 * */5", ["Sun 2026-09-13T00:00", "Fri 2026-11-13T00:00"]),
        ("0 0 29 feb *", ["Tue 2028-02-29T00:00", "Sun 2032-02-29T00:00"]),
        ("0 0 1 jan,jul *", ["Wed 2026-07-01T00:00", "Fri 2027-01-01T00:00"]),
        ("0 0 31 * *", ["Fri 2026-07-31T00:00", "Mon 2026-08-31T00:00"]),
        ("59 23 31 12 *", ["Thu 2026-12-31T23:59", "Fri 2027-12-31T23:59"]),
    ],
)  # fmt: skip
def test_days_as_cron_has_them(text: str, expected: list[str]) -> None:
    """From Saturday, 6 June 2026, noon."""
    assert coming(text, "2026-06-06T12:00", count=2) == expected


def test_a_leap_day_that_must_be_a_monday_is_found() -> None:
    """Both days must hold, as `*/1` begins with a star; 1900 style gaps take up to 40 years."""
    assert coming("0 0 29 2 */6", "2026-01-01T00:00", count=1) == ["Sun 2032-02-29T00:00"]
    assert read_cron("0 0 29 2 */6").after(datetime(2076, 3, 1, tzinfo=UTC), UTC_ZONE) == datetime(
        2088, 2, 29, tzinfo=UTC
    )


def test_clocks_forward() -> None:
    """In Berlin 02:00 to 03:00 did not exist on 29 March 2026."""
    berlin = ZoneInfo("Europe/Berlin")
    start = "2026-03-28T12:00"
    assert coming("30 2 * * *", start, berlin, 2) == [
        "Sun 2026-03-29T01:00",
        "Mon 2026-03-30T00:30",
    ]
    assert coming("0,30 2 * * *", start, berlin, 2)[:2] == [
        "Sun 2026-03-29T01:00", "Mon 2026-03-30T00:00",
    ]  # fmt: skip
    assert coming("*/30 2 * * *", start, berlin, 1) == ["Mon 2026-03-30T00:00"]


def test_clocks_back() -> None:
    """In Berlin 02:00 to 03:00 came twice on 25 October 2026."""
    berlin = ZoneInfo("Europe/Berlin")
    start = "2026-10-24T12:00"
    assert coming("30 2 * * *", start, berlin, 2) == [
        "Sun 2026-10-25T00:30",
        "Mon 2026-10-26T01:30",
    ]
    assert coming("*/30 2 * * *", start, berlin, 5) == [
        "Sun 2026-10-25T00:00", "Sun 2026-10-25T00:30", "Sun 2026-10-25T01:00",
        "Sun 2026-10-25T01:30", "Mon 2026-10-26T01:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "fields"), ("* * * *", "fields"), ("* * * * * *", "fields"), ("@daily", "fields"),
        ("60 * * * *", "0 to 59"), ("* 24 * * *", "0 to 23"), ("* * 0 * *", "1 to 31"),
        ("* * 32 * *", "1 to 31"), ("* * * 0 *", "1 to 12"), ("* * * 13 *", "1 to 12"),
        ("* * * * 8", "0 to 7"), ("*/0 * * * *", "step"), ("*/60 * * * *", "step"),
        ("5/10 * * * *", "5-59/10"), ("30-10 * * * *", "backwards"),
        ("0 0 * * fri-mon", "backwards"),
        ("mon * * * *", "0 to 59"), ("* * * mon *", "1 to 12"), ("* * * * jan", "0 to 7"),
        ("-1 * * * *", "no number"), ("1,,2 * * * *", "no number"), ("1- * * * *", "no number"),
        ("* * * * mon#2", "no number"), ("* * L * *", "no number"), ("** * * * *", "no number"),
        ("１ * * * *", "no number"), ("* * * * ?", "no number"), ("*-5 * * * *", "no number"),
        ("0 0 31 2 *", "never"), ("0 0 30,31 feb *", "never"), ("0 0 31 4,6,9,11 */2", "never"),
        ("0 " * 200, "longer"),
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused_with_the_reason(text: str, word: str) -> None:
    with pytest.raises(CronError, match=word):
        read_cron(text)


@given(st.text(max_size=60) | st.text("0123456789*/-, @#LWmonfri", max_size=LONGEST + 5))
@settings(max_examples=300, deadline=None)
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        cron = read_cron(text)
    except CronError:
        return
    assert cron.after(datetime(2026, 1, 1, tzinfo=UTC), UTC_ZONE) is not None
