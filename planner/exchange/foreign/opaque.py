"""What hides its content in Markdown: front matter, fenced code, comments, overlong lines.

They are marked first, so that no recogniser takes an example for a plan.  What is opened and never
closed hides nothing.  Each look-up costs the same wherever it starts, so the time grows with the
length of the file, whatever stands in it.
"""

import re

from planner.exchange.foreign.lines import Defect, LineKind

MAX_LINE = 10_000
"""Characters: a longer line is shown as unread; no recogniser looks into it."""

_FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)")


class Rows:
    """The rows of one file while it is scanned: as written, what is visible, kinds found so far."""

    def __init__(self, rows: list[str]) -> None:
        self.rows = rows
        self.visible = list(rows)
        self.kinds: list[LineKind | None] = [None] * len(rows)
        self.defects: list[Defect] = []

    def defect(self, rule: str, index: int, message: str, hint: str) -> None:
        """Note that something is broken in the row at `index`."""
        self.defects.append(Defect(rule, index + 1, message, hint))

    def mark_front_matter(self) -> None:
        """Mark the block between `---` lines that opens a file."""
        if not self.rows or self.rows[0].rstrip() != "---":
            return
        for index in range(1, len(self.rows)):
            if self.rows[index].rstrip() in {"---", "..."}:
                for inside in range(index + 1):
                    self.kinds[inside] = LineKind.FRONT
                return
            if index > 200:
                return

    def mark_opaque(self) -> None:
        """Mark fences, comments and overlong lines; an unclosed one hides nothing."""
        closing = _FenceEnds(self.rows)
        last_comment_end = max(
            (index for index, row in enumerate(self.rows) if "-->" in row), default=-1
        )
        index = 0
        while index < len(self.rows):
            row = self.rows[index]
            if self.kinds[index] is not None:
                index += 1
            elif len(row) > MAX_LINE:
                self.kinds[index] = LineKind.OVERLONG
                message = f"The line has {len(row)} characters and was not looked into."
                self.defect("import-long-line", index, message, "Break it into lines.")
                index += 1
            elif (fence := _FENCE.fullmatch(row)) and not (
                "`" in fence[2] and row.strip()[0] == "`"
            ):
                index = self._mark_fence(index, fence[1], closing)
            elif "<!--" in row:
                index = self._mark_comment(index, last_comment_end)
            else:
                index += 1

    def _mark_fence(self, index: int, ticks: str, closing: "_FenceEnds") -> int:
        end = closing.after(index, ticks[0], len(ticks))
        if end < 0:
            message = "A code fence is opened and never closed; the text after it was read."
            self.defect("import-unclosed", index, message, "Close the fence.")
            self.kinds[index] = LineKind.TAG
            return index + 1
        for inside in range(index, end + 1):
            self.kinds[inside] = LineKind.FENCE
        return end + 1

    def _mark_comment(self, index: int, last_end: int) -> int:
        """Take comments out of the visible text; return the next line to look at.

        A comment that stands behind visible text on one line stays with that text.
        """
        row, visible = self.rows[index], ""
        while True:
            before, opened, rest = row.partition("<!--")
            visible += before
            if not opened or before.endswith("`"):
                visible += opened + rest
                break
            comment, closed, after = rest.partition("-->")
            if closed:
                visible += f"<!--{comment}-->" if visible.strip() else ""
                row = after
                continue
            if last_end <= index:
                message = "A comment is opened and never closed; the text after it was read."
                self.defect("import-unclosed", index, message, "Close the comment with -->.")
                visible += rest
                break
            index = self._hide_comment(index, visible)
            row, visible = self.rows[index].partition("-->")[2], ""
        self.visible[index] = visible
        if not visible.strip():
            self.kinds[index] = LineKind.COMMENT
        return index + 1

    def _hide_comment(self, index: int, visible: str) -> int:
        """Hide the lines of a comment that goes on; return the index of the line that ends it."""
        self.visible[index] = visible
        if not visible.strip():
            self.kinds[index] = LineKind.COMMENT
        index += 1
        while "-->" not in self.rows[index]:
            self.kinds[index] = LineKind.COMMENT
            self.visible[index] = ""
            index += 1
        return index


class _FenceEnds:
    """Where a fence may end: for each fence character the lines that close it, from the end."""

    def __init__(self, rows: list[str]) -> None:
        self._longest: dict[str, list[int]] = {}
        self._ends: list[tuple[str, int]] = []
        for row in rows:
            stripped = row.strip()
            mark = stripped[:1]
            is_end = mark in {"`", "~"} and len(stripped) >= 3 and not stripped.strip(mark)
            self._ends.append((mark, len(stripped)) if is_end else ("", 0))
        for mark in ("`", "~"):
            longest = [0] * (len(rows) + 1)
            for index in range(len(rows) - 1, -1, -1):
                end_mark, length = self._ends[index]
                longest[index] = max(longest[index + 1], length if end_mark == mark else 0)
            self._longest[mark] = longest

    def after(self, index: int, mark: str, length: int) -> int:
        """The first line after `index` that closes a fence of `length` marks, or -1."""
        if self._longest[mark][index + 1] < length:
            return -1
        index += 1
        while not (self._ends[index][0] == mark and self._ends[index][1] >= length):
            index += 1
        return index
