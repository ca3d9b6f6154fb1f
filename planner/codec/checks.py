"""What a single text must be like to be the value of a field; shared by reading and editing."""

import re
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

from planner.codec.finding import BadValueError, shown
from planner.model.ids import is_id, is_phase_number

_NOT_IN_LINE = re.compile("[\x00-\x08\n-\x1f\x7f-\x9f\ud800-\udfff]")
_KEY_LENGTH = 200
_LONGEST_SLIP = 40
# Comparing words is slow: in a file full of unknown ones, only so many are compared.
MOST_GUESSES = 100
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HASH = re.compile(r"[0-9a-f]{12}")
_YES = frozenset({"true", "yes", "on"})
_NO = frozenset({"false", "no", "off", ""})


def near(word: str, known: Iterable[str], likeness: float = 0.7) -> str:
    """The known word that `word` was probably meant to be, or empty; `likeness` is 0 to 1."""
    if len(word) > _LONGEST_SLIP:
        return ""
    folded = {each.casefold().replace("-", "_"): each for each in known}
    asked = word.casefold().replace("-", "_").replace(" ", "_")
    found = get_close_matches(asked, folded, 1, likeness)
    return folded[found[0]] if found else ""


def meant(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint that names the known word nearest to `word`, else `otherwise`."""
    guess = near(word, known)
    return f"did you mean `{guess}`?" if guess else otherwise


def line_of_text(text: str) -> str:
    """One line without control characters."""
    if text.isprintable():
        return text
    bad = _NOT_IN_LINE.search(text)
    if bad is None:
        return text
    if bad[0] in "\n\r":
        raise BadValueError(f"{shown(text)} is more than one line", "write it in one line")
    raise BadValueError(
        f"{shown(text)} holds the control character {shown(bad[0])}", "delete that character"
    )


def entry(text: str) -> str:
    """An entry of a list of texts: one line, not empty."""
    if not text.strip():
        raise BadValueError("an entry of the list is empty", "delete the entry, or write its text")
    return line_of_text(text)


def key(text: str) -> str:
    """A text that is the key of a mapping: one line of at most 200 characters, not empty."""
    if len(text) > _KEY_LENGTH:
        raise BadValueError(f"{shown(text)} is too long for a key", "shorten it")
    return entry(text)


def choice(text: str, options: tuple[str, ...]) -> str:
    """One of `options`."""
    if text in options:
        return text
    hint = meant(text, options, f"write one of: {', '.join(options)}")
    raise BadValueError(f"{shown(text)} is none of {', '.join(options)}", hint)


def calendar_day(text: str) -> str:
    """A day `YYYY-MM-DD`, or empty."""
    if not text:
        return text
    if not _DATE.fullmatch(text):
        raise BadValueError(f"{shown(text)} is no date", "write it as 2026-03-31")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise BadValueError(
            f"{shown(text)} is no day of the calendar", "check month and day"
        ) from None
    return text


def text_hash(text: str) -> str:
    """The short hash of a text, see `planner.model.provenance`, or empty."""
    if text and not _HASH.fullmatch(text):
        raise BadValueError(
            f"{shown(text)} is no hash of a text", "take the line out; a save writes it anew"
        )
    return text


def phase_number(text: str) -> str:
    """The number of a phase, or empty."""
    if text and not is_phase_number(text):
        raise BadValueError(
            f"{shown(text)} is no number of a phase", 'write it as "02", "02.1" or "12A"'
        )
    return text


def reference(text: str, kind: str) -> str:
    """The id of an item of `kind` (empty: of any)."""
    if is_id(text) or (kind in {"", "research"} and all(map(is_id, text.split("/", 1)))):
        return text
    raise BadValueError(
        f"{shown(text)} is not an id",
        f"write the id of the {kind or 'item'}: its file name without .md",
    )


def flag(text: str) -> bool:
    """True or false, in any of the spellings of YAML."""
    folded = text.casefold()
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise BadValueError(f"{shown(text)} is neither true nor false", "write true or false")
