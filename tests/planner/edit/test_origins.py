"""Who wrote a text and who approved it, through edits, saves and by hand."""

import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.codec.editing import edit_text
from planner.codec.reading import read_item
from planner.edit.bulk import Together
from planner.edit.creating import Create
from planner.edit.editor import Saved
from planner.edit.fields import Restore, SetFields
from planner.edit.origins import Approve, settled
from planner.edit.renaming import Rename
from planner.errors import EditError
from planner.model.items import Phase, Provenance, Requirement
from planner.model.provenance import is_changed, is_unapproved, text_hash
from planner.store.commits import Person
from tests.planner.edit.conftest import ADA, Desk

BEN = Person("Ben Bit", "ben@example.org")
_ORIGIN = {"text": {"by": "Ada", "model": "model-x", "session": "s-9", "question": "Q-1"}}
_TEXT = "When the key is missing, the server shall answer 401."


def _made(desk: Desk) -> str:
    fields = {"text": _TEXT, "phases": ["tower"], "title": "Keys", "provenance": _ORIGIN}
    saved = desk.editor().save(Create("requirement", fields, "KEY-01"), ADA)
    assert isinstance(saved, Saved)
    return desk.git("log", "-1", "--format=%(trailers)")


def _entry(desk: Desk) -> Provenance:
    (entry,) = _item(desk).provenance
    return entry


def _item(desk: Desk) -> Requirement:
    item = desk.editor().plan().item("KEY-01", "requirement")
    assert isinstance(item, Requirement)
    return item


def _set(desk: Desk, **changes: object) -> None:
    assert isinstance(desk.editor().save(SetFields("KEY-01", "requirement", changes), ADA), Saved)


def _approve(desk: Desk, **texts: str) -> Saved:
    saved = desk.editor().save(Approve("KEY-01", "requirement", texts), BEN)
    assert isinstance(saved, Saved)
    return saved


def test_a_new_text_of_a_model_waits_and_its_commit_says_so(desk: Desk) -> None:
    trailers = _made(desk)
    assert "AI-Model: model-x" in trailers
    assert "AI-Session: s-9" in trailers
    assert "Approved-by" not in trailers
    assert _entry(desk).hash == text_hash(_TEXT)
    assert is_unapproved(_item(desk), _entry(desk))


def test_who_saves_approves_exactly_the_text_that_was_seen(desk: Desk) -> None:
    _made(desk)
    with pytest.raises(EditError, match="was changed since it was shown"):
        _approve(desk, text="0" * 12)
    _approve(desk, text=text_hash(_TEXT))
    entry = _entry(desk)
    assert (entry.approved, entry.model, entry.session) == ("Ben Bit", "model-x", "s-9")
    assert entry.approved_on
    assert not is_unapproved(_item(desk), entry)
    trailers = desk.git("log", "-1", "--format=%(trailers)")
    assert "Approved-by: Ben Bit" in trailers
    assert "AI-Model" not in trailers
    with pytest.raises(EditError, match="no text that waits"):
        _approve(desk)


def test_nobody_approves_for_another_person(desk: Desk) -> None:
    _made(desk)
    forged = Together([Approve("KEY-01", "requirement", person="Grace")])
    assert isinstance(desk.editor().save(forged, BEN), Saved)
    assert _entry(desk).approved == "Ben Bit"


@pytest.mark.parametrize(
    "stated",
    [
        {"approved": "Grace"},
        {"approved": "Grace", "approved_on": "2026-01-01", "hash": text_hash(_TEXT)},
        {"approved": "Ben Bit", "approved_on": "2020-01-01"},
    ],
)
def test_no_edit_states_the_approval_of_another_person(desk: Desk, stated: dict[str, str]) -> None:
    _made(desk)
    _approve(desk)
    commits = desk.count()
    entry = {"text": _ORIGIN["text"] | stated}
    fields = {"title": "Doors", "text": _TEXT, "phases": ["tower"], "provenance": entry}
    for forged in (
        SetFields("KEY-01", "requirement", {"provenance": entry}),
        Create("requirement", fields, "KEY-02"),
        Together([SetFields("KEY-01", "requirement", {"provenance": entry})]),
    ):
        with pytest.raises(EditError, match="nobody approves for another person"):
            desk.editor().save(forged, ADA)
    assert desk.count() == commits
    assert _entry(desk).approved == "Ben Bit"


def test_an_approval_goes_along_with_a_rename_and_other_edits(desk: Desk) -> None:
    _made(desk)
    _approve(desk)
    approved = _entry(desk)
    _set(desk, title="Keys and doors")
    assert isinstance(desk.editor().save(Rename("KEY-01", "requirement", "KEY-07"), ADA), Saved)
    (entry,) = desk.editor().plan().item("KEY-07", "requirement").provenance
    assert entry == approved


def test_a_person_states_the_own_approval(desk: Desk) -> None:
    _made(desk)
    _set(desk, provenance={"text": _ORIGIN["text"] | {"approved": ADA.name}})
    assert _entry(desk).approved == ADA.name


def test_an_edit_drops_the_approval_of_its_field_alone(desk: Desk) -> None:
    _made(desk)
    more = _ORIGIN | {"title": {"by": "Ada", "model": "model-x"}}
    _set(desk, provenance=more)
    _approve(desk)
    _set(desk, text=_TEXT.replace("401", "403"))
    text, title = sorted(_item(desk).provenance, key=lambda each: each.field)
    assert (text.approved, text.approved_on, text.model) == ("", "", "model-x")
    assert title.approved == "Ben Bit"
    assert is_unapproved(_item(desk), text)
    assert not is_changed(_item(desk), text)


