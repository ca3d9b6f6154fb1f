"""docs/import.md says what the importer does."""

from planner.exchange.rules import IMPORT_RULES
from planner.exchange.source import MAX_FILE, MAX_FILES, MAX_TOTAL


def test_the_table_of_findings_is_complete(root):
    """One row for each rule, in their order."""
    text = (root / "docs" / "import.md").read_text(encoding="utf-8")
    table = text.partition("<!-- findings:begin -->\n\n")[2].partition("\n\n<!-- findings:end")[0]
    assert table.splitlines()[2:] == [
        f"| `{rule.id}` | {rule.severity} | {rule.title} | {rule.why} |"
        for rule in IMPORT_RULES.values()
    ]


def test_the_limits_are_those_of_the_code(root):
    """Sizes that a reader may rely on."""
    text = (root / "docs" / "import.md").read_text(encoding="utf-8")
    said = f"{MAX_FILE >> 20} MiB, the folder {MAX_TOTAL >> 20} MiB and {MAX_FILES:,} files"
    assert f"A file may have {said}" in text
