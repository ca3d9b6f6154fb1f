"""The buttons in a form that change its rows, for browsers without scripts."""

import re
from typing import Final

from service.forms.filled import Filled

_STEP: Final = re.compile(r"(add|remove|up|down):([a-z_]{1,40})(?:\.([0-9]{1,6}))?")


def is_step(do: str) -> bool:
    """Whether the button changes rows and sends nothing on."""
    return _STEP.fullmatch(do) is not None


def after_step(filled: Filled, do: str) -> Filled:
    """The form after a button `add:links`, `remove:links.3`, `up:links.3` or `down:links.3`."""
    match = _STEP.fullmatch(do)
    if match is None:
        return filled
    step, name, index = match[1], match[2], int(match[3] or 0)
    if step == "add":
        return filled.with_row(name)
    if step == "remove":
        return filled.without_row(name, index)
    return filled.moved(name, index, -1 if step == "up" else 1)


def focus_after(filled: Filled, do: str) -> str:
    """The name of the row that the person goes on with, or of the list."""
    match = _STEP.fullmatch(do)
    if match is None:
        return ""
    rows = filled.rows.get(match[2], ())
    if match[1] == "add" and rows:
        return f"f.{match[2]}.{rows[-1].index}"
    if match[1] in {"up", "down"}:
        return f"f.{match[2]}.{match[3]}"
    return f"f.{match[2]}"
