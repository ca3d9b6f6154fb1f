"""Rules about numbers: unit, bound, range, notation.

Each check goes from number to number and looks at what stands right before and after it.
"""

import re

from planner.trace.wording_check import HINT, WARNING, Case, Hit, Phrases, shortened, wording_rule
from planner.trace.wording_lists import word_list
from planner.trace.wording_text import Prose

_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_LIMITS = (
    *["within", "under", "below", "over", "above", "exceed", "exceeds", "exceeding"],
    *("at most", "at least", "up to", "no more than", "not more than"),
    *(
        f"{more} than"
        for more in word_list(
            """
            less more fewer greater longer shorter larger smaller higher lower faster slower
            """
        )
    ),
)
_LIMIT_WORDS = frozenset(max(phrase.split(), key=len) for phrase in _LIMITS) - {"more"} | {
    "than",
    "up",
}
# After the number stands no noun that could be its unit: the text ends, or a word that opens
# something else follows.
_NO_UNIT = re.compile(
    r"\s*(?:[;,:)\]]|\.(?![0-9])|$)"
    r"|\s+(?:and(?! (?:at most|no more|up to|less|below)\b)|or|for|when|while|if|on|in|at|after|"
    r"before|then|than|with|to|by)\b"
)
_LONG_AGO = Phrases(
    tuple(
        f"{amount} {time}"
        for amount in word_list(
            """
            short reasonable acceptable limited certain small brief few some
            """
        )
        for time in word_list(
            """
            time times period periods moment moments seconds minutes delay while
            """
        )
    )
    + tuple(f"{amount} amount of time" for amount in ("short", "reasonable", "small", "limited"))
)
_BEFORE_TIME = frozenset(["within", "in", "after", "for", "a", "an", "the", "very"])


def _number_without_unit(prose: Prose, _case: Case) -> Hit | None:
    low = prose.low
    numbers = () if _LIMIT_WORDS.isdisjoint(prose.vocabulary) else _NUMBER.finditer(low)
    for match in numbers:
        limit = _limit_before(low, match.start())
        if limit and _NO_UNIT.match(low, match.end()):
            return Hit(match.start(), f'no unit after the number: "{limit} {match[0]}"')
    for found in _LONG_AGO.find(prose):
        if found.start and prose.tokens[found.start - 1] in _BEFORE_TIME:
            words = prose.words(found.start - 1, found.stop)
            return Hit(prose.offset(found.start), f'no number: "{words}"')
    return None


def _limit_before(low: str, start: int) -> str:
    """The words that make the number at `start` a limit (`at most`), or nothing."""
    before = " ".join(low[max(0, start - 24) : start].split())
    if not before.endswith(_LIMITS):
        return ""
    limit = next(limit for limit in _LIMITS if before.endswith(limit))
    return limit if f" {before}".endswith(f" {limit}") else ""


_UNIT = (
    r"(?:%|ms|s|sec|secs|seconds?|min|mins|minutes?|hours?|h|days?|weeks?|months?|years?|kb|mb|gb|"
    r"tb|kib|mib|gib|bytes?|bits?|px|items?|lines?|requests?|users?|characters?|chars?|percent|mm|"
    r"cm|m|km|fps|hz|rows?|pages?|files?|words?|points?|times)"
)
_NUMBER_TEXT = r"[0-9]+(?:[.,][0-9]+)*"
_AND_NUMBER = re.compile(rf"\s*(?:{_UNIT}\s+)?and\s+({_NUMBER_TEXT})\b")
_TO_NUMBER = re.compile(rf"\s*(?:{_UNIT}\s+)?to\s+({_NUMBER_TEXT})\s*{_UNIT}\b")
_DASH_NUMBER = re.compile(rf"\s?[-–]\s?({_NUMBER_TEXT})\s?{_UNIT}(?![\w-])")
_RANGE_WORDS = frozenset({"between", "from"})
_NUMBER_DASH = re.compile(r"[0-9]\s?[-–]")
_BOUND_TYPES = frozenset(
    ["inclusive", "exclusive", "included", "excluded", "including", "excluding"]
)


def _has_dash(low: str) -> bool:
    """Whether a dash may stand between two numbers."""
    return ("-" in low or "–" in low) and _NUMBER_DASH.search(low) is not None


