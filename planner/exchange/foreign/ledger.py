"""Which line went where: nothing of a foreign plan may vanish unseen."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from planner.exchange.foreign.lines import Document, Line, LineKind, is_delimiter

_SYNTAX = {LineKind.BLANK, LineKind.RULE, LineKind.TAG, LineKind.FRONT}


class Fate(StrEnum):
    """What became of a line."""

    ITEM = "item"  # it is a field of an item now
    BODY = "body"  # it is kept word for word in the text of an item
    NOTE = "note"  # it is kept word for word among the notes of the import
    DERIVED = "derived"  # it says what the planner works out itself; it was compared
    SYNTAX = "syntax"  # it holds no words: a rule, a tag, a row of dashes


class Ledger:
    """The fate of every line of the documents of one import; filled while they are read.

    A line that was claimed once stays so: the first, most exact recogniser wins.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = {document.path: document for document in documents}
        self._fates: dict[str, dict[int, Fate]] = {path: {} for path in self._documents}

    def claim(self, path: str, line: Line | int, fate: Fate) -> None:
        """Say what became of a line."""
        number = line if isinstance(line, int) else line.number
        self._fates[path].setdefault(number, fate)

    def claim_all(self, path: str, lines: Iterable[Line | int], fate: Fate) -> None:
        """Say what became of several lines."""
        for line in lines:
            self.claim(path, line, fate)

    def is_claimed(self, path: str, line: Line | int) -> bool:
        """Whether a recogniser has taken this line."""
        number = line if isinstance(line, int) else line.number
        return number in self._fates[path]

    def fate(self, path: str, number: int) -> Fate | None:
        """What became of a line, or None."""
        return self._fates[path].get(number)

    def open_lines(self, document: Document) -> Iterator[Line]:
        """Lines with words in them that nobody has taken."""
        fates = self._fates[document.path]
        for line in document.lines:
            if line.kind in _SYNTAX or not line.raw.strip():
                continue
            if line.kind is LineKind.TABLE and is_delimiter(line.body):
                continue
            if line.number not in fates:
                yield line

    def noted(self, document: Document) -> Iterator[Line]:
        """Lines that are kept among the notes, blank lines between them included."""
        fates = self._fates[document.path]
        for line in document.lines:
            if fates.get(line.number) is Fate.NOTE:
                yield line
