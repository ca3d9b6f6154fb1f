"""What changed in a text, word by word."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

# A word or a sign with the blanks behind it: blanks alone would be matched anywhere.
_TOKEN = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
_MOST_WORK = 400_000


class TokenKind(StrEnum):
    """Whether a piece of text is in both texts, only in the new one, or only in the old one."""

    EQUAL = "equal"
    INSERT = "insert"
    DELETE = "delete"


class Token(NamedTuple):
    """A piece of text and what became of it."""

    kind: TokenKind
    text: str


def word_diff(old: str, new: str) -> tuple[Token, ...]:
    """The pieces of both texts in order; where a piece was replaced, the old one comes first.

    All pieces but the inserted ones make the old text, all but the deleted ones the new text.
    Texts that are long and have little in common are compared as wholes: the time is bounded.
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    old_middle = before[start : len(before) - end]
    new_middle = after[start : len(after) - end]
    pieces = [
        Token(TokenKind.EQUAL, "".join(before[:start])),
        *_middle(old_middle, new_middle),
        Token(TokenKind.EQUAL, "".join(before[len(before) - end :])),
    ]
    return tuple(_joined(pieces))


def _common(one: list[str], other: list[str]) -> int:
    """How many tokens both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _middle(old: list[str], new: list[str]) -> Iterator[Token]:
    counts = Counter(old)
    # The matcher looks at each pair of equal tokens, again for each part it divides the texts into.
    if sum(counts[token] for token in new) > _MOST_WORK:
        yield Token(TokenKind.DELETE, "".join(old))
        yield Token(TokenKind.INSERT, "".join(new))
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            yield Token(TokenKind.EQUAL, "".join(old[old_from:old_to]))
        else:
            yield Token(TokenKind.DELETE, "".join(old[old_from:old_to]))
            yield Token(TokenKind.INSERT, "".join(new[new_from:new_to]))


def _joined(pieces: list[Token]) -> Iterator[Token]:
    """Without empty pieces, neighbours of one kind as one, the old text of a change first.

    Blanks that both texts have at the end of a change are no part of it.
    """
    equal = old = new = ""
    for kind, text in (*pieces, Token(TokenKind.EQUAL, "")):
        if kind is TokenKind.DELETE:
            old += text
        elif kind is TokenKind.INSERT:
            new += text
        elif old or new:
            blanks = _blanks_at_end(old, new)
            end = len(blanks)
            yield from _pieces(equal, old[: len(old) - end], new[: len(new) - end])
            equal, old, new = blanks + text, "", ""
        else:
            equal += text
    yield from _pieces(equal, "", "")


def _blanks_at_end(one: str, other: str) -> str:
    """The blanks with which both texts end."""
    blanks = one[len(one.rstrip()) :]
    return blanks if other and other[len(other.rstrip()) :] == blanks else ""


def _pieces(equal: str, old: str, new: str) -> Iterator[Token]:
    if equal:
        yield Token(TokenKind.EQUAL, equal)
    if old:
        yield Token(TokenKind.DELETE, old)
    if new:
        yield Token(TokenKind.INSERT, new)
