"""Schemas and the documentation say what the field table says."""

import json
import re

import pytest

from planner.codec.docs_table import field_table, with_tables
from planner.codec.reading import read_item
from planner.codec.schema import DIALECT, item_schema, json_schema
from planner.model.fields import FIELDS, FRONT_KEYS, KINDS
from planner.model.fieldtypes import Choice

_EXAMPLE = re.compile(r"^(`{3,})(?:yaml|markdown)\n(.*?)^\1\n", re.MULTILINE | re.DOTALL)
_PATHS = {
    "title: Lighthouse": "plan.yaml",
    "title: First light": "milestones/v1.0.md",
    "title: Lamp room": "phases/lamp-room.md",
    "title: Brightness": "requirements/LAMP-01.md",
    "title: Lamps": "research/first-look/stack.md",
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_of_the_front_matter_has_its_keys(kind):
    """Each key with label, help, options and default; required ones are named."""
    schema = json.loads(json.dumps(json_schema(kind)))
    assert schema["$schema"] == DIALECT
    assert list(schema["properties"]) == list(FRONT_KEYS[kind])
    assert schema["required"] == [
        field.key for field in FIELDS[kind] if field.required and field.home == "front"
    ]
    for key, field in FRONT_KEYS[kind].items():
        described = schema["properties"][key]
        assert described["title"] == field.label
        assert described["description"] == field.help
        if isinstance(field.type, Choice):
            assert described["anyOf"] == [{"enum": list(field.type.options)}, {"type": "null"}]
            assert described.get("default", "") == field.default


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_of_an_item_has_its_names(kind):
    """Everything that an edit may change, and nothing else."""
    schema = json.loads(json.dumps(item_schema(kind)))
    more = {"phase": ["criteria"], "research": ["text"]}.get(kind, [])
    assert list(schema["properties"]) == [*(field.name for field in FIELDS[kind]), *more]
    assert schema["additionalProperties"] is False
    assert "required" not in schema


def test_the_tables_of_the_documentation_are_current(root):
    """`docs/content-format.md` is filled from the field table, one table per kind."""
    path = root / "docs" / "content-format.md"
    text = path.read_text(encoding="utf-8")
    assert with_tables(text) == text
    for kind in KINDS:
        assert field_table(kind) in text


def test_the_examples_of_the_documentation_are_good_files(root):
    """One complete example of each kind without any problem; all keys of a requirement."""
    text = (root / "docs" / "content-format.md").read_text(encoding="utf-8")
    examples = [match[2] for match in _EXAMPLE.finditer(text)]
    items = {}
    for example in examples:
        path = next(path for title, path in _PATHS.items() if title in example)
        read = read_item(path, example.encode())
        assert read.problems == ()
        items[path] = read.item
    assert sorted(items) == sorted(_PATHS.values())
    requirement = items["requirements/LAMP-01.md"]
    unused = {"waive"}  # shown with the phase
    for field in FIELDS["requirement"]:
        assert field.name in unused or getattr(requirement, field.name)
    assert [each.id for each in items["phases/lamp-room.md"].criteria] == ["c1", "c2"]
