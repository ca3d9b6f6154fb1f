"""Answers of the model, judged against the form: only what was offered, only what the plan has."""

from typing import Any

import pytest

from service.drafting.answers import (
    CriteriaDraft,
    DependenciesDraft,
    Draft,
    LinksDraft,
    WordingDraft,
)
from service.drafting.applying import accepted, name_after
from service.drafting.offers import Asked, Offered, clean, offers_of
from service.drafting.tasks import TASKS, tasks_of
from service.forms.filled import Filled, filled_of
from service.forms.reading import values_of
from service.forms.sheet import blank_values
from tests.service.drafting.values import criterion

KNOWN = {
    "phase": frozenset({"tower", "lamp"}),
    "requirement": frozenset({"LAMP-01", "LAMP-02"}),
    "milestone": frozenset({"v1"}),
}
COMPOUND = "The lamp is lit and the door is shut."


def form(kind: str, **values: object) -> Filled:
    return filled_of(kind, {**blank_values(kind), **values})


def tower() -> Filled:
    met = criterion("c1", COMPOUND, verifies=["LAMP-01"], level="full", status="met")
    return form(
        "phase",
        title="Tower",
        goal="The tower stands.",
        criteria=[met, criterion("c2", "It turns.")],
        depends_on=[{"phase": "lamp", "soft": False, "reason": "It is heavy."}],
    )


def asked(filled: Filled, task: str, item: str, about: str = "") -> Asked:
    return Asked(task=TASKS[task], item=item, filled=filled, known=KNOWN, about=about)


def judge(draft: type[Draft], one: Asked, *patches: dict[str, Any]) -> Offered:
    return offers_of(draft.model_validate({"patches": list(patches)}), one)


def text(item: str = "LAMP-01", field: str = "text", **more: str) -> dict[str, str]:
    return {"item": item, "field": field, "text": "The lamp shall shine.", "why": "", **more}


def one(item: str = "tower", **more: Any) -> dict[str, Any]:
    blank = {"field": "criteria", "replaces": "", "verifies": ["LAMP-01"], "check": "Look."}
    return {"item": item, **blank, "text": "A ship sees it.", "why": "", **more}


def test_every_kind_of_item_has_something_to_ask() -> None:
    """And what may be patched are fields that its form has."""
    for kind in ("plan", "milestone", "phase", "requirement", "research"):
        tasks = tasks_of(kind)
        assert tasks
        for task in tasks:
            fields = task.fields_of(kind)
            assert fields
            assert set(fields) <= set(blank_values(kind)), task.name


def test_a_text_is_offered_with_its_word_diff_and_fills_its_field_alone() -> None:
    """Edited, it is the person's wording that counts."""
    before = form("requirement", title="Lamp", text="The lamp is good.", notes="Kept.")
    found = judge(WordingDraft, asked(before, "ears", "LAMP-01"), text(why="It names no demand."))
    (offer,) = found.offers
    assert found.refused == ()
    assert "".join(t.text for t in offer.words if t.kind != "insert") == "The lamp is good."
    assert "".join(t.text for t in offer.words if t.kind != "delete") == "The lamp shall shine."
    after = accepted(before, offer)
    assert after.texts == {**before.texts, "text": "The lamp shall shine."}
    assert accepted(before, offer, " Mine.\r\n").texts["text"] == "Mine."
    assert name_after(after, offer) == "f.text"


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        (text(item="LAMP-02"), "names the item “LAMP-02”"),
        (text(item="../plan"), "names the item “../plan”"),
        (text(field="status"), "names the field “status”"),
        (text(field="__class__"), "names the field “__class__”"),
        (text(field="provenance"), "names the field “provenance”"),
        (text(text="The lamp is good."), "says what is there already"),
        (text(text="\x00\x1b"), "it is empty"),
    ],
)
def test_a_patch_of_something_else_is_refused_and_said(patch: dict[str, str], says: str) -> None:
    """Not passed over in silence: a person sees what the model tried."""
    before = form("requirement", text="The lamp is good.")
    found = judge(WordingDraft, asked(before, "ears", "LAMP-01"), patch, text())
    assert [offer.key for offer in found.offers] == ["p2"]
    (refusal,) = found.refused
    assert refusal.startswith("Suggestion 1: ")
    assert says in refusal


