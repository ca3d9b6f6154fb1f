"""How one setting is declared: its name, the type of its value, its words for people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class Secret(str):
    """A text that is never shown: not by `repr`, not by formatting a dataclass that holds it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'" if self else "''"


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of value: `form` says what is allowed, `read` raises ValueError for what is not.

    `secret`: may come from a file, and no example is given.  `hidden`: a message must not quote it,
    since an address may hold a password.
    """

    form: str
    read: Callable[[str], Any]
    secret: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable.  `default` is the text that an unset variable stands for."""

    name: str
    kind: Kind
    default: str
    help: str
    group: str

    @property
    def secret(self) -> bool:
        """Whether its value is a secret, which `NAME_FILE` may name the file of."""
        return self.kind.secret


def setting(name: str, kind: Kind, default: str, group: str, help: str) -> Any:
    """A dataclass field that is read from the variable `name`."""
    declared = Setting(name, kind, default, help, group)
    return field(default=kind.read(default), metadata={"setting": declared})