def test_a_text_written_anew_is_no_longer_that_of_the_model(desk: Desk) -> None:
    _made(desk)
    _approve(desk)
    _set(desk, text="Each night the keeper counts what came in, and lists it.")
    assert _item(desk).provenance == ()


def test_a_restored_text_has_its_approval_again(desk: Desk) -> None:
    _made(desk)
    _approve(desk)
    before = _item(desk)
    _set(desk, text=_TEXT.replace("401", "403"))
    desk.editor().save(Restore("KEY-01", "requirement", before.blob), ADA)
    assert _item(desk).provenance == before.provenance


def test_a_text_changed_by_hand_is_noticed(desk: Desk) -> None:
    _made(desk)
    _approve(desk)
    subprocess.run(["git", "reset", "--quiet", "--hard"], cwd=desk.root, check=True)
    desk.commit("requirements/KEY-01.md", "answer 401", "answer 500")
    entry = _entry(desk)
    assert entry.approved == "Ben Bit"
    assert is_changed(_item(desk), entry)
    assert is_unapproved(_item(desk), entry)


_line = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=20)
_entries = st.builds(
    Provenance,
    st.sampled_from(["text", "title", "rationale", "notes", "no-field"]),
    _line.filter(str.strip),
    _line,
    _line,
    _line,
    _line,
    st.sampled_from(["", "2026-02-28"]),
    st.sampled_from(["", "0123456789ab"]),
)


@given(st.lists(_entries, unique_by=lambda each: each.field), st.lists(_entries, max_size=1))
def test_provenance_is_written_and_read_back_and_changes_nothing_else(
    first: list[Provenance], second: list[Provenance]
) -> None:
    bare = b"---\ntitle: T  # why\nodd: [1,  2]\n---\n\nThe text.\n\n## Notes\n\nN.\n"
    path = "requirements/A-1.md"
    for start in (bare, edit_text(path, bare, {"provenance": tuple(second)})):
        data = edit_text(path, start, {"provenance": tuple(first)})
        item = read_item(path, data).item
        assert item is not None
        assert item.provenance == tuple(first)
        assert edit_text(path, data, {"provenance": ()}) == bare
        again = edit_text(path, data, {"provenance": settled(item, item)})
        assert again == data


# -- criteria, which get their ids when they are saved -------------------------------------------


def _criteria(desk: Desk, *texts: str) -> None:
    """Set the criteria of the phase: those that are there, and new ones with a model's words."""
    phase = _phase(desk)
    new = [{"id": "", "text": text} for text in texts]
    at = len(phase.criteria)
    wrote = {
        f"criteria.+{at + number}": {"by": "Ada", "model": "model-x", "session": "s-9"}
        for number in range(len(texts))
    }
    held = {each.field: {"by": each.by} for each in phase.provenance}
    changes = {"provenance": {**held, **wrote}, "criteria": [*phase.criteria, *new]}
    saved = desk.editor().save(SetFields("tower", "phase", changes), ADA)
    assert isinstance(saved, Saved)


def _phase(desk: Desk) -> Phase:
    item = desk.editor().plan().item("tower", "phase")
    assert isinstance(item, Phase)
    return item


def test_a_new_criterion_of_a_model_says_so_by_the_id_that_it_gets(desk: Desk) -> None:
    before = {each.id for each in _phase(desk).criteria}
    _criteria(desk, "One sees a light.", "One hears a horn.")
    assert "AI-Model: model-x" in desk.git("log", "-1", "--format=%(trailers)")
    phase = _phase(desk)
    new = {each.id: each.text for each in phase.criteria if each.id not in before}
    assert {each.field: each.hash for each in phase.provenance} == {
        f"criteria.{name}": text_hash(text) for name, text in new.items()
    }
    assert all(is_unapproved(phase, each) for each in phase.provenance)


def test_an_edit_of_one_criterion_drops_the_approval_of_that_one_alone(desk: Desk) -> None:
    _criteria(desk, "One sees a light at night.", "One hears a horn in fog.")
    saved = desk.editor().save(Approve("tower", "phase"), BEN)
    assert isinstance(saved, Saved)
    phase = _phase(desk)
    assert not [each for each in phase.provenance if is_unapproved(phase, each)]
    *kept, last = phase.criteria
    changed = [*kept, replace(last, text="One hears a horn in thick fog.")]
    saved = desk.editor().save(SetFields("tower", "phase", {"criteria": changed}), ADA)
    assert isinstance(saved, Saved)
    phase = _phase(desk)
    waits = [each.field for each in phase.provenance if is_unapproved(phase, each)]
    assert waits == [f"criteria.{last.id}"]


def test_new_criteria_of_two_people_keep_their_own_provenance(desk: Desk) -> None:
    """Both got the same id; the one that is saved later gets another, and its origin goes along."""
    phase = _phase(desk)
    opened = phase.blob
    _criteria(desk, "One sees a light.")
    changes = {
        "criteria": [*phase.criteria, {"id": "", "text": "One hears a horn."}],
        "provenance": {f"criteria.+{len(phase.criteria)}": {"by": "Ben", "model": "model-y"}},
    }
    saved = desk.editor().save(SetFields("tower", "phase", changes, opened), BEN, reviewed=True)
    assert isinstance(saved, Saved)
    after = _phase(desk)
    texts = {f"criteria.{each.id}": each.text for each in after.criteria}
    models = {texts[each.field]: each.model for each in after.provenance}
    assert models == {"One sees a light.": "model-x", "One hears a horn.": "model-y"}
    assert all(each.hash == text_hash(texts[each.field]) for each in after.provenance)


def test_a_place_without_a_criterion_is_refused(desk: Desk) -> None:
    with pytest.raises(EditError, match="no criterion at the place"):
        desk.editor().preview(
            SetFields("tower", "phase", {"provenance": {"criteria.+99": {"by": "Ada"}}})
        )
