"""The bytes of a file as text whose lines all end with LF, and changed text back as bytes.

Every LF, CR LF and CR ends a line, as in YAML and CommonMark, so line numbers are the same in the
file and in the text.  A change is a `Splice` of the text; `apply` carries splices over to the
original, so that every byte outside of them (byte-order mark, line ends, final newline) stays.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import accumulate
from typing import NamedTuple

from planner.codec.finding import Finding

MAX_BYTES = 1 << 20
_LINE_END = re.compile(rb"\r\n?|\n")
_TEXT_LINE_END = re.compile(r"\r\n?|\n")
_MOST_COMPARED = 1_000_000
_BOM = "\ufeff"


class Source(NamedTuple):
    """A decoded file: `raw` as it is but for the byte-order mark, `text` with LF line ends."""

    raw: str
    text: str
    bom: bool


class Splice(NamedTuple):
    """Put `new` (LF line ends) in the place of `text[start:end]`."""

    start: int
    end: int
    new: str


class DecodeError(Exception):
    """The bytes are not a text that a plan may hold; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def unify(text: str) -> str:
    """`text` with LF as the only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def decode(data: bytes) -> Source:
    """The text of a file.  Raises `DecodeError`."""
    if len(data) > MAX_BYTES:
        raise DecodeError(
            Finding(
                "too-large",
                1,
                f"the file has {len(data):,} bytes; a file of a plan has at most {MAX_BYTES:,}",
                "split it, or keep attachments outside of the plan's folders",
            )
        )
    try:
        raw = data.decode()
    except UnicodeDecodeError as error:
        raise DecodeError(_bad_bytes(data, error)) from None
    if "\0" in raw:
        line = len(_TEXT_LINE_END.findall(raw, 0, raw.index("\0"))) + 1
        raise DecodeError(
            Finding(
                "bad-encoding",
                line,
                "the file holds a NUL character: it is binary, or UTF-16 without its mark",
                "save it as UTF-8 text, or move it out of the plan's folders",
            )
        )
    bom = raw.startswith(_BOM)
    if bom:
        raw = raw[1:]
    return Source(raw, unify(raw), bom)


def _bad_bytes(data: bytes, error: UnicodeDecodeError) -> Finding:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return Finding(
            "bad-encoding", 1, "the file is UTF-16, not UTF-8", "save it with the encoding UTF-8"
        )
    line_start = max(data.rfind(b"\n", 0, error.start), data.rfind(b"\r", 0, error.start)) + 1
    return Finding(
        "bad-encoding",
        len(_LINE_END.findall(data, 0, error.start)) + 1,
        f"not UTF-8: byte 0x{data[error.start]:02x} at byte {error.start - line_start + 1} of the"
        " line",
        "save the file with the encoding UTF-8",
    )


def apply(source: Source, splices: Sequence[Splice]) -> bytes:
    """The file with `splices` (which do not overlap) applied.

    Splices that begin at one place are applied in the order given.  New line ends are like that of
    the line where the splice begins.
    """
    crlf = [m.start() - i for i, m in enumerate(re.finditer("\r\n", source.raw))]
    parts: list[str] = []
    done = 0
    narrowed = [part for splice in splices for part in _narrowed(source.text, splice)]
    for splice in sorted(narrowed, key=lambda s: s.start):
        start = splice.start + bisect_left(crlf, splice.start)
        end = splice.end + bisect_left(crlf, splice.end)
        parts.append(source.raw[done:start])
        parts.append(splice.new.replace("\n", _line_end_at(source.raw, start)))
        done = max(done, end)
    parts.append(source.raw[done:])
    text = "".join(parts)
    return (_BOM + text if source.bom else text).encode()


def _narrowed(text: str, splice: Splice) -> list[Splice]:
    """The splice without the whole lines that it would put back as they are."""
    old = text[splice.start : splice.end]
    if "\n" not in old or "\n" not in splice.new:
        return [splice]
    before, after = _lines(old), _lines(splice.new)
    if len(before) * len(after) > _MOST_COMPARED:
        return [splice]
    starts = [splice.start, *(splice.start + end for end in accumulate(map(len, before)))]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        Splice(starts[i1], starts[i2], "".join(after[j1:j2]))
        for kind, i1, i2, j1, j2 in matcher.get_opcodes()
        if kind != "equal"
    ]


def _lines(text: str) -> list[str]:
    """The lines of a text, each with its line end."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _line_end_at(raw: str, position: int) -> str:
    """The line end of the line at `position`, else of the line before it, else LF."""
    match = _TEXT_LINE_END.search(raw, position)
    if match is None:
        before = raw[:position]
        ends = _TEXT_LINE_END.findall(before, max(before.rfind("\n"), before.rfind("\r")) - 1)
        return ends[-1] if ends else "\n"
    return match[0]
