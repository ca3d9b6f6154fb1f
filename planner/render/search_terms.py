"""The terms under which a text is found.

`templates/assets/search.js` splits a query by the same rules; the two must be changed together
(a browser test compares them).

* Case, accents and compatibility forms are folded away: `Café` and `CAFE` are one term.
* A compound gives its parts and, as one more term, the parts run together: `ENV-01` is found as
  `env`, `01` and `env01`.
* Scripts that are written without blanks (Chinese, Japanese, Korean, Thai …) give every pair of
  neighbouring letters; the last letter of a run stands alone too, so that each single letter is
  the beginning of some term.
* A word of more than `LONGEST` letters is several terms.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import filterfalse, pairwise

LONGEST = 64

# Kana voicing marks make other letters and are no accents.
_KEPT_MARKS = "\u3099\u309a"
_DENSE = (
    "\u0e01-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3041-\u3096"
    "\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_LETTERS = str.maketrans(
    {"ß": "ss", "ς": "σ", "ı": "i", "ł": "l", "ø": "o", "đ": "d"}
    | {"æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_JOINERS = "-_.'\u2019\u2010"
# For ASCII text, faster than an expression: every byte that no chunk holds becomes a blank.
_ASCII_CHUNKS = bytes(
    code if chr(code).isalnum() or chr(code) in _JOINERS else ord(" ") for code in range(256)
)
_ASCII_JOINER = re.compile(r"[-_.']+")
_CHUNK = re.compile(rf"[{_JOINERS}\w]+")
_JOINER = re.compile(rf"[{_JOINERS}]+")
_SEGMENT = re.compile(rf"([{_DENSE}]+)")
_MARKS = re.compile(r"[^\x00-\x7f\w]+")
_NOT_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """`text` in the form in which terms are compared."""
    if text.isascii():
        return text.lower()
    text = _MARKS.sub(_without_marks, unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", text).lower().translate(_LETTERS)


def _without_marks(found: re.Match[str]) -> str:
    kept = [
        letter
        for letter in found[0]
        if letter in _KEPT_MARKS or unicodedata.category(letter)[0] != "M"
    ]
    return "".join(kept)


def terms(text: str) -> set[str]:
    """All terms of `text`."""
    text = fold(text)
    return _ascii_terms(text) if text.isascii() else _other_terms(text)


def _ascii_terms(text: str) -> set[str]:
    found = set(text.encode("ascii").translate(_ASCII_CHUNKS).decode("ascii").split())
    for chunk in list(filterfalse(str.isalnum, found)):
        found.remove(chunk)
        parts = [part for part in _ASCII_JOINER.split(chunk) if part]
        found.update(parts)
        if len(parts) > 1:
            found.add("".join(parts)[:LONGEST])
    return _limited(found)


def _other_terms(text: str) -> set[str]:
    found: set[str] = set()
    for chunk in set(_CHUNK.findall(text)):
        parts = [part for part in _JOINER.split(chunk) if part]
        dense = False
        for part in parts:
            segments = _SEGMENT.split(part)
            found.update(filter(None, segments[::2]))
            for run in segments[1::2]:
                dense = True
                found.update(map("".join, pairwise(run)))
                found.add(run[-1])
        if len(parts) > 1 and not dense:
            found.add("".join(parts)[:LONGEST])
    return _limited(found)


def _limited(found: set[str]) -> set[str]:
    if max(map(len, found), default=0) > LONGEST:
        for term in [term for term in found if len(term) > LONGEST]:
            found.remove(term)
            found.update(term[at : at + LONGEST] for at in range(0, len(term), LONGEST))
    return found


def run_together(texts: Iterable[str]) -> set[str]:
    """Each text as one term: `ENV-01` gives `env01`."""
    return {_NOT_WORD.sub("", fold(text))[:LONGEST] for text in texts} - {""}