def test_a_name_of_the_models_own_making_is_shown_short_and_plain() -> None:
    """It may be long, and hold anything."""
    evil = "<b>\x1b[31m\n" + "x" * 150
    before = form("requirement", text="Good.")
    (refusal,) = judge(WordingDraft, asked(before, "ears", "LAMP-01"), text(item=evil)).refused
    assert "\x1b" not in refusal
    assert "\n" not in refusal
    assert len(refusal) < 160


def test_a_new_criterion_is_a_further_row_without_an_id() -> None:
    """Ids are minted when it is saved, never by the model."""
    before = tower()
    (offer,) = judge(CriteriaDraft, asked(before, "criteria", "tower"), one()).offers
    after = accepted(before, offer)
    criteria = values_of(after, {})["criteria"]
    assert [each["id"] for each in criteria] == ["c1", "c2", ""]
    assert criteria[2]["text"] == "A ship sees it."
    assert criteria[2]["verifies"] == ["LAMP-01"]
    assert criteria[2]["status"] == "open"
    assert name_after(after, offer) == "f.criteria.2"


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        (one(verifies=["GONE-01"]), "the plan has no requirement “GONE-01”"),
        (one(verifies=["tower"]), "the plan has no requirement “tower”"),
        (one(replaces="c1"), "replaces the criterion “c1”, which was not asked for"),
        (one(item="lamp"), "names the item “lamp”"),
        (one(field="goal"), "names the field “goal”"),
    ],
)
def test_a_criterion_with_an_unknown_id_is_refused(patch: dict[str, Any], says: str) -> None:
    """Also one that would take the place of a criterion that nobody asked about."""
    found = judge(CriteriaDraft, asked(tower(), "criteria", "tower"), patch)
    assert found.offers == ()
    assert says in found.refused[0]


def test_a_compound_criterion_is_split_in_its_place() -> None:
    """The first part keeps id, level and state; the others come behind it, and are open."""
    before = tower()
    found = judge(
        CriteriaDraft,
        asked(before, "split", "tower", "c1"),
        one(replaces="c1", text="The lamp is lit.", verifies=[]),
        one(text="The door is shut."),
        one(text="The door is locked."),
        one(replaces="c2", text="Nothing."),
    )
    assert len(found.offers) == 3
    assert "replaces the criterion “c2”" in found.refused[0]
    after = before
    for offer in found.offers:
        after = accepted(after, offer)
    criteria = values_of(after, {})["criteria"]
    assert [(each["id"], each["text"], each["status"]) for each in criteria] == [
        ("c1", "The lamp is lit.", "met"),
        ("", "The door is shut.", "open"),
        ("", "The door is locked.", "open"),
        ("c2", "It turns.", "open"),
    ]
    assert criteria[0]["verifies"] == ["LAMP-01"]
    assert criteria[0]["level"] == "full"


def test_dependencies_name_other_phases_that_are_not_there_yet() -> None:
    """Neither itself, nor one that it has, nor one that the plan has not."""
    before = form("phase", title="Lamp")
    patch = {"item": "lamp", "field": "depends_on", "soft": True, "reason": "It is heavy."}
    found = judge(
        DependenciesDraft,
        asked(before, "dependencies", "lamp"),
        {**patch, "phase": "tower"},
        {**patch, "phase": "lamp"},
        {**patch, "phase": "LAMP-01"},
    )
    (offer,) = found.offers
    assert len(found.refused) == 2
    after = accepted(before, offer)
    assert values_of(after, {})["depends_on"] == [
        {"phase": "tower", "soft": True, "reason": "It is heavy."}
    ]
    again = judge(
        DependenciesDraft, asked(after, "dependencies", "lamp"), {**patch, "phase": "tower"}
    )
    assert again.offers == ()


def test_links_lead_to_items_of_the_plan() -> None:
    """Of any kind."""
    before = form("requirement", text="It shines.")
    patch = {"item": "LAMP-01", "field": "links", "type": "refines", "why": "It says how."}
    found = judge(
        LinksDraft,
        asked(before, "links", "LAMP-01"),
        {**patch, "to": "LAMP-02"},
        {**patch, "to": "LAMP-01"},
        {**patch, "to": "javascript:alert(1)"},
    )
    (offer,) = found.offers
    assert len(found.refused) == 2
    assert values_of(accepted(before, offer), {})["links"] == [{"to": "LAMP-02", "type": "refines"}]


def test_texts_lose_what_no_form_sends() -> None:
    """Control characters and the marks that turn the direction of writing."""
    assert clean(" a\r\nb\x00\x1b[31m\u202e c\t\n") == "a\nb[31m c"
