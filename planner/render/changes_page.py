"""What changed in the plan, in words: one entry for each commit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from markupsafe import Markup, escape

from planner.render import frame
from planner.render.desk import Desk
from planner.render.scopes import sheet_path
from planner.render.templates import template
from planner.render.texts import Texts
from planner.render.view import ChangeSet
from planner.trace.change import Change, ChangeKind

PATH = "changes/"
SETS_PER_SHEET = 40
_MOST_SENTENCES = 60
_LONGEST_DIFF = 400
_WHOLE = frame.Kind(depth=1, section="changes", exact=True)
_SHEET = frame.Kind(depth=2, section="changes")
_KEPT = 60
_REWORDED = frozenset({ChangeKind.REWORDED, ChangeKind.CRITERION_REWORDED})
# Chinese, Japanese and Korean are written without blanks: each sign is a word.
_SIGNS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"\s+|[{_SIGNS}]|[^\W{_SIGNS}]+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """A commit with what it changed, each change as a sentence; `more` are not shown."""

    commit: str
    time: str
    author: str
    subject: str
    sentences: Sequence[Markup]
    more: int


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """What `changes.html` shows."""

    entries: Sequence[ChangeEntry]
    notes: Sequence[str]
    sheet: int
    sheets: int
    sheet_links: Sequence[tuple[int, str]]


def sheet_count(sets: Sequence[ChangeSet]) -> int:
    """How many sheets the changes fill."""
    return max(1, -(-len(sets) // SETS_PER_SHEET))


def changes_sheet(desk: Desk, key: str) -> str:
    """Sheet `key` (from "1") of the changes, newest first."""
    view, number = desk.view, int(key)
    kind = _WHOLE if number == 1 else _SHEET
    texts = desk.texts(kind)
    count = sheet_count(view.changes)
    start = (number - 1) * SETS_PER_SHEET
    shown = ChangesPage(
        entries=[
            change_entry(texts, each) for each in view.changes[start : start + SETS_PER_SHEET]
        ],
        notes=view.notes,
        sheet=number,
        sheets=count,
        sheet_links=[(each, sheet_path(PATH, each)) for each in range(1, count + 1)],
    )
    links = texts.links
    body = template("changes.html").render(page=shown, root=links.root, index=links.index)
    title = "Changes" + (f", page {number}" if number > 1 else "")
    about = "What was added, dropped, moved, reworded or finished in the plan, commit by commit."
    return frame.page(
        view, kind, path=sheet_path(PATH, number), title=title, about=about, body=body
    )


def change_entry(texts: Texts, changes: ChangeSet, most: int = _MOST_SENTENCES) -> ChangeEntry:
    """A commit as an entry with at most `most` sentences."""
    return ChangeEntry(
        changes.commit,
        changes.time,
        changes.author,
        changes.subject,
        [sentence(texts, change) for change in changes.changes[:most]],
        max(len(changes.changes) - most, 0),
    )


def sentence(texts: Texts, change: Change) -> Markup:
    """A change in words, with the item as a link and, for a reworded text, what differs."""
    words = Markup(escape(change.sentence))  # noqa: S704 - escaped
    card = texts.view.cards.get(change.id)
    if card is not None and card.kind == change.item_kind and card.path:
        name = escape(change.name)
        start, found, end = words.partition(name) if name else (words, "", "")
        link = Markup('<a href="{}">{}</a>').format(texts.links.to(card.path), change.name)
        words = start + link + end if found else words + Markup(" (") + link + Markup(")")
    if change.kind in _REWORDED and change.old and change.new:
        words += word_diff(change.old, change.new)
    return words


@lru_cache(maxsize=1024)
def word_diff(old: str, new: str) -> Markup:
    """Two wordings as one text with `<del>` and `<ins>`; nothing for very long ones.

    Stretches that are the same are cut where they are long.
    """
    before, after = _WORD.findall(old), _WORD.findall(new)
    if max(len(before), len(after)) > _LONGEST_DIFF:
        return Markup()
    parts = []
    for same, was, now in _stretches(before, after):
        if same:
            parts.append(escape(_middle(was)))
            continue
        parts.append(Markup("<del>{}</del>").format(was) if was else Markup())
        parts.append(Markup("<ins>{}</ins>").format(now) if now else Markup())
    return Markup('<span class="diff">{}</span>').format(Markup().join(parts))


def _stretches(before: list[str], after: list[str]) -> list[tuple[bool, str, str]]:
    """Stretches of two texts: whether they are the same, the old and the new one.

    A blank between two changes belongs to them, so that a reworded phrase is one change.
    """
    found: list[tuple[bool, str, str]] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        was, now = "".join(before[a:b]), "".join(after[c:d])
        same = tag == "equal" and bool(was.strip())
        if found and not found[-1][0] and not same:
            _, old, new = found.pop()
            was, now = old + was, new + now
        found.append((same, was, now))
    return [(same or was == now, was, now) for same, was, now in found]


def _middle(text: str) -> str:
    """A stretch of unchanged text, without the middle where it is long."""
    if len(text) <= 2 * _KEPT:
        return text
    return f"{text[:_KEPT]} … {text[-_KEPT:]}"
