"""Setting and removing keys of the front matter."""

from planner.codec.finding import BadValueError
from planner.codec.flow_edit import Piece, edit_flow
from planner.codec.front_text import Written, entry_parts, is_bare, write_value
from planner.codec.frontmatter import Collection, Node, Scalar
from planner.codec.list_edit import edit_list
from planner.codec.node_edit import (
    insert_lines,
    line_end,
    line_start,
    remove_lines,
    replace_scalar,
)
from planner.codec.source import Splice
from planner.codec.spans import Front
from planner.model.fields import FRONT_KEYS, Field
from planner.model.fieldtypes import Provenances, Waivers


class FrontEdit:
    """Makes the splices that change one key of the front matter of an item of `kind`."""

    def __init__(self, front: Front, kind: str) -> None:
        self._front = front
        self._ranks = {key: rank for rank, key in enumerate(FRONT_KEYS[kind])}
        self._pairs = front.root.pairs() if front.root is not None else []

    def remove(self, field: Field) -> list[Splice]:
        """Take the key out, if it is there."""
        found = self._find(field)
        if found is None:
            return []
        front, (key, node) = self._front, found
        if front.root is not None and front.root.flow:
            pieces = [
                Piece(self._source(index), index)
                for index, (each, _) in enumerate(self._pairs)
                if each is not key
            ]
            return [self._flow(front.root, pieces)]
        return [remove_lines(front.text, front.start_of(key), front.end_of(node))]

    def set(self, field: Field, old: object, new: object, *, readable: bool) -> list[Splice]:
        """Make the key say `new`, a value in normal form that is not the default.

        `old` is the value that was read, `readable` False where it could not be.
        """
        found = self._find(field)
        if found is None:
            return self._insert(field, new)
        key, node = found
        if isinstance(new, tuple) and isinstance(old, tuple):
            mapping = isinstance(field.type, Waivers | Provenances)
            if readable and new and old and type(node) is Collection and node.mapping is mapping:
                return edit_list(self._front, node, old, new)
            if type(node) is not Scalar or len(new) != 1 or not _is_single(new[0]):
                return self._replace(field, key, node, new)
            new = new[0] if isinstance(new[0], str) else entry_parts(new[0])[0][1]
        if type(node) is Scalar:
            return replace_scalar(self._front, node, str(new), flow=self._in_flow)
        return self._replace(field, key, node, new)

    @property
    def _in_flow(self) -> bool:
        return self._front.root is not None and self._front.root.flow

    def _find(self, field: Field) -> tuple[Scalar, Node] | None:
        for key, node in self._pairs:
            if key.value == field.key:
                if self._front.after_colon(key) < 0:
                    raise BadValueError(
                        f"the key {field.key} is written as `? {field.key}`",
                        f"write it as `{field.key}: …` first",
                    )
                return key, node
        return None

    def _replace(self, field: Field, key: Scalar, node: Node, value: object) -> list[Splice]:
        """Write a value anew, in the project's own style; a comment behind the key stays."""
        front = self._front
        column = key.start_mark.column
        written = write_value(field, value, column, flow=self._in_flow)
        colon, start, end = front.after_colon(key), front.start_of(node), front.end_of(node)
        head_end = line_end(front.text, colon)
        first = f" {written.first}" if written.first else ""
        if start < head_end or self._in_flow:
            below = insert_lines(line_end(front.text, end), written.rest)
            return [Splice(colon, end, first), below]
        rest = "".join(f"\n{line}" for line in written.rest)
        return [Splice(colon, colon, first), Splice(head_end, max(end, head_end), rest)]

    def _insert(self, field: Field, value: object) -> list[Splice]:
        root = self._front.root
        if root is None:
            return [self._first_key(key_lines(field, value))]
        column = root.start_mark.column
        before, after = self._neighbours(field.key)
        if root.flow:
            piece = Piece(f"{field.key}: {write_value(field, value, flow=True).first}")
            pieces = [Piece(self._source(index), index) for index in range(len(self._pairs))]
            pieces.insert(0 if before is None else before + 1, piece)
            return [self._flow(root, pieces)]
        lines = _lines(field.key, write_value(field, value, column), column)
        if before is not None:
            return [insert_lines(self._end_of_entry(before, column), lines)]
        place = self._top_of_entry(0 if after is None else after)
        return [Splice(place, place, "".join(f"{line}\n" for line in lines))]

    def _first_key(self, lines: list[str]) -> Splice:
        """Keys for front matter that has none; comments in it stay above."""
        front = self._front
        yaml = front.text[front.start : front.end]
        text = "\n".join(lines)
        below = yaml and yaml[-1] != "\n"
        return Splice(front.end, front.end, f"\n{text}" if below else f"{text}\n")

    def _neighbours(self, name: str) -> tuple[int | None, int | None]:
        """The nearest keys that belong before and behind `name`, as indexes of pairs."""
        rank = self._ranks[name]
        before: tuple[int, int] | None = None
        after: tuple[int, int] | None = None
        for index, (key, _) in enumerate(self._pairs):
            other = self._ranks.get(key.value)
            if other is None:
                continue
            if other < rank and (before is None or other > before[0]):
                before = other, index
            elif other > rank and (after is None or other < after[0]):
                after = other, index
        return before[1] if before else None, after[1] if after else None

    def _end_of_entry(self, index: int, column: int) -> int:
        """Where the last line of an entry ends, with comments below that are indented more."""
        text = self._front.text
        end = line_end(text, self._front.end_of(self._pairs[index][1]))
        while end < self._front.end:
            following = text[end + 1 : line_end(text, end + 1)]
            bare = following.lstrip(" \t")
            if not bare.startswith("#") or len(following) - len(bare) <= column:
                break
            end = line_end(text, end + 1)
        return end

    def _top_of_entry(self, index: int) -> int:
        """Where the first line of an entry begins, with the comments directly above it."""
        text = self._front.text
        top = line_start(text, self._front.start_of(self._pairs[index][0]))
        while top > self._front.start:
            above = line_start(text, top - 1)
            if not text[above:top].lstrip(" \t").startswith("#"):
                break
            top = above
        return top

    def _source(self, index: int) -> str:
        key, node = self._pairs[index]
        return self._front.text[self._front.start_of(key) : self._front.end_of(node)]

    def _flow(self, root: Collection, pieces: list[Piece]) -> Splice:
        front = self._front
        spans = [(front.start_of(key), front.end_of(node)) for key, node in self._pairs]
        start, end = front.start_of(root), front.end_of(root)
        return edit_flow(front.text, start, end, spans, pieces)


def _is_single(entry: object) -> bool:
    """Whether a list of this entry alone may be written as one text."""
    return isinstance(entry, str) or is_bare(entry)


def key_lines(field: Field, value: object) -> list[str]:
    """The lines of a key in a file that has no front matter yet."""
    return _lines(field.key, write_value(field, value), 0)


def _lines(key: str, written: Written, column: int) -> list[str]:
    first = f"{' ' * column}{key}: {written.first}" if written.first else f"{' ' * column}{key}:"
    return [first, *written.rest]
