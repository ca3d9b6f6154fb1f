"""Names of the plan in running text: which texts name an item, and the links that this makes.

A text names a requirement by its id or an alias (`see AUTH-01`), a research document by its id
(`market/stack`), and any item by a relative link to its file (`[the phase](../phases/auth.md)`).
All become links to the item's page.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape, unescape

from planner.model.items import Item, Milestone, Phase, Plan, Requirement, Research
from planner.render.urls import file_meant
from planner.trace.names import fold

CRITERIA = "success criteria"
"""The section (its folded heading) that is shown as criteria and not as it stands."""
# A name that is worth looking up has a slash or dash inside, a dot beside a digit, or is capitals
# and digits.
_NAME = re.compile(r"[^\W_][\w.-]*/\w(?:[\w.-]*\w)?|[^\W_]\w*(?:[-.]\w+)+|\b[A-Z]+\d\w*")
_NAME_PART = re.compile(r"[-/]|[A-Z]\d|\d\.|\.\d")
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\d+")
_INSIDE = frozenset("._")
_LINK = re.compile(r"\]\(\s*<?([^\s()<>]+)|^ {0,3}\[[^\]]+\]:\s*<?([^\s<>]+)", re.MULTILINE)
_TAG = re.compile(r"(<[^>]*>)")
_HREF = re.compile(r'<a href="([^"]*)"')
_SHUT = {"a", "code", "pre"}
_TAG_NAME = re.compile(r"</?(\w+)")


def texts_of(item: Item) -> Iterable[str]:
    """The texts of an item that its page shows as Markdown."""
    if isinstance(item, Research):
        return (item.text,)
    sections = [section.text for section in item.sections if section.heading.casefold() != CRITERIA]
    if isinstance(item, Requirement):
        return (item.text, *sections)
    if isinstance(item, Phase):
        criteria = [criterion.text for criterion in item.criteria]
        checks = [criterion.check for criterion in item.criteria if criterion.check]
        return (item.goal, *criteria, *checks, *sections)
    if isinstance(item, Milestone):
        return (item.overview, *sections)
    return (item.statement,) if isinstance(item, Plan) else ()


def mentions_of(item: Item) -> frozenset[str]:
    """What the texts of an item name: folded names of requirements, and files as `:path`.

    More than what becomes a link (code is not left out), never less.
    """
    found: set[str] = set()
    for text in texts_of(item):
        # Plain texts and words are sorted out first: ten times faster than looking for names.
        if _may_name(text):
            for word in text.split():
                if not word.isalpha() and _NAME_PART.search(word):
                    found.update(fold(name) for name in _NAME.findall(word) if _plausible(name))
        if "](" in text or "]:" in text:
            for inline, reference in _LINK.findall(text):
                path = file_meant(item.path, inline or reference)
                if path:
                    found.add(f":{path}")
    return frozenset(found)


def _may_name(text: str) -> bool:
    """Whether any word has a dash, a slash, or a digit beside a letter or a dot."""
    if "-" in text or "/" in text:
        return True
    for digits in _DIGITS.finditer(text):
        before = text[digits.start() - 1 : digits.start()]
        after = text[digits.end() : digits.end() + 2]
        if before.isalnum() or before in _INSIDE or after[:1].isalnum():
            return True
        if after[:1] in _INSIDE and after[1:].isalnum():
            return True
    return False


def _plausible(name: str) -> bool:
    """Whether a word may be an id: `AUTH-01`, `EXTRA-A`, `market/stack`, but not `well-known`."""
    if _NAME_PART.search(name) is None:
        return False
    return "/" in name or not name.islower() or _DIGIT.search(name) is not None


def linked(
    html: str, base: str, page_of_name: Callable[[str], str], page_of_file: Callable[[str], str]
) -> str:
    """The HTML with names and links to files of the plan made links to pages.

    `base` is the file that the text stands in.  The two functions give the link to a page, or
    an empty text for what is not in the plan: a name then stays as it is, a link to a file loses
    its address, since that file is not part of the site.
    """
    parts = _TAG.split(html)
    inside = 0
    for index, part in enumerate(parts):
        if index % 2 == 0:
            if part and not inside:
                parts[index] = _with_links(part, page_of_name)
            continue
        name = _TAG_NAME.match(part)
        if name is None or name[1] not in _SHUT:
            continue
        inside += -1 if part.startswith("</") else 1
        if part.startswith("<a "):
            parts[index] = _to_page(part, base, page_of_file)
    return "".join(parts)


def _with_links(text: str, page_of_name: Callable[[str], str]) -> str:
    def link(found: re.Match[str]) -> str:
        name = found[0]
        page = page_of_name(name) if _plausible(name) else ""
        return f'<a href="{page}">{name}</a>' if page else name

    return _NAME.sub(link, text)


def _to_page(tag: str, base: str, page_of_file: Callable[[str], str]) -> str:
    """An opening link tag with the address of the page of the file that it links to."""
    found = _HREF.match(tag)
    if found is None:
        return tag
    href = unescape(found[1])
    path = file_meant(base, href)
    if not path:
        return tag
    page = page_of_file(path)
    if not page:
        return '<a class="no-link">'
    fragment = href.partition("#")[2]
    return f'<a href="{escape(page)}{"#" + escape(fragment) if fragment else ""}">'


def index_of(mentions: Mapping[str, frozenset[str]]) -> dict[str, tuple[str, ...]]:
    """For each thing named the ids of the items whose texts name it."""
    found: dict[str, list[str]] = {}
    for item_id, names in mentions.items():
        for name in names:
            found.setdefault(name, []).append(item_id)
    return {name: tuple(ids) for name, ids in found.items()}


def mention_of_file(path: str) -> str:
    """How a file of the plan is written in `mentions_of`."""
    return f":{path}"
