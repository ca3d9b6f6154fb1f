"""The kinds of value a field of an item can have.

A type is plain data: the codec reads and writes it, forms and the JSON schema show it.
Scalars are text in the file and typed here, so that `02.10`, `no` and `12:30` stay what was
written.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text (`str`)."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text of any number of lines (`str`)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the named options (`str`)."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar day `YYYY-MM-DD` (RFC 3339 full-date), kept as `str`; empty when not set."""


@dataclass(frozen=True, slots=True)
class PhaseNumber:
    """The number of a phase as written: `02`, `2.1`, `12A`, `3.4.1` (`str`)."""


@dataclass(frozen=True, slots=True)
class Ref:
    """The id of one item of `kind` (`str`; empty when not set)."""

    kind: str


@dataclass(frozen=True, slots=True)
class Refs:
    """Ids of items of `kind` (`tuple[str, ...]`); one scalar is read as a list of one."""

    kind: str


@dataclass(frozen=True, slots=True)
class Words:
    """A list of one-line texts (`tuple[str, ...]`); one scalar is read as a list of one."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """`tuple[Dependency, ...]`: each a phase id, or a mapping `phase`, `soft`, `reason`."""


@dataclass(frozen=True, slots=True)
class Links:
    """`tuple[Link, ...]`: each an item id, or a mapping `to`, `type`."""


@dataclass(frozen=True, slots=True)
class Waivers:
    """`tuple[Waiver, ...]`: a mapping from rule id to the reason."""


@dataclass(frozen=True, slots=True)
class Provenances:
    """`tuple[Provenance, ...]`: a mapping from field name to `by`, `model`, `approved` and more."""


FieldType = (
    Line
    | Text
    | Choice
    | Date
    | PhaseNumber
    | Ref
    | Refs
    | Words
    | Dependencies
    | Links
    | Waivers
    | Provenances
)
