"""What one can do, in the words of a person, as it stands behind "let a user …"."""

import re

_LEAD = re.compile(
    r"(?:(?:i|we|one|you|they|people|users?|he|she) (?:can|could|may)|can|to) ", re.IGNORECASE
)
_KEPT = ("ss", "us", "is", "as", "os")
_ES = ("sses", "shes", "ches", "xes", "zzes", "oes")


def capability(line: str) -> str:
    """`Books a room`, `to book a room` and `I can book a room` as `book a room`.

    Only the beginning is touched; a line that begins with no verb stays as it is.
    """
    bare = _LEAD.sub("", line, count=1) if _LEAD.match(line) else line
    first, blank, rest = bare.partition(" ")
    if first[1:] == first[1:].lower() and first.isalpha():
        first = _base(first[:1].lower() + first[1:])
    return f"{first}{blank}{rest}"


def _base(verb: str) -> str:
    """The base form of a verb in the third person."""
    if len(verb) < 4 or not verb.endswith("s") or verb.endswith(_KEPT):
        return verb
    if verb.endswith("ies") and len(verb) > 4:
        return f"{verb[:-3]}y"
    return verb[:-2] if verb.endswith(_ES) else verb[:-1]
