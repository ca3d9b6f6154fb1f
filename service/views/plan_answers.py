"""What the API answers about an edit: saved, or a conflict with all that is needed to settle it."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request

from service.api.models import Model, Problem
from service.api.operation import Answered
from service.errors import ConflictError, ServiceError
from service.observability.request_id import request_id
from service.planning.failures import RefusedEditError, UncommittedError, UnknownBaseError
from service.planning.idempotency import Outcome
from service.planning.records import ReferenceRecord, UnsavedRecord
from service.views.plan_addresses import item_address

GIVES = {"ETag": "The blob of the item after the save, in quotes; not sent when it is gone."}
_REASONS = {
    "clash": (
        "somebody else changed the same thing",
        "settle each clash in unsaved.preview.clashes, and save upon the blob that it names",
    ),
    "review": (
        "somebody else changed the same lines of a text, and both came together word by word",
        "read unsaved.preview.files, then send the same again with reviewed: true",
    ),
    "problems": (
        "together with what somebody else changed this brings errors",
        "see unsaved.preview.new_problems; with reviewed: true it is saved nevertheless",
    ),
}


class TextsRecord(Model):
    """A file that a person changed in the work tree of the service without committing."""

    path: str
    committed: str | None
    """Null: there is no such file."""
    uncommitted: str | None
    """Null: it was deleted."""


class ConflictRecord(Model):
    """A conflict: the failure as everywhere, and what it is about.

    `error.code` tells which member is there: `clash`, `review` and `problems` come with `unsaved`,
    `uncommitted` with `uncommitted`, `refused` with `references`.
    """

    error: Problem
    unsaved: UnsavedRecord | None = None
    """The edit as it would come together, with base, theirs and yours of each clash."""
    uncommitted: TextsRecord | None = None
    """Both texts of the file that is in the way."""
    references: tuple[ReferenceRecord, ...] = ()
    """Who refers to the item that was to be deleted."""


class PreconditionError(ServiceError):
    """If-Match names something that git does not have, so nothing can be merged with it."""

    status = 412
    code = "unknown_base"


class NoBaseError(ServiceError):
    """A change that does not say what it builds upon."""

    status = 428
    code = "no_base"


def saved_or_conflict(
    outcome: Outcome, *, status: int = 200, proposal: str = "", location: bool = False
) -> Answered:
    """The answer to a save; with `location` also where the item is."""
    if isinstance(outcome, UnsavedRecord):
        message, hint = _REASONS[outcome.reason]
        return _conflict(outcome.reason, message, hint, unsaved=outcome)
    headers = {"ETag": f'"{outcome.blob}"'} if outcome.blob else {}
    if location:
        headers["Location"] = item_address(outcome.kind, outcome.id, proposal)
    return Answered(outcome, status, headers)


def refused(error: RefusedEditError, references: tuple[ReferenceRecord, ...]) -> Answered:
    """The answer to a deletion that would leave references to nothing."""
    return _conflict(error.code, error.message, error.hint, references=references)


def uncommitted(error: UncommittedError) -> Answered:
    """The answer when a person's own change is in the way."""
    texts = TextsRecord(path=error.path, committed=error.committed, uncommitted=error.uncommitted)
    return _conflict(error.code, error.message, error.hint, uncommitted=texts)


def _conflict(
    code: str,
    message: str,
    hint: str,
    *,
    unsaved: UnsavedRecord | None = None,
    uncommitted: TextsRecord | None = None,
    references: tuple[ReferenceRecord, ...] = (),
) -> Answered:
    error = Problem(code=code, message=message, hint=hint, request_id=request_id())
    conflict = ConflictRecord(
        error=error, unsaved=unsaved, uncommitted=uncommitted, references=references
    )
    return Answered(conflict, ConflictError.status)


def base_of_request() -> str:
    """The blob that `If-Match` names.

    Raises NoBaseError without one, or for `*`, which names no text; PreconditionError for what can
    be the ETag of no item.
    """
    sent = request.headers.get("If-Match", "").strip()
    if sent in ("", "*"):
        raise NoBaseError(
            "this needs the header If-Match with the ETag of the item as you read it",
            "GET the item, and send its ETag; `*` is not taken: others' changes would be lost",
        )
    blob = sent[1:-1] if len(sent) > 2 and sent[0] == sent[-1] == '"' else ""
    if len(blob) not in (40, 64) or set(blob) - set("0123456789abcdef"):
        raise PreconditionError(
            "If-Match is not one ETag of an item", "GET the item, and send its ETag with the quotes"
        )
    return blob


@contextmanager
def base_in_header() -> Iterator[None]:
    """Let a base that git does not know be what it is to HTTP: a precondition that fails."""
    try:
        yield
    except UnknownBaseError as error:
        raise PreconditionError(error.message, "GET the item again") from error
