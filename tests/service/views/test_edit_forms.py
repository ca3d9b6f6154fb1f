"""The forms of the plan's items over plain HTTP, without a script: a real service, a real git."""

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from tests.service.planned import FILES, Planned, planned_service
from tests.service.served import Answer

TOWER = (
    "---\r\ntitle: Tower # of stone\r\nnumber: 01\r\nmilestone: v1\r\nheight: 30\r\n---\r\n\r\n"
    "The tower stands.\r\n\r\n## Success criteria\r\n\r\n1. The lamp is lit. {#c1}\r\n"
    "   - verifies: LAMP-01\r\n2. It turns. {#c2}\r\n\r\n## Mine\r\n\r\nKept.\r\n"
)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
PLAN = {
    **FILES,
    "phases/tower.md": TOWER.replace("\r\n", "\n"),
    "phases/broken.md": "---\ntitle: [\n---\n",
    "requirements/CRLF-01.md": "---\r\nphase: lamp\r\n---\r\n\r\nIt shall shine.\r\n",
}


class Form(HTMLParser):
    """The first form of a page with `action`, as a browser without scripts would send it."""

    def __init__(self, page: str, action: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._action, self._in, self._skip = action, False, 0
        self._area = self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._in = known.get("action") == self._action
        elif tag == "template":
            self._skip += 1
        named = bool(known.get("name")) or (tag == "option" and bool(self._select))
        if not self._in or self._skip or not named:
            return
        if tag == "input" and known.get("type") != "radio":
            self.values[known["name"]] = known.get("value", "")
        elif tag == "textarea":
            self._area = known["name"]
            self.values[self._area] = ""
        elif tag == "select":
            self._select = known["name"]
        elif tag == "option" and (self._select not in self.values or "selected" in known):
            self.values[self._select] = known["value"]

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            text = self.values[self._area].removeprefix("\n")
            self.values[self._area] = text.replace("\n", "\r\n")
            self._area = ""
        elif tag == "select":
            self._select = ""
        elif tag == "template":
            self._skip -= 1
        elif tag == "form":
            self._in = False


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file; each works on items of its own, or saves nothing."""
    with planned_service(tmp_path_factory.mktemp("forms"), PLAN) as running:
        yield running


def send(planned: Planned, path: str, values: Mapping[str, str]) -> Answer:
    """A form, as a browser sends it."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    return planned.served.post(path, body=urlencode(values).encode(), headers=headers)


def opened(planned: Planned, path: str) -> dict[str, str]:
    """What stands in the form at an address."""
    answer = planned.served.get(path)
    assert answer.status == 200, answer.text
    return Form(answer.text, path.partition("?")[0]).values


def operation(answer: Answer) -> str:
    """The edit that a review page hands on."""
    match = re.search(r'name="operation" value="([^"]*)"', answer.text)
    assert match is not None, answer.text
    return unescape(match[1])


def review_to_save(planned: Planned, answer: Answer, **more: str) -> Answer:
    """Save what a review page shows."""
    values = Form(answer.text, "/edit/save").values
    return send(planned, "/edit/save", {**values, "where": "branch", **more})


def save(planned: Planned, edit: Mapping[str, object]) -> None:
    """Save an edit as somebody else does."""
    form = {"operation": json.dumps(edit), "where": "branch"}
    assert send(planned, "/edit/save", form).status == 303


def test_every_kind_has_a_form_that_changes_nothing_by_itself(planned: Planned) -> None:
    """Sent as it was opened, it says so, for files with any line ends."""
    commits = planned.git("rev-list", "--count", "HEAD")
    for path in (
        "/edit/plan/plan", "/edit/milestone/v1", "/edit/phase/tower", "/edit/phase/lamp",
        "/edit/requirement/LAMP-01", "/edit/requirement/CRLF-01", "/edit/research/survey/stack",
    ):  # fmt: skip
        answer = send(planned, path, opened(planned, path))
        assert answer.status == 200
        assert "Nothing was changed" in answer.text, path
    assert planned.git("rev-list", "--count", "HEAD") == commits


def test_an_edit_without_a_script_is_one_commit_of_the_edited_lines(planned: Planned) -> None:
    """Unknown keys, comments and other sections stay; the person is the author."""
    values = opened(planned, "/edit/phase/tower")
    values["f.goal"] += "\r\nFor long.  "
    values["f.criteria.0.level"] = "full"
    answer = send(planned, "/edit/phase/tower", {**values, "do": "review"})
    assert answer.status == 200
    saved = review_to_save(planned, answer)
    assert saved.status == 303, saved.text
    diff = planned.git("show", "--format=", "-U0", "HEAD")
    changed = [line for line in diff.splitlines() if re.match(r"[-+](?![-+])", line)]
    assert changed == ["+For long.", "+   - level: full"]
    page = planned.served.get(saved.headers["Location"])
    assert page.status == 200
    assert "For long." in page.text


def test_rows_are_added_moved_and_removed_without_a_script(planned: Planned) -> None:
    """Each button gives the form again with everything that was typed."""
    values = opened(planned, "/edit/phase/tower")
    values["f.title"] = "Typed and kept"
    answer = send(planned, "/edit/phase/tower", {**values, "do": "add:criteria"})
    assert answer.status == 200
    values = Form(answer.text, "/edit/phase/tower").values
    assert values["f.title"] == "Typed and kept"
    values["f.criteria.2.text"] = "It is seen."
    answer = send(planned, "/edit/phase/tower", {**values, "do": "up:criteria.2"})
    values = Form(answer.text, "/edit/phase/tower").values
    answer = send(planned, "/edit/phase/tower", {**values, "do": "remove:criteria.0"})
    values = Form(answer.text, "/edit/phase/tower").values
    assert [key for key in values if key.endswith(".text") and "criteria" in key] == [
        "f.criteria.2.text", "f.criteria.1.text",
    ]  # fmt: skip
    review = send(planned, "/edit/phase/tower", {**values, "do": "review"})
    assert '"It is seen."' in operation(review)
    assert '"id":"c2"' in operation(review)


def test_a_value_that_the_plan_refuses_stays_with_the_reason_at_its_field(
    planned: Planned,
) -> None:
    """And so does everything else that was typed."""
    values = opened(planned, "/edit/requirement/LAMP-01")
    values |= {"f.target": "soon", "f.notes": "Long thought.", "f.owner": "Grace"}
    answer = send(planned, "/edit/requirement/LAMP-01", values)
    assert answer.status == 422
    assert 'id="f.target-error"' in answer.text
    assert "is no date" in answer.text
    again = Form(answer.text, "/edit/requirement/LAMP-01").values
    assert {name: again[name] for name in ("f.target", "f.notes", "f.owner")} == {
        "f.target": "soon", "f.notes": "Long thought.", "f.owner": "Grace",
    }  # fmt: skip


def test_a_fix_is_applied_to_what_was_typed(planned: Planned) -> None:
    """By a button of the form: other fields keep what was typed, and the finding goes."""
    values = opened(planned, "/edit/requirement/LAMP-02")
    values |= {"f.text": "The lamp should turn.", "f.rationale": "For ships."}
    answer = send(planned, "/edit/requirement/LAMP-02", {**values, "do": "add:links"})
    tokens = re.findall(r'name="do" value="(fix:weak-modal[^"]*)"', answer.text)
    assert tokens
    values = Form(answer.text, "/edit/requirement/LAMP-02").values
    fixed = send(planned, "/edit/requirement/LAMP-02", {**values, "do": unescape(tokens[0])})
    again = Form(fixed.text, "/edit/requirement/LAMP-02").values
    assert again["f.text"] == "The lamp shall turn."
    assert again["f.rationale"] == "For ships."
    assert "fix:weak-modal" not in fixed.text


def test_what_others_change_meanwhile_is_merged(planned: Planned) -> None:
    """The form carries what the file was when it was opened."""
    values = opened(planned, "/edit/milestone/v1")
    theirs = {"op": "set", "kind": "milestone", "id": "v1", "changes": {"target": "2027-01-01"}}
    save(planned, theirs)
    values["f.overview"] = "Ships see it."
    saved = review_to_save(planned, send(planned, "/edit/milestone/v1", values))
    assert saved.status == 303, saved.text
    text = planned.file("milestones/v1.md")
    assert "2027-01-01" in text
    assert "Ships see it." in text


def test_a_new_requirement_gets_the_next_id(planned: Planned) -> None:
    """The phase of the address is chosen already."""
    values = opened(planned, "/edit/new/requirement?phase=lamp")
    assert values["f.phases.0.id"] == "lamp"
    values |= {"f.text": "The lamp shall be seen.", "category": "LAMP"}
    checks = send(planned, "/edit/new/requirement/check", values)
    assert checks.json["id"] == "LAMP-03"
    saved = review_to_save(planned, send(planned, "/edit/new/requirement", values))
    assert saved.status == 303, saved.text
    assert "The lamp shall be seen." in planned.file("requirements/LAMP-03.md")
    again = send(planned, "/edit/new/requirement", {**values, "id": "LAMP-01"})
    assert again.status == 422
    assert "is taken by" in again.text
    assert 'id="id-error"' in again.text


def test_new_items_of_each_kind(planned: Planned) -> None:
    """A phase behind another, a milestone, a research document with an id of two parts."""
    for kind, values in {
        "phase": {"f.title": "Rail", "after": "tower"},
        "milestone": {"f.title": "Second light"},
        "research": {"f.title": "Rocks", "id": "survey/rocks", "f.text": "Hard."},
    }.items():
        form = {**opened(planned, f"/edit/new/{kind}"), **values}
        answer = send(planned, f"/edit/new/{kind}", form)
        assert answer.status == 200, answer.text
        assert '"op":"create"' in operation(answer)
    assert planned.served.get("/edit/new/plan").status == 404


def test_a_rename_is_one_commit_and_old_addresses_lead_on(planned: Planned) -> None:
    """The page tells what follows; a taken or wrong id stays with the reason."""
    page = planned.served.get("/edit/research/survey/stack/rename")
    assert "stays as a former id" in page.text
    values = Form(page.text, "/edit/research/survey/stack/rename").values
    for wrong, why in (
        ("a b/c", "cannot be the id"),
        ("survey/stack", "which it has"),
        ("", "empty"),
    ):
        sent = {**values, "new_id": wrong}
        answer = send(planned, "/edit/research/survey/stack/rename", sent)
        assert answer.status in {400, 422}
        assert why in answer.text
    answer = send(
        planned, "/edit/research/survey/stack/rename", {**values, "new_id": "survey/lamps"}
    )
    assert review_to_save(planned, answer).status == 303
    moved = planned.served.get("/edit/research/survey/stack")
    assert (moved.status, moved.headers["Location"]) == (303, "/edit/research/survey/lamps")


def test_a_deletion_asks_what_becomes_of_references(planned: Planned) -> None:
    """Nothing chosen: it is refused, and the page says what would dangle."""
    page = planned.served.get("/edit/phase/lamp/delete")
    assert "LAMP-02" in page.text
    values = Form(page.text, "/edit/phase/lamp/delete").values
    assert "references" not in values
    answer = send(planned, "/edit/phase/lamp/delete", values)
    assert answer.status == 409
    assert "refer to it" in answer.text
    assert "choose below" in answer.text
    assert "references" not in Form(answer.text, "/edit/phase/lamp/delete").values
    for choice in ("detach", "keep"):
        chosen = {**values, "references": choice}
        answer = send(planned, "/edit/phase/lamp/delete", chosen)
        assert f'"references":"{choice}"' in operation(answer)
    assert planned.served.get("/edit/plan/plan/delete").status == 404
    assert planned.served.get("/edit/plan/plan/rename").status == 404


def test_a_requirement_is_moved_by_a_small_form(planned: Planned) -> None:
    """One picker, and nothing else."""
    values = opened(planned, "/edit/requirement/CRLF-01/move")
    assert values["phase"] == "lamp"
    answer = send(planned, "/edit/requirement/CRLF-01/move", {**values, "phase": "tower"})
    assert '"changes":{"phases":["tower"]}' in operation(answer)
    refused = send(planned, "/edit/requirement/CRLF-01/move", {**values, "phase": "a b"})
    assert refused.status == 422


def test_a_form_within_a_proposal_stays_in_it(planned: Planned) -> None:
    """What is saved there does not show on the branch."""
    values = opened(planned, "/edit/requirement/LAMP-01?proposal=words")
    assert values["proposal"] == "words"
    answer = send(planned, "/edit/requirement/LAMP-01", {**values, "f.owner": "Proposed"})
    saved = review_to_save(planned, answer, where="new", title="words")
    assert saved.status == 303, saved.text
    assert "Proposed" in planned.served.get("/edit/requirement/LAMP-01?proposal=words").text
    assert "Proposed" not in planned.served.get("/edit/requirement/LAMP-01").text


def test_an_unreadable_file_is_shown_and_not_edited(planned: Planned) -> None:
    """With its text, what is wrong in it, and how to mend it."""
    answer = planned.served.get("/edit/phase/broken")
    assert answer.status == 422
    for words in ("phases/broken.md", "title: [", "mend it by hand"):
        assert words in answer.text
    assert planned.served.get("/edit/phase/nothing").status == 404


def test_uncommitted_changes_are_shown_with_both_texts(planned: Planned) -> None:
    """A person's own change stays where it is, and the form says what is to be done about it."""
    file = planned.root / "content/requirements/CRLF-01.md"
    before = file.read_bytes()
    try:
        file.write_bytes(before + b"\r\nMine, not committed.\r\n")
        page = planned.served.get("/edit/requirement/CRLF-01").text
        assert "without committing" in page
        assert "Mine, not committed." in page
        assert "git restore requirements/CRLF-01.md" in page
        file.unlink()
        assert "Somebody deleted" in planned.served.get("/edit/requirement/CRLF-01").text
    finally:
        file.write_bytes(before)


def test_an_item_that_is_gone_keeps_what_was_typed(planned: Planned) -> None:
    """The review asks; a row can still be added to the form."""
    made = {"op": "create", "kind": "requirement", "id": "GONE-01", "fields": {"text": "Away."}}
    assert (
        send(planned, "/edit/save", {"operation": json.dumps(made), "where": "branch"}).status
        == 303
    )
    values = opened(planned, "/edit/requirement/GONE-01")
    gone = {"op": "delete", "kind": "requirement", "id": "GONE-01"}
    assert (
        send(planned, "/edit/save", {"operation": json.dumps(gone), "where": "branch"}).status
        == 303
    )
    values["f.text"] = "Away, but not forgotten."
    row = send(planned, "/edit/requirement/GONE-01", {**values, "do": "add:links"})
    assert row.status == 404
    assert "Away, but not forgotten." in row.text
    review = send(planned, "/edit/requirement/GONE-01", values)
    assert "Away, but not forgotten." in review.text


def test_markup_in_every_field_is_text(planned: Planned) -> None:
    """Whatever is typed comes back as it was, and never as markup."""
    for path in ("/edit/phase/tower", "/edit/requirement/LAMP-01", "/edit/new/research"):
        values = opened(planned, path)
        evil = {
            name: EVIL for name in values if (name.startswith("f.") and values[name] != "") or
            (name.count(".") == 1 and name not in {"f.links", "f.criteria", "f.waive", "f.phases"})
        }  # fmt: skip
        evil |= {name: "" for name in evil if name in {"f.depends_on", "f.provenance"}}
        for do in ("add:waive", "review"):
            answer = send(planned, path, {**values, **evil, "id": EVIL, "do": do})
            assert "<script>alert" not in answer.text
            assert "<img src=x" not in answer.text
            assert "&lt;script&gt;" in answer.text


def test_hostile_forms_are_answered(planned: Planned) -> None:
    """Odd names, wrong blobs, thousands of rows, too much text: a page each time, never a 500."""
    base = opened(planned, "/edit/phase/tower")
    many = {f"f.criteria.{n}.text": "x" for n in range(3000)}
    nul = {**base, "f.title": "a\0b"}
    for values, statuses in (
        ({**base, "blob": "0" * 40}, {422}),
        ({**base, "blob": "zz"}, {400, 422}),
        ({"f.title": "no blob"}, {400, 422}),
        ({**base, **many, "do": "add:criteria"}, {413}),
        ({**base, "f.criteria.99999999.text": "x", "f.__class__": "x", "f..": "y"}, {200}),
        ({**base, "do": "remove:criteria.999999"}, {200}),
        ({**base, "do": "fix:a:b:c"}, {200}),
        (nul, {422}),
        ({**base, "proposal": "../../etc"}, {200, 400, 404, 409, 422}),
    ):  # fmt: skip
        answer = send(planned, "/edit/phase/tower", values)
        assert answer.status in statuses, (answer.status, answer.text[:2000])
    large = send(planned, "/edit/phase/tower", {**base, "f.goal": "x" * 900_000})
    assert large.status in {200, 422}
    assert send(planned, "/edit/phase/tower", {**base, "f.goal": "x" * 1_100_000}).status == 413
    for path in (
        "/edit/phase/..%2f..%2fetc",
        "/edit/phase/-rf",
        "/edit/nothing/x",
        "/edit/phase/%00",
    ):
        assert planned.served.get(path).status in {400, 404, 422}, path


def test_readers_get_no_form(planned: Planned) -> None:
    """A key that may only read is told so; one that may propose gets it."""
    for scope, status in (("read", 403), ("propose", 200)):
        key = planned.key(scope)
        for path in ("/edit/phase/tower", "/edit/new/phase", "/edit/phase/tower/delete"):
            assert planned.served.get(path, key=key).status == status
        sent = planned.served.post("/edit/phase/tower", key=key, body=b"do=add:criteria", headers={
            "Content-Type": "application/x-www-form-urlencoded",
        })  # fmt: skip
        assert sent.status == (403 if status == 403 else 422)


def test_without_a_key_the_form_says_how_to_turn_suggestions_on(planned: Planned) -> None:
    """Fixes of the checks work all the same; who asks nevertheless keeps what was typed."""
    path = "/edit/requirement/LAMP-01"
    page = planned.served.get(path)
    assert "AI assistance is off: no key is set" in page.text
    assert "ANTHROPIC_API_KEY" in page.text
    assert "ai:ask:" not in page.text
    values = {**opened(planned, path), "f.notes": "Long thought.", "do": "ai:ask:ears"}
    answer = send(planned, path, values)
    assert answer.status == 200
    assert Form(answer.text, path).values["f.notes"] == "Long thought."
    review = planned.served.get("/review/v1")
    assert review.status == 200
    assert "AI assistance is off: no key is set" in review.text
    assert send(planned, "/review/v1", {}).status == 409
