"""The changes of a plan as a Markdown document."""

import re
from collections.abc import Iterable, Sequence

from planner.trace.change import Change, ChangeKind

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")
_GROUPS: Sequence[tuple[str, frozenset[ChangeKind]]] = (
    ("Added", frozenset({ChangeKind.ADDED})),
    ("Dropped", frozenset({ChangeKind.DROPPED})),
    ("Moved", frozenset({ChangeKind.MOVED})),
    ("Renamed", frozenset({ChangeKind.RENAMED})),
    ("Status", frozenset({ChangeKind.STATUS, ChangeKind.CRITERION_STATUS})),
    ("Reworded", frozenset({ChangeKind.REWORDED, ChangeKind.CRITERION_REWORDED})),
    ("Criteria", frozenset({ChangeKind.CRITERION_ADDED, ChangeKind.CRITERION_REMOVED})),
    (
        "Dependencies and links",
        frozenset(
            {
                ChangeKind.DEPENDENCY_ADDED,
                ChangeKind.DEPENDENCY_REMOVED,
                ChangeKind.LINK_ADDED,
                ChangeKind.LINK_REMOVED,
            }
        ),
    ),
    ("Other", frozenset({ChangeKind.CHANGED})),
)

SORTS = tuple(title.casefold() for title, _ in _GROUPS)


def sort_of(change: Change) -> str:
    """The sort of a change: the title of its section in small letters."""
    return next(title.casefold() for title, kinds in _GROUPS if change.kind in kinds)


def changelog(changes: Iterable[Change], old: str, new: str) -> str:
    """A document with one section for each sort of change; what got weaker comes first."""
    left = list(changes)
    weaker = [each for each in left if each.weaker]
    left = [each for each in left if not each.weaker]
    sections = [_section("Weakened", weaker)]
    sections += [
        _section(title, [each for each in left if each.kind in kinds]) for title, kinds in _GROUPS
    ]
    said = [section for section in sections if section] or ["Nothing changed.\n"]
    title = f"# Changes of the plan from {_plain(old)} to {_plain(new or 'the files')}\n"
    return "\n".join([title, *said])


def _section(title: str, changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    said = dict.fromkeys(_plain(change.sentence) for change in changes)
    lines = [f"- {each}{'' if each[-1:] in {'.', '!', '?', '…'} else '.'}\n" for each in said]
    return f"## {title}\n\n{''.join(lines)}"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
