"""Makes raw HTML in a Markdown text readable, since the parser would leave it out.

Unknown tags (`<id>`, `List<String>`) become text, comments and tags that only format go, line
breaks stay, code is left alone.  The outcome is parsed in safe mode like any other text, so a
mistake here can make a text look odd but never let HTML through.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote

# Marks that stand for characters until the parser is done; what a text itself has of them is
# replaced before.
_LESS, _BREAK = "\ue000", "\ue001"
_LESS_IN_ADDRESS = quote(_LESS)
_MARKS = str.maketrans(dict.fromkeys((_LESS, _BREAK), "\ufffd"))
_UNMARKED = {ord(_LESS): "&lt;", ord(_BREAK): "<br />"}
_FORMATTING = (
    "a|abbr|b|big|center|cite|dd|details|div|dl|dt|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|"
    "picture|s|small|source|span|strong|sub|summary|sup|table|tbody|td|th|thead|tr|tt|u|ul|wbr"
)
_PIECE = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})"
    r"|(?P<tick>`+)"
    r"|(?P<comment><!--)"
    r"|(?P<br><br\s*/?>)"
    rf"|(?P<known></?(?:{_FORMATTING})(?:\s[^<>]*)?/?>)"
    r"|(?P<less><(?=[A-Za-z/!?])"
    # not an autolink, of an address or of mail
    r"(?![A-Za-z][A-Za-z0-9+.\-]{1,31}:[^\s<>]*>|[^\s<>@]+@[^\s<>]+>))",
    re.MULTILINE | re.IGNORECASE,
)
_TICKS = re.compile("`+")


def readable_source(text: str) -> str:
    """The Markdown text with its raw HTML made readable, to be parsed and given to `restored`."""
    return "".join(_pieces(text.translate(_MARKS)))


def restored(html: str) -> str:
    """The HTML of a text that `readable_source` made."""
    return html.translate(_UNMARKED).replace(_LESS_IN_ADDRESS, "%3C")


def _pieces(text: str) -> Iterator[str]:
    position = 0
    # What is known to have no end further down is not searched for again: linear in any text.
    endless: set[str] = set()
    while found := _PIECE.search(text, position):
        yield text[position : found.start()]
        kind = found.lastgroup
        position = found.end()
        if kind in ("fence", "tick"):
            mark = found[kind]
            end = _end_of_code(text, position, mark, fenced=kind == "fence", endless=endless)
            yield text[found.start() : end].replace("<", _LESS)
            position = end
        elif kind == "comment":
            end = -1 if "-->" in endless else text.find("-->", position)
            if end < 0:
                endless.add("-->")
                yield f"{_LESS}!--"
            else:
                position = end + 3
        elif kind == "br":
            yield _BREAK
        elif kind == "less":
            yield _LESS
    yield text[position:]


def _end_of_code(text: str, position: int, mark: str, *, fenced: bool, endless: set[str]) -> int:
    """Where code opened by `mark` ends; `position` itself when it is no code after all."""
    if fenced:
        closing = re.compile(rf"^[ \t>]*{mark[0]}{{{len(mark)},}}", re.MULTILINE)
        found = closing.search(text, position)
        return found.end() if found else len(text)
    if mark not in endless:
        for found in _TICKS.finditer(text, position):
            if found[0] == mark:
                return found.end()
        endless.add(mark)
    return position
