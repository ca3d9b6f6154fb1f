"""Conflicts on a real service: what clashes is settled on a page, and nothing typed is lost."""

import json
from collections.abc import Iterator

import pytest

from service.planning.edits import AnyEdit, DeleteEdit, RestoreEdit, SetEdit, TogetherEdit
from tests.service.forms_sent import Form, form_in, review, send_form
from tests.service.planned import FILES, Planned, planned_service
from tests.service.served import Answer

SETTLE, SAVE = "/edit/settle", "/edit/save"
GOAL = "The tower stands on the rock.\n\nIt is thirty metres high.\n\nIt is seen by day."
TOWER = (
    "---\ntitle: Tower\nnumber: 01\nmilestone: v1\nowner: Ada\ndepends_on: [lamp]\n---\n\n"
    f"{GOAL}\n\n## Success criteria\n\n"
    "1. The lamp is lit. {#c1}\n   - verifies: LAMP-01\n2. The stair has a rail. {#c2}\n"
)
PLAN = {**FILES, "phases/tower.md": TOWER, "phases/lamp.md": FILES["phases/lamp.md"]}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("planned"), PLAN) as found:
        yield found


@pytest.fixture
def planned(shared: Planned) -> Planned:
    """The service on the plan as it was at first."""
    shared.begin_again()
    return shared


def blob(planned: Planned, path: str = "phases/tower.md") -> str:
    return planned.git("rev-parse", f"HEAD:content/{path}")


def by_hand(planned: Planned, path: str, *changes: tuple[str, str]) -> None:
    """Somebody changes a file, and commits."""
    file = planned.root / "content" / path
    text = file.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    planned.git("commit", "-qam", "By hand")


def tower(planned: Planned, **changes: object) -> SetEdit:
    """An edit of the phase as it is now."""
    values = {"kind": "phase", "id": "tower", "changes": changes, "blob": blob(planned)}
    return SetEdit.model_validate(values)


def conflict(planned: Planned, edit: AnyEdit) -> tuple[Answer, Form]:
    page = review(planned.served, edit)
    assert page.status == 409, page.text
    return page, form_in(page, SETTLE)


def settled(planned: Planned, form: Form, **chosen: str) -> Answer:
    """Choose, and save what comes of it."""
    page = send_form(planned.served, form, **{k.replace("_", "-"): v for k, v in chosen.items()})
    assert page.status == 200, page.text
    answer = send_form(planned.served, form_in(page, SAVE))
    assert answer.status == 303, answer.text
    return page


def test_a_field_takes_theirs_yours_or_something_else(planned: Planned) -> None:
    """What came together by itself is kept beside it."""
    edit = tower(planned, title="My tower", owner="Mary", tags=["stone"])
    by_hand(planned, "phases/tower.md", ("title: Tower", "title: Their tower"),
            ("owner: Ada", "owner: Grace"))  # fmt: skip
    page, form = conflict(planned, edit)
    for words in ("Their tower", "My tower", "Grace", "Mary", "came together without you"):
        assert words in page.text
    result = settled(planned, form, s0_0_side="own", s0_0_own="Our tower", s0_1_side="yours")
    assert "Our tower" in result.text
    kept = planned.file("phases/tower.md")
    assert "title: Our tower" in kept
    assert "owner: Mary" in kept
    assert "stone" in kept


def test_a_text_is_settled_piece_by_piece(planned: Planned) -> None:
    """Only what clashes is asked for; other paragraphs come together."""
    mine = GOAL.replace("thirty metres high", "forty metres tall").replace("by day", "at night")
    edit = tower(planned, goal=mine)
    by_hand(planned, "phases/tower.md", ("thirty metres high", "twenty feet high"),
            ("on the rock", "on a cliff"))  # fmt: skip
    for side, words in (("theirs", "twenty feet high"), ("yours", "forty metres tall")):
        _, form = conflict(planned, edit)
        page = send_form(planned.served, form, **{"s0-0-p0": side})
        goal = json.loads(form_in(page, SAVE).fields["operation"])["changes"]["goal"]
        assert goal == (f"The tower stands on a cliff.\n\nIt is {words}.\n\nIt is seen at night.")
    _, form = conflict(planned, edit)
    both = send_form(planned.served, form, **{"s0-0-p0": "both"})
    goal = json.loads(form_in(both, SAVE).fields["operation"])["changes"]["goal"]
    assert "twenty feet high" in goal
    assert "forty metres tall" in goal
    settled(planned, form, s0_0_own="All of it anew.")
    assert "\n\nAll of it anew.\n\n" in planned.file("phases/tower.md")


