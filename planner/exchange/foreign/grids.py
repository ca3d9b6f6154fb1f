"""Markdown tables of a foreign file, with the line of every row."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from planner.exchange.foreign.lines import Document, Line, LineKind, is_delimiter


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells without outer blanks, and where it stands."""

    cells: tuple[str, ...]
    line: Line


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the words of its header in lower case without markup, and its rows.

    `inherited` says that the block has no header of its own: a tool had put a blank line into the
    table above, whose header it takes.
    """

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    first: Line
    inherited: bool = False

    def column(self, *names: str) -> int:
        """The first column whose header is one of `names`, or -1."""
        for index, word in enumerate(self.header):
            if word in names:
                return index
        return -1

    def cell(self, row: Row, column: int) -> str:
        """The cell of a row in a column; empty where the row is too short or there is none."""
        return row.cells[column] if 0 <= column < len(row.cells) else ""

    def others(self, row: Row, used: Set[int]) -> Iterator[tuple[str, str]]:
        """The cells that stand in none of the `used` columns and say something, with header."""
        for at, cell in enumerate(row.cells):
            if at not in used and any(map(str.isalnum, cell)):
                yield (self.header[at] if at < len(self.header) else "", cell)


def grids(document: Document) -> tuple[Grid, ...]:
    """All tables of a document, in order."""
    found: list[Grid] = []
    for block in _blocks(document.lines):
        above = found[-1] if found else None
        grid = _grid(block, above)
        if grid is not None:
            found.append(grid)
    return tuple(found)


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    block: list[Line] = []
    for line in lines:
        if line.kind is LineKind.TABLE:
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _grid(block: list[Line], above: Grid | None) -> Grid | None:
    rows = [Row(split_row(line.body), line) for line in block if not is_delimiter(line.body)]
    has_header = len(block) > 1 and is_delimiter(block[1].body)
    if not rows:
        return None
    if has_header:
        return Grid(tuple(map(plain, rows[0].cells)), tuple(rows[1:]), block[0])
    if above is not None and above.first.heading == block[0].heading:
        return Grid(above.header, tuple(rows), block[0], inherited=True)
    return Grid(tuple(map(plain, rows[0].cells)), tuple(rows[1:]), block[0])


def split_row(text: str) -> tuple[str, ...]:
    r"""The cells of a row; `\|` is a bar inside a cell."""
    body = text.strip()
    body = body.removeprefix("|")
    if body.endswith("|") and not body.endswith("\\|"):
        body = body[:-1]
    if "\\|" not in body:
        return tuple(cell.strip() for cell in body.split("|"))
    cells, part = [], ""
    for piece in body.split("|"):
        if piece.endswith("\\"):
            part += piece[:-1] + "|"
        else:
            cells.append((part + piece).strip())
            part = ""
    if part:
        cells.append(part.strip())
    return tuple(cells)


def plain(text: str) -> str:
    """Words of a header cell in lower case, without emphasis."""
    return " ".join(text.replace("*", " ").replace("`", " ").replace("_", " ").split()).casefold()
