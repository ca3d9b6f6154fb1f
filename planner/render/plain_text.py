"""The words of a Markdown text, for titles and descriptions."""

import re

# The target of a link, marks of emphasis, code, headings and quotes; an underscore inside a word
# (SECRET_KEY) is part of it.
_MARKUP = re.compile(r"\]\([^)]*\)|[*`#>\[\]]+|(?<!\w)_+|_+(?!\w)")


def plain_text(text: str) -> str:
    """`text` on one line, without Markdown's marks."""
    return " ".join(_MARKUP.sub("", text).split())
