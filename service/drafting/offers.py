"""From an answer of the model to what a person is offered: patches that fit the form, or refusals.

Nothing of an answer is believed.  A patch that names another item, a field that was not offered, or
an id that the plan does not have is refused, and the refusal is shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from planner.trace.word_diff import Token, word_diff
from service.drafting.answers import (
    CriterionPatch,
    DependencyPatch,
    Draft,
    LinkPatch,
    Patch,
    TextPatch,
)
from service.drafting.tasks import Task
from service.forms.filled import HARD, SOFT, Filled, Row
from service.forms.sheet import SHEETS

NEW_ITEM: Final = "new"
"""What an item is called to the model that has no id yet."""
_LONGEST_SHOWN: Final = 60


class PatchRefusedError(Exception):
    """A patch that is not offered; the message says why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked, and what stands in the form now.

    `known` are the ids of the plan by kind; `about` is the criterion or requirement that the task
    was narrowed to (empty: none).
    """

    task: Task
    item: str
    filled: Filled
    known: Mapping[str, frozenset[str]]
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One patch that a person may accept, edit or drop.

    `key` names it within its answer, `name` the field.  `parts` are those of the row of a list,
    `at` the row whose place it takes (None: it is a further row); a single text has neither.
    `text` is what may be edited before it is accepted (empty: nothing).  `words` is the change,
    word by word.
    """

    key: str
    name: str
    label: str
    text: str
    why: str
    words: tuple[Token, ...]
    parts: Mapping[str, str] = field(default_factory=dict)
    at: int | None = None
    behind: str = ""
    """The id of the criterion behind which a further one comes; empty: at the end."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What an answer comes to: the offers, and why the others are none."""

    offers: tuple[Offer, ...] = ()
    refused: tuple[str, ...] = ()


def offers_of(draft: Draft, asked: Asked) -> Offered:
    """The patches of an answer, judged."""
    offers: list[Offer] = []
    refused: list[str] = []
    patches: Iterable[Patch] = draft.patches
    for number, patch in enumerate(patches, start=1):
        try:
            offers.append(_offer(f"p{number}", patch, asked))
        except PatchRefusedError as error:
            refused.append(f"Suggestion {number}: {error}")
    return Offered(tuple(offers), tuple(refused))


def _offer(key: str, patch: Patch, asked: Asked) -> Offer:
    """The patch as an offer.  Raises PatchRefusedError."""
    if patch.item != asked.item:
        raise PatchRefusedError(f"it names the item {_shown(patch.item)}, and this is the form of"
                                f" {asked.item}")  # fmt: skip
    if patch.field not in asked.task.fields_of(asked.filled.kind):
        raise PatchRefusedError(
            f"it names the field {_shown(patch.field)}, which was not asked for"
        )
    if isinstance(patch, TextPatch):
        return _of_text(key, patch, asked)
    if isinstance(patch, CriterionPatch):
        return _of_criterion(key, patch, asked)
    if isinstance(patch, DependencyPatch):
        return _of_dependency(key, patch, asked)
    return _of_link(key, patch, asked)


def _of_text(key: str, patch: TextPatch, asked: Asked) -> Offer:
    if patch.field not in asked.filled.texts:
        raise PatchRefusedError(f"the form does not show the field {_shown(patch.field)}")
    before, after = asked.filled.texts[patch.field].strip(), clean(patch.text)
    _refuse_same(before, after)
    return Offer(
        key=key,
        name=patch.field,
        label=label_of(asked.filled.kind, patch.field),
        text=after,
        why=clean(patch.why),
        words=word_diff(before, after),
    )


def _of_criterion(key: str, patch: CriterionPatch, asked: Asked) -> Offer:
    row = _replaced(patch, asked)
    for each in patch.verifies:
        _need_known("requirement", each, asked)
    before, after = row.parts["text"].strip() if row else "", clean(patch.text)
    _refuse_same(before, after)
    verifies = ", ".join(patch.verifies) or (row.parts["verifies"] if row else "")
    parts = {"text": after, "verifies": verifies, "check": clean(patch.check)}
    splits = asked.task.about == "criterion"
    return Offer(
        key=key,
        name=patch.field,
        label=f"Criterion {row.parts['id']}" if row else "New criterion",
        text=after,
        why=clean(patch.why),
        words=word_diff(before, after),
        parts=parts if row else {"status": "open", **parts},
        at=row.index if row else None,
        behind=asked.about if splits else "",
    )


def _replaced(patch: CriterionPatch, asked: Asked) -> Row | None:
    """The row whose place a criterion takes: only that which was to be split."""
    if not patch.replaces:
        return None
    if asked.task.about != "criterion" or patch.replaces != asked.about:
        raise PatchRefusedError(
            f"it replaces the criterion {_shown(patch.replaces)}, which was not asked for"
        )
    rows = asked.filled.rows.get(patch.field, ())
    found = next((row for row in rows if row.parts["id"] == patch.replaces), None)
    if found is None:
        raise PatchRefusedError(f"there is no criterion {_shown(patch.replaces)} in the form")
    return found


def _of_dependency(key: str, patch: DependencyPatch, asked: Asked) -> Offer:
    _need_known("phase", patch.phase, asked)
    rows = asked.filled.rows.get(patch.field, ())
    if patch.phase == asked.item:
        raise PatchRefusedError("it lets the phase depend on itself")
    if any(row.parts["phase"] == patch.phase for row in rows):
        raise PatchRefusedError(f"{patch.phase} is a dependency already")
    soft = SOFT if patch.soft else HARD
    reason = clean(patch.reason)
    said = f"{patch.phase} ({soft}): {reason}"
    return Offer(
        key=key,
        name=patch.field,
        label="New dependency",
        text="",
        why="",
        words=word_diff("", said),
        parts={"phase": patch.phase, "soft": soft, "reason": reason},
    )


def _of_link(key: str, patch: LinkPatch, asked: Asked) -> Offer:
    if not any(patch.to in ids for ids in asked.known.values()):
        raise PatchRefusedError(f"the plan has no item {_shown(patch.to)}")
    if patch.to == asked.item:
        raise PatchRefusedError("it links the requirement to itself")
    rows = asked.filled.rows.get(patch.field, ())
    if any(row.parts["to"] == patch.to and row.parts["type"] == patch.type for row in rows):
        raise PatchRefusedError(f"the link to {patch.to} is there already")
    return Offer(
        key=key,
        name=patch.field,
        label="New link",
        text="",
        why=clean(patch.why),
        words=word_diff("", f"{patch.type.replace('-', ' ')} {patch.to}"),
        parts={"type": patch.type, "to": patch.to},
    )


def _need_known(kind: str, item: str, asked: Asked) -> None:
    if item not in asked.known.get(kind, frozenset()):
        raise PatchRefusedError(f"the plan has no {kind} {_shown(item)}")


def _refuse_same(before: str, after: str) -> None:
    if not after:
        raise PatchRefusedError("it is empty")
    if before == after:
        raise PatchRefusedError("it says what is there already")


def label_of(kind: str, name: str) -> str:
    """What a field is called in its form."""
    return next((box.label for box in SHEETS[kind] if box.name == name), name)


def clean(text: str) -> str:
    """A text of the model without what no form sends: control characters, blanks around it."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in plain if each in "\n\t" or each.isprintable()).strip()


def _shown(name: str) -> str:
    """A name of the model's own making, short enough for a sentence."""
    plain = " ".join(clean(name).split())
    return f"“{plain[:_LONGEST_SHOWN]}{'…' if len(plain) > _LONGEST_SHOWN else ''}”"
