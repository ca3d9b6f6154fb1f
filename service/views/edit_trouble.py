"""The page of an edit that could not be looked at or saved: what is wrong, and all that was typed.

Its button sends the very same form again, which is saved once however often it is sent.
"""

from dataclasses import dataclass
from typing import Final

from flask import Response

from planner.trace.word_diff import word_diff
from service.errors import ServiceError, UnavailableError
from service.planning.edits import AnyEdit, CreateEdit, SetEdit, TogetherEdit
from service.planning.failures import MovedBranchError, NoRevisionError, UncommittedError
from service.views.conflict_view import label_of, shown
from service.views.edit_sending import BRANCH, NEW, Sending
from service.views.pages import page

SAVE: Final = "/edit/save"
REVIEW: Final = "/edit/review"
_MOST = 40


@dataclass(frozen=True, slots=True)
class Typed:
    """A value that was typed, for people to copy."""

    item: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The text of a person's work tree beside that of the branch."""

    path: str
    committed: str
    uncommitted: str
    words: tuple[tuple[str, str], ...]
    deleted: bool


def trouble_page(sending: Sending, error: ServiceError, *, action: str = SAVE) -> Response:
    """The page for what stopped an edit; `action` is where it is sent again."""
    kind = _kind(error)
    answer = page(
        "trouble.html",
        title="Not saved",
        status=error.status,
        styles=("proposals.css", "review.css"),
        scripts=("review.js",),
        sending=sending,
        # Where it goes to is chosen anew then, so that it is looked at anew.
        action=REVIEW if kind == "gone" else action,
        error=error,
        kind=kind,
        typed=typed_in(sending.edit),
        difference=_difference(error),
        branch=BRANCH,
        new=NEW,
    )
    answer.headers.update(error.headers)
    return answer


def _kind(error: ServiceError) -> str:
    """What sort of trouble it is: the page says what to do about it."""
    if isinstance(error, UncommittedError):
        return "uncommitted"
    if isinstance(error, NoRevisionError):
        return "gone"
    if isinstance(error, UnavailableError):
        return "busy"
    return "moved" if isinstance(error, MovedBranchError) else "other"


def _difference(error: ServiceError) -> Difference | None:
    if not isinstance(error, UncommittedError):
        return None
    before, after = error.committed or "", error.uncommitted or ""
    words = tuple((each.kind.value, each.text) for each in word_diff(before, after))
    return Difference(error.path, before, after, words, error.uncommitted is None)


def typed_in(edit: AnyEdit) -> tuple[Typed, ...]:
    """The values of an edit, for people to read and copy."""
    if isinstance(edit, TogetherEdit):
        found = tuple(value for each in edit.edits for value in typed_in(each))
        return found[:_MOST]
    if isinstance(edit, SetEdit):
        values, item = edit.changes, edit.id
    elif isinstance(edit, CreateEdit):
        values, item = edit.fields, edit.id or f"new {edit.kind}"
    else:
        return ()
    rows = (Typed(item, label_of(edit.kind, name), shown(value)) for name, value in values.items())
    return tuple(row for row in rows if row.value)
