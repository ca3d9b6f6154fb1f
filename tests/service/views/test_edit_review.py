"""The review page of an edit, and saving from it, on a real service and a real repository."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from service.planning.edits import CreateEdit, DeleteEdit, RenameEdit, SetEdit, TogetherEdit
from tests.service.forms_sent import form_in, review, send, send_form
from tests.service.planned import Planned, planned_service
from tests.service.served import KEY, Answer
from tests.service.shared import rows

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


def test_a_save_is_a_commit_of_the_person_and_the_page_shows_it(planned: Planned) -> None:
    """Author, message and audit; the answer leads to the page with the new text on it."""
    key = planned.key("edit", person="Ada Lovelace", email="ada@example.org")
    page = review(planned.served, text("The lamp shall turn twice a minute."), key)
    assert "Ada Lovelace &lt;ada@example.org&gt;" in page.text
    answer = send_form(planned.served, form_in(page, SAVE), key, message="Turn twice")
    assert answer.status == 303
    where = answer.headers["Location"]
    assert where.startswith("/r/LAMP-02/?saved=")
    shown = planned.served.get(where, key=key)
    assert "twice a minute" in shown.text
    head = planned.git("log", "-1", "--format=%an <%ae>|%cn|%B")
    assert head == "Ada Lovelace <ada@example.org>|Agented|Turn twice"
    commit = planned.git("rev-parse", "HEAD")
    nonce = where.partition("=")[2]
    said = planned.served.get(f"/api/plan/saved/{nonce}", key=key)
    assert said.json["commit"] == commit
    # Nobody else is told, and no made-up name says anything.
    assert planned.served.get(f"/api/plan/saved/{nonce}").status == 404
    assert planned.served.get("/api/plan/saved/AAAAAAAAAAAAAAAAAAAA", key=key).status == 404
    deeds = planned.served.get("/admin/audit?action=plan.save").json["rows"]
    assert deeds[0]["target"] == "LAMP-02"
    assert deeds[0]["details"]["commit"] == commit


def test_the_same_form_sent_twice_makes_one_item(planned: Planned) -> None:
    """A reload, and two clicks at once: the second gets the answer of the first."""
    new = CreateEdit(kind="requirement", fields={"text": "The lamp shall hum.", "phases": ["lamp"]})
    form = form_in(review(planned.served, new), SAVE)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: send_form(planned.served, form), range(6)))
    assert {each.status for each in answers} == {303}
    assert len({each.headers["Location"] for each in answers}) == 1
    assert send_form(planned.served, form).headers["Location"] == answers[0].headers["Location"]
    found = planned.git("grep", "-l", "shall hum", "HEAD", "--", "content").split()
    assert len(found) == 1


def test_the_same_form_with_other_words_is_looked_at_again(planned: Planned) -> None:
    """Whoever goes back and sends it with another message is not told that this was saved."""
    new = CreateEdit(
        kind="requirement", id="HUM-09", fields={"text": "It hums.", "status": "draft"}
    )
    form = form_in(review(planned.served, new), SAVE)
    assert send_form(planned.served, form).status == 303
    again = send_form(planned.served, form, message="Another message")
    assert again.status in (409, 422)
    assert planned.git("log", "--format=%s", "-1") != "Another message"


def test_a_set_sent_twice_is_one_commit(planned: Planned) -> None:
    """The second finds that there is nothing to change."""
    form = form_in(review(planned.served, owner("Twice")), SAVE)
    before = int(planned.git("rev-list", "--count", "HEAD"))
    first, second = send_form(planned.served, form), send_form(planned.served, form)
    assert (first.status, second.status) == (303, 303)
    assert int(planned.git("rev-list", "--count", "HEAD")) == before + 1
    page = review(planned.served, owner("Twice"))
    assert "Nothing to change" in page.text
    assert 'action="/edit/save"' not in page.text


def test_a_new_proposal_is_named_by_its_title(planned: Planned) -> None:
    """A title is asked for, checked, and made the name of a branch."""
    form = form_in(review(planned.served, owner("Proposed")), SAVE)
    for title in ("", "???"):
        page = send_form(planned.served, form, where="new", title=title, message="Mine")
        assert page.status == 400
        kept = form_in(page, SAVE).fields
        assert (kept["message"], kept["title"], kept["where"]) == ("Mine", title, "new")
    answer = send_form(planned.served, form, where="new", title="Give it away!")
    assert answer.headers["Location"].startswith("/proposals/give-it-away?saved=")
    assert planned.git("log", "-1", "--format=%s", "plan/give-it-away")
    # Twice the same form is one; another one of that title is told.
    again = send_form(planned.served, form, where="new", title="Give it away!")
    assert again.headers["Location"] == answer.headers["Location"]
    other = form_in(review(planned.served, owner("Other")), SAVE)
    page = send_form(planned.served, other, where="new", title="Give it away")
    assert page.status == 400
    assert "there is a proposal give-it-away already" in page.text
    joined = send_form(planned.served, other, where="proposal:give-it-away")
    assert joined.status == 303
    assert planned.git("rev-list", "--count", "main..plan/give-it-away") == "2"
    shown = planned.served.get(joined.headers["Location"], headers={"Accept": "text/html"})
    assert "Saved as" in shown.text


def test_whoever_may_only_propose_is_not_offered_the_branch(planned: Planned) -> None:
    """The choice is not there, the reason is; and sending it all the same is refused."""
    key = planned.key("propose")
    page = review(planned.served, owner("Nobody"), key)
    assert 'value="branch"' not in page.text
    assert "your key may propose changes only" in page.text
    before = planned.git("rev-parse", "main")
    refused = send_form(planned.served, form_in(page, SAVE), key, where="branch")
    assert refused.status == 400
    assert planned.git("rev-parse", "main") == before
    assert form_in(refused, SAVE).fields["operation"] == form_in(page, SAVE).fields["operation"]
    readers = planned.key("read")
    assert review(planned.served, owner("Nobody"), readers).status == 403


def test_a_proposal_that_ended_meanwhile_offers_another_place(planned: Planned) -> None:
    """Nothing is lost: the page says what became of it, and holds the edit."""
    first = form_in(review(planned.served, owner("Short")), SAVE)
    assert send_form(planned.served, first, where="new", title="Short lived").status == 303
    late = form_in(review(planned.served, owner("Late"), proposal="short-lived"), SAVE)
    assert late.fields["where"] == "proposal:short-lived"
    assert planned.call("POST", "/api/plan/proposals/short-lived/close").status == 200
    page = send_form(planned.served, late)
    assert page.status == 409
    assert "short-lived was closed" in page.text
    again = send_form(planned.served, form_in(page, "/edit/review"))
    assert again.status == 200
    assert save(planned, again).status == 303
    assert "owner: Late" in planned.file("requirements/LAMP-01.md")


def test_others_changes_of_other_fields_are_told_and_kept(planned: Planned) -> None:
    """With who made them."""
    blob = planned.git("rev-parse", "HEAD:content/requirements/LAMP-02.md")
    grace = planned.key("edit", person="Grace Hopper")
    form = form_in(review(planned.served, owner("Mary", "LAMP-02"), grace), SAVE)
    assert send_form(planned.served, form, grace).status == 303
    page = review(planned.served, text("The lamp shall turn always.", blob=blob))
    assert "<strong>Grace Hopper</strong>: The owner of LAMP-02 is now Mary" in page.text
    assert save(planned, page).status == 303
    kept = planned.file("requirements/LAMP-02.md")
    assert "owner: Mary" in kept
    assert "turn always" in kept


def test_a_text_that_is_merged_word_by_word_is_shown_before_it_is_saved(planned: Planned) -> None:
    """What the person saw is what is saved: when it changes after they looked, they look again."""
    item = CreateEdit(
        kind="requirement", id="WORD-01", fields={"text": "One two three four five six seven."}
    )
    assert save(planned, review(planned.served, item)).status == 303
    blob = planned.git("rev-parse", "HEAD:content/requirements/WORD-01.md")
    mine = text("One two three four five six eight.", "WORD-01", blob)
    page = review(planned.served, mine)
    theirs = text("Zero two three four five six seven.", "WORD-01")
    assert save(planned, review(planned.served, theirs)).status == 303
    asked = save(planned, page)
    assert asked.status == 409
    assert "Read the result" in asked.text
    assert save(planned, asked).status == 303
    assert "Zero two three four five six eight." in planned.file("requirements/WORD-01.md")


def test_deleting_names_what_would_dangle(planned: Planned) -> None:
    """And a rename says which files follow."""
    page = review(planned.served, DeleteEdit(kind="phase", id="lamp", references="keep"))
    assert "would lead nowhere" in page.text
    assert "LAMP-02" in page.text
    page = review(planned.served, RenameEdit(kind="phase", id="lamp", new_id="light"))
    assert "phases/light.md" in page.text
    refused = review(planned.served, DeleteEdit(kind="phase", id="lamp"))
    assert refused.status == 409
    assert "Lamp was not deleted: LAMP-02" in refused.text


def test_several_edits_are_one_commit(planned: Planned) -> None:
    """As a table makes them."""
    both = TogetherEdit(edits=(owner("Team"), owner("Team", "LAMP-02")), subject="Give to the team")
    before = int(planned.git("rev-list", "--count", "HEAD"))
    assert save(planned, review(planned.served, both)).status == 303
    assert int(planned.git("rev-list", "--count", "HEAD")) == before + 1
    assert planned.git("log", "-1", "--format=%s") == "Give to the team"


def test_an_edit_that_is_not_possible_is_said_and_kept(planned: Planned) -> None:
    """What the plan does not take, and a form that is none of ours."""
    page = review(planned.served, RenameEdit(kind="phase", id="lamp", new_id="tower"))
    assert page.status == 422
    assert form_in(page, "/edit/review").fields["operation"]
    assert send(planned.served, "/edit/review", {"operation": "{}"}).status == 400
    assert send(planned.served, SAVE, {}).status == 400


def test_a_form_sent_by_another_site_is_refused(planned: Planned) -> None:
    """A session's cookie alone saves nothing; a page of ours, or its token, has to be there."""
    form = form_in(review(planned.served, owner("Evil")), SAVE)
    headers = {"Origin": "https://evil.example.org", "Sec-Fetch-Site": "cross-site"}
    cookie = session_of(planned)
    body = urlencode(form.fields).encode()
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    before = planned.git("rev-parse", "main")
    assert planned.served.post(SAVE, key=None, body=body, headers={**sent, **headers}).status == 403
    assert planned.served.post(SAVE, key=None, body=body, headers=sent).status == 403
    assert planned.git("rev-parse", "main") == before


