"""`/edit/table` over HTTP: the form without a script, and the edit that the script sends."""

import json
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlencode

import pytest

from service.planning.edits import edit_from
from tests.service.forms_sent import form_in, send_form
from tests.service.planned import FILES, Planned, planned_service
from tests.service.served import KEY, Answer

XSS = "<script>alert(1)</script><img src=x onerror=alert(2)>"
PATH = "/edit/table"
PLAIN = f"{PATH}?plain=1"
MANY = {
    f"requirements/MANY-{n:03d}.md": f"---\nphase: lamp\n---\n\nThe lamp shall do {n}.\n"
    for n in range(1, 120)
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    hostile = {
        "requirements/XSS-01.md": f"---\nphase: tower\nowner: '{XSS}'\n---\n\n{XSS} shall.\n"
    }
    with planned_service(tmp_path_factory.mktemp("shared"), {**FILES, **hostile, **MANY}) as found:
        yield found


@pytest.fixture
def plan(shared: Planned) -> Planned:
    """The service, on the plan as it was in the beginning."""
    shared.begin_again()
    return shared


def get(plan: Planned, path: str, key: str = KEY) -> Answer:
    return plan.served.get(path, headers={"Accept": "text/html"}, key=key)


def send(plan: Planned, ticked: list[str], key: str = KEY, **fields: str) -> Answer:
    """Send the form without a script, with rows ticked as the page has them."""
    query: dict[str, str] = {name: fields[name] for name in ("kind", "phase") if name in fields}
    page = get(plan, f"{PLAIN}&{urlencode(query)}")
    blobs = dict(re.findall(r'name="row" value="(\S+) ([0-9a-f]{40})"', page.text))
    pairs = [("row", f"{each} {blobs[each]}") for each in ticked]
    body = urlencode([*pairs, *fields.items()])
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    return plan.served.post(PATH, body=body.encode(), headers=headers, key=key)


def setup(page: Answer) -> dict[str, object]:
    found = re.search(r'<plan-table data-setup="([^"]*)"', page.text)
    assert found
    told: dict[str, object] = json.loads(unescape(found[1]))
    return told


def test_the_page_says_what_to_do_without_a_script(shared: Planned) -> None:
    page = get(shared, f"{PATH}?kind=phase&milestone=v1")
    assert page.status == 200
    assert 'href="/edit/table?kind=phase&amp;milestone=v1&amp;plain=1"' in page.text
    told = setup(page)
    assert (told["kind"], told["milestone"]) == ("phase", "v1")
    columns = {each["name"]: each for each in told["columns"]}  # type: ignore[attr-defined]
    assert columns["status"]["options"] == ["planned", "active", "done", "deferred", "dropped"]
    assert columns["milestone"]["refers"] == "milestone"
    assert "depends_on" not in columns


def test_hostile_filters_and_items_are_text(shared: Planned) -> None:
    page = get(shared, f"{PATH}?{urlencode({'phase': XSS, 'status': XSS})}")
    assert "<script>alert" not in page.text
    assert setup(page)["phase"] == XSS
    page = get(shared, f"{PLAIN}&phase=tower")
    assert "XSS-01" in page.text
    assert "<script>alert" not in page.text
    assert "<img" not in page.text


def test_many_rows_come_in_pages(shared: Planned) -> None:
    first = get(shared, f"{PLAIN}&phase=lamp")
    assert first.text.count('name="row"') == 100
    assert "Page 1 of 2, 120 rows" in first.text
    last = get(shared, f"{PLAIN}&phase=lamp&page=2")
    assert last.text.count('name="row"') == 20
    assert get(shared, f"{PLAIN}&page=99999999999").status == 200


def test_ticked_rows_are_changed_as_one_commit(plan: Planned) -> None:
    """Values, tags that come and go, and a value that is taken out."""
    page = send(
        plan, ["LAMP-01", "LAMP-02"], kind="requirement", to_status="done", to_owner="-",
        to_phases="lamp", add_tag="bright", remove_tag="light",
    )  # fmt: skip
    assert "Change 2 requirements" in page.text
    saved = send_form(plan.served, form_in(page, "/edit/save"), where="branch")
    assert saved.status == 303
    assert plan.git("rev-list", "--count", "main") == "2"
    one = plan.file("requirements/LAMP-01.md")
    assert "owner" not in one
    for part in ("phase: lamp", "status: done", "bright"):
        assert part in one
        assert part in plan.file("requirements/LAMP-02.md")
    assert "light," not in one
    assert plan.git("log", "-1", "--format=%an") == "Administrator"


def test_others_changes_of_the_same_rows_stay(plan: Planned) -> None:
    """The ticked row is changed upon the blob that the person saw."""
    page = send(plan, ["LAMP-01", "LAMP-02"], to_status="done")
    form = form_in(page, "/edit/save")
    plan.call(
        "PATCH", "/api/plan/requirement/LAMP-01", {"changes": {"owner": "Zoe"}},
        If_Match=plan.call("GET", "/api/plan/requirement/LAMP-01").headers["ETag"],
    )  # fmt: skip
    assert send_form(plan.served, form, where="branch").status == 303
    text = plan.file("requirements/LAMP-01.md")
    assert "owner: Zoe" in text
    assert "status: done" in text


@pytest.mark.parametrize(
    ("ticked", "fields", "words"),
    [
        ([], {"to_status": "done"}, "No row is ticked"),
        (["LAMP-01"], {}, "Nothing is to change"),
        (["LAMP-01"], {"add_tag": "light"}, "have these tags already"),
    ],
)
def test_nothing_to_do_is_told(
    plan: Planned, ticked: list[str], fields: dict[str, str], words: str
) -> None:
    page = send(plan, ticked, **fields)
    assert page.status == 400
    assert words in page.text


def test_what_was_written_stays_when_it_cannot_be(plan: Planned) -> None:
    """The reason stands above the form, and the ticks and values are as they were."""
    page = send(plan, ["LAMP-02"], phase="lamp", to_target="soon", to_owner=XSS)
    assert page.status == 422
    assert 'role="alert"' in page.text
    assert 'value="soon"' in page.text
    assert re.search(r'value="LAMP-02 [0-9a-f]{40}"[^>]* checked', page.text)
    assert "<script>alert" not in page.text
    assert plan.git("rev-list", "--count", "main") == "1"


def test_who_may_read_only_gets_no_table(shared: Planned) -> None:
    key = shared.key("read")
    assert get(shared, PATH, key).status == 403
    assert send(shared, ["LAMP-01"], key, to_status="done").status == 403


@pytest.mark.parametrize("kind", ["plan", "research", "../../etc", ""])
def test_a_kind_without_a_table_is_refused(shared: Planned, kind: str) -> None:
    assert get(shared, f"{PATH}?{urlencode({'kind': kind})}").status == (400 if kind else 200)


def test_a_table_as_large_as_one_save_may_be_is_reviewed(plan: Planned) -> None:
    """A field of a form that is larger than the usual half a megabyte."""
    fields = {"text": "The lamp shall shine. " + "x" * 1500, "phases": ["lamp"]}
    edits = [{"op": "create", "kind": "requirement", "fields": fields, "id": ""}] * 400
    edit = edit_from(json.dumps({"op": "together", "edits": edits}))
    text = edit.model_dump_json()
    assert len(text) > 600_000
    body = (
        '--x\r\nContent-Disposition: form-data; name="operation"\r\n\r\n' + text + "\r\n--x--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept": "text/html"}
    page = plan.served.post("/edit/review", body=body.encode(), headers=headers)
    assert page.status == 200, page.text[:2000]


def test_the_edit_of_a_table_names_its_new_ids(plan: Planned) -> None:
    """The order of new rows is that of their ids, in one commit with changes and a deletion."""
    new = {"op": "create", "kind": "requirement", "fields": {"text": XSS, "phases": ["lamp"]}}
    blob = plan.git("rev-parse", "HEAD:content/requirements/MANY-001.md")
    edits = [
        {"op": "set", "kind": "requirement", "id": "LAMP-01", "changes": {"owner": XSS}},
        *[new] * 3,
        {
            "op": "delete",
            "kind": "requirement",
            "id": "MANY-001",
            "references": "detach",
            "blob": blob,
        },
    ]
    edit = {"op": "together", "edits": edits}
    seen = plan.call("POST", "/api/plan/preview", {"edit": edit})
    assert seen.json["made"] == ["MANY-120", "MANY-121", "MANY-122"]
    assert len(seen.json["files"]) == 5
