"""Which text a provenance is about, and the short hash that tells whether it is still that text."""

import hashlib

from planner.model.items import Dependency, Item, Phase, Provenance

CRITERIA = "criteria."
NEW = "+"
"""An edit calls the criterion at place 2 (of 0, 1, 2 …), which has no id yet, `criteria.+2`."""
_DIGITS = 12


def text_of(item: Item, field: str) -> str | None:
    """The text of `item` that `field` names; None where there is none (any more).

    `field` is the name of a field (its key in the file will do), or `criteria.c1`: the text of a
    criterion and how it is checked.
    """
    if field.startswith(CRITERIA):
        wanted = field.removeprefix(CRITERIA)
        for each in item.criteria if isinstance(item, Phase) else ():
            if each.id == wanted:
                return f"{each.text}\n\n{each.check}" if each.check else each.text
        return None
    value = getattr(item, "phases" if field == "phase" else field, None)
    if isinstance(value, tuple):
        value = "\n".join(_line(each) for each in value)
    return value if isinstance(value, str) and value else None


def _line(entry: object) -> str:
    if isinstance(entry, Dependency):
        return f"{entry.phase}: {entry.reason}"
    return entry if isinstance(entry, str) else repr(entry)


def text_hash(text: str) -> str:
    """Twelve hex digits that tell this text from another; line breaks and blanks do not count."""
    plain = " ".join(text.split())
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def is_changed(item: Item, entry: Provenance) -> bool:
    """Whether the text is another one than that which the provenance is about."""
    text = text_of(item, entry.field)
    return bool(entry.hash) and (text is None or not is_hash_of(entry.hash, text))


def is_hash_of(known: str, text: str) -> bool:
    """Whether `known` is the hash of `text`."""
    return known == text_hash(text)


def is_unapproved(item: Item, entry: Provenance) -> bool:
    """Whether a model wrote the text, and nobody approved exactly that text."""
    if not entry.model or text_of(item, entry.field) is None:
        return False
    return not entry.approved or is_changed(item, entry)
