"""Three-way merge of texts: by line, and where two changed the same lines, by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planner.merge.sequences import Region, Side, merge_sequences

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# A word or a sign with the blanks behind it: blanks alone would be matched anywhere.
_WORD = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: what the base has there, and what each of the two made of it."""

    side: Side
    base: str
    theirs: str
    yours: str

    @property
    def merged(self) -> str:
        """What it becomes; of a clash, both versions, theirs first: nothing is lost."""
        if self.side is Side.CLASH:
            return self.theirs + self.yours
        return self.yours if self.side is Side.YOURS else self.theirs


@dataclass(frozen=True, slots=True)
class MergedText:
    """A merged text, and the pieces that it comes from; where it clashes, `text` has both versions.

    `by_word` means that both changed the same lines, in different words: the result is worth a
    look before it is taken.
    """

    text: str
    pieces: tuple[Piece, ...]
    by_word: bool

    @property
    def clean(self) -> bool:
        """Whether nothing clashes."""
        return all(piece.side is not Side.CLASH for piece in self.pieces)


def merge_texts(base: str, theirs: str, yours: str) -> MergedText:
    """Merge what two made of `base`.  Taking `theirs` for `yours` gives the same, but for order."""
    pieces: list[Piece] = []
    by_word = False
    for region in merge_sequences(*(_ended(text) for text in (base, theirs, yours))):
        if region.side is not Side.CLASH:
            pieces.append(_piece(region))
            continue
        words = [_piece(each) for each in _by_word(region)]
        by_word = by_word or len(words) > 1
        pieces += words
    text = "".join(piece.merged for piece in pieces).removesuffix("\n")
    return MergedText(text, tuple(_without_last_end(pieces)), by_word)


def _ended(text: str) -> list[str]:
    """Lines that all have a line end, so that the last one equals one that others stand behind."""
    return _LINE.findall(text + "\n") if text else []


def _without_last_end(pieces: list[Piece]) -> Iterator[Piece]:
    """Take back the line end that `_ended` put behind each of the texts."""
    rest = [True, True, True]
    cut: list[Piece] = []
    for piece in reversed(pieces):
        texts = [piece.base, piece.theirs, piece.yours]
        for index, text in enumerate(texts):
            if rest[index] and text:
                texts[index], rest[index] = text.removesuffix("\n"), False
        cut.append(Piece(piece.side, *texts))
    return reversed(cut)


def _piece(region: Region) -> Piece:
    return Piece(region.side, *("".join(part) for part in region[1:]))


def _by_word(region: Region) -> Sequence[Region]:
    """The region word by word; where hardly a word is left between the changes, as a whole."""
    parts = [_WORD.findall("".join(part)) for part in region[1:]]
    regions = list(merge_sequences(*parts))
    if any(each.side is Side.CLASH for each in regions):
        return [region]
    return regions
