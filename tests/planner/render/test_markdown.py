"""The Markdown door: what it lets through, what it makes readable, how it fits into a page."""

import re
from html.parser import HTMLParser

import pytest
from cmarkgfm import cmark
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.render import markdown
from planner.render.markdown import document_to_html, line_to_html, to_html

# As one text each: lists of words are hard to read when every word is quoted.
_TAG_NAMES = """
    a blockquote br code del div em h1 h2 h3 h4 h5 h6 hr img li ol p pre section span strong sup
    table tbody td th thead tr ul
"""
_ATTRIBUTE_NAMES = """
    alt aria-label class data-footnote-backref data-footnote-backref-idx data-footnote-ref
    data-footnotes href id rel role src start tabindex title
"""
_PIECES = st.sampled_from(
    (
        *("a", "Zé", "中", "1", " ", ",", ".", "'", "-", "\n", "\n\n", "_", "www.", "wwww.a"),
        *("(c)", "1. ", "- ", "---", "%", "?", ";", "!", "*", "`", "a@b.c", "http://x.y", "    "),
        *("|", "#", "AUTH-01"),
    )
)
_HOSTILE = st.sampled_from(
    (
        *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))"),
        *("`", "```\n", "<!--", "-->", "<a href='x' onclick=y>", "![x](data:text/html,<script>)"),
        *("[b](vbscript:x)", "\n", "<svg/onload=alert(1)>", "<style>*{}</style>", "[x]", "<br>"),
        *("|a|\n|-|\n|<b onclick=x>|\n", "[x]: javascript:y\n", "&#106;avascript:", "\ue000"),
        *("\ue001", "<javascript:alert(1)>", '"', "'", ">", "# ", "![<img src=x>](y.png)", "~~"),
        *("[![i](j.png)](javascript:x)", "**", "<details>", "</p>", "    "),
    )
)


