"""Sections of a body are those that the renderer of Markdown sees."""

import re

import pytest
from cmarkgfm import markdown_to_html
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.codec.body import section_text, sections_of, trimmed
from planner.codec.markdown_blocks import outline

_LINES = [
    "## a",
    "##",
    "  ## b",
    "   ## c",
    "    ## d",
    "## e ##",
    "```",
    "````",
    "~~~",
    "``` x",
    "  ```",
    "   ```",
    "- a",
    "  - b",
    "1. a",
    "2. b",
    "10. c",
    "   x",
    "  y",
    "    z",
    "text",
    "<!-- c",
    "-->",
    "<div>",
    "</div>",
    "<pre>",
    "</pre>",
    "<b>",
    "",
    "",
    "\t## t",
    "-\tq",
    "- ```",
    "1. ## x",
    "---",
    "* * *",
    "-",
    "<!-- x -->",
    "- - b",
    "+ a",
    "<?",
    "?>",
    "<!X",
    "\tfoo",
    "-    code",
    "# one",
]
_TAG = re.compile(
    r"<(?P<open>ul|ol|blockquote)\b[^>]*>|</(?P<close>ul|ol|blockquote)>"
    r'|<h2 data-sourcepos="(?P<first>\d+):\d+-(?P<last>\d+):'
)


def _rendered_headings(lines: list[str]) -> list[int]:
    """Lines of the level-2 headings outside of lists and quotes, as the renderer has them."""
    options = Options.CMARK_OPT_SOURCEPOS | Options.CMARK_OPT_UNSAFE
    depth, found = 0, []
    for match in _TAG.finditer(markdown_to_html("\n".join(lines), options)):
        depth += bool(match["open"]) - bool(match["close"])
        if match["first"] and not depth and match["first"] == match["last"]:
            index = int(match["first"]) - 1
            if re.match(" {0,3}##", lines[index]):
                found.append(index)
    return found


@settings(max_examples=600, deadline=None, database=None)
@given(st.lists(st.sampled_from(_LINES), min_size=1, max_size=9))
def test_headings_are_those_of_commonmark(lines):
    """Code, comments, HTML, lists and indentation hide headings just as in the rendered page."""
    text = "\n".join(lines)
    assert outline(lines).headings == _rendered_headings(lines)
    spans = sections_of("x\n" + text, 2)
    assert [text.count("\n", 0, span.start - 2) for span in spans] == outline(lines).headings


@settings(max_examples=600, deadline=None, database=None)
@given(st.lists(st.sampled_from(_LINES), max_size=9).map("\n".join))
def test_a_normal_text_hides_no_heading_and_has_none(text):
    """Whatever follows a text in its file is seen, and the form is final."""
    normal = section_text(text)
    assert section_text(normal) == normal
    whole = f"\n{normal}\n\n## Next\n"
    assert [span.heading for span in sections_of(whole, 1)] == ["Next"]


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("## Notes", "Notes"),
        ("##\tNotes\t", "Notes"),
        ("   ## Notes ####  ", "Notes"),
        ("## a # b #c", "a # b #c"),
        ("## C#", "C#"),
        ("##", ""),
        ("## #", ""),
    ],
)
def test_headings_lose_their_marks(line, heading):
    """The text of a heading is what stands between its marks."""
    assert [span.heading for span in sections_of(f"\n{line}\ntext", 1)] == [heading]


def test_a_text_is_without_blank_lines_around_it_but_keeps_its_indentation():
    """Four blanks before the first word mean code."""
    assert trimmed(" \n\t\n    code\n\nmore \n \n") == "    code\n\nmore"


def test_sections_divide_a_body_without_loss():
    """Put together, lead and sections are the body again."""
    text = "lead\n## A\n\nx\n\n   ## B\ny"
    spans = sections_of(text, 0)
    parts = [text[: spans[0].start], *(text[span.start : span.end] for span in spans)]
    assert "".join(parts) == text
