"""Random edits of lists of success criteria."""

import os
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.codec.criteria import read_criteria
from planner.codec.criterion_text import normal_criterion
from planner.codec.editing import edit_text
from planner.codec.reading import read_item

_EXAMPLES = int(os.environ.get("CODEC_EXAMPLES", "150"))
_QUICK = settings(max_examples=_EXAMPLES, deadline=None, database=None)
_PATH = "phases/tower.md"
_ENTRIES = [
    "1. The first holds. {#c1}\n   - verifies: A-1,B-2\n   - check: `ls`\n     and more\n",
    "2. Second text\n   goes on. {#c2}\n\n   A paragraph.\n\n   - level: full\n   - note: kept\n",
    (
        "3. Third {#c7}\n    - proof: a.py, b.py\n    - status: met\n    - check: x\n"
        "    - check: twice\n"
    ),
    "4. No id here\n\n",
    "5) Other mark {#c4}\n   - sub item\n     - check: not a key\n   - waive: a-rule: so it is\n",
    (
        "10. Wide\n    ```\n    - check: in code\n    2. no entry\n    ```\n"
        "    {#c10}\n    - verifies: A\n"
    ),
    "<!-- about the next\n one -->\n6. Commented {#c6}\n   * Verifies: Z-9\n   * Level: sanity\n\n",
    "7. {#c12}\n",
    "8. Bad values {#c13}\n   - status: nearly\n   - verifies: (all)\n   - Check: fine\n",
]
_FOREIGN = [
    "\nAn introduction.\n\n",
    "\n<!-- a note -->\n\n",
    "\n",
    "\n- a stray bullet\n\n",
    "\nText between.\n\n",
]


@st.composite
def sections(draw):
    """The text of a section with entries, other text and blank lines between."""
    entries = draw(st.lists(st.sampled_from(_ENTRIES), max_size=5, unique=True))
    parts = []
    for entry in entries:
        if draw(st.integers(0, 3)) == 0:
            parts.append(draw(st.sampled_from(_FOREIGN)))
        parts.append(entry)
    if draw(st.booleans()):
        parts.append(draw(st.sampled_from(_FOREIGN)))
    return "".join(parts)


@st.composite
def edits(draw, old, new_ones):
    """Some of the old criteria, some of them changed or moved, and new ones between."""
    kept = [each for each in old if draw(st.integers(0, 4))]
    if draw(st.booleans()):
        kept = draw(st.permutations(kept))
    result = []
    for each in kept:
        if draw(st.booleans()):
            donor = draw(new_ones)
            names = draw(
                st.sets(
                    st.sampled_from(
                        ["text", "verifies", "check", "level", "status", "proof", "waive", "extra"]
                    )
                )
            )
            each = replace(each, **{name: getattr(donor, name) for name in names})
        result.append(each)
    for fresh in draw(st.lists(new_ones, max_size=2)):
        place = draw(st.integers(0, len(result)))
        result.insert(place, replace(fresh, id=""))
    return tuple(result)


def _own_lines(section: str, criterion_id: str) -> str:
    """The lines of one entry, without those behind it."""
    lines = section.split("\n")
    starts = [at for at, line in enumerate(lines) if f"{{#{criterion_id}}}" in line]
    return lines[starts[0]] if starts else ""


def test_criteria_are_changed_added_moved_and_removed(criteria_lists):
    """What was asked for is read back; criteria that did not change keep their lines."""
    new_ones = criteria_lists.filter(bool).map(lambda several: several[0])

    @_QUICK
    @given(st.data(), sections(), st.sampled_from(["", "\n## Later\n\nText.\n"]), st.booleans())
    def check(data, section, later, tight):
        head = "---\ntitle: Tower\n---\n\nGoal.\n\n## Success criteria\n"
        text = f"{head}{'' if tight else chr(10)}{section}{later}"
        before = read_item(_PATH, text.encode()).item
        wanted = data.draw(edits(before.criteria, new_ones))
        # A second value for a key that gets its first one would be read as that: not asked for.
        wanted = tuple(
            replace(
                each,
                extra=tuple(
                    pair for pair in each.extra if pair[0] not in {"check", "status", "verifies"}
                ),
            )
            if each not in before.criteria
            else each
            for each in wanted
        )
        after = edit_text(_PATH, text.encode(), {"criteria": wanted}).decode()
        item = read_item(_PATH, after.encode()).item
        assert [normal_criterion(replace(each, id="")) for each in item.criteria] == [
            normal_criterion(replace(each, id="")) for each in wanted
        ]
        old_ids = {each.id for each in before.criteria}
        for new, asked in zip(item.criteria, wanted, strict=True):
            assert new.id == asked.id or (not asked.id and new.id not in old_ids)
        assert after.startswith(head) or not item.criteria
        assert after.endswith(later)
        unchanged = [each for each in before.criteria if each in wanted]
        for each in unchanged:
            assert _own_lines(text, each.id).lstrip("0123456789") in after
        for foreign in ("An introduction.", "a stray bullet", "Text between.", "a note"):
            assert (foreign in text) == (foreign in after)

    check()


def test_the_highest_id_is_never_given_twice(criteria_lists):
    """After any removals a new criterion gets an id that no criterion ever had."""

    @_QUICK
    @given(criteria_lists.filter(bool), st.data())
    def check(criteria, data):
        text = b"---\ntitle: Tower\n---\n"
        text = edit_text(_PATH, text, {"criteria": criteria})
        ever = {each.id for each in criteria}
        for _ in range(3):
            now = read_item(_PATH, text).item.criteria
            kept = tuple(each for each in now if data.draw(st.booleans()))
            text = edit_text(_PATH, text, {"criteria": kept})
            again = (*kept, replace(criteria[0], id=""))
            text = edit_text(_PATH, text, {"criteria": again})
            new = read_item(_PATH, text).item.criteria[-1]
            assert new.id not in ever
            ever.add(new.id)

    check()


def test_any_text_of_a_section_is_read_without_loss_of_lines():
    """Each line that is not blank belongs to an entry or is foreign, whatever it looks like."""

    @_QUICK
    @given(
        st.lists(st.sampled_from(("".join(_ENTRIES) + "".join(_FOREIGN)).split("\n")), max_size=12)
    )
    def check(lines):
        found, _ = read_criteria(lines, 1)
        assert all(1 <= each.line <= len(lines) for each in found)

    check()
