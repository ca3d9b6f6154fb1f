"""The one door for Markdown: GitHub's dialect in, safe HTML out.

The parser never lets raw HTML or a dangerous address through.  What it would leave out silently is
kept readable: unknown tags (`<id>`, `List<String>`) become text, comments and tags that only
format are dropped, line breaks stay.
"""

import re
from functools import lru_cache

from cmarkgfm import cmark

from planner.render.markdown_raw import readable_source, restored

_EXTENSIONS = ("table", "autolink", "strikethrough", "tasklist")
_PLAIN_OPTIONS = cmark.Options.CMARK_OPT_VALIDATE_UTF8
_NOTES_OPTIONS = _PLAIN_OPTIONS | cmark.Options.CMARK_OPT_FOOTNOTES
_OMITTED = "<!-- raw HTML omitted -->"

# A paragraph of plain words: letters, digits and punctuation that mean nothing to the parser.  Many
# texts are just that, and then their HTML is made four times faster without the parser.
_PLAIN = re.compile(r"[^\W\d_](?:[\w ,.;?()%'-]++|\n(?=[^\W\d_]))*+")
_NOT_PLAIN = ("_", "www.", " \n")

# Only these make a second look at the HTML necessary.
_SPECIAL = re.compile(r"<(?:h[1-6]|img |a |pre|table|input|th[ >]|td )")
_TAG = re.compile(
    r"<h(?P<level>[1-6])>(?P<heading>.*?)</h[1-6]>"
    r'|<img src="(?P<src>[^"]*)" alt="(?P<alt>[^"]*)"(?: title="[^"]*")? />'
    r'|<a href="(?P<href>[^"]*)"(?P<rest>[^>]*)>(?P<label>.*?)</a>'
    r"|(?P<pre><pre>)"
    r"|(?P<table><table>)"
    r"|(?P<end></table>)"
    r"|<input type=\"checkbox\"(?P<checked> checked=\"\")? disabled=\"\" />"
    r"|<(?P<cell>t[hd]) align=\"(?P<align>left|center|right)\">"
    r"|(?P<empty><th></th>)",
    re.DOTALL,
)
_WEB = re.compile(r"https?://|mailto:", re.IGNORECASE)
_NOT_SLUG = re.compile(r"[^\w\- ]+")
_ANCHOR = "h-"
_ANY_TAG = re.compile(r"<[^>]*>")


def to_html(text: str, top: int = 3) -> str:
    """The HTML of a Markdown text; safe to put into a page as it is.

    Headings start at level `top` and never skip a level.  Images of other hosts become links, as
    do those of files, which the site does not carry.
    """
    return _finish(_parse(text, _PLAIN_OPTIONS), top, anchors=False)


def document_to_html(text: str, top: int = 2) -> str:
    """Like `to_html`, for a text that is alone on its page: with footnotes and heading anchors."""
    return _finish(_parse(text, _NOTES_OPTIONS), top, anchors=True)


@lru_cache(maxsize=8192)
def line_to_html(text: str) -> str:
    """The HTML of a Markdown text that stands in a line or table cell: no paragraph around it."""
    html = to_html(text)
    if html.startswith("<p>") and html.endswith("</p>\n") and html.count("<p>") == 1:
        return html[3:-5]
    return html


def _parse(text: str, options: int) -> str:
    if _is_plain(text):
        return f"<p>{text}</p>\n"
    if not text.isascii():
        # A lone surrogate cannot be encoded: YAML escapes can make one.
        text = text.encode("utf-8", "replace").decode()
    html = cmark.markdown_to_html_with_extensions(text, options, _EXTENSIONS)
    if _OMITTED in html:
        readable = readable_source(text)
        html = cmark.markdown_to_html_with_extensions(readable, options, _EXTENSIONS)
        html = restored(html.replace(_OMITTED, ""))
    return str(html)


def _is_plain(text: str) -> bool:
    return (
        _PLAIN.fullmatch(text) is not None
        and not text.endswith(" ")
        and not any(mark in text for mark in _NOT_PLAIN)
    )


def _finish(html: str, top: int, *, anchors: bool) -> str:
    if _SPECIAL.search(html) is None:
        return html
    return _TAG.sub(_Finisher(top, anchors=anchors), html)


class _Finisher:
    """Replaces tags one by one.

    `above` are the levels, as written, of the headings that the text stands under, so that those of
    one level are shown alike and none is skipped; `anchors` those that were given.
    """

    def __init__(self, top: int, *, anchors: bool) -> None:
        self.top = top
        self.above: list[int] = []
        self.anchors: set[str] | None = set() if anchors else None

    def __call__(self, found: re.Match[str]) -> str:
        if found["level"] is not None:
            return self._heading(int(found["level"]), found["heading"])
        if found["src"] is not None:
            return _image(found["src"], found["alt"])
        if found["href"] is not None:
            href = found["href"]
            if self.anchors is not None and href.startswith("#") and not href.startswith("#fn"):
                href = f"#{_ANCHOR}{href[1:]}"
            return _link(href, found["rest"], _TAG.sub(self, found["label"]))
        if found["pre"] is not None:
            return '<pre tabindex="0">'
        if found["table"] is not None:
            return '<div class="scroll" tabindex="0"><table>'
        if found["end"] is not None:
            return "</table></div>"
        if found["cell"] is not None:
            return f'<{found["cell"]} class="align-{found["align"]}">'
        if found["empty"] is not None:
            return "<td></td>"
        done = found["checked"] is not None
        return f'<span class="task" role="img" aria-label="{"done" if done else "to do"}">' + (
            "☑</span>" if done else "☐</span>"
        )

    def _heading(self, level: int, inner: str) -> str:
        while self.above and self.above[-1] >= level:
            self.above.pop()
        shown = min(self.top + len(self.above), 6)
        self.above.append(level)
        inner = _TAG.sub(self, inner)
        anchor = f' id="{self._anchor(inner)}"' if self.anchors is not None else ""
        return f"<h{shown}{anchor}>{inner}</h{shown}>"

    def _anchor(self, inner: str) -> str:
        """The anchor of a heading as GitHub names it, with a prefix that no page id has."""
        assert self.anchors is not None
        plain = _ANY_TAG.sub("", inner).casefold()
        base = _ANCHOR + _NOT_SLUG.sub("", plain).strip().replace(" ", "-")
        anchor, number = base, 0
        while anchor in self.anchors:
            number += 1
            anchor = f"{base}-{number}"
        self.anchors.add(anchor)
        return anchor


def _image(src: str, alt: str) -> str:
    if src.startswith("data:image/"):
        return f'<img src="{src}" alt="{alt}" />'
    label = alt or src or "image"
    if _WEB.match(src):
        return f'<a class="image" href="{src}" rel="noopener noreferrer">{label}</a>'
    return f'<span class="image">{label}</span>'


def _link(href: str, rest: str, label: str) -> str:
    if not href:
        # The parser emptied a dangerous address.
        return f'<span class="no-link">{label}</span>'
    if "<a " in label:
        # An image inside a link became a link itself; links do not nest.
        label = _ANY_TAG.sub("", label)
    rel = ' rel="noopener noreferrer"' if href[:4].casefold() == "http" else ""
    return f'<a href="{href}"{rest}{rel}>{label}</a>'
