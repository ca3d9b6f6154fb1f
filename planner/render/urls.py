"""The one maker of addresses: where a page stands, and how another page links to it.

All links are relative, so a site works under any prefix and from a disk.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from planner.model.ids import FOLDERS

NO_MILESTONE = "-"
"""Stands for "no milestone" where an address has a milestone's id (no id starts with a dash)."""

_SHORT = {"milestone": "m", "phase": "p", "requirement": "r", "research": "research"}


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links of the pages of one folder depth.

    `root` leads from the page to the root of the site (`../../`, `./`), `index` is what a link to a
    folder ends with: nothing, or `index.html` in a portable site.
    """

    root: str
    index: str = ""

    def to(self, path: str, fragment: str = "", query: str = "") -> str:
        """The link to the folder page `path` (encoded, ending with `/`; empty: the overview)."""
        query = f"?{query}" if query else ""
        fragment = f"#{fragment}" if fragment else ""
        return f"{self.root}{path}{self.index}{query}{fragment}"

    def file(self, path: str) -> str:
        """The link to a file (encoded path)."""
        return f"{self.root}{path}"


def links_at(depth: int, *, portable: bool) -> Links:
    """The links of pages that stand `depth` folders below the root."""
    return Links("../" * depth or "./", "index.html" if portable else "")


def encoded(text: str) -> str:
    """A path as it stands in an address."""
    return text if text.isascii() and " " not in text else quote(text, safe="/")


def item_path(kind: str, item_id: str) -> str:
    """The address of an item's page from the root, encoded: `r/AUTH-01/`; empty for the plan."""
    short = _SHORT.get(kind)
    return f"{short}/{encoded(item_id)}/" if short else ""


def item_file(kind: str, item_id: str) -> str:
    """The file of an item's page: `r/AUTH-01/index.html`."""
    short = _SHORT.get(kind)
    return f"{short}/{item_id}/index.html" if short else "index.html"


def shard(milestone_id: str) -> str:
    """A milestone's id in addresses of lists, encoded; `-` for none."""
    return encoded(milestone_id) if milestone_id else NO_MILESTONE


def file_meant(base: str, href: str) -> str:
    """The file that the relative link `href` in the file `base` of the plan means; else empty.

    `href` is as HTML has it, encoded.  Links with a scheme or of a fragment alone mean no file.  A
    path that leaves the plan folder starts with `/`.
    """
    path = href.partition("#")[0].partition("?")[0]
    if not path or ":" in path.partition("/")[0]:
        return ""
    if path.startswith("/"):
        return path
    parts = base.split("/")[:-1]
    for part in unquote(path).split("/"):
        if part == "..":
            if not parts:
                return f"/{path}"
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def item_of_file(path: str) -> tuple[str, str] | None:
    """Kind and id of the item whose file `path` is, by its place alone; None for other files."""
    if path == "plan.yaml":
        return "plan", "plan"
    folder, _, name = path.partition("/")
    if not name.endswith(".md"):
        return None
    name = name.removesuffix(".md")
    if folder == "research":
        return ("research", name) if name.count("/") == 1 else None
    kind = FOLDERS.get(folder)
    return (kind, name) if kind and "/" not in name else None


def source_link(source_url: str, path: str, line: int = 0) -> str:
    """The address of a file of the plan in a code host; empty without `source_url`."""
    if not source_url:
        return ""
    fragment = f"#L{line}" if line else ""
    return f"{source_url.rstrip('/')}/{encoded(path)}{fragment}"