def _range(prose: Prose, _case: Case) -> Hit | None:
    low = prose.low
    if _RANGE_WORDS.isdisjoint(prose.vocabulary) and not _has_dash(low):
        return None
    if prose.vocabulary & _BOUND_TYPES:
        return None
    for match in _NUMBER.finditer(low):
        before = low[max(0, match.start() - 12) : match.start()].rstrip()
        if before.endswith("between"):
            second = _AND_NUMBER.match(low, match.end())
        elif before.endswith("from"):
            second = _TO_NUMBER.match(low, match.end())
        elif low[match.start() - 1 : match.start()] in ("", " ", "(", "\n"):
            second = _DASH_NUMBER.match(low, match.end())
        else:
            continue
        if second:
            return Hit(
                match.start(),
                f'range without its bounds: "{shortened(low[match.start() : second.end()])}"',
                "say whether both ends count, for example:"
                f' "at least {match[0]} and at most {second[1]}"',
            )
    return None


STANDARD_UNITS = {
    "msec": "ms",
    "msecs": "ms",
    "sec": "s",
    "secs": "s",
    "mins": "min",
    "hrs": "h",
    "kbyte": "kB",
    "kbytes": "kB",
    "mbyte": "MB",
    "mbytes": "MB",
}
"""Abbreviations of units, and the sign of each."""
_UNIT_AFTER = re.compile(r"( ?)([a-z]{1,6})(?![\w-])")
_CLOSE = re.compile(r"[0-9][mskg]")
UNITS_TO_SPACE = frozenset(("ms", "kb", "mb", "gb", "s", "min"))
"""Units, in small letters, that stand behind a space."""


def _number_style(prose: Prose, _case: Case) -> Hit | None:
    low = prose.low
    dotted = " ." in low or "(." in low
    if not dotted and STANDARD_UNITS.keys().isdisjoint(prose.vocabulary) and not _CLOSE.search(low):
        return None
    spacing: dict[str, re.Match[str]] = {}
    for match in _NUMBER.finditer(low):
        start, before = match.start(), low[max(0, match.start() - 2) : match.start()]
        if before in (".", " .", "(."):
            return Hit(start - 1, f'".{match[0]}" begins with a dot', f'write "0.{match[0]}"')
        unit = _UNIT_AFTER.match(low, match.end())
        if unit is None or before[-1:].isalnum() or before[-1:] in ("-", ".", "_"):
            continue
        if unit[2] in STANDARD_UNITS:
            sign = STANDARD_UNITS[unit[2]]
            return Hit(unit.start(2), f'"{unit[2]}" is not the sign of the unit', f'write "{sign}"')
        if unit[2] in UNITS_TO_SPACE:
            spacing.setdefault(unit[1], match)
    if len(spacing) < 2:
        return None
    close = spacing[""]
    return Hit(
        close.start(),
        "numbers stand both with and without a space before the unit",
        f"write a space after {close[0]}",
    )


RULES = (
    wording_rule(
        "number-without-unit",
        "Number without unit",
        on={"requirement": WARNING, "criterion": WARNING},
        why="5 seconds or 5 minutes?  Each reader fills in another unit.",
        hint="write the number with its unit, for example: within 5 s",
        good="The page shall load within 2 s on a cold cache.",
        bad="The page shall load within 2.",
        check=_number_without_unit,
        words=_LONG_AGO.words,
        marks="0123456789",
    ),
    wording_rule(
        "range-without-bounds",
        "Range without its bounds",
        on={"requirement": WARNING, "criterion": WARNING},
        why="Whether the ends count decides the tests at the edge.",
        hint='write "at least … and at most …"',
        good="The server shall keep at least 5 and at most 10 backups.",
        bad="The server shall keep between 5 and 10 backups.",
        check=_range,
        marks="0123456789",
    ),
    wording_rule(
        "number-style",
        "Style of numbers and units",
        on={"requirement": HINT, "criterion": HINT},
        why="One notation for one thing: a search finds it and nobody misreads a dot.",
        hint="write 0.5, and units as SI has them after a space: 200 ms",
        good="The server shall answer within 0.5 s.",
        bad="The server shall answer within .5 sec.",
        check=_number_style,
        marks="0123456789",
    ),
)
