"""What the page of the order of phases shows: phases, what they need, what they deliver."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from service.planning.records import EntryRecord, OutlineRecord, RowRecord


@dataclass(frozen=True, slots=True)
class Need:
    """A phase that must be done first."""

    id: str
    title: str
    number: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """A requirement of a phase; `verified` are the phases with a criterion that verifies it."""

    id: str
    blob: str
    title: str
    status: str
    verified: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A phase in its place; `rank` counts through all phases of the plan."""

    id: str
    number: str
    title: str
    milestone: str
    rank: int
    needs: tuple[Need, ...] = ()
    delivered: tuple[Delivered, ...] = ()

    @property
    def verified(self) -> int:
        """How many requirements a criterion of this phase verifies."""
        return sum(self.id in each.verified for each in self.delivered)


@dataclass(frozen=True, slots=True)
class Board:
    """The phases of a milestone in their order, and the others as places to move to."""

    milestone: str
    title: str
    steps: tuple[Step, ...]
    others: tuple[Step, ...]

    def for_script(self) -> dict[str, Any]:
        """What the script of the page counts with."""
        known = {each.id: {"rank": each.rank, "title": each.title} for each in self.others}
        return {"phases": [asdict(each) for each in self.steps], "others": known}


def board_of(
    milestone: str,
    outline: OutlineRecord,
    phases: Iterable[RowRecord],
    requirements: Iterable[RowRecord],
) -> Board:
    """The board of a milestone (empty: of the phases in none)."""
    values = {each.id: each.values for each in phases}
    entries = [each for each in outline.entries if each.kind == "phase"]
    names = _names(outline)
    verified = _verified(values, names)
    delivered: dict[str, list[Delivered]] = {}
    for row in requirements:
        found = _delivered(row, verified)
        for phase in _ids(row.values.get("phases")):
            delivered.setdefault(names.get(phase.casefold(), phase), []).append(found)
    by_id = {each.id: each for each in entries}
    steps = [
        Step(
            entry.id,
            entry.number,
            entry.title,
            entry.milestone,
            rank,
            _needs(values.get(entry.id, {}), names, by_id),
            tuple(delivered.get(entry.id, ())),
        )
        for rank, entry in enumerate(entries)
    ]
    title = next((each.title for each in outline.entries if each.id == milestone), "")
    return Board(
        milestone,
        title or milestone,
        tuple(each for each in steps if each.milestone == milestone),
        tuple(each for each in steps if each.milestone != milestone),
    )


def _names(outline: OutlineRecord) -> dict[str, str]:
    """The id behind each id and alias, in small letters."""
    return {
        name.casefold(): each.id
        for each in reversed(outline.entries)
        for name in (*each.aliases, each.id)
    }


def _verified(
    phases: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """The phases that verify each requirement."""
    found: dict[str, dict[str, None]] = {}
    for phase, values in phases.items():
        for criterion in values.get("criteria") or ():
            for ref in criterion["verifies"]:
                found.setdefault(names.get(ref.casefold(), ref), {})[phase] = None
    return {each: tuple(by) for each, by in found.items()}


def _needs(
    values: Mapping[str, Any], names: Mapping[str, str], entries: Mapping[str, EntryRecord]
) -> tuple[Need, ...]:
    """What must be done first; soft dependencies are only advice."""
    ids = (
        names.get(each["phase"].casefold(), each["phase"])
        for each in values.get("depends_on") or ()
        if not each["soft"]
    )
    return tuple(
        Need(each, entries[each].title, entries[each].number) for each in ids if each in entries
    )


def _delivered(row: RowRecord, verified: Mapping[str, tuple[str, ...]]) -> Delivered:
    title = str(row.values.get("title") or row.values.get("text") or "")
    status = str(row.values.get("status") or "")
    return Delivered(row.id, row.blob, title, status, verified.get(row.id, ()))


def _ids(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
