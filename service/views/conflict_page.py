"""The page of a conflict, field by field, for saves and for merges; it works without JavaScript.

The page carries the clashes themselves, so that what is sent from it means the same however the
plan has moved on by then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Response
from pydantic import TypeAdapter, ValidationError

from planner.trace.word_diff import word_diff
from service.errors import BadRequestError, ServiceError
from service.planning.records import ClashRecord, FieldClashRecord
from service.planning.settling import Answer, Choice, Side, by_field, values_of, whole
from service.views.conflict_view import clashing, field_name, item_view, prefilled
from service.views.pages import page

_CLASHES: Final = TypeAdapter(tuple[ClashRecord, ...])
_FIELD: Final = "clashes"
_SIDES: Final[Mapping[str, Side]] = {"theirs": "theirs", "yours": "yours", "both": "both"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What the two versions are called on the page, and what taking one of them is."""

    theirs: str = "Now in the plan"
    yours: str = "Yours"


SAVE: Final = Sides()
MERGE: Final = Sides(theirs="On the branch", yours="In the proposal")


class UnsettledError(ServiceError):
    """A form of a conflict in which something is not chosen yet; `names` are the fields."""

    status = 400
    code = "unsettled"

    def __init__(self, names: frozenset[str]) -> None:
        count = len(names)
        what = "one choice is" if count == 1 else f"{count} choices are"
        super().__init__(f"{what} still missing", "they are marked below; nothing typed is lost")
        self.names = names


def conflict_page(
    clashes: Sequence[ClashRecord],
    *,
    action: str,
    hidden: Mapping[str, str],
    title: str = "Both of you changed this",
    notes: Sequence[str] = (),
    sides: Sides = SAVE,
    files: bool = False,
    back: str = "",
    back_text: str = "Back to the form",
    chosen: Mapping[str, str] | None = None,
    error: ServiceError | None = None,
    status: int = 409,
) -> Response:
    """The page that asks a person to settle `clashes`; it posts to `action`, with `hidden` fields.

    `files`: whole files may be taken or written by hand, which an edit of fields cannot express.
    `chosen` is the form as it was sent, when it is shown again with `error`.
    """
    shown = tuple(clashes) if files else tuple(by_field(each) for each in clashes)
    missing = error.names if isinstance(error, UnsettledError) else frozenset()
    items = [
        item_view(number, each, chosen or {}, missing, files=files)
        for number, each in enumerate(shown)
    ]
    return page(
        "conflict.html",
        title=title,
        status=status,
        scripts=("review.js", "conflict.js"),
        styles=("review.css",),
        heading=title,
        items=items,
        action=action,
        hidden={**hidden, _FIELD: _CLASHES.dump_json(shown).decode("utf-8")},
        notes=tuple(notes),
        sides=sides,
        files=files,
        back=back,
        back_text=back_text,
        error=error,
        words=word_diff,
    )


def clashes_of(form: Mapping[str, str]) -> tuple[ClashRecord, ...]:
    """The clashes that a form carries.  Raises BadRequestError where it carries none."""
    try:
        found = _CLASHES.validate_json(form.get(_FIELD, ""), strict=False)
    except ValidationError as error:
        raise BadRequestError(
            "this form holds no conflict", "go back to the form and save again"
        ) from error
    return found


def answers_of(form: Mapping[str, str], clashes: Sequence[ClashRecord]) -> tuple[Answer, ...]:
    """What was chosen for each of the clashes.  Raises UnsettledError when something is missing."""
    missing: set[str] = set()
    answers = [_answer(number, each, form, missing) for number, each in enumerate(clashes)]
    if missing:
        raise UnsettledError(frozenset(missing))
    return tuple(answers)


def _answer(number: int, clash: ClashRecord, form: Mapping[str, str], missing: set[str]) -> Answer:
    if whole(clash):
        return _whole(field_name(number, 0), form, missing)
    choices = []
    for index, each in enumerate(clash.clashes):
        name = field_name(number, index)
        choice = _choice(name, each, form)
        if choice is None:
            missing.add(name)
        else:
            choices.append(choice)
    return Answer() if missing else Answer(values=values_of(clash, choices))


def _whole(name: str, form: Mapping[str, str], missing: set[str]) -> Answer:
    side = form.get(f"{name}-side", "")
    if side == "own":
        return Answer(text=_lines(form.get(f"{name}-own", "")))
    if side not in _SIDES:
        missing.add(name)
    return Answer(side=_SIDES.get(side))


def _choice(name: str, clash: FieldClashRecord, form: Mapping[str, str]) -> Choice | None:
    """The choice for a clash; None: there is none yet.

    A text of one's own counts where it is chosen, and where it is not what stood there at first:
    whoever wrote something wants it.
    """
    side = form.get(f"{name}-side", "")
    own = _lines(form.get(f"{name}-own", ""))
    written = f"{name}-own" in form and own != _lines(prefilled(clash))
    if side == "own" or (written and side in {"", "pieces"}):
        return Choice(own=own)
    if clash.pieces and side not in {"theirs", "yours"}:
        sides = [_SIDES.get(form.get(f"{name}-p{number}", "")) for number in range(clashing(clash))]
        given = tuple(each for each in sides if each is not None)
        return Choice(pieces=given) if len(given) == len(sides) else None
    known = _SIDES.get(side)
    return Choice(side=known) if known in {"theirs", "yours"} else None


def _lines(text: str) -> str:
    # Browsers send line ends as CR LF.
    return text.replace("\r\n", "\n")
