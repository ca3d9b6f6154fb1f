"""Changing the list of success criteria line by line: what did not change keeps its lines."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.codec import criteria
from planner.codec.criterion_blocks import Entry, blocks_of
from planner.codec.criterion_text import criterion_lines, normal_criterion
from planner.codec.entry_edit import edited_entry
from planner.codec.finding import BadValueError
from planner.model.items import Criterion

_USED_UP = re.compile(r"<!-- ids up to \{#c\d+\} are used -->")
_DIGITS = re.compile(r"\d+")


@dataclass(slots=True)
class _Unit:
    """An entry with the comments above it, and the blank or foreign lines behind it."""

    lines: list[str]
    after: list[str]
    number: int
    entry: Entry | None = None


def settled(new: Sequence[Criterion], old: Sequence[Criterion], text: str) -> tuple[Criterion, ...]:
    """The new criteria in normal form, each with an id of its own.

    `text` is the whole file: an id is fresh when neither the file nor another criterion has it.
    Raises BadValueError.
    """
    standing = {each.id: each for each in old}
    normal = [each if standing.get(each.id) == each else normal_criterion(each) for each in new]
    counts = Counter(each.id for each in normal if each.id)
    for criterion_id, count in counts.items():
        if count > 1:
            hint = "leave the id of the new one empty: it gets a fresh one"
            raise BadValueError(f"two criteria have the id {criterion_id}", hint)
    used = [criteria.highest_id([text]), *(int(each[1:]) for each in (*counts, *standing))]
    top = max(used)
    for index, each in enumerate(normal):
        if not each.id:
            top += 1
            normal[index] = replace(each, id=f"c{top}")
    return tuple(normal)


def edit_criteria(
    lines: list[str], old: Sequence[Criterion], new: Sequence[Criterion]
) -> list[str]:
    """The lines of the section with the criteria `new` (settled) in the place of `old`.

    Entries are matched by id.  Those that stay keep every line that does not change; a new one is
    put behind the one before it; where the order changes, whole entries move.  When the highest id
    goes, a comment remembers it, so that it is not given again.
    """
    position = {each.id: index for index, each in reversed(list(enumerate(old)))}
    order = [position.get(each.id) for each in new]
    before, units = _units(lines)
    entries = [unit.entry for unit in units if unit.entry is not None]
    dash = next((each.lead.strip(" \t")[0] for entry in entries for each in entry.bullets), "-")
    for index, each in zip(order, new, strict=True):
        if index is not None and old[index] != each:
            units[index].lines = edited_entry(lines, entries[index], dash, old[index], each)
    kept = [index for index in order if index is not None]
    before = _without_removed(before, units, set(kept))
    if kept != sorted(kept):
        _move_numbers(units, kept)
    before, tail = _room(before) if new and not kept else (before, [])
    result = list(before)
    for unit in _sequence(units, order, new, tail):
        result += unit.lines + unit.after
    return _remembering(_marked(result, new), old)


def _units(lines: list[str]) -> tuple[list[str], list[_Unit]]:
    """The lines before the first entry, and the entries."""
    entries = blocks_of(lines).entries
    if not entries:
        return list(lines), []
    ends = [entry.top for entry in entries[1:]] + [len(lines)]
    units = [
        _Unit(lines[entry.top : entry.last + 1], lines[entry.last + 1 : end], entry.number, entry)
        for entry, end in zip(entries, ends, strict=True)
    ]
    return lines[: entries[0].top], units


def _is_blank(lines: list[str]) -> bool:
    return not any(line.strip(" \t") for line in lines)


def _without_removed(before: list[str], units: list[_Unit], kept: set[int]) -> list[str]:
    """Hand on what stands behind removed entries to what is before them; returns `before`."""
    holder: _Unit | None = None
    for index, unit in enumerate(units):
        if index in kept:
            holder = unit
            continue
        gap = holder.after if holder is not None else before
        if _is_blank(gap) and (index == len(units) - 1 or not _is_blank(unit.after)):
            gap = unit.after
        elif not _is_blank(unit.after) or index == len(units) - 1:
            gap = gap + unit.after
        if holder is not None:
            holder.after = gap
        else:
            before = gap
    return before


def _room(lines: list[str]) -> tuple[list[str], list[str]]:
    """Divide the lines of a section without entries: what is before new ones, what behind."""
    end = len(lines)
    while end and not lines[end - 1].strip(" \t"):
        end -= 1
    return [*lines[:end], ""], lines[end:]


def _move_numbers(units: list[_Unit], kept: list[int]) -> None:
    """The numbers of the list stay where they are when entries move, if they are of one width."""
    numbers = [units[index].number for index in sorted(kept)]
    for index, number in zip(kept, numbers, strict=True):
        unit = units[index]
        if unit.entry is not None and len(str(number)) == len(str(unit.number)):
            first = unit.entry.first - unit.entry.top
            unit.lines[first] = _DIGITS.sub(str(number), unit.lines[first], count=1)
            unit.number = number


def _sequence(
    units: list[_Unit], order: list[int | None], new: Sequence[Criterion], tail: list[str]
) -> list[_Unit]:
    """All entries in their new order, each with the lines that follow it."""
    kept = sorted(index for index in order if index is not None)
    gaps = iter([units[index].after for index in kept])
    between = _usual_gap(units)
    numbers = {unit.number for unit in units}
    step = 0 if len(units) > 1 and len(numbers) == 1 else 1
    model = next((unit.entry for unit in reversed(units) if unit.entry is not None), None)
    indent = " " * model.indent if model else ""
    delimiter = model.delimiter if model else "."
    sequence: list[_Unit] = []
    for index, each in zip(order, new, strict=True):
        if index is not None:
            units[index].after = next(gaps)
            sequence.append(units[index])
            continue
        last = sequence[-1] if sequence else None
        number = last.number + step if last else 1
        unit = _Unit(criterion_lines(each, number, indent, delimiter), between, number)
        if last is not None:
            unit.after, last.after = last.after, between
        elif not kept:
            unit.after = tail
        sequence.append(unit)
    return sequence


def _usual_gap(units: list[_Unit]) -> list[str]:
    """What stands between two entries mostly: nothing, or a blank line."""
    blank = [len(unit.after) for unit in units[:-1] if _is_blank(unit.after)]
    return [""] * Counter(blank).most_common(1)[0][0] if blank else []


def _marked(lines: list[str], new: Sequence[Criterion]) -> list[str]:
    """Write the ids of entries without one where their position does not say it any more."""
    entries = blocks_of(lines).entries
    wanted = [each.id for each in new]
    if len(entries) == len(wanted) and criteria.assigned_ids(entries) != wanted:
        for entry, criterion_id in zip(entries, wanted, strict=True):
            if not entry.id:
                bare = lines[entry.first].rstrip(" \t")
                lines[entry.first] = f"{bare} {{#{criterion_id}}}"
    return lines


def _remembering(lines: list[str], old: Sequence[Criterion]) -> list[str]:
    """Note the highest id that was in use, if it would be forgotten."""
    used = max((int(each.id[1:]) for each in old), default=0)
    if criteria.highest_id(lines) >= used:
        return lines
    if any(int(each) >= used for each in _implied(lines)):
        return lines
    note = f"<!-- ids up to {{#c{used}}} are used -->"
    for index, line in enumerate(lines):
        if _USED_UP.fullmatch(line.strip()):
            return [*lines[:index], note, *lines[index + 1 :]]
    before, after = _room(lines)
    return [*before, note, *after]


def _implied(lines: list[str]) -> list[str]:
    return [each[1:] for each in criteria.assigned_ids(blocks_of(lines).entries)]
