"""Claims of a research run through edits, and what becomes suspect by them."""

from dataclasses import replace

import pytest

from planner.build.examining import Examiner
from planner.edit.bulk import Together
from planner.edit.claiming import SetClaims
from planner.edit.creating import Create
from planner.edit.draft import Operation
from planner.edit.editor import Editor, Saved
from planner.edit.renaming import Rename
from planner.errors import EditError
from planner.model.items import Research
from planner.model.problem import Severity
from planner.store.folder import open_plan_folder
from tests.planner.edit.conftest import ADA, Desk

PATH = "research/lamps/claims.yaml"
SOURCE = {"url": "https://example.org/lamps", "quote": "no wick: none", "fetched": "2026-01-05"}
C1 = {"id": "c1", "text": "LEDs need no wick.", "confidence": "high", "sources": [SOURCE]}
C2 = {"id": "c2", "text": "Oil is dear.\n\nVery.", "valid_until": "2020-01-01"}


def _save(desk: Desk, operation: Operation) -> None:
    assert isinstance(desk.editor().save(operation, ADA), Saved)


def _run(desk: Desk) -> None:
    """A whole run and what rests on it, as one commit."""
    document = {"title": "Lamps", "topic": "stack", "text": "# Lamps\n\nLEDs."}
    rests = {
        "text": "The lamp shall use LEDs.",
        "phases": ["tower"],
        "links": [{"to": "lamps/c1", "type": "based-on"}],
    }
    edits: list[Operation] = [
        Create("research", document, "lamps/stack"),
        SetClaims("lamps", [C1, C2]),
        Create("requirement", rests, "LED-01"),
    ]
    _save(desk, Together(edits, "Research lamps"))


def _suspects(desk: Desk) -> set[str]:
    plan = desk.editor().plan()
    problems = Examiner().examine(plan.loaded).problems
    found = [each for each in problems if each.rule == "suspect-claim"]
    assert {each.severity for each in found} <= {Severity.WARNING}
    return {each.item for each in found}


def _rules(desk: Desk) -> set[str]:
    problems = Examiner().examine(desk.editor().plan().loaded).problems
    return {each.rule for each in problems if each.item in {"lamps/claims", "LED-01"}}


def test_a_run_with_its_claims_is_one_commit(desk: Desk) -> None:
    before = desk.count()
    _run(desk)
    assert desk.count() == before + 1
    item = desk.editor().plan().item("lamps/C1")
    assert isinstance(item, Research)
    assert [each.id for each in item.claims] == ["c1", "c2"]
    assert item.claims[0].sources[0].quote == "no wick: none"
    assert item.claims[1].text == "Oil is dear.\n\nVery."
    assert "unresolved-reference" not in _rules(desk)
    assert _suspects(desk) == set()
    assert desk.clean()


def test_an_overturned_claim_makes_suspect_what_rests_on_it(desk: Desk) -> None:
    _run(desk)
    _save(desk, SetClaims("lamps", [{"id": "c1", "status": "overturned"}]))
    assert _suspects(desk) == {"LED-01", "tower"}
    _save(desk, SetClaims("lamps", [{"id": "c1", "status": "verified"}]))
    assert _suspects(desk) == set()


def test_a_claim_whose_day_has_passed_does_so_too(desk: Desk) -> None:
    _run(desk)
    assert "claim-expired" in _rules(desk)
    _save(desk, SetClaims("lamps", [{"id": "c1", "valid_until": "2020-01-01"}]))
    assert _suspects(desk) == {"LED-01", "tower"}
    _save(desk, SetClaims("lamps", [{"id": "c1", "valid_until": None}]))
    assert _suspects(desk) == set()


def test_the_first_claim_with_a_last_day_is_judged_by_the_editor_that_saves_it(desk: Desk) -> None:
    """In the preview, once it is saved, and on a later day; none is judged when it has gone."""
    days = ["2020-01-01"]
    folder = replace(open_plan_folder(desk.content), today=lambda: days[0])
    editor = Editor(folder)
    assert editor.plan().loaded.day == ""

    def expired() -> bool:
        return any(each.rule == "claim-expired" for each in editor.problems(editor.plan()))

    first = SetClaims("lamps", [{**C2, "valid_until": "2019-12-31"}])
    seen = editor.preview(first).after
    assert any(each.rule == "claim-expired" for each in editor.problems(seen))
    assert isinstance(editor.save(first, ADA), Saved)
    assert expired()
    assert isinstance(editor.save(SetClaims("lamps", [C2]), ADA), Saved)
    assert not expired()
    days[0] = "2020-01-02"
    assert expired()
    assert isinstance(editor.save(SetClaims("lamps", remove=["c2"]), ADA), Saved)
    assert editor.plan().loaded.day == ""


def test_a_claim_that_goes_leaves_a_reference_to_nothing(desk: Desk) -> None:
    _run(desk)
    _save(desk, SetClaims("lamps", remove=["c1"]))
    assert "unresolved-reference" in _rules(desk)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"text": "T"}, "has no id"),
        ({"id": "c9"}, "has no `text`"),
        ({"id": "x", "text": "T"}, "is no id of a claim"),
        ({"id": "c1", "confidence": "sure"}, "none of high, medium, low"),
        ({"id": "c1", "valid_until": "2026-02-30"}, "no day of the calendar"),
        ({"id": "c1", "caused": ["A"]}, "means nothing in a claim"),
        ({"id": "c1", "sources": [{"title": "T"}]}, "has no `url`"),
        ({"id": "c1", "sources": [{"url": "u", "fetched": "soon"}]}, "is no date"),
    ],
)
def test_a_claim_that_is_none_is_refused(desk: Desk, entry: dict[str, object], words: str) -> None:
    _run(desk)
    with pytest.raises(EditError, match=words):
        desk.editor().save(SetClaims("lamps", [entry]), ADA)
    assert desk.count() == 2


def test_neither_another_name_nor_a_bad_run_is_taken(desk: Desk) -> None:
    _run(desk)
    with pytest.raises(EditError, match="no other name"):
        desk.editor().save(Rename("lamps/claims", "research", "lamps/other"), ADA)
    with pytest.raises(EditError, match="cannot be the id"):
        desk.editor().save(SetClaims("../up", [C1]), ADA)
    with pytest.raises(EditError, match="has no claim 'c7'"):
        desk.editor().save(SetClaims("lamps", remove=["c7"]), ADA)
