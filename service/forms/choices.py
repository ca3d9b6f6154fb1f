"""What a form offers to choose from."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.planning.records import EntryRecord, OutlineRecord


@dataclass(frozen=True, slots=True)
class Option:
    """An item that can be chosen, by its id."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """The items of a few kinds, and the words in use."""

    phases: tuple[Option, ...] = ()
    milestones: tuple[Option, ...] = ()
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @classmethod
    def of(cls, outline: OutlineRecord) -> "Choices":
        """Those of a plan."""
        return cls(
            phases=tuple(map(_option, _of_kind(outline, "phase"))),
            milestones=tuple(map(_option, _of_kind(outline, "milestone"))),
            owners=outline.owners,
            tags=outline.tags,
            levels=outline.levels,
            categories=outline.categories,
        )

    def of_kind(self, kind: str) -> tuple[Option, ...]:
        """The items of a kind."""
        return {"phase": self.phases, "milestone": self.milestones}.get(kind, ())


def _of_kind(outline: OutlineRecord, kind: str) -> Iterable[EntryRecord]:
    return (each for each in outline.entries if each.kind == kind)


def _option(entry: EntryRecord) -> Option:
    name = " ".join(part for part in (entry.number, entry.title) if part)
    return Option(entry.id, f"{name} ({entry.id})" if name and name != entry.id else entry.id)
