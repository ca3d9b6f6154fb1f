"""The review page of an edit, and saving from it, on a real service and a real repository."""

from collections.abc import Iterator

import pytest

from service.planning.edits import CreateEdit, DeleteEdit, RenameEdit, SetEdit, TogetherEdit
from tests.service.forms_sent import form_in, review, send, send_form
from tests.service.planned import Planned, planned_service
from tests.service.served import Answer

SAVE = "/edit/save"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file."""
    with planned_service(tmp_path_factory.mktemp("planned")) as found:
        yield found


def owner(name: str, item: str = "LAMP-01") -> SetEdit:
    return SetEdit(kind="requirement", id=item, changes={"owner": name})


def text(words: str, item: str = "LAMP-02", blob: str = "") -> SetEdit:
    return SetEdit(kind="requirement", id=item, changes={"text": words}, blob=blob)


def save(planned: Planned, page: Answer, **more: str) -> Answer:
    return send_form(planned.served, form_in(page, SAVE), **more)


def test_a_review_shows_words_files_and_checks(planned: Planned) -> None:
    """What changes in words, as readers see it, and as lines of the file."""
    page = review(planned.served, text("The *lamp* shall turn `twice` a minute."))
    assert page.status == 200
    assert "LAMP-02 was reworded" in page.text
    assert "<del>once</del><ins>twice</ins>" in page.text
    assert '<span class="row-del">-The lamp shall turn once a minute.</span>' in page.text
    assert "Errors in the plan" in page.text
    assert planned.git("rev-list", "--count", "HEAD") == "1"
