"""Numbers with units in a text, the bounds they set, and whether a bound was loosened."""

import re
from dataclasses import dataclass

_COUNTED = (
    *("attempts", "characters", "chars", "clicks", "connections", "errors", "failures", "files"),
    *("items", "lines", "messages", "px", "requests", "retries", "rows", "times", "users"),
)
# Each unit as (dimension, how many base units it is).
_UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), ("s", 1e-9)),
    **dict.fromkeys(("us", "µs", "μs", "microsecond", "microseconds"), ("s", 1e-6)),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), ("s", 1e-3)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), ("s", 1.0)),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), ("s", 60.0)),
    **dict.fromkeys(("h", "hour", "hours"), ("s", 3600.0)),
    **dict.fromkeys(("day", "days"), ("s", 86400.0)),
    **dict.fromkeys(("week", "weeks"), ("s", 604800.0)),
    **dict.fromkeys(("b", "byte", "bytes"), ("B", 1.0)),
    **dict.fromkeys(("kb", "kib"), ("B", 1024.0)),
    **dict.fromkeys(("mb", "mib"), ("B", 1024.0**2)),
    **dict.fromkeys(("gb", "gib"), ("B", 1024.0**3)),
    **dict.fromkeys(("tb", "tib"), ("B", 1024.0**4)),
    **dict.fromkeys(("%", "percent", "per cent"), ("%", 1.0)),
    **{word: (word.rstrip("s"), 1.0) for word in _COUNTED},
}
_NUMBER = r"(?<![\w.,:/-])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,15}(?:[.,]\d{1,15})?)"
_UNIT = "|".join(sorted((re.escape(unit) for unit in _UNITS), key=len, reverse=True))
_QUANTITY = re.compile(rf"{_NUMBER}[\s-]?(?P<unit>{_UNIT})(?![\w%])", re.IGNORECASE)

_UPPER_STRICT = r"<|less\s+than|fewer\s+than|lower\s+than|under|below"
_UPPER = (
    r"<=|≤|=<|at\s+most|(?:no|not)\s+(?:more|longer|later|greater|higher)\s+than|within|up\s+to"
    r"|(?:not|never)\s+exceed(?:s|ing)?|max(?:imum)?(?:\s+of)?"
)
_LOWER_STRICT = r">|more\s+than|greater\s+than|higher\s+than|over|above|exceed(?:s|ing)?"
_LOWER = r">=|≥|=>|at\s+least|(?:no|not)\s+(?:less|fewer|lower)\s+than|min(?:imum)?(?:\s+of)?"
# The longer phrases first: "no more than" is an upper bound, "more than" a lower one.
_BOUND = re.compile(
    rf"(?:(?P<upper>{_UPPER})|(?P<lower>{_LOWER})"
    rf"|(?P<below>{_UPPER_STRICT})|(?P<above>{_LOWER_STRICT}))\s*"
    rf"{_NUMBER}(?:[\s-]?(?P<unit>{_UNIT})(?![\w%]))?",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit that a text sets.

    `upper` tells an upper bound from a lower one, `value` is in base units of `dimension` (`s`,
    `B`, `%`, a counted noun, or empty for a bare number), `strict` means that the value itself is
    outside, `text` is how it is written.
    """

    upper: bool
    value: float
    dimension: str
    strict: bool
    text: str

    def looser_than(self, other: "Bound") -> bool:
        """Whether this bound allows something that `other`, a bound of its sort, does not."""
        if self.value == other.value:
            return other.strict and not self.strict
        return (self.value > other.value) == self.upper


def bounds(text: str) -> tuple[Bound, ...]:
    """The bounds that `text` sets, in order."""
    found = []
    for match in _BOUND.finditer(text[:_LONGEST]):
        value, dimension = _measure(match["number"], match["unit"] or "")
        strict = match["below"] is not None or match["above"] is not None
        upper = match["upper"] is not None or match["below"] is not None
        found.append(Bound(upper, value, dimension, strict, " ".join(match[0].split())))
    return tuple(found)


def loosened(old: str, new: str) -> tuple[Bound, Bound] | None:
    """The first bound of `old` that is looser in `new`, and what it became; None if there is none.

    Bounds are told to be the same by their order: they are compared only if both texts set equally
    many, of the same sorts.
    """
    before, after = bounds(old), bounds(new)
    if [(each.upper, each.dimension) for each in before] != [
        (each.upper, each.dimension) for each in after
    ]:
        return None
    for was, is_now in zip(before, after, strict=True):
        if is_now.looser_than(was):
            return was, is_now
    return None


def weakened(old: str, new: str) -> str:
    """The bound that got looser, as `< 200 ms became < 500 ms`; empty: none did."""
    found = loosened(old, new)
    return f"{found[0].text} became {found[1].text}" if found else ""


def skeleton(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """`text` without its measured numbers, those in base units, and as written; or None.

    Only numbers with a unit count: other numbers are names more often than values.
    """
    if _DIGIT.search(text) is None:
        return None
    values: list[str] = []
    written: list[str] = []

    def leave_out(match: re.Match[str]) -> str:
        value, dimension = _measure(match["number"], match["unit"])
        values.append(f"{value:.12g} {dimension}")
        written.append(" ".join(match[0].split()))
        return f" measured{dimension} "

    bare = _QUANTITY.sub(leave_out, text[:_LONGEST])
    return (bare, tuple(values), tuple(written)) if values else None


def _measure(number: str, unit: str) -> tuple[float, str]:
    dimension, factor = _UNITS.get(unit.casefold(), ("", 1.0))
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    return float(number.replace(",", ".")) * factor, dimension
