"""Any text inside an SVG element: as content, as value of an attribute, as an id."""

import re
from html import escape

_NOT_ID = re.compile(r"[^\w.-]|_")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """`text` as one line, escaped, without the characters that XML forbids."""
    return escape(_NOT_XML.sub("\ufffd", " ".join(text.split())))


def xml_id(text: str) -> str:
    """A valid id for any text; distinct texts give distinct ids."""
    return _NOT_ID.sub(lambda found: f"_{ord(found[0]):x}_", text)
