"""How pages say what came of a push to the plan's repository."""

from collections.abc import Mapping
from typing import Final

PUSH_WORDS: Final[Mapping[str, str]] = {
    "waiting": "being fetched",
    "fetched": "fetched",
    "attention": "needs a look",
    "failed": "not fetched",
    "unsigned": "not fetched",
}
PUSH_MARKS: Final[Mapping[str, str]] = {
    "waiting": "is-active",
    "fetched": "is-done",
    "attention": "is-warning",
    "failed": "is-error",
    "unsigned": "is-open",
}
