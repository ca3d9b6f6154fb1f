"""Items as files in the project's own style."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planner.codec.body import heading_line, plain_heading, plain_text, section_text, trimmed
from planner.codec.body_edit import headings_of
from planner.codec.claims import render_claims
from planner.codec.criteria import HEADING, read_criteria
from planner.codec.criterion_edit import edit_criteria, settled
from planner.codec.finding import BadValueError
from planner.codec.front_edit import key_lines
from planner.codec.frontmatter import FrontMatterError, parse
from planner.codec.normal import normal_value
from planner.codec.reading import implied_topic
from planner.codec.scalars import write_scalar
from planner.errors import EditError
from planner.model.claims import is_ledger
from planner.model.fields import FIELDS, Field, kind_of
from planner.model.ids import path_of
from planner.model.items import Criterion, Item, Phase, Research, Section


def render_item(item: Item) -> str:
    """The text of the file of an item: keys in the order of the field table, without defaults.

    Reading it gives `normal_item(item)`.  Unknown keys (`extra`) and unknown sections are written,
    too; sections stand in the order of `item.sections`, where the item has them.  Raises EditError
    for a value that its field does not take.
    """
    if isinstance(item, Research) and is_ledger(path_of("research", item.id)):
        return render_claims(item.claims)
    item = normal_item(item)
    front = _front_lines(item)
    if item.extra:
        _check_extra(item, front)
    if kind_of(item) == "plan":
        return "".join(f"{line}\n" for line in front)
    body = _body(item)
    if isinstance(item, Research) and not front and not body.startswith("---"):
        return f"{body}\n" if body else ""
    head = "".join(f"{line}\n" for line in ("---", *front, "---"))
    return f"{head}\n{body}\n" if body else head


def normal_item(item: Item) -> Item:
    """The item as it is read back once it is written.

    Values are in the form of `planner.codec.normal` and `planner.codec.criterion_text`, and
    `sections` tell what the fields hold.  An item that was read is in this form but for a code or
    HTML block left open in a section, which is closed.  Raises EditError.
    """
    try:
        return _normal(item)
    except BadValueError as error:
        raise EditError(f"{item.path or item.id}: {error.message}", error.hint) from error


def _normal(item: Item) -> Item:
    values: dict[str, Any] = {}
    for field in FIELDS[kind_of(item)]:
        try:
            values[field.name] = normal_value(field, getattr(item, field.name))
        except BadValueError as error:
            raise BadValueError(f"{field.name}: {error.message}", error.hint) from error
    if isinstance(item, Research):
        values["text"] = plain_text(item.text)
        values["run"] = item.id.partition("/")[0]
    elif isinstance(item, Phase):
        values["criteria"], criteria_text = _criteria(item)
        values["sections"] = _sections(item, values | {"criteria": criteria_text})
    elif kind_of(item) != "plan":
        values["sections"] = _sections(item, values)
    set_keys = {
        field.key
        for field in FIELDS[kind_of(item)]
        if field.home == "front" and values[field.name] != _default(item, field)
    }
    values["extra"] = tuple(pair for pair in item.extra if pair[0] not in set_keys)
    return replace(item, **values)


def _default(item: Item, field: Field) -> object:
    return implied_topic(item.id) if field.name == "topic" else field.default


def _criteria(item: Phase) -> tuple[tuple[Criterion, ...], str]:
    """The criteria, and the text of their section; lines of it that are none stay."""
    raw = next((each.text for each in item.sections if _key(each.heading) == _key(HEADING)), "")
    raw = section_text(raw)
    lines = raw.split("\n")
    old, _ = read_criteria(lines, 1)
    new = settled(item.criteria, old, raw)
    return new, raw if new == old else trimmed("\n".join(edit_criteria(lines, old, new)))


def _key(heading: str) -> str:
    return heading.casefold()


def _sections(item: Item, values: Mapping[str, Any]) -> tuple[Section, ...]:
    """The sections of the file: those the item has, and its fields that have none there yet."""
    names = {_key(field.key): field.name for field in FIELDS[kind_of(item)] if field.home == "body"}
    headings = [heading for heading in headings_of(kind_of(item)) if heading]
    if isinstance(item, Phase):
        names[_key(HEADING)] = "criteria"
    order = [_key(heading) for heading in headings]
    written: list[Section] = []
    standing: Counter[str] = Counter()
    cleared: set[str] = set()
    for section in item.sections:
        heading = plain_heading(section.heading)
        key = _key(heading)
        text = values[names[key]] if key in order and key not in standing else section.text
        written.append(Section(heading, section_text(text), section.line))
        standing[key] += 1
        if section.text and not written[-1].text:
            cleared.add(key)
    for heading in headings:
        key = _key(heading)
        if key not in standing and values[names[key]]:
            earlier = order[: order.index(key)]
            before = [at for at, each in enumerate(written) if _key(each.heading) in earlier]
            written.insert(before[-1] + 1 if before else 0, Section(heading, values[names[key]]))
    # A section that was emptied goes with its heading.  One that was empty before stays, and one
    # before another of its name: that other is not to be read in its place.
    gone = {key for key in cleared if standing[key] == 1}
    return tuple(each for each in written if _key(each.heading) not in gone)


def _front_lines(item: Item) -> list[str]:
    lines: list[str] = []
    for field in FIELDS[kind_of(item)]:
        if field.home == "front":
            value = getattr(item, field.name)
            if value != _default(item, field):
                lines += key_lines(field, value)
    for key, source in item.extra:
        gap = "" if not source or source[0] == "\n" else " "
        lines += f"{write_scalar(key, flow=True)}:{gap}{source}".split("\n")
    return lines


def _check_extra(item: Item, front: list[str]) -> None:
    """Source text that comes with the item must be YAML that stays within its key."""
    try:
        root = parse("".join(f"{line}\n" for line in front))
    except FrontMatterError as error:
        finding = error.findings[0]
        raise EditError(
            f"{item.path or item.id}: an unknown key cannot be written: {finding.message}",
            finding.hint,
        ) from error
    keys = {key.value for key, _ in root.pairs()} if root is not None else set()
    known = {field.key for field in FIELDS[kind_of(item)] if field.home == "front"}
    if not keys - known <= {key for key, _ in item.extra}:
        raise EditError(
            f"{item.path or item.id}: the text of an unknown key holds further keys",
            "write each key of its own in `extra`",
        )


def _body(item: Item) -> str:
    if isinstance(item, Research):
        return item.text
    lead = next(
        (
            getattr(item, field.name)
            for field in FIELDS[kind_of(item)]
            if field.home == "body" and not field.key
        ),
        "",
    )
    parts = [lead]
    for section in item.sections:
        parts += [heading_line(section.heading), section.text]
    return "\n\n".join(part for part in parts if part)