def test_what_is_not_chosen_is_asked_for_with_all_that_was(planned: Planned) -> None:
    """The page comes again: marked, and filled in as it was sent."""
    edit = tower(planned, title="My tower", owner="Mary")
    by_hand(planned, "phases/tower.md", ("title: Tower", "title: Their tower"),
            ("owner: Ada", "owner: Grace"))  # fmt: skip
    _, form = conflict(planned, edit)
    page = send_form(planned.served, form, **{"s0-0-side": "own", "s0-0-own": "Typed"})
    assert page.status == 400
    assert "still missing" in page.text
    again = form_in(page, SETTLE)
    assert again.fields["s0-0-own"] == "Typed"
    assert again.fields["s0-0-side"] == "own"
    settled(planned, again, s0_1_side="theirs")
    assert "title: Typed" in planned.file("phases/tower.md")
    assert "owner: Grace" in planned.file("phases/tower.md")


def test_criteria_clash_part_by_part(planned: Planned) -> None:
    """One part of one criterion; and one that was taken out by the others."""
    criteria = [
        {"id": "c1", "text": "The lamp is lit at dusk."},
        {"id": "c2", "text": "The stair has two rails."},
    ]
    edit = tower(planned, criteria=criteria)
    by_hand(planned, "phases/tower.md", ("The lamp is lit.", "The lamp burns."),
            ("2. The stair has a rail. {#c2}\n", ""))  # fmt: skip
    page, form = conflict(planned, edit)
    assert "Criterion c1: text" in page.text
    settled(planned, form, s0_0_p0="yours", s0_1_side="yours")
    kept = planned.file("phases/tower.md")
    assert "The lamp is lit at dusk. {#c1}" in kept
    assert "The stair has two rails. {#c2}" in kept
    assert "verifies: LAMP-01" in kept


def test_entries_of_a_list_clash_one_by_one(planned: Planned) -> None:
    """Both changed the same dependency."""
    edit = tower(planned, depends_on=[{"phase": "lamp", "reason": "It is heavy"}])
    by_hand(planned, "phases/tower.md",
            ("depends_on: [lamp]", "depends_on:\n  - phase: lamp\n    soft: true"))  # fmt: skip
    _, form = conflict(planned, edit)
    settled(planned, form, s0_0_side="yours")
    kept = planned.file("phases/tower.md")
    assert "reason: It is heavy" in kept
    assert "soft" not in kept


def test_an_item_that_was_deleted_comes_back_or_stays_away(planned: Planned) -> None:
    """The text is on the page to copy in any case."""
    edit = SetEdit(
        kind="requirement", id="LAMP-02", blob=blob(planned, "requirements/LAMP-02.md"),
        changes={"text": "The lamp shall turn twice."},
    )  # fmt: skip
    planned.git("rm", "-q", "content/requirements/LAMP-02.md")
    planned.git("commit", "-qm", "Drop it")
    page, form = conflict(planned, edit)
    assert "The lamp shall turn twice." in page.text
    left = send_form(planned.served, form, **{"s0-0-side": "theirs"})
    assert (left.status, left.headers["Location"]) == (303, "/")
    settled(planned, form, s0_0_side="yours")
    assert "The lamp shall turn twice." in planned.file("requirements/LAMP-02.md")
    assert "phase: lamp" in planned.file("requirements/LAMP-02.md")


def test_an_item_that_was_renamed_is_found(planned: Planned) -> None:
    """With a note; clashes go to where it is now, in an edit of several items, too."""
    mine = tower(planned, owner="Mary")
    other = SetEdit(kind="requirement", id="LAMP-02", changes={"owner": "Mary"})
    both = TogetherEdit(edits=(other, mine))
    rename = {"op": "rename", "kind": "phase", "id": "tower", "new_id": "beacon"}
    done = send_form(
        planned.served,
        form_in(review_json(planned, rename), SAVE),
    )
    assert done.status == 303
    by_hand(planned, "phases/beacon.md", ("owner: Ada", "owner: Grace"))
    page, form = conflict(planned, both)
    assert "tower is now called beacon" in page.text
    settled(planned, form, s0_0_side="yours")
    assert "owner: Mary" in planned.file("phases/beacon.md")
    assert "owner: Mary" in planned.file("requirements/LAMP-02.md")
    assert not (planned.root / "content/phases/tower.md").exists()


