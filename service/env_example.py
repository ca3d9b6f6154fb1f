"""`.env.example`, made from the declarations of the settings, so that it cannot differ."""

import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from service.setting import Setting
from service.settings import table

_WIDTH: Final = 92
_HEAD: Final = """\
# The settings of Agented.  Copy this file to .env and change what differs for you.
#
# Made by `just env-example`: a test compares it with the code.  The shell wins over .env, and a
# variable without a value counts as not set.  A secret may lie in a file of its own, as Docker and
# systemd hand them out: NAME_FILE=/path/to/file instead of NAME=.  `planner doctor` checks it all.
"""


def env_example() -> str:
    """The text of `.env.example`: each variable with its meaning, type and default."""
    parts = [_HEAD]
    for group, members in groupby(table().values(), key=lambda each: each.group):
        parts.append(f"\n# ---- {group} ----\n")
        parts.extend("\n" + "\n".join(_lines(each)) + "\n" for each in members)
    return "".join(parts)


def _lines(declared: Setting) -> Iterator[str]:
    default = declared.default or "empty"
    for text in (declared.help, f"Type: {declared.kind.form}.", f"Default: {default}."):
        for line in textwrap.wrap(text, _WIDTH, break_on_hyphens=False, break_long_words=False):
            yield f"# {line}"
    # What is no secret can stand as it is; a secret must be put in by a person.
    mark = "#" if declared.secret else ""
    yield f"{mark}{declared.name}={_quoted(declared.default)}"


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
