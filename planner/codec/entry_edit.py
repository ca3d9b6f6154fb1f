"""Changing one success criterion: only the lines of the changed text or bullet are written anew."""

import re

from planner.codec.criteria import KEYS, interpret, value_of
from planner.codec.criterion_blocks import Bullet, Entry, split_mark
from planner.codec.criterion_text import bullet_lines, bullet_values
from planner.model.items import Criterion

# The end of such a block must stand alone on its line.
_OPAQUE = re.compile("```|~~~|<!--")


def edited_entry(
    lines: list[str], entry: Entry, dash: str, old: Criterion, new: Criterion
) -> list[str]:
    """The lines of an entry (with the comments above it), made to say `new`.

    `dash` begins its first bullet where it has none yet.
    """
    return _Edit(lines, entry, dash).apply(old, new)


class _Edit:
    def __init__(self, lines: list[str], entry: Entry, dash: str) -> None:
        self._entry = entry
        self._out = {at: [lines[at]] for at in range(entry.top, entry.last + 1)}
        self._added: dict[int, list[str]] = {}
        self._dash = entry.bullets[0].lead.strip(" \t")[0] if entry.bullets else dash
        self._margin = " " * (entry.bullets[0].column if entry.bullets else entry.content)

    def apply(self, old: Criterion, new: Criterion) -> list[str]:
        if new.text != old.text:
            self._set_text(new)
        extra = interpret(self._entry, [], 0).extra
        strange = {id(bullet) for bullet in extra}
        anchor = self._text_end()
        for key in KEYS:
            bullets = [
                each
                for each in self._entry.bullets
                if each.key.casefold() == key and id(each) not in strange
            ]
            wanted = bullet_values(new, key)
            if wanted != bullet_values(old, key):
                self._set(bullets, [(key, value) for value in wanted], anchor)
            if bullets:
                anchor = bullets[-1].last
        if new.extra != old.extra:
            self._set(extra, list(new.extra), self._entry.last)
        return [
            line for at, held in self._out.items() for line in (*held, *self._added.get(at, []))
        ]

    def _text_end(self) -> int:
        """The last line of the text before the first bullet."""
        first = self._entry.bullets[0].first if self._entry.bullets else self._entry.last + 1
        return max(at for at in self._entry.text_lines if at < first)

    def _set_text(self, new: Criterion) -> None:
        entry = self._entry
        text = new.text.split("\n")
        for at in entry.text_lines:
            self._out[at] = []
        looks_marked = [bool(split_mark(line)[1]) for line in text]
        at_end = (
            entry.mark_line > entry.first
            and len(text) > 1
            and not any(looks_marked[:-1])
            and not _OPAQUE.search(new.text)
        )
        if entry.mark_line >= 0 or any(looks_marked):
            marked = len(text) - 1 if at_end else 0
            text[marked] += f" {{#{new.id}}}" if text[marked] else f"{{#{new.id}}}"
        lead = entry.lead if entry.lead[-1:] in {" ", "\t"} else f"{entry.lead} "
        margin = " " * entry.content
        self._out[entry.first] = [
            (lead + text[0]).rstrip(" "),
            *(margin + line if line else "" for line in text[1:]),
        ]

    def _set(self, bullets: list[Bullet], wanted: list[tuple[str, str]], anchor: int) -> None:
        """Make `bullets` say `wanted`; further ones come behind them, else behind `anchor`."""
        for bullet, (key, value) in zip(bullets, wanted, strict=False):
            if (bullet.key.casefold(), value_of(bullet)) != (key.casefold(), value):
                self._remove(bullet)
                lead = bullet.lead if bullet.lead[-1:] in {" ", "\t"} else f"{bullet.lead} "
                if bullet.key.casefold() != key.casefold():
                    lead = f"{' ' * bullet.column}{self._dash} {key}: "
                self._out[bullet.first] = bullet_lines(lead, value)
        for bullet in bullets[len(wanted) :]:
            self._remove(bullet)
        if bullets:
            anchor = bullets[-1].last
        for key, value in wanted[len(bullets) :]:
            lead = f"{self._margin}{self._dash} {key}: "
            self._added.setdefault(anchor, []).extend(bullet_lines(lead, value))

    def _remove(self, bullet: Bullet) -> None:
        for at in range(bullet.first, bullet.last + 1):
            self._out[at] = []