def review_json(planned: Planned, operation: dict[str, str]) -> Answer:
    return send_form(planned.served, Form("/edit/review", {"operation": json.dumps(operation)}))


def test_deleting_what_others_changed_asks_first(planned: Planned) -> None:
    """Delete it all the same, or keep it."""
    edit = DeleteEdit(
        kind="requirement", id="LAMP-02", blob=blob(planned, "requirements/LAMP-02.md")
    )
    by_hand(planned, "requirements/LAMP-02.md", ("once", "thrice"))
    page, form = conflict(planned, edit)
    assert "thrice" in page.text
    kept = send_form(planned.served, form, **{"s0-0-side": "theirs"})
    assert (kept.status, kept.headers["Location"]) == (303, "/r/LAMP-02/")
    settled(planned, form, s0_0_side="yours")
    assert not (planned.root / "content/requirements/LAMP-02.md").exists()


def test_a_file_that_cannot_be_read_any_more_is_left_alone(planned: Planned) -> None:
    """The page says so, and keeps what was typed."""
    edit = tower(planned, owner="Mary")
    by_hand(planned, "phases/tower.md", ("title: Tower", "title: [Tower"))
    page, form = conflict(planned, edit)
    assert "cannot be read" in page.text
    assert "owner: Mary" in page.text
    assert send_form(planned.served, form, **{"s0-0-side": "theirs"}).status == 303


def test_restoring_over_a_change_is_settled_by_field(planned: Planned) -> None:
    """An old version with comments of its own, against what others made of the item."""
    old = blob(planned)
    by_hand(planned, "phases/tower.md", ("owner: Ada", "owner: Bob"))
    seen = blob(planned)
    by_hand(planned, "phases/tower.md", ("owner: Bob", "owner: Grace"))
    edit = RestoreEdit(kind="phase", id="tower", old_blob=old, blob=seen)
    _, form = conflict(planned, edit)
    settled(planned, form, s0_0_side="yours")
    assert "owner: Ada" in planned.file("phases/tower.md")


def test_a_conflict_that_clashes_again_keeps_what_was_chosen(planned: Planned) -> None:
    """Yours is what you settled on, the next time round."""
    edit = tower(planned, title="My tower")
    by_hand(planned, "phases/tower.md", ("title: Tower", "title: Their tower"))
    _, form = conflict(planned, edit)
    by_hand(planned, "phases/tower.md", ("title: Their tower", "title: Third tower"))
    page = send_form(planned.served, form, **{"s0-0-side": "own", "s0-0-own": "Our tower"})
    assert page.status == 409
    assert "Third tower" in page.text
    again = form_in(page, SETTLE)
    assert again.fields["s0-0-own"] == "Our tower"
    settled(planned, again, s0_0_side="yours")
    assert "title: Our tower" in planned.file("phases/tower.md")


def test_a_conflict_at_the_moment_of_the_save_leads_to_the_same_page(planned: Planned) -> None:
    """The review was fine; then somebody was quicker."""
    page = review(planned.served, tower(planned, owner="Mary"))
    assert page.status == 200
    by_hand(planned, "phases/tower.md", ("owner: Ada", "owner: Grace"))
    clash = send_form(planned.served, form_in(page, SAVE), message="Mine")
    assert clash.status == 409
    settled(planned, form_in(clash, SETTLE), s0_0_side="yours")
    assert "owner: Mary" in planned.file("phases/tower.md")


def test_a_form_that_holds_no_conflict_is_refused(planned: Planned) -> None:
    """What is no answer to a page of ours."""
    edit = tower(planned, owner="Mary").model_dump_json()
    for clashes in ("", "{}", "[{}]"):
        form = Form(SETTLE, {"operation": edit, "clashes": clashes})
        assert send_form(planned.served, form).status == 400
