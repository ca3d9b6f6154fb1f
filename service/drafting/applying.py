"""Accepting an offer: it fills the form of its item, and nothing else."""

from dataclasses import replace

from planner.model.provenance import CRITERIA, NEW
from service.drafting.offers import Offer
from service.forms.filled import Filled


def accepted(filled: Filled, offer: Offer, text: str = "") -> Filled:
    """The form with an offer in it; `text` is the person's own wording (empty: the offer's)."""
    wording = text.replace("\r\n", "\n").strip() if offer.text else ""
    if not offer.parts:
        return replace(filled, texts={**filled.texts, offer.name: wording or offer.text})
    parts = {**offer.parts, "text": wording} if wording else offer.parts
    if offer.at is not None:
        return filled.with_parts(offer.name, offer.at, parts)
    grown = filled.with_row(offer.name, parts)
    return _placed(grown, offer) if offer.behind else grown


def edited_by(model: str, person: str) -> str:
    """What is written as the model of a text that a person edited before it was accepted."""
    done = f" (edited by {person})"
    return model if not model or model.endswith(done) else f"{model}{done}"


def with_origin(
    filled: Filled,
    offer: Offer,
    *,
    text: str,
    person: str,
    model: str,
    session: str,
    question: str,
) -> Filled:
    """The form that says of an accepted text who had it written, and by which model.

    `session` and `question` are the run and what it was asked for; `text` is what was accepted:
    other words than those of the offer are not the model's alone.  Of lists only criteria have
    texts; a new one is named by its row until it is saved.
    """
    if offer.parts and offer.name != "criteria":
        return filled
    name = _criterion_name(filled, offer) if offer.parts else offer.name
    if offer.text and text.strip() != offer.text:
        model = edited_by(model, person)
    said = {
        "field": name,
        "by": person,
        "approved": "",
        "model": model,
        "session": session,
        "question": question,
    }
    rows = filled.rows.get("provenance", ())
    known = next((each for each in rows if each.parts["field"].strip() == name), None)
    if known is not None:
        return filled.with_parts("provenance", known.index, said)
    return filled.with_row("provenance", said)


def _criterion_name(filled: Filled, offer: Offer) -> str:
    """What the provenance calls the criterion that an offer was put into."""
    rows = filled.rows["criteria"]
    at = offer.at if offer.at is not None else max(row.index for row in rows)
    row = next(each for each in rows if each.index == at)
    return f"{CRITERIA}{row.parts['id'].strip() or f'{NEW}{at}'}"


def name_after(filled: Filled, offer: Offer) -> str:
    """The name in the form of what an accepted offer filled in."""
    if not offer.parts:
        return f"f.{offer.name}"
    if offer.at is not None:
        return f"f.{offer.name}.{offer.at}"
    newest = max((row.index for row in filled.rows.get(offer.name, ())), default=0)
    return f"f.{offer.name}.{newest}"


def _placed(filled: Filled, offer: Offer) -> Filled:
    """The newest row behind the one that it belongs to, and behind what was put there before."""
    rows = filled.rows[offer.name]
    newest = rows[-1]
    at = next((n for n, row in enumerate(rows) if row.parts["id"] == offer.behind), None)
    if at is None:
        return filled
    wanted = at + 1
    while rows[wanted] is not newest and not rows[wanted].parts["id"]:
        wanted += 1
    return filled.moved(offer.name, newest.index, wanted - (len(rows) - 1))
