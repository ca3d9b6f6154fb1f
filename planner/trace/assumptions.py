"""The assumptions of a phase: the list below `## Assumptions`, one entry each.

An entry is text, with nested bullets `owner:`, `question:` and `status:`.  It stands in the phase
before which it must be looked at again, so it expires when that phase begins.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

STATUSES = ("open", "held", "wrong")
_ENTRY = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]+(\S.*)")
_BULLET = re.compile(r"[ \t]+[-*+][ \t]+(owner|question|status):[ \t]*(.*)")


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that is taken to be true until somebody knows.

    `owner` finds out; `question` is what was asked; `status` is `open`, `held` (it was true) or
    `wrong`; `offset` is its line in the section, from 0.
    """

    text: str
    owner: str = ""
    question: str = ""
    status: str = "open"
    offset: int = 0


def read_assumptions(section: str) -> tuple[Assumption, ...]:
    """The entries of a section; what stands between them is text of the section alone."""
    return tuple(_entries(section))


def _entries(section: str) -> Iterator[Assumption]:
    entry: Assumption | None = None
    for offset, line in enumerate(section.splitlines()):
        begins = _ENTRY.match(line)
        bullet = _BULLET.match(line)
        if begins is not None:
            if entry is not None:
                yield entry
            entry = Assumption(begins[1].strip(), offset=offset)
        elif entry is None:
            continue
        elif bullet is not None:
            entry = _with(entry, bullet[1], bullet[2].strip())
        elif line.strip() and line[0] in " \t":
            entry = replace(entry, text=f"{entry.text} {line.strip()}")
        elif line.strip():
            # A paragraph behind the list.
            yield entry
            entry = None
    if entry is not None:
        yield entry


def _with(entry: Assumption, key: str, value: str) -> Assumption:
    if key == "owner":
        return replace(entry, owner=value)
    if key == "question":
        return replace(entry, question=value)
    return replace(entry, status=value.casefold() or "open")


def write_assumptions(entries: Iterable[Assumption]) -> str:
    """Entries as the text of a section."""
    return "\n".join(line for entry in entries for line in _lines(entry))


def _lines(entry: Assumption) -> Iterator[str]:
    yield f"- {' '.join(entry.text.split())}"
    for key, value in (("owner", entry.owner), ("question", entry.question)):
        if value:
            yield f"  - {key}: {' '.join(value.split())}"
    if entry.status != "open":
        yield f"  - status: {entry.status}"


def with_status(section: str, text: str, status: str, note: str = "") -> str:
    """The section with this status at the entry `text`, and a `note` behind its text.

    Nothing else changes.  Without such an entry the section is what it was.
    """
    entries = read_assumptions(section)
    entry = next((each for each in entries if each.text == text), None)
    if entry is None:
        return section
    lines = section.splitlines()
    end = entry.offset + 1
    while end < len(lines) and lines[end][:1] in {" ", "\t"} and lines[end].strip():
        end += 1
    own = [line for line in lines[entry.offset : end] if not _says(line, "status")]
    if note:
        words = sum(not _BULLET.match(line) for line in own)
        own.insert(words, f"  {' '.join(note.split())}")
    own.append(f"  - status: {status}")
    return "\n".join((*lines[: entry.offset], *own, *lines[end:]))


def _says(line: str, key: str) -> bool:
    bullet = _BULLET.match(line)
    return bullet is not None and bullet[1] == key
