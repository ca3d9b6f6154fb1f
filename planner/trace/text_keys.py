"""What is compared of a text: its words in one form, a bitmap of them, its measured numbers."""

import re
from dataclasses import dataclass
from zlib import crc32

from planner.trace.quantities import skeleton

_WORD = re.compile(r"[^\W_]+")
# Scripts that put no blanks between words: Thai, Lao, Khmer, kana, Chinese characters.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{2,}")
_SHORTEST = 3
"""Texts of fewer different words say too little to be compared."""
BITS = 256
_BIT = tuple(1 << index for index in range(BITS))


@dataclass(frozen=True, slots=True)
class TextKeys:
    """What is compared of one text; a pure function of it, so that it can be kept.

    * `words` is the normalised text and `size` the number of its different words (0: too few to be
      compared).
    * `bits` has one of 256 bits set for each word, the same in every run: a bit that differs
      between two texts stands for a word that differs.
    * `frame` is the normalised text without its measured numbers, `values` are these numbers in
      base units and `written` as the text spells them; all are empty where it has none.
    """

    words: str
    size: int
    bits: int
    frame: str
    values: tuple[str, ...]
    written: tuple[str, ...]

    def may_match(self, other: "TextKeys") -> bool:
        """False only if the two differ in too many words to be similar."""
        return 37 * (self.bits ^ other.bits).bit_count() <= 3 * (self.size + other.size)


def text_keys(text: str) -> TextKeys:
    """The keys of one text."""
    words = normalised(text)
    tokens = set(words.split())
    bits = 0
    for number in map(crc32, map(str.encode, tokens)):
        bits |= _BIT[number % BITS]
    frame, values, written = skeleton(text) or ("", (), ())
    return TextKeys(
        words=words,
        size=len(tokens) if len(tokens) >= _SHORTEST else 0,
        bits=bits,
        # The count goes first so that texts of one frame always have equally many numbers.
        frame=f"{len(values)} {normalised(frame)}" if values else "",
        values=values,
        written=written,
    )


def normalised(text: str) -> str:
    """The words of a text in lower case with single blanks; unspaced scripts as pairs of signs."""
    text = text.casefold()
    if not text.isascii():
        text = _UNSPACED.sub(_pairs, text)
    return " ".join(_WORD.findall(text))


def _pairs(match: re.Match[str]) -> str:
    signs = match[0]
    return " " + " ".join(signs[i : i + 2] for i in range(len(signs) - 1)) + " "


def is_similar(one: set[str], other: set[str]) -> bool:
    """Whether the Jaccard index of two sets of words is at least 17/20 (0.85).

    Sets of sizes a and b that are so similar differ in at most 3(a+b)/37 words.
    """
    common = len(one & other)
    return 20 * common >= 17 * (len(one) + len(other) - common)
