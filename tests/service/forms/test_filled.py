"""Rows that are added, removed and moved; what was typed; where findings stand."""

import pytest

from service.forms.choices import Choices
from service.forms.drawn import Drawn
from service.forms.filled import filled_from, filled_of
from service.forms.findings import fix_of, found_of, refused
from service.forms.reading import changes_of, values_of
from service.forms.sheet import blank_values
from service.forms.steps import after_step, focus_after, is_step
from service.planning.records import CheckRecord, FixRecord, ProblemRecord


def links(*targets: str) -> dict[str, str]:
    form = {"f.links": ""}
    for index, target in enumerate(targets):
        form |= {f"f.links.{index}.to": target, f"f.links.{index}.type": "relates"}
    return form


def targets(filled: object) -> list[str]:
    return [each["to"] for each in values_of(filled, blank_values("requirement"))["links"]]  # type: ignore[arg-type]


def test_rows_come_in_the_order_in_which_they_stand() -> None:
    """Their numbers only have to differ."""
    form = {
        "f.links": "",
        "f.links.7.to": "A-1",
        "f.links.7.type": "refines",
        "f.links.2.to": "B-1",
    }
    found = values_of(filled_from("requirement", form), blank_values("requirement"))["links"]
    assert found == [{"to": "A-1", "type": "refines"}, {"to": "B-1", "type": ""}]


@pytest.mark.parametrize(
    ("do", "left"),
    [
        ("up:links.1", ["B", "A", "C"]), ("down:links.1", ["A", "C", "B"]),
        ("up:links.0", ["A", "B", "C"]), ("down:links.2", ["A", "B", "C"]),
        ("remove:links.1", ["A", "C"]), ("remove:links.9", ["A", "B", "C"]),
        ("add:links", ["A", "B", "C"]), ("add:title", ["A", "B", "C"]),
        ("up:nothing.1", ["A", "B", "C"]), ("review", ["A", "B", "C"]),
    ],
)  # fmt: skip
def test_buttons_change_the_rows(do: str, left: list[str]) -> None:
    """Without a script; a button that names nothing of the form does nothing."""
    assert targets(after_step(filled_from("requirement", links("A", "B", "C")), do)) == left


def test_a_new_row_is_blank_and_gets_the_focus() -> None:
    """It is no entry before something is written into it."""
    filled = after_step(filled_from("requirement", links("A")), "add:links")
    assert [row.index for row in filled.rows["links"]] == [0, 1]
    assert focus_after(filled, "add:links") == "f.links.1"
    assert is_step("add:links")
    assert not is_step("fix:x:y:z")
    assert targets(filled) == ["A"]


def test_a_list_that_was_emptied_is_a_change_and_one_not_shown_is_none() -> None:
    """The field of the list itself tells them apart."""
    base = blank_values("requirement") | {"links": [{"to": "A", "type": "relates"}]}
    assert changes_of(filled_from("requirement", {"f.links": ""}), base) == {"links": []}
    assert changes_of(filled_from("requirement", {}), base) == {}


def test_blanks_and_line_ends_alone_are_no_change() -> None:
    """A text area sends CRLF, and people leave blanks."""
    base = blank_values("requirement") | {"text": "One.\n\n    code\nTwo.", "owner": "Ada"}
    form = {"f.text": "\r\nOne.\r\n\r\n    code\r\nTwo.  \r\n\r\n", "f.owner": " Ada "}
    assert changes_of(filled_from("requirement", form), base) == {}


def test_a_rule_that_is_waived_twice_is_not_lost() -> None:
    """The planner refuses it by name; a mapping would keep one of both in silence."""
    form = {"f.waive": "", "f.waive.0.rule": "r", "f.waive.0.reason": "a",
            "f.waive.1.rule": "r", "f.waive.1.reason": "b"}  # fmt: skip
    found = values_of(filled_from("phase", form), blank_values("phase"))["waive"]
    assert found == [{"rule": "r", "reason": "a"}, {"rule": "r", "reason": "b"}]


def test_a_criterion_keeps_its_id_wherever_it_stands() -> None:
    """And a blank row is none."""
    criteria = [
        {"id": f"c{n}", "text": f"T{n}", "verifies": [], "check": "", "level": "",
         "status": "open", "proof": [], "waive": {}}
        for n in (1, 2)
    ]  # fmt: skip
    filled = (
        filled_of("phase", {"criteria": criteria}).with_row("criteria").moved("criteria", 1, -1)
    )
    values = values_of(filled, {"criteria": criteria})["criteria"]
    assert [each["id"] for each in values] == ["c2", "c1"]
    assert filled.name_of("criteria.0.text") == "f.criteria.1"
    assert filled.name_of("criteria") == "f.criteria"
    assert filled.name_of("criteria.9") == "f.criteria"
    assert filled.name_of("title") == ""


def check(at: str, *labels: str, waived: str = "") -> CheckRecord:
    problem = ProblemRecord(
        path="p", line=1, rule="r", severity="hint", message="m", hint="", item="", waived=waived,
        at=at,
    )  # fmt: skip
    fixes = tuple(FixRecord(label=each, changes={"status": each}) for each in labels)
    return CheckRecord(problem=problem, new=False, fixes=fixes)


def test_a_fix_is_found_again_by_its_button() -> None:
    """Also when its label has colons; one that is gone is none."""
    filled = filled_of("requirement", blank_values("requirement"))
    checks = [check("status", "a: b", "c"), check("links.0", waived="why")]
    found = found_of(filled, checks)
    assert [(each.name, len(each.fixes)) for each in found] == [("f.status", 2)]
    for number, mend in enumerate(found[0].fixes):
        assert fix_of(checks, mend.token) == checks[0].fixes[number]
    assert fix_of(checks, "fix:r:status:other") is None


def test_a_refusal_leads_to_its_field() -> None:
    """File and field stand before what is wrong; other messages stay whole."""
    message = 'requirements/A-01.md: target: "soon" is no date'
    assert refused("requirement", message) == ("f.target", '"soon" is no date')
    assert refused("requirement", "the id A-01 is taken by x: y") == (
        "", "the id A-01 is taken by x: y",
    )  # fmt: skip
    assert refused("plan", 'a.md: target: "soon" is no date')[0] == ""


def test_text_areas_are_as_tall_as_their_text() -> None:
    """Within reason."""
    drawn = Drawn(filled=filled_of("plan", blank_values("plan")), choices=Choices())
    assert drawn.height("", 1) == 1
    assert drawn.height("a\n" * 500, 4) == 24
    assert drawn.height("a " * 200, 4) > 4
