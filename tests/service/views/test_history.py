"""`/history`: the past of an item, two versions of it, and the way back, on a real service."""

import re
from collections.abc import Iterator

import pytest

from service.views.history import PER_PAGE
from tests.service.forms_sent import form_in, send, send_form
from tests.service.planned import FILES, Planned, planned_service
from tests.service.proposed import page, put
from tests.service.served import Answer

ADDRESS = "/history/requirement/LAMP-01"
MORE = {
    "requirements/WICK-01.md": "---\nphase: lamp\nstatus: draft\n---\n\nThe wick shall burn.\n",
    "requirements/WICK-02.md": "---\nphase: lamp\nstatus: draft\n---\n\nThe wick shall last.\n",
    "requirements/WICK-03.md": "---\nphase: lamp\nstatus: draft\n---\n\nThe wick shall dry.\n",
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file; each test has items of its own."""
    with planned_service(tmp_path_factory.mktemp("planned"), {**FILES, **MORE}) as found:
        yield found


def delete(planned: Planned, item: str) -> None:
    """Delete a requirement that nobody needs."""
    tag = planned.served.get(f"/api/plan/requirement/{item}").headers["ETag"]
    answer = planned.call("DELETE", f"/api/plan/requirement/{item}?references=detach", If_Match=tag)
    assert answer.status == 200, answer.text


def restored(planned: Planned, shown: Answer, address: str, blob: str) -> Answer:
    """Press Restore beside a version, and Save on the page that follows."""
    review = send_form(planned.served, form_in(shown, address), old_blob=blob)
    assert review.status == 200, review.text
    return send_form(planned.served, form_in(review, "/edit/save"), where="branch")


def blobs(shown: Answer) -> list[str]:
    return re.findall(r'name="old_blob" value="([0-9a-f]{40})"', shown.text)


def test_versions_and_fields_are_told(planned: Planned) -> None:
    """Who changed which field when, and each commit in words."""
    key = planned.key("read", "edit", person="Ada Lovelace", email="ada@example.org")
    put(planned, "", text="The lamp shall glow.", key=key, message="Glow instead")
    shown = page(planned, ADDRESS)
    assert shown.status == 200
    assert "<del>shine</del><ins>glow</ins>" in shown.text
    assert "Glow instead" in shown.text
    row = re.search(r'<th scope="row">Requirement</th>.*?</tr>', shown.text, re.DOTALL)
    assert row
    assert "The lamp shall glow." in row[0]
    assert "Ada Lovelace" in row[0]
    assert planned.git("rev-parse", "HEAD")[:8] in row[0]
    owner = re.search(r'<th scope="row">Owner</th>.*?</tr>', shown.text, re.DOTALL)
    assert owner
    assert "Grace" in owner[0]


def test_two_versions_stand_side_by_side(planned: Planned) -> None:
    """Chosen by radio buttons in a plain form; commits that are none of the item's are refused."""
    first = planned.git("rev-parse", "HEAD")
    last = put(planned, "", "LAMP-02", text="The lamp shall turn twice a minute.")
    base = planned.git("rev-list", "--max-parents=0", "HEAD")
    shown = page(planned, f"/history/requirement/LAMP-02?from={base}&to={last}")
    assert shown.status == 200
    assert "<del>once</del>" in shown.text
    assert "<ins>twice</ins>" in shown.text
    assert '<span class="row-add">+The lamp shall turn twice a minute.</span>' in shown.text
    for wrong in (first, "HEAD", "-rf", "..", "0" * 40, "main"):
        answer = page(planned, f"/history/requirement/LAMP-02?from={wrong}&to={last}")
        assert answer.status == 404, wrong


def test_an_earlier_version_is_restored_as_a_new_commit(planned: Planned) -> None:
    """By way of the review page, like every edit."""
    put(planned, "", "WICK-01", text="The wick shall smoke.")
    address = "/history/requirement/WICK-01"
    shown = page(planned, address)
    (blob,) = blobs(shown)
    answer = restored(planned, shown, address, blob)
    assert answer.status == 303
    assert "The wick shall burn." in planned.file("requirements/WICK-01.md")
    head = planned.git("log", "-1", "--format=%s")
    assert "WICK-01" in head
    for wrong in ("", "x", "HEAD", "0" * 40):
        fields = {"old_blob": wrong}
        assert send(planned.served, address, fields).status in {400, 422}


def test_a_deleted_item_is_found_and_comes_back(planned: Planned) -> None:
    """By its old id."""
    delete(planned, "WICK-02")
    address = "/history/requirement/WICK-02"
    shown = page(planned, address)
    assert shown.status == 200
    assert "It was deleted" in shown.text
    (blob,) = blobs(shown)
    assert restored(planned, shown, address, blob).status == 303
    assert "The wick shall last." in planned.file("requirements/WICK-02.md")
    assert "It was deleted" not in page(planned, address).text


def test_long_histories_come_in_pages(planned: Planned) -> None:
    """Each version once; beyond the last page there is nothing, and no failure."""
    file = planned.root / "content/requirements/WICK-03.md"
    for number in range(PER_PAGE + 2):
        file.write_text(f"---\nphase: lamp\nowner: person {number}\n---\n\nThe wick shall dry.\n")
        planned.git("commit", "-qam", f"Number {number}")
    address = "/history/requirement/WICK-03"
    pages = [page(planned, f"{address}?page={number}") for number in (1, 2, 3)]
    assert all(each.status == 200 for each in pages)
    counts = [each.text.count('<li id="') for each in pages]
    assert counts == [PER_PAGE, 3, 0]
    assert "There are no versions on this page" in pages[2].text
    for odd in ("-1", "0", "x", "9" * 30):
        assert page(planned, f"{address}?page={odd}").status == 200


def test_who_may_only_read_can_look_and_not_restore(planned: Planned) -> None:
    """And nobody without a key sees anything."""
    reader = planned.key("read")
    shown = page(planned, ADDRESS, reader)
    assert shown.status == 200
    assert "Restore" not in shown.text
    assert send(planned.served, ADDRESS, {"old_blob": "0" * 40}, reader).status == 403
    assert planned.served.get(ADDRESS, key=None).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "nonsense/LAMP-01", "requirement/NONE-01", "requirement/..%2f..%2fx", "requirement/-rf",
        "phase/LAMP-01", "requirement/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "requirement/a%00b",
        "research/nope/none",
    ],
)  # fmt: skip
def test_what_never_was_is_a_clear_page(planned: Planned, path: str) -> None:
    answer = page(planned, f"/history/{path}")
    assert answer.status in {400, 404, 422}
    assert "<script>alert" not in answer.text
    assert "<h1>" in answer.text


def test_a_research_document_has_its_history(planned: Planned) -> None:
    """Its id holds a slash."""
    answer = page(planned, "/history/research/survey/stack")
    assert answer.status == 200
    assert "History of Lamps" in answer.text
    assert page(planned, "/history/plan/plan").status == 200
