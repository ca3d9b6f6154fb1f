"""Where the nodes of the front matter lie in the text of the file."""

from dataclasses import dataclass

from planner.codec.frontmatter import Collection, Node, Scalar


@dataclass(frozen=True, slots=True)
class Front:
    """The front matter of a file: `text` is the whole file, the YAML begins at `start`.

    `root` is its mapping, or None where it has no keys.
    """

    text: str
    start: int
    end: int
    root: Collection | None

    def start_of(self, node: Node) -> int:
        """Where a node begins; for a block collection, its first key or dash."""
        return self.start + node.start_mark.index

    def end_of(self, node: Node) -> int:
        """Where the text of a node ends: before the comment or line end that follows."""
        while type(node) is Collection and not node.flow:
            node = node.items[-1]
        end = self.start + node.end_mark.index
        if type(node) is Scalar and node.style in {"|", ">"}:
            return self._block_end(self.start + node.start_mark.index, end)
        return end

    def _block_end(self, start: int, end: int) -> int:
        header_end = self.text.find("\n", start, end)
        if header_end < 0:
            return end
        if "+" in self.text[start:header_end].partition("#")[0]:
            return end - 1 if self.text[end - 1] == "\n" else end
        while end > header_end and not self.text[start:end].rpartition("\n")[2].strip(" \t"):
            end = self.text.rfind("\n", start, end)
        return end

    def after_colon(self, key: Scalar) -> int:
        """The place behind the colon of a key; -1 where the key is written as `? key`."""
        position = self.start + key.end_mark.index
        while self.text[position : position + 1] in {" ", "\t"}:
            position += 1
        return position + 1 if self.text[position : position + 1] == ":" else -1

    def source_of(self, key: Scalar, value: Node) -> str:
        """The text of a value as it would stand behind `key:` in block style."""
        block = type(value) is Collection and not value.flow
        begin = self.after_colon(key) if block else self.start_of(value)
        if begin < 0:
            begin = self.start_of(value)
        source = self.text[begin : self.end_of(value)]
        if self.root is not None and self.root.flow:
            source = source.replace("\n", "\n  ")
        return source.strip(" \t") if block else source
