"""Names that mean other files, and texts that mean to be scripts: refused, or shown as they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.model.fields import FIELDS
from planner.model.fieldtypes import Text, Words
from service.planning.edits import AnyEdit, CreateEdit, Kind, RenameEdit, SetEdit
from tests.service.forms_sent import Form, form_in, review, send, send_form
from tests.service.planned import Planned, planned_service
from tests.service.served import Answer

SAVE, SETTLE = "/edit/save", "/edit/settle"
BAD = (
    "../../etc", "..", "a/../../b", "/etc/passwd", "-rf", "--output=x", "..\\x", "a\\b", "a\0b",
    ".git", ".hidden", "con", "a\nb", "x" * 200, "git~1", "a:b", "a ", "\u202eevil",
)  # fmt: skip
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`]]>{{7*7}}</textarea>"
LINE = "</title><svg onload=alert(3)>"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file."""
    with planned_service(tmp_path_factory.mktemp("planned")) as found:
        yield found


def files(folder: Path) -> set[str]:
    """All files below a folder, but git's own."""
    return {
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if ".git" not in file.relative_to(folder).parts
    }


def send_both(planned: Planned, edit: AnyEdit) -> list[Answer]:
    """To the review, and straight to the save."""
    straight = {"operation": edit.model_dump_json(), "where": "branch", "message": "x"}
    return [review(planned.served, edit), send(planned.served, SAVE, straight)]


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_means_another_file_is_refused(planned: Planned, name: str) -> None:
    """New items, new names, proposals: nothing is written, in the plan or anywhere else."""
    before = files(planned.root.parent / "repository")
    tip = planned.git("rev-parse", "main")
    edits: list[AnyEdit] = [
        CreateEdit(kind="milestone", id=name, fields={"title": "T"}),
        CreateEdit(kind="research", id=f"survey/{name}", fields={"title": "T"}),
        RenameEdit(kind="phase", id="lamp", new_id=name),
        SetEdit(kind="phase", id=name, changes={"owner": "x"}, blob=planned.git(
            "rev-parse", "HEAD:content/phases/lamp.md")),
    ]  # fmt: skip
    for edit in edits:
        for answer in send_both(planned, edit):
            assert 400 <= answer.status < 500, (edit, answer.text)
    form = {
        "operation": SetEdit(kind="phase", id="lamp", changes={"owner": "x"}).model_dump_json(),
        "where": f"proposal:{name}",
    }
    answer = send(planned.served, SAVE, form)
    assert 400 <= answer.status < 500, answer.text
    assert planned.git("rev-parse", "main") == tip
    assert planned.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert files(planned.root.parent / "repository") == before


def test_a_link_out_of_the_plan_is_not_followed(planned: Planned, tmp_path: Path) -> None:
    """A folder of the plan that somebody replaced by a link to another place."""
    planned.git("mv", "content/milestones/v1.md", "content/milestones/v2.md")
    planned.git("commit", "-qm", "Rename")
    folder = planned.root / "content/milestones"
    (folder / "v2.md").rename(tmp_path / "v2.md")
    folder.rmdir()
    folder.symlink_to(tmp_path)
    try:
        edit = CreateEdit(kind="milestone", id="v9", fields={"title": "Out"})
        for answer in send_both(planned, edit)[1:]:
            assert 400 <= answer.status < 500, answer.text
        assert files(tmp_path) == {"v2.md"}
    finally:
        folder.unlink()
        planned.git("reset", "-q", "--hard", "HEAD")


@pytest.mark.parametrize("kind", ["plan", "milestone", "phase", "requirement", "research"])
def test_scripts_in_any_field_are_shown_as_text(planned: Planned, kind: Kind) -> None:
    """On the review, the conflict, the site and in the history; nothing of it is markup."""
    planned.begin_again()
    item = {
        "plan": "plan", "milestone": "v1", "phase": "tower", "requirement": "LAMP-01",
        "research": "survey/stack",
    }[kind]  # fmt: skip
    values: dict[str, object] = {}
    for row in FIELDS[kind]:
        if row.name in ("aliases", "verification_levels", "id"):
            continue
        if isinstance(row.type, Text):
            values[row.name] = EVIL
        elif isinstance(row.type, Words):
            values[row.name] = [LINE]
    values["title"] = LINE
    if kind == "phase":
        values["criteria"] = [{"id": "c1", "text": EVIL, "check": EVIL}]
    if kind == "research":
        values["text"] = EVIL
    edit = SetEdit.model_validate(
        {"kind": kind, "id": item, "changes": values, "blob": blob(planned, kind, item)}
    )
    page = review(planned.served, edit)
    assert page.status == 200, page.text
    harmless(page)
    saved = send_form(planned.served, form_in(page, SAVE), message=f"{EVIL}\n\n{LINE}")
    assert saved.status == 303
    harmless(planned.served.get(saved.headers["Location"]))
    for path in ("/", "/roadmap/", "/requirements/", "/changes/", "/problems/"):
        harmless(planned.served.get(path))
    clash = SetEdit.model_validate(
        {**edit.model_dump(), "changes": {"title": f"{LINE} two", "owner": EVIL}}
    )
    shown = review(planned.served, clash)
    assert shown.status == 409, shown.text
    harmless(shown)
    again = send_form(
        planned.served, form_in(shown, SETTLE), **{"s0-0-side": "own", "s0-0-own": LINE * 2}
    )
    harmless(again)


def blob(planned: Planned, kind: str, item: str) -> str:
    return planned.call("GET", f"/api/plan/{kind}/{item}").headers["ETag"].strip('"')


def harmless(page: Answer) -> None:
    """No text of a person is markup."""
    assert page.status in (200, 400, 409)
    for words in ("<script>alert", "<img src=x", "<svg onload", "</textarea>\"'"):
        assert words not in page.text, page.text[:20000]
    assert "{{7*7}}" in page.text or "7*7" not in page.text


def test_fields_of_a_form_that_are_made_up_change_nothing(planned: Planned) -> None:
    """A way back to another site, a made-up nonce, a place that is none."""
    edit = SetEdit(kind="phase", id="lamp", changes={"owner": "x"}).model_dump_json()
    form = Form("/edit/review", {
        "operation": edit, "back": "https://evil.example.org/", "nonce": "<b>", "where": "<i>",
        "proposal": "", "branch": "<u>", "message": EVIL, "title": EVIL,
    })  # fmt: skip
    page = send_form(planned.served, form)
    assert page.status == 200
    harmless(page)
    assert "evil.example.org" not in page.text
    assert "<b>" not in page.text
    assert "<i>" not in page.text
