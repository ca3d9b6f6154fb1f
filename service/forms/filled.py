"""A form with what stands in it: made from the values of an item, or from what a person sent.

What a person sent stays as it is here, wrong or not, so that the form can be shown again with all
of it; `service.forms.reading` makes values of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from service.forms.sheet import PREFIX, ROWS, SHEETS, Box

_ROW: Final = re.compile(r"f\.([a-z_]{1,40})\.([0-9]{1,6})\.([a-z]{1,20})")
HARD, SOFT = "hard", "soft"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list; `index` is the number in the names of its fields, not its place."""

    index: int
    parts: Mapping[str, str]

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written into it; choices and ids say nothing by themselves."""
        return not any(
            text.strip()
            for name, text in self.parts.items()
            if name not in {"id", "soft", "type", "status"} or len(self.parts) == 1
        )


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the form of an item of `kind`.

    `texts` are the single values by field, `rows` the lists.  A field that is in neither was not
    shown.
    """

    kind: str
    texts: Mapping[str, str]
    rows: Mapping[str, tuple[Row, ...]]

    @property
    def height(self) -> int:
        """How many rows its lists have together."""
        return sum(map(len, self.rows.values()))

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Names and values as a browser sends them."""
        for name, text in self.texts.items():
            yield f"{PREFIX}{name}", text
        for name, rows in self.rows.items():
            yield f"{PREFIX}{name}", ""
            for row in rows:
                for part, text in row.parts.items():
                    yield f"{PREFIX}{name}.{row.index}.{part}", text

    def name_of(self, at: str) -> str:
        """The name in the form of the field or row at `links.1` or `criteria.0.check`.

        Rows are counted as the planner counts the entries: blank ones are none.  Empty where the
        form does not show it.
        """
        name, _, rest = at.partition(".")
        if name in self.texts:
            return f"{PREFIX}{name}"
        if name not in self.rows:
            return ""
        number = rest.partition(".")[0]
        entries = [row for row in self.rows[name] if not row.is_blank]
        if number.isdecimal() and int(number) < len(entries):
            return f"{PREFIX}{name}.{entries[int(number)].index}"
        return f"{PREFIX}{name}"

    def with_row(self, name: str, parts: Mapping[str, str] | None = None) -> "Filled":
        """The same with one more row at the end of a list; unchanged for what is no list."""
        box = _list_of(self.kind, name)
        if box is None or name not in self.rows:
            return self
        rows = self.rows[name]
        index = max((row.index for row in rows), default=-1) + 1
        new = Row(index, dict.fromkeys(box.parts, "") | dict(parts or {}))
        return self._with(name, (*rows, new))

    def with_parts(self, name: str, index: int, parts: Mapping[str, str]) -> "Filled":
        """The same with other texts in some parts of a row; unchanged where there is none."""
        rows = self.rows.get(name, ())
        new = (replace(row, parts={**row.parts, **parts}) if row.index == index else row
               for row in rows)  # fmt: skip
        return self._with(name, tuple(new))

    def without_row(self, name: str, index: int) -> "Filled":
        """The same without a row."""
        rows = self.rows.get(name, ())
        return self._with(name, tuple(row for row in rows if row.index != index))

    def moved(self, name: str, index: int, by: int) -> "Filled":
        """The same with a row `by` places further down (negative: up), within the list."""
        rows = list(self.rows.get(name, ()))
        at = next((place for place, row in enumerate(rows) if row.index == index), None)
        if at is None:
            return self
        row = rows.pop(at)
        rows.insert(min(max(at + by, 0), len(rows)), row)
        return self._with(name, tuple(rows))

    def with_values(self, values: Mapping[str, object]) -> "Filled":
        """The same with other values of some fields."""
        new = filled_of(self.kind, values)
        return replace(self, texts={**self.texts, **new.texts}, rows={**self.rows, **new.rows})

    def _with(self, name: str, rows: tuple[Row, ...]) -> "Filled":
        return replace(self, rows={**self.rows, name: rows}) if name in self.rows else self


def _list_of(kind: str, name: str) -> Box | None:
    return next((box for box in SHEETS[kind] if box.name == name and box.parts), None)


# -- from values ----------------------------------------------------------------------------------


def filled_of(kind: str, values: Mapping[str, Any]) -> Filled:
    """The form of an item with these plain values; fields that it lacks are left out."""
    texts: dict[str, str] = {}
    rows: dict[str, tuple[Row, ...]] = {}
    for box in SHEETS[kind]:
        if box.name not in values:
            continue
        value = values[box.name]
        if box.parts:
            entries = _ENTRIES[box.widget](value)
            rows[box.name] = tuple(Row(index, parts) for index, parts in enumerate(entries))
        elif box.widget == "tags":
            texts[box.name] = ", ".join(value)
        elif box.widget == "words":
            texts[box.name] = "\n".join(value)
        else:
            texts[box.name] = str(value)
    return Filled(kind, texts, rows)


def _of_refs(value: Iterable[str]) -> Iterator[dict[str, str]]:
    for each in value:
        yield {"id": each}


def _of_dependencies(value: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    for each in value:
        soft = SOFT if each["soft"] else HARD
        yield {"phase": each["phase"], "soft": soft, "reason": each["reason"]}


def _of_links(value: Iterable[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    for each in value:
        yield {"type": each["type"], "to": each["to"]}


def _of_waivers(value: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for rule, reason in value.items():
        yield {"rule": rule, "reason": reason}


def _of_provenance(value: Mapping[str, Mapping[str, str]]) -> Iterator[dict[str, str]]:
    for name, each in value.items():
        yield {
            "field": name,
            **{part: each.get(part, "") for part in ROWS["provenance"] if part != "field"},
        }


def _of_criteria(value: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    for each in value:
        yield {
            "id": each["id"],
            "text": each["text"],
            "verifies": ", ".join(each["verifies"]),
            "check": each["check"],
            "level": each["level"],
            "status": each["status"],
            "proof": "\n".join(each["proof"]),
            "waive": "\n".join(f"{rule}: {reason}" for rule, reason in each["waive"].items()),
        }


_ENTRIES: Final[Mapping[str, Any]] = {
    "refs": _of_refs,
    "dependencies": _of_dependencies,
    "links": _of_links,
    "waivers": _of_waivers,
    "provenance": _of_provenance,
    "criteria": _of_criteria,
}


# -- from what was sent ---------------------------------------------------------------------------


def filled_from(kind: str, form: Mapping[str, str]) -> Filled:
    """What a person sent.  Names that are none of the form's are passed over.

    The rows of a list come in the order in which their names first stand in the form.
    """
    boxes = {box.name: box for box in SHEETS[kind]}
    texts = {
        name: form[f"{PREFIX}{name}"].replace("\r\n", "\n")
        for name, box in boxes.items()
        if not box.parts and f"{PREFIX}{name}" in form
    }
    found: dict[str, dict[int, dict[str, str]]] = {
        name: {} for name, box in boxes.items() if box.parts and f"{PREFIX}{name}" in form
    }
    for key, text in form.items():
        match = _ROW.fullmatch(key)
        if match is None or match[1] not in found or match[3] not in boxes[match[1]].parts:
            continue
        parts = found[match[1]].setdefault(int(match[2]), {})
        parts.setdefault(match[3], text.replace("\r\n", "\n"))
    rows = {
        name: tuple(
            Row(index, {part: parts.get(part, "") for part in boxes[name].parts})
            for index, parts in entries.items()
        )
        for name, entries in found.items()
    }
    return Filled(kind, texts, rows)
