"""Who asks, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a key allows.  A wider scope includes the narrower ones (see `INCLUDES`)."""

    READ = "read"
    PROPOSE = "propose"
    EDIT = "edit"
    OPERATE = "operate"
    ADMIN = "admin"


INCLUDES = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.PROPOSE: frozenset({Scope.READ, Scope.PROPOSE}),
    Scope.EDIT: frozenset({Scope.READ, Scope.PROPOSE, Scope.EDIT}),
    Scope.OPERATE: frozenset({Scope.READ, Scope.OPERATE}),
    Scope.ADMIN: frozenset(Scope),
}


class Via(StrEnum):
    """By what credentials a principal came."""

    KEY = "key"
    SESSION = "session"
    PAGE_TOKEN = "page-token"  # noqa: S105 - a name, no secret
    STREAM_TOKEN = "stream-token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Principal:
    """The person or machine behind a request: one key, however it was shown."""

    key_id: str
    label: str
    person: str
    email: str
    scopes: frozenset[Scope]
    via: Via
    session_id: str = ""

    def may(self, scope: Scope) -> bool:
        """Whether one of the scopes includes `scope`."""
        return any(scope in INCLUDES[each] for each in self.scopes)
