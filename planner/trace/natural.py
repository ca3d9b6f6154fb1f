"""The order in which people expect ids: AUTH-2 before AUTH-10."""

import re

_DIGITS = re.compile(r"(\d+)")

NaturalKey = tuple[tuple[str | int, ...], str]


def natural_key(text: str) -> NaturalKey:
    """A sort key that compares runs of digits as numbers and letters without case.

    Texts that differ only in case or in leading zeros are told apart by their spelling, so the
    order is total.
    """
    parts: list[str | int] = list(_DIGITS.split(text.casefold()))
    for index in range(1, len(parts), 2):
        parts[index] = _number(str(parts[index]))
    return tuple(parts), text


def _number(digits: str) -> int:
    # Python refuses to convert very long runs of digits; their first figures order them well enough
    # because no id is that long.
    return int(digits[:400])