def session_of(planned: Planned) -> str:
    """The cookie of a session of the administrator."""
    answer = planned.served.post(
        "/login",
        key=None,
        body=urlencode({"key": KEY}).encode(),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": planned.served.address,
        },
    )
    return answer.headers["Set-Cookie"].partition(";")[0]


def test_files_that_could_not_follow_are_explained(planned: Planned) -> None:
    """A save that left one behind leads to a page of its own, with the command that mends it."""
    form = form_in(review(planned.served, owner("Left")), SAVE)
    assert send_form(planned.served, form).status == 303
    # A person who writes at that very moment cannot be arranged: the record says so instead.
    left = "json_set(answer, '$.left', json_array('content/requirements/LAMP-01.md'))"
    rows(planned.served, f"UPDATE plan_requests SET answer = {left} WHERE answer IS NOT NULL")
    again = send_form(planned.served, form)
    assert again.headers["Location"] == f"/edit/saved/{form.fields['nonce']}"
    page = planned.served.get(again.headers["Location"], headers={"Accept": "text/html"})
    assert "git checkout -- content/requirements/LAMP-01.md" in page.text
    assert 'href="/r/LAMP-01/"' in page.text
    other = planned.key("edit", person="Somebody else")
    assert planned.served.get(again.headers["Location"], key=other).status == 404
