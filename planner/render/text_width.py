"""How wide a line of text is when no font can be asked, and how to break or shorten it.

The widths are those of a wide common sans-serif face, so text set in a narrower one still fits.
"""

import re
import unicodedata

_NARROW = 0.34
_WIDE = 1.0
_EM = {
    **dict.fromkeys(" ijlI!|.,:;'’‘`()[]{}/\\-·", _NARROW),
    **dict.fromkeys('frtJ"°*“”', 0.46),
    **dict.fromkeys("ceksvxyz", 0.57),
    **dict.fromkeys("abdghnopqu", 0.64),
    **dict.fromkeys("0123456789?$#_~^<>+=€", 0.66),
    **dict.fromkeys("ABCEFKLPRSTVXYZ&", 0.69),
    **dict.fromkeys("DGHNOQU", 0.79),
    **dict.fromkeys("mwM%", 0.94),
    **dict.fromkeys("W@—…", 1.0),
}
_OTHER = 0.68
_ELLIPSIS = "…"
# A break is allowed after a blank and between two wide letters (they are written without blanks).
_DENSE = r"\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_PIECES = re.compile(rf"[{_DENSE}]|[^\s{_DENSE}]+\s*|\s+")


def text_width(text: str, size: float) -> float:
    """The width of one line of `text` at font size `size`, in the unit of `size`."""
    return size * sum([_EM.get(letter) or _letter(letter) for letter in text])


def _letter(letter: str) -> float:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf", "Cc"):
        return 0.0
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" else _OTHER


def shorten(text: str, size: float, room: float) -> str:
    """`text`, cut so that it fits into `room` with an ellipsis at its end."""
    if text_width(text, size) <= room:
        return text
    return _head(text, size, room - text_width(_ELLIPSIS, size)).rstrip() + _ELLIPSIS


def _head(text: str, size: float, room: float) -> str:
    """The longest beginning of `text` that fits, never ending inside a letter with marks."""
    end = 0
    while end < len(text):
        room -= text_width(text[end], size)
        if room < 0:
            break
        end += 1
    while 0 < end < len(text) and unicodedata.combining(text[end]):
        end -= 1
    return text[:end]


def wrap(text: str, size: float, room: float, lines: int) -> list[str]:
    """At most `lines` lines of `text` that fit into `room`; the last may end in an ellipsis."""
    pieces = _PIECES.findall(" ".join(text.split()))
    result: list[str] = []
    at = 0
    while at < len(pieces) and len(result) < lines - 1:
        line = ""
        while at < len(pieces) and text_width((line + pieces[at]).rstrip(), size) <= room:
            line += pieces[at]
            at += 1
        if not line:
            line = _head(pieces[at], size, room) or pieces[at][0]
            pieces[at] = pieces[at][len(line) :]
        result.append(line.strip())
    rest = "".join(pieces[at:]).strip()
    return [*result, shorten(rest, size, room)] if rest else result
