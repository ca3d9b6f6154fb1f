"""Looking into a JSON payload: dotted paths, and the text that a value stands for.  Pure."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

MISSING: Final = object()
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")


def look_up(payload: Any, path: str) -> Any:
    """The value at `event.items.0.id`: names of objects and indexes of lists; MISSING if none.

    A part that is a number names a field of an object as well as an index of a list.
    """
    value = payload
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part, MISSING)
        elif isinstance(value, list) and _INDEX.fullmatch(part) and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


def text_of(value: Any) -> str:
    """The text of a JSON value: a string itself, else compact JSON; empty for MISSING."""
    if value is MISSING:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def equals(value: Any, wanted: str) -> bool:
    """Whether a JSON value is the one that a person wrote as `wanted`.

    Strings equal letter by letter, so case counts; `true`, `false` and `null` are written as JSON
    writes them; numbers equal by value (`4` is 4.0).  An object or a list equals nothing.
    """
    if isinstance(value, str):
        return value == wanted
    if value is None or isinstance(value, bool):
        return wanted == json.dumps(value)
    if not isinstance(value, int | float) or not _NUMBER.fullmatch(wanted):
        return False
    try:
        return Decimal(wanted) == (value if isinstance(value, int) else Decimal(repr(value)))
    except InvalidOperation:
        return False
