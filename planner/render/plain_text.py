"""The words of a Markdown text, for titles and descriptions."""

import re

# The target of a link, marks of emphasis, code, headings and quotes; an underscore inside a word
# (SECRET_KEY) is part of it.
_MARKUP = re.compile(r"\]\([^)]*\)|[*`#>\[\]]+|(?<!\w)_+|_+(?!\w)")
# A look for any of them costs a tenth of taking them out.
_ANY_MARK = re.compile(r"[*_`#>\[\]]")


def plain_text(text: str) -> str:
    """`text` on one line, without Markdown's marks."""
    words = _MARKUP.sub("", text) if _ANY_MARK.search(text) else text
    return " ".join(words.split())
