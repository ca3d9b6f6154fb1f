"""The planner's refusals on their way from its process to whoever asked."""

from collections.abc import Mapping

from planner.errors import (
    ApprovalError,
    BusyError,
    DirtyError,
    EditError,
    LostBaseError,
    MissingError,
    MovedError,
    OutsideError,
    PlannerError,
    RefusedError,
    RevisionError,
)
from service.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    ServiceError,
    UnavailableError,
)
from service.planner_wire import Failure

# The first class that fits gives the code.
_CODES: tuple[tuple[type[PlannerError], str], ...] = (
    (MissingError, "not_found"),
    (LostBaseError, "unknown_base"),
    (RevisionError, "no_revision"),
    (DirtyError, "uncommitted"),
    (BusyError, "busy"),
    (MovedError, "moved"),
    (ApprovalError, "needs_approval"),
    (RefusedError, "refused"),
    (OutsideError, "not_possible"),
    (EditError, "not_possible"),
    (PlannerError, "conflict"),
)
_BUSY_S = 2


class NotPossibleError(ServiceError):
    """An edit that cannot be applied: an unknown field, a value that is not allowed, a taken id."""

    status = 422
    code = "not_possible"


class UnknownBaseError(NotPossibleError):
    """Git does not have the text that the edit says it builds upon."""

    code = "unknown_base"


class RefusedEditError(ConflictError):
    """Nothing was done, on purpose: a further choice must confirm it."""

    code = "refused"


class ApprovalNeededError(ForbiddenError):
    """The branch takes only what another person approves."""

    code = "needs_approval"


class MovedBranchError(ConflictError):
    """The branch moved while it was saved; the same may be tried again."""

    code = "moved"


class NoRevisionError(NotFoundError):
    """The branch, proposal or revision is not there (any more)."""

    code = "no_revision"


class UncommittedError(ConflictError):
    """A person's uncommitted change is in the way; both texts are here (None: no file)."""

    code = "uncommitted"

    def __init__(
        self, message: str, hint: str, path: str, committed: str | None, uncommitted: str | None
    ) -> None:
        super().__init__(message, hint)
        self.path = path
        self.committed = committed
        self.uncommitted = uncommitted


_ERRORS: Mapping[str, type[ServiceError]] = {
    "not_found": NotFoundError,
    "no_revision": NoRevisionError,
    "moved": MovedBranchError,
    "refused": RefusedEditError,
    "needs_approval": ApprovalNeededError,
    "not_possible": NotPossibleError,
    "unknown_base": UnknownBaseError,
    "conflict": ConflictError,
}


def failure_of(error: PlannerError) -> Failure:
    """An error as it is sent."""
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    details: dict[str, str | None] = {}
    if isinstance(error, DirtyError):
        details = {
            "path": error.path,
            "committed": error.committed,
            "uncommitted": error.uncommitted,
        }
    return Failure(error.message, error.hint or "", code, details)


def error_of(failure: Failure) -> ServiceError:
    """The error that the worker raises for it."""
    message, hint = failure.message, failure.hint
    if failure.code == "busy":
        return UnavailableError(message, _BUSY_S, hint)
    if failure.code == "uncommitted":
        known = failure.details
        return UncommittedError(
            message, hint, known["path"] or "", known["committed"], known["uncommitted"]
        )
    return _ERRORS[failure.code](message, hint)
