"""Every exception that the planner raises on purpose.

A bad *plan* is data (`planner.model.problem.Problem`); an *action* that cannot be done is one
of these.  The tree:

    PlannerError              exit code 2
    ├── UsageError            the call is wrong: an option, a path, a missing plan
    ├── SourceError           a thing to import or read is not there, unreadable or not a plan
    ├── StoreError            git or the file system refused
    │   ├── RevisionError     no such revision
    │   ├── OutsideError      a path leaves the plan folder or passes a symbolic link
    │   ├── MovedError        the branch is no longer at the commit that was built upon
    │   ├── BusyError         another process holds a lock
    │   ├── DirtyError        a person's uncommitted change is in the way
    │   └── RemoteError       the remote cannot be reached, or refuses
    ├── EditError             an edit cannot be applied to this file
    │   ├── MissingError      there is no such item
    │   └── LostBaseError     what the edit builds upon is not in the repository
    ├── OutputError           the output folder cannot be written
    └── RefusedError          done nothing, on purpose (exit code 3): it needs a further option
        └── ApprovalError     it needs another person
"""


class PlannerError(Exception):
    """An action that cannot be done.

    `message` says what is wrong and where, `hint` how to mend it (may be empty), `exit_code` is
    what a command ends with.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class UsageError(PlannerError):
    """The call is wrong: an option, a path, or no plan where one was looked for."""


class NoPlanError(UsageError):
    """There is no plan where one was looked for."""


class SourceError(PlannerError):
    """A source to read is not there, cannot be read, or holds no plan."""


class StoreError(PlannerError):
    """Git or the file system refused."""


class RevisionError(StoreError):
    """The named revision does not exist in this repository."""


class OutsideError(StoreError):
    """A path leaves the plan folder or passes through a symbolic link."""


class MovedError(StoreError):
    """The branch is no longer at the commit that was built upon: read it again and try again."""


class BusyError(StoreError):
    """Another process holds a lock; nothing moved."""


class DirtyError(StoreError):
    """A file to be saved has a change that is not committed; nothing moved.

    `path` is relative to the top of the repository, `committed` the text on the branch (None:
    there is no such file), `uncommitted` the person's own (None: deleted).
    """

    def __init__(
        self, message: str, hint: str, *, path: str, committed: str | None, uncommitted: str | None
    ) -> None:
        super().__init__(message, hint)
        self.path = path
        self.committed = committed
        self.uncommitted = uncommitted


class RemoteError(StoreError):
    """The remote cannot be reached, or refuses; its message holds nothing that signs in."""


class EditError(PlannerError):
    """An edit cannot be applied to this file (read-only, unknown field, value not allowed)."""


class MissingError(EditError):
    """There is no such item in the plan."""


class LostBaseError(EditError):
    """The text that an edit says it builds upon is not in the repository."""


class OutputError(PlannerError):
    """The output folder cannot be written."""


class RefusedError(PlannerError):
    """Nothing was done, on purpose: a further option must confirm it."""

    exit_code = 3


class ApprovalError(RefusedError):
    """Nothing was done: the branch asks for the approval of another person."""
