"""Splices for single values and whole lines of the front matter."""

from planner.codec.frontmatter import Scalar
from planner.codec.scalars import write_block, write_scalar
from planner.codec.source import Splice
from planner.codec.spans import Front


def line_start(text: str, position: int) -> int:
    """Where the line of `position` begins."""
    return text.rfind("\n", 0, max(position, 0)) + 1


def line_end(text: str, position: int) -> int:
    """Where the line of `position` ends: its line end, or the end of the text."""
    end = text.find("\n", position)
    return end if end >= 0 else len(text)


def insert_lines(place: int, lines: list[str]) -> Splice:
    """Put lines behind the line that ends at `place`; -1 stands for the top of the text."""
    if place < 0:
        return Splice(0, 0, "".join(f"{line}\n" for line in lines))
    return Splice(place, place, "".join(f"\n{line}" for line in lines))


def remove_lines(text: str, first: int, last: int) -> Splice:
    """Take out the lines from that of `first` to that of `last`, with their line ends."""
    start, end = line_start(text, first), line_end(text, last)
    if end < len(text):
        return Splice(start, end + 1, "")
    return Splice(max(start - 1, 0), end, "")


def replace_scalar(front: Front, node: Scalar, text: str, *, flow: bool) -> list[Splice]:
    """Put `text` in the place of a scalar, in the style of the old one where `text` permits it."""
    start, end = front.start_of(node), front.end_of(node)
    if node.style in {"|", ">"}:
        return _replace_block(front, start, end, text)
    if node.value == text and start < end:
        return []
    if "\n" in text and not flow:
        column = _column(front)
        header, lines = write_block(text, column, column + 2)
        below = insert_lines(line_end(front.text, end), lines)
        return [_placed(front, start, end, header), below]
    return [_placed(front, start, end, write_scalar(text, style=node.style, flow=flow))]


def _placed(front: Front, start: int, end: int, new: str) -> Splice:
    """The splice that writes a value; behind a colon or dash, a blank comes first."""
    if start == end and front.text[start - 1 : start] not in {" ", "\t"}:
        new = f" {new}"
    return Splice(start, end, new)


def _column(front: Front) -> int:
    return front.root.start_mark.column if front.root is not None else 0


def _replace_block(front: Front, start: int, end: int, text: str) -> list[Splice]:
    """Put `text` in the place of a block scalar; its header keeps its comment."""
    header_line = front.text[start : line_end(front.text, start)]
    header = header_line.split("#")[0].rstrip(" \t")
    body = start + len(header_line)
    indents = [
        len(line) - len(line.lstrip(" "))
        for line in front.text[body:end].split("\n")
        if line.strip(" ")
    ]
    base = line_start(front.text, start)
    column = len(front.text[base:start]) - len(front.text[base:start].lstrip(" "))
    content = max(indents[0] if indents else 0, column + 1) if indents else column + 2
    if any(char.isdigit() for char in header):
        content = column + int("".join(char for char in header if char.isdigit()))
    new_header, lines = write_block(text, column, content, header)
    if not lines:
        content_end = Splice(body, end, "") if end > body else Splice(body, body, "")
        return [Splice(start, start + len(header), new_header), content_end]
    return [
        Splice(start, start + len(header), new_header),
        Splice(body, max(end, body), "".join(f"\n{line}" for line in lines)),
    ]
