"""Where front matter and body lie in the text of a file, and which kind of item a path holds."""

import re
from typing import NamedTuple

from planner.codec.finding import Finding
from planner.model.claims import is_ledger
from planner.model.ids import FOLDERS

_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"---[ \t]*(?:\n|\Z)")
_IGNORED_FOLDERS = frozenset({"questions", "assumptions", "decisions"})


class Layout(NamedTuple):
    """The front matter is `text[front:front_end]`, the body `text[body:]`.

    `front_line` and `body_line` are their first lines.  `has_front` is False for a research
    document that is all body.
    """

    front: int
    front_end: int
    body: int
    front_line: int
    body_line: int
    has_front: bool = True


class LayoutError(Exception):
    """There is no front matter where it must be; `finding` says so."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def layout_of(kind: str, text: str) -> Layout:
    """Divide the text of an item of `kind`.  Raises LayoutError."""
    if kind == "plan":
        return Layout(0, len(text), len(text), 1, 1)
    opening = _OPENING.match(text)
    closing = _closing(text, opening.end()) if opening else None
    if opening and closing:
        front = opening.end()
        lines = text.count("\n", front, closing.end())
        return Layout(front, closing.start(), closing.end(), 2, 2 + lines)
    if kind == "research":
        return Layout(0, 0, 0, 1, 1, has_front=False)
    raise LayoutError(_without_front(text, opened=opening is not None or text == "---"))


def _closing(text: str, position: int) -> re.Match[str] | None:
    """The line that ends the front matter which begins at `position`."""
    while True:
        match = _CLOSING.match(text, position)
        if match is not None:
            return match
        position = text.find("\n---", position) + 1
        if not position:
            return None


def _without_front(text: str, *, opened: bool) -> Finding:
    if opened:
        return Finding(
            "no-front-matter",
            1,
            "the front matter is not closed",
            "write `---` on a line of its own between the keys and the text",
        )
    blank = not text.strip()
    what = "the file is empty" if blank else "the file does not begin with front matter"
    return Finding(
        "no-front-matter",
        1,
        what,
        "begin with `---`, then `key: value` lines such as `title: …`, then `---` again",
    )


def kind_of_path(path: str) -> tuple[str, str] | None:
    """Kind and id of the item that a file holds, or None where it is no file of an item.

    `path` is relative to the plan folder.  The id may be one that is not allowed (`bad-id`).
    """
    if path == "plan.yaml":
        return "plan", "plan"
    if is_ledger(path) and path.count("/") == 2:
        return "research", path.removeprefix("research/").removesuffix(".yaml")
    if not path.endswith(".md"):
        return None
    folder, _, name = path[:-3].partition("/")
    stem = name.rpartition("/")[2]
    if not stem or stem.startswith(".") or stem.casefold() == "readme":
        return None
    if folder in FOLDERS and name == stem:
        return FOLDERS[folder], name
    return ("research", name) if folder == "research" and name.count("/") == 1 else None


def is_ignored(path: str) -> bool:
    """Whether a file that holds no item may lie there without a word."""
    parts = path.split("/")
    name = parts[-1]
    return (
        parts[0] in _IGNORED_FOLDERS
        or any(part.startswith(".") for part in parts)
        or name.casefold().startswith("readme")
        or name.endswith(".csv")
        or name == "claims.yaml"
    )
