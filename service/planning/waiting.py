"""The texts of an item that a model wrote and nobody has approved as they are."""

from dataclasses import dataclass

from planner.codec.reading import read_item
from planner.model.provenance import is_changed, is_unapproved, text_hash, text_of
from service.planning.records import ItemRecord


@dataclass(frozen=True, slots=True)
class WaitingText:
    """One of them: `field` names it, `hash` tells this very text, `changed` that it was edited."""

    field: str
    hash: str
    text: str
    model: str
    by: str
    changed: bool


def waiting_texts(record: ItemRecord) -> tuple[WaitingText, ...]:
    """What of the item waits for a person, in the order of its provenance."""
    item = read_item(record.path, record.text.encode()).item
    if item is None:
        return ()
    return tuple(
        WaitingText(
            entry.field, text_hash(text), text, entry.model, entry.by, is_changed(item, entry)
        )
        for entry in item.provenance
        if (text := text_of(item, entry.field)) is not None and is_unapproved(item, entry)
    )