class _Tags(HTMLParser):
    """Collects the tags and attributes of a text, and addresses that would run something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "src"):
                self.addresses.append(value or "")


@given(st.lists(_PIECES, max_size=12).map("".join))
@settings(max_examples=400, deadline=None)
def test_the_short_cut_for_plain_words_gives_what_the_parser_gives(text: str) -> None:
    """A text that skips the parser looks as if it had been parsed."""
    if markdown._is_plain(text):
        parsed = cmark.markdown_to_html_with_extensions(
            text, markdown._PLAIN_OPTIONS, markdown._EXTENSIONS
        )
        assert markdown._parse(text, markdown._PLAIN_OPTIONS) == parsed


@pytest.mark.parametrize(
    "text", ["The light turns.", "Über 20 Meilen\nsichtbar", "it's 5 o'clock (or 6)"]
)
def test_ordinary_sentences_take_the_short_cut(text: str) -> None:
    """The short cut is not so narrow that nothing takes it."""
    assert markdown._is_plain(text)
    assert to_html(text) == f"<p>{text}</p>\n"


@given(st.lists(_HOSTILE | _PIECES, max_size=14).map("".join), st.booleans())
@settings(max_examples=500, deadline=None)
def test_nothing_that_runs_comes_through(text: str, document: bool) -> None:
    """Whatever a text holds, its HTML has known tags, known attributes and safe addresses."""
    found = _Tags()
    found.feed(document_to_html(text) if document else to_html(text))
    assert found.tags <= set(_TAG_NAMES.split())
    assert found.attributes <= set(_ATTRIBUTE_NAMES.split())
    for address in found.addresses:
        assert not re.match(r"\s*(javascript|vbscript|file):", address, re.IGNORECASE)
        assert not address.startswith("data:") or address.startswith("data:image/")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("returns List<String> and <id>", "returns List&lt;String&gt; and &lt;id&gt;"),
        ("a <!-- hidden --> b", "a  b"),
        ("a<br>b", "a<br />b"),
        ("a <b>bold</b> word", "a bold word"),
        ("`<b>x</b>` stays, <i>this</i> not", "<code>&lt;b&gt;x&lt;/b&gt;</code> stays, this not"),
        ("<mailto:a@b.cd> <id>", '<a href="mailto:a@b.cd">mailto:a@b.cd</a> &lt;id&gt;'),
        ("`` a ` <b> `` <x>", "<code>a ` &lt;b&gt;</code> &lt;x&gt;"),
        ("<!-- never closed", "&lt;!-- never closed"),
    ],
)  # fmt: skip
def test_raw_html_is_made_readable(text: str, shown: str) -> None:
    """Placeholders stay as text, formatting goes, code is left alone."""
    assert line_to_html(text) == shown


def test_html_in_a_fence_stays_as_written() -> None:
    """A fenced block beside raw HTML keeps its tags and comments."""
    html = to_html(
        "<details>\n<summary>More</summary>\n\n> ```html\n> <div>\n> <!-- c -->\n> ```\n"
    )
    assert "<p>More</p>" in html
    assert "&lt;div&gt;\n&lt;!-- c --&gt;" in html


def test_many_openings_without_an_end_are_text() -> None:
    """Comments and code that never end cost no more than other text."""
    assert to_html("<!--" * 20_000).count("&lt;!--") == 20_000
    assert "&lt;q&gt;" in to_html("``` ` `` " * 3 + "<q> " + "`` " * 20_000)


def test_headings_stand_below_those_of_the_page_and_skip_no_level() -> None:
    """A text may not break the order of headings."""
    html = to_html("# A\n\n### B\n\n###### C\n\n## D", top=3)
    assert re.findall(r"<(h\d)>", html) == ["h3", "h4", "h5", "h4"]


def test_tables_and_code_can_be_scrolled_by_keys() -> None:
    """What may be wider than the page sits in a box that takes the focus."""
    html = to_html("| a | b |\n|---|--:|\n| 1 | 2 |\n\n```python\nx = 1\n```")
    assert '<div class="scroll" tabindex="0"><table>' in html
    assert html.count("<table>") == html.count("</table></div>") == 1
    assert '<td class="align-right">2</td>' in html
    assert '<pre tabindex="0"><code class="language-python">' in html


def test_an_empty_head_of_a_table_is_no_head() -> None:
    """Screen readers would announce a column without a name."""
    assert "<th></th>" not in to_html("| | b |\n|---|---|\n| 1 | 2 |")


def test_tasks_are_read_aloud() -> None:
    """A box of a task list is a sign with a name, not a control without one."""
    html = to_html("- [ ] one\n- [x] two")
    assert 'aria-label="to do">☐' in html
    assert 'aria-label="done">☑' in html
    assert "<input" not in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![chart](https://x.example/c.png)",
         '<a class="image" href="https://x.example/c.png" rel="noopener noreferrer">chart</a>'),
        ("![chart](./c.png)", '<span class="image">chart</span>'),
        ("[![chart](c.png)](#c1)", '<a href="#c1"><span class="image">chart</span></a>'),
        ("[![chart](https://x.example/c.png)](https://y.example)",
         '<a href="https://y.example" rel="noopener noreferrer">chart</a>'),
        ("![dot](data:image/png;base64,AA)", '<img src="data:image/png;base64,AA" alt="dot" />'),
        ("[x](javascript:alert(1))", '<span class="no-link">x</span>'),
    ],
)  # fmt: skip
def test_images_and_links(text: str, shown: str) -> None:
    """Nothing is loaded from elsewhere, links do not nest, dangerous ones lose their address."""
    assert line_to_html(text) == shown


def test_a_line_has_no_paragraph_unless_it_needs_one() -> None:
    """A text of one paragraph fits into a cell; a longer one keeps its paragraphs."""
    assert line_to_html("one *word*") == "one <em>word</em>"
    assert line_to_html("one\n\ntwo").count("<p>") == 2


def test_a_document_has_footnotes_and_anchors() -> None:
    """Links inside a document find its headings, also when two are alike."""
    html = document_to_html("[to b](#b-c)[^1]\n\n## B `c`\n\n## B c\n\n[^1]: Note.")
    assert 'href="#h-b-c"' in html
    assert '<h2 id="h-b-c">' in html
    assert '<h2 id="h-b-c-1">' in html
    assert 'id="fn-1"' in html


def test_lone_surrogates_and_zero_bytes_do_no_harm() -> None:
    """YAML escapes can put such characters into a text."""
    assert to_html("a \ud800 b\0c").encode("utf-8") == "<p>a ? b\ufffdc</p>\n".encode()
