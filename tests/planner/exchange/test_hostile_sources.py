"""Text made to hurt: it costs time that grows with its length, and nothing else."""

import time

import pytest

from planner.exchange.gsd import read_source

WIDTH = 9_000
LINES = {
    "open brackets": "**Requirements**: " + "(" * WIDTH,
    "ids in brackets": "**Requirements**: " + "(A-01" * (WIDTH // 8) + ")" * (WIDTH // 8),
    "ids": "**Requirements**: " + "A-01, " * (WIDTH // 6),
    "hyphens": "**Requirements**: " + "A-" * (WIDTH // 2) + "_",
    "wild cards": "**Requirements**: " + "A-*" * (WIDTH // 3),
    "dots": "**Requirements**: A" + ".1" * (WIDTH // 2) + "_",
    "ranges": "**Requirements**: " + "A-01 through " * (WIDTH // 13),
    "stars": "**" + "a*" * (WIDTH // 2),
    "boxes": "- [" * (WIDTH // 3),
    "links": "- " + "[a](" * (WIDTH // 4),
    "phases": "**Depends on**: " + "Phase 1 (a) " * (WIDTH // 12),
    "dashes": "- [ ] **Phase 2: x** " + "— " * (WIDTH // 2),
    "titles": "### Phase 2: " + "a (" * (WIDTH // 3),
    "quotes": ">" * WIDTH,
    "details": "<details>" * (WIDTH // 9),
    "summaries": "<summary>" * (WIDTH // 9),
    "comments": "<!--" * (WIDTH // 4),
    "bars": "|" * WIDTH,
    "versions": "## v" + "1." * (WIDTH // 2),
    "totals": "- v1 requirements: " + " requirements" * (WIDTH // 13),
    "blanks": "a" + "\u3000" * WIDTH + "b",
    "emoji": "- " + "✅" * WIDTH,
    "fences": "````` " + "x" * 20,
    "digits": "- [ ] Phase " + "1" * WIDTH,
}


def seconds(line: str, count: int) -> float:
    data = ("### Phase 1: A\n" + f"{line}\n" * count).encode()
    files = {"ROADMAP.md": data, "REQUIREMENTS.md": data}
    started = time.process_time()
    read_source(files)
    return time.process_time() - started


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_hostile_lines_cost_time_in_proportion(line):
    """Four times the text costs about four times the time: no pattern backtracks without end."""
    few = min(seconds(line, 3) for _ in range(2)) + 0.01
    many = seconds(line, 12)
    assert many < 12 * few + 0.5


def test_a_hundred_thousand_lines_are_read():
    """Plans of any length, every line accounted for."""
    rows = [f"- [ ] **Phase {n}: P{n}** - does it" for n in range(1, 2_001)]
    rows += ["some words of prose" for _ in range(98_000)]
    started = time.process_time()
    found = read_source({"ROADMAP.md": "\n".join(rows).encode()})
    assert found.counts.phases == 2_000
    assert time.process_time() - started < 60


def test_deep_nesting_is_read():
    """Blocks in blocks, items in items, headings below headings."""
    depth = 3_000
    text = "<details>\n" * depth + "### Phase 1: A\n" + "</details>\n" * depth
    text += "".join(" " * n + "- x\n" for n in range(300))
    assert read_source({"ROADMAP.md": text.encode()}).counts.phases == 1


def test_a_line_without_end_is_shown_not_read():
    """10 000 characters and more are data."""
    text = "### Phase 1: A\n- [ ] **Phase 2: " + "x" * 20_000 + "**\n"
    found = read_source({"ROADMAP.md": text.encode()})
    assert found.counts.phases == 1
    assert [line.line for line in found.unread] == [2]
    assert "import-long-line" in {problem.rule for problem in found.problems}


def test_other_encodings_are_read_and_reported():
    """UTF-16 from an editor, Latin-1 from an old one."""
    text = "### Phase 1: Déck\n"
    for data in (text.encode("utf-16"), text.encode("latin-1")):
        found = read_source({"ROADMAP.md": data})
        assert found.counts.phases == 1
        assert "import-encoding" in {problem.rule for problem in found.problems}


def test_markup_of_others_stays_text():
    """Script in a title is a title."""
    found = read_source({"ROADMAP.md": b"### Phase 1: <script>alert(1)</script>\n"})
    (phase,) = found.tree.phases
    assert phase.title == "<script>alert(1)</script>"
    assert phase.id == "script-alert-1-script"
