"""Changing entries of a list (or of a mapping that is one) in the front matter, in its own style.

Only the lines of entries that change are touched: a list in brackets stays in brackets, one with
dashes keeps its dashes, and quotes and comments of the other entries stay.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

from planner.codec import checks
from planner.codec.flow_edit import Piece, edit_flow
from planner.codec.front_text import (
    block_entry,
    entry_parts,
    flow_entry,
    is_bare,
    write_part,
)
from planner.codec.frontmatter import Collection, Node, Scalar
from planner.codec.node_edit import (
    insert_lines,
    line_end,
    line_start,
    remove_lines,
    replace_scalar,
)
from planner.codec.source import Splice
from planner.codec.spans import Front
from planner.codec.values import PROVENANCE_KEYS
from planner.model.items import Dependency, Link, Provenance, Waiver

_MOST_COMPARED = 1_000_000


def edit_list(
    front: Front, node: Collection, old: Sequence[object], new: Sequence[object]
) -> list[Splice]:
    """Change the entries of `node`, whose values are `old`, to `new` (neither is empty)."""
    steps = _steps(old, new)
    edit = _ListEdit(front, node, old, new)
    return edit.in_flow(steps) if node.flow else edit.in_block(steps)


def _steps(old: Sequence[object], new: Sequence[object]) -> list[tuple[int | None, int | None]]:
    """Which old entry each new one takes the place of, in order; (i, None) is one that goes."""
    steps: list[tuple[int | None, int | None]] = []
    for kind, i1, i2, j1, j2 in _opcodes(old, new):
        if kind == "equal":
            steps += zip(range(i1, i2), range(j1, j2), strict=True)
            continue
        common = min(i2 - i1, j2 - j1)
        steps += zip(range(i1, i1 + common), range(j1, j1 + common), strict=True)
        steps += [(i, None) for i in range(i1 + common, i2)]
        steps += [(None, j) for j in range(j1 + common, j2)]
    return steps


def _opcodes(
    old: Sequence[object], new: Sequence[object]
) -> Sequence[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > _MOST_COMPARED:
        return [("replace", 0, len(old), 0, len(new))]
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


class _ListEdit:
    def __init__(
        self,
        front: Front,
        node: Collection,
        old: Sequence[object],
        new: Sequence[object],
    ) -> None:
        self._front = front
        self._node = node
        self._old = old
        self._new = new
        self._entries: list[tuple[Scalar | None, Node]] = (
            [*node.pairs()] if node.mapping else [(None, each) for each in node.items]
        )
        self._spans = [
            (front.start_of(key or value), front.end_of(value)) for key, value in self._entries
        ]
        # Entries that go, by value: one that comes back elsewhere brings its own text along.
        self._gone: dict[object, list[int]] = {}

    def in_flow(self, steps: list[tuple[int | None, int | None]]) -> list[Splice]:
        self._note_gone(steps)
        pieces = []
        for i, j in steps:
            if j is None:
                continue
            if i is None:
                moved = self._moved(j)
                text = flow_entry(self._new[j])
                pieces.append(Piece(self._source(moved) if moved is not None else text))
            elif self._old[i] == self._new[j]:
                pieces.append(Piece(self._source(i), i))
            else:
                pieces.append(Piece(self._changed_source(i, j), i))
        start, end = self._front.start_of(self._node), self._front.end_of(self._node)
        return [edit_flow(self._front.text, start, end, self._spans, pieces)]

    def in_block(self, steps: list[tuple[int | None, int | None]]) -> list[Splice]:
        self._note_gone(steps)
        splices: list[Splice] = []
        last: int | None = None
        for i, j in steps:
            if i is None and j is not None:
                splices.append(insert_lines(self._place(last), self._lines(j)))
                continue
            if i is None:
                continue
            if j is None:
                splices.append(remove_lines(self._front.text, self._top(i), self._spans[i][1]))
            elif self._old[i] != self._new[j]:
                splices += self._change(i, self._new[j])
            last = i
        return splices

    def _note_gone(self, steps: list[tuple[int | None, int | None]]) -> None:
        for i, j in steps:
            if i is not None and (j is None or self._old[i] != self._new[j]):
                self._gone.setdefault(self._old[i], []).append(i)

    def _moved(self, j: int) -> int | None:
        gone = self._gone.get(self._new[j])
        return gone.pop(0) if gone else None

    def _source(self, i: int) -> str:
        return self._front.text[slice(*self._spans[i])]

    def _changed_source(self, i: int, j: int) -> str:
        """The text of entry `i`, changed to the new value `j` where it stands."""
        start, end = self._spans[i]
        text = self._front.text[start:end]
        for splice in sorted(self._change(i, self._new[j]), reverse=True):
            text = text[: splice.start - start] + splice.new + text[splice.end - start :]
        return text

    def _top(self, i: int) -> int:
        """Where the first line of an entry in block style begins: that of its dash, or key."""
        key, value = self._entries[i]
        text = self._front.text
        start = line_start(text, self._front.start_of(key or value))
        column = self._node.start_mark.column
        floor = self._spans[i - 1][1] if i else self._front.start_of(self._node)
        while key is None and start > floor and not _has_dash(text, start, column):
            start = line_start(text, start - 1)
        return start

    def _place(self, last: int | None) -> int:
        """Behind which place new lines go: entry `last`, or the line before the first entry."""
        if last is None:
            return self._top(0) - 1
        return line_end(self._front.text, self._spans[last][1])

    def _lines(self, j: int) -> list[str]:
        """The lines of a new entry, or of an old one that comes back."""
        moved = self._moved(j)
        if moved is not None:
            end = line_end(self._front.text, self._spans[moved][1])
            return self._front.text[self._top(moved) : end].split("\n")
        column = self._node.start_mark.column
        first, *rest = block_entry(self._new[j], column)
        return [" " * column + ("" if self._node.mapping else "- ") + first, *rest]

    def _change(self, i: int, value: object) -> list[Splice]:
        """Change one entry in its place."""
        key, node = self._entries[i]
        flow = self._node.flow
        front = self._front
        if isinstance(value, Waiver) and key is not None and type(node) is Scalar:
            return [
                *replace_scalar(front, key, value.rule, flow=True),
                *replace_scalar(front, node, value.reason, flow=flow),
            ]
        if isinstance(value, Provenance) and key is not None and type(node) is Collection:
            renamed = replace_scalar(front, key, value.field, flow=True)
            return [*renamed, *self._change_parts(node, value)]
        if isinstance(value, Dependency | Link) and type(node) is Collection:
            return self._change_parts(node, value)
        if type(node) is not Scalar:
            raise TypeError(f"{value!r} cannot take the place of a list")
        if isinstance(value, Dependency | Link) and not is_bare(value):
            start, end = front.start_of(node), front.end_of(node)
            if flow or isinstance(value, Link):
                return [Splice(start, end, flow_entry(value))]
            first, *rest = block_entry(value, node.start_mark.column - 2)
            return [
                Splice(start, end, first),
                insert_lines(line_end(front.text, end), rest),
            ]
        text = value if isinstance(value, str) else entry_parts(value)[0][1]
        return replace_scalar(front, node, text, flow=flow)

    def _change_parts(self, node: Collection, value: object) -> list[Splice]:
        """Change the keys of an entry that is a mapping."""
        wanted = dict(entry_parts(value))
        known = {"phase", "soft", "reason", "to", "type", *PROVENANCE_KEYS}
        pairs = node.pairs()
        if node.flow:
            return [self._change_flow_parts(node, pairs, wanted, known)]
        splices: list[Splice] = []
        front = self._front
        end = front.end_of(node)
        for index, (key, part) in enumerate(pairs):
            if key.value in wanted or key.value not in known:
                end = front.end_of(part)
            if key.value in wanted:
                text = wanted.pop(key.value)
                if type(part) is Scalar and not _says(key.value, part.value, text):
                    splices += replace_scalar(front, part, text, flow=False)
            elif key.value in known:
                following = pairs[index + 1][0] if index + 1 < len(pairs) else None
                splices.append(self._remove_part(key, part, following))
        if wanted:
            margin = " " * node.start_mark.column
            lines = [margin + write_part(key, text, flow=False) for key, text in wanted.items()]
            splices.append(insert_lines(line_end(front.text, end), lines))
        return splices

    def _remove_part(self, key: Scalar, part: Node, following: Scalar | None) -> Splice:
        front = self._front
        start = front.start_of(key)
        if front.text[line_start(front.text, start) : start].strip(" \t") and following:
            return Splice(start, front.start_of(following), "")
        return remove_lines(front.text, line_start(front.text, start), front.end_of(part))

    def _change_flow_parts(
        self,
        node: Collection,
        pairs: Sequence[tuple[Scalar, Node]],
        wanted: dict[str, str],
        known: set[str],
    ) -> Splice:
        front = self._front
        spans = [(front.start_of(key), front.end_of(part)) for key, part in pairs]
        pieces = []
        for index, (key, part) in enumerate(pairs):
            source = front.text[slice(*spans[index])]
            if key.value not in wanted:
                if key.value not in known:
                    pieces.append(Piece(source, index))
                continue
            text = wanted.pop(key.value)
            same = type(part) is Scalar and _says(key.value, part.value, text)
            pieces.append(Piece(source if same else write_part(key.value, text, flow=True), index))
        pieces += [Piece(write_part(key, text, flow=True)) for key, text in wanted.items()]
        return edit_flow(front.text, front.start_of(node), front.end_of(node), spans, pieces)


def _has_dash(text: str, start: int, column: int) -> bool:
    return text[start + column : start + column + 1] == "-" and not text[
        start : start + column
    ].strip(" \t")


def _says(key: str, written: str, wanted: str) -> bool:
    """Whether what is written for `key` means what is wanted."""
    if key == "soft":
        return checks.flag(written) == checks.flag(wanted)
    return written == wanted
