"""The tables of fields in the documentation, made from the field table."""

import re

from planner.codec import criteria
from planner.model.fields import FIELDS, Field
from planner.model.fieldtypes import (
    Choice,
    Date,
    Dependencies,
    FieldType,
    Line,
    Links,
    PhaseNumber,
    Provenances,
    Ref,
    Refs,
    Text,
    Waivers,
    Words,
)

_REGION = re.compile(r"(<!-- fields: ([a-z]+) -->\n).*?(<!-- end of fields -->)", re.DOTALL)
_VALUES: dict[type[FieldType], str] = {
    Line: "one line of text",
    Text: "text, Markdown",
    Date: "a day, `YYYY-MM-DD`",
    PhaseNumber: 'a number such as `"02"`, `"2.1"`, `"12A"`, `"F.1"`',
    Words: "a list of texts",
    Dependencies: "a list of phase ids, or of `phase`, `soft`, `reason`",
    Links: "a list of item ids, or of `to`, `type`",
    Waivers: "a mapping from rule to reason",
    Provenances: "a mapping from field to `by`, `model`, `approved` …",
}


def field_table(kind: str) -> str:
    """The fields of a kind as a Markdown table: key or heading, value, default, meaning."""
    rows = ["| where | value | default | meaning |", "|---|---|---|---|"]
    for field in FIELDS[kind]:
        cells = [_where(field), _value(field), _default(field), _meaning(field)]
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    if kind == "phase":
        text = "a numbered list, see below"
        rows.append(
            f"| `## {criteria.HEADING}` | {text} | | How one sees that the phase is done. |"
        )
    if kind == "research":
        rows.append("| body | text, Markdown | | The document. |")
    return "\n".join(rows)


def with_tables(markdown: str) -> str:
    """`markdown` with each region from `<!-- fields: KIND -->` to its end filled anew."""
    return _REGION.sub(lambda match: f"{match[1]}{field_table(match[2])}\n{match[3]}", markdown)


def _where(field: Field) -> str:
    if field.home == "front":
        return f"`{field.key}:`"
    return f"`## {field.key}`" if field.key else "body, up to the first `## `"


def _value(field: Field) -> str:
    kind = field.type
    if isinstance(kind, Choice):
        return ", ".join(f"`{option}`" for option in kind.options)
    if isinstance(kind, Ref | Refs):
        return f"the id of a {kind.kind}"
    return _VALUES[type(kind)]


def _default(field: Field) -> str:
    if isinstance(field.default, tuple):
        return ", ".join(f"`{each}`" for each in field.default)
    return f"`{field.default}`" if field.default else ""


def _meaning(field: Field) -> str:
    return f"{field.help} **Required.**" if field.required else field.help
