"""Findings: what they quote is in the plan, and their ids last as long as it is."""

from service.drafting.answers import FoundWeakness, ReviewReport
from service.drafting.findings import KINDS, ReviewedItem, is_stale, judged
from tests.service.drafting.values import criterion

TOWER = ReviewedItem(
    "phase",
    "tower",
    {
        "title": "Tower",
        "goal": "The tower stands\nbefore the storm.",
        "criteria": [criterion("c1", "It is high.", check="Measure it.")],
        "depends_on": [{"phase": "lamp", "soft": False, "reason": "The lamp is heavy."}],
    },
)
LAMP = ReviewedItem("requirement", "LAMP-01", {"text": "The lamp shall shine.", "notes": ""})
ITEMS = (TOWER, LAMP)


def weak(*quotes: tuple[str, str], kind: str = "ambiguity", problem: str = "?") -> FoundWeakness:
    said = [{"item": item, "text": text} for item, text in quotes]
    return FoundWeakness.model_validate(
        {"kind": kind, "quotes": said, "problem": problem, "suggestion": ""}
    )


def test_a_finding_says_where_its_words_stand() -> None:
    """In texts, criteria, their checks and the reasons of dependencies, over line breaks."""
    found = judged(
        [
            weak(("tower", "stands before the storm")),
            weak(("tower", "It is high.")),
            weak(("tower", "Measure it")),
            weak(("tower", "lamp is heavy"), ("LAMP-01", "shall shine"), kind="contradiction"),
        ],
        ITEMS,
    )
    assert found.refused == ()
    assert [[place.at for place in each.places] for each in found.findings] == [
        ["goal"], ["criteria.c1"], ["criteria.c1"], ["depends_on", "text"],
    ]  # fmt: skip


def test_a_finding_whose_words_are_not_there_is_refused() -> None:
    """Words of another item, words that only look alike, and items that were not reviewed."""
    found = judged(
        [
            weak(("tower", "The lamp shall shine.")),
            weak(("tower", "it is high.")),
            weak(("tower", "It is high."), ("LAMP-01", "nothing like it")),
            weak(("GONE-01", "It is high.")),
            weak(("tower", " \n ")),
        ],
        ITEMS,
    )
    assert found.findings == ()
    assert len(found.refused) == 5
    assert found.refused[0] == "Finding 1 quotes words that tower does not say."
    assert "not part of what was reviewed" in found.refused[3]


def test_the_id_is_made_of_kind_items_and_words() -> None:
    """Not of what the model says about them, nor of their order or their line breaks."""
    one, two = ("tower", "before the storm"), ("LAMP-01", "shall shine")
    first = judged([weak(one, two, problem="One way.")], ITEMS).findings[0]
    other = judged(
        [weak(two, ("tower", "before\n the storm"), problem="Another way.")], ITEMS
    ).findings[0]
    assert first.id == other.id
    ids = {
        judged([each], ITEMS).findings[0].id
        for each in (weak(one), weak(two), weak(one, kind="untestable"), weak(one, two))
    }
    assert len(ids) == 4
    again = judged([weak(one, two), weak(two, one)], ITEMS)
    assert [each.id for each in again.findings] == [first.id]


def test_a_finding_is_stale_once_one_of_its_texts_changed() -> None:
    """Another text of the same item may change."""
    (finding,) = judged(
        [weak(("tower", "It is high."), ("LAMP-01", "shall shine"))], ITEMS
    ).findings
    now = {(each.kind, each.id): each for each in ITEMS}
    assert not is_stale(finding.places, now)
    other = ReviewedItem("phase", "tower", {**TOWER.values, "goal": "Another."})
    assert not is_stale(finding.places, {**now, ("phase", "tower"): other})
    mended = ReviewedItem("requirement", "LAMP-01", {"text": "The lamp shall turn."})
    assert is_stale(finding.places, {**now, ("requirement", "LAMP-01"): mended})
    assert is_stale(finding.places, {("phase", "tower"): TOWER})


def test_every_kind_that_a_model_may_name_has_a_name_for_people() -> None:
    """The two tables say the same."""
    schema = ReviewReport.model_json_schema()
    assert set(schema["$defs"]["FoundWeakness"]["properties"]["kind"]["enum"]) == set(KINDS)
