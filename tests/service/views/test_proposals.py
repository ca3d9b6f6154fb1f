"""`/proposals`: listed, looked at, settled, merged and closed, on a real service and repository."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.planning.edits import SetEdit
from tests.service.forms_sent import form_in, review, send, send_form
from tests.service.planned import FILES, Planned, git, planned_service
from tests.service.proposed import page, put
from tests.service.watching import eventually

ITEMS = {
    f"requirements/WALL-{number:02d}.md": (
        f"---\nphase: tower\nstatus: draft\nlinks: [LAMP-01]\n---\n\n"
        f"Wall {number} shall stand within {number} mm of its place.\n"
    )
    for number in range(1, 16)
}
HOSTILE = '<img src=x onerror=alert(1)> "&\u202e'


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file; each test has items of its own."""
    with planned_service(tmp_path_factory.mktemp("planned"), {**FILES, **ITEMS}) as found:
        yield found


@pytest.fixture(scope="module")
def agent(planned: Planned) -> str:
    """A key that may only propose."""
    return planned.key("read", "propose", person="Agent Smith", email="agent@example.org")


def listed(planned: Planned, slug: str) -> str:
    """What the list says of a proposal, once its checks are counted."""

    def found() -> str:
        text = page(planned, "/proposals").text
        parts = [each for each in text.split("<article") if f">{slug}</code>" in each]
        return parts[0].partition("</article>")[0] if parts else ""

    eventually(lambda: found() and "checks are running" not in found(), f"{slug} is counted")
    return found()


def merge_form(planned: Planned, slug: str) -> str:
    return f"/proposals/{slug}/merge"


def test_the_list_says_what_each_changes_and_what_its_merge_brings(
    planned: Planned, agent: str
) -> None:
    """In words, with who, how far behind, what got weaker, new problems and overlaps."""
    put(planned, "loose", "WALL-01", key=agent, text="Wall 1 shall stand within 9 mm of its place.")
    put(planned, "lost", "WALL-01", key=agent, phases=["nowhere"])
    put(planned, "", "WALL-02", owner="ada")
    text = listed(planned, "loose")
    assert "WALL-01 was weakened: within 1 became within 9" in text
    assert "<del>1</del><ins>9</ins>" in text
    assert "Agent Smith" in text
    assert "1 commit behind" in text
    assert "new problem" in text
    assert 'href="/proposals/lost"' in text
    assert "both change WALL-01" in text
    assert re.search(r"1 new problem: 1 error", listed(planned, "lost"))


def test_a_proposal_shows_the_merged_result(planned: Planned, agent: str) -> None:
    """Words, checks and raw files; who may not merge sees no way to."""
    put(
        planned, "taller", "WALL-03", key=agent, text="Wall 3 shall stand within 2 mm of its place."
    )
    put(planned, "taller", "tower", "phase", key=agent, title="The tower")
    put(planned, "", "WALL-03", owner="ada")
    shown = page(planned, "/proposals/taller")
    assert shown.status == 200
    assert "<del>3</del><ins>2</ins>" in shown.text
    assert "is now called “The tower”" in shown.text
    assert "-Wall 3 shall stand within 3 mm of its place." in shown.text
    # Of the merged result: what the branch has already is no change of it.
    assert "owner: ada" not in [
        row for row in re.findall(r"[+-][^<]*", shown.text) if row.startswith("+")
    ]
    assert 'href="/edit/requirement/WALL-03?proposal=taller"' in shown.text
    assert "Approve and merge" in shown.text
    theirs = page(planned, "/proposals/taller", agent)
    assert theirs.status == 200
    assert "Approve and merge" not in theirs.text
    assert "Continue editing" in theirs.text
    reader = planned.key("read")
    assert page(planned, "/proposals/taller", reader).status == 200
    assert "Continue editing" not in page(planned, "/proposals/taller", reader).text


def test_it_is_merged_by_whoever_approves(planned: Planned, agent: str) -> None:
    """One commit with the message of the form; afterwards its page says what became of it."""
    put(planned, "merged", "WALL-04", key=agent, owner="eve")
    key = planned.key("read", "edit", person="Ada Lovelace", email="ada@example.org")
    form = form_in(page(planned, "/proposals/merged", key), merge_form(planned, "merged"))
    answer = send_form(planned.served, form, key, message="Take it over")
    assert (answer.status, answer.headers["Location"]) == (303, "/proposals?ended=merged")
    head = planned.git("log", "-1", "--format=%an|%s|%P")
    assert head.startswith("Ada Lovelace|Take it over|")
    assert len(head.rpartition("|")[2].split()) == 2
    assert "owner: eve" in planned.file("requirements/WALL-04.md")
    assert "merged into" in page(planned, answer.headers["Location"], key).text
    gone = page(planned, "/proposals/merged")
    assert gone.status == 410
    assert "This proposal is merged" in gone.text
    assert "Ada Lovelace" in gone.text
    again = send_form(planned.served, form, key)
    assert again.status == 410
    assert planned.served.get("/r/WALL-04/").text.count("eve") >= 1
    rows = planned.served.get("/admin/audit?action=plan.merge").json["rows"]
    assert rows[0]["target"] == "merged"


def test_only_what_was_looked_at_is_merged_or_closed(planned: Planned, agent: str) -> None:
    """A proposal that moved since the page was opened is shown again; nothing moves."""
    put(planned, "sly", "WALL-05", key=agent, owner="eve")
    shown = page(planned, "/proposals/sly")
    put(planned, "sly", "WALL-05", key=agent, status="done")
    before = planned.git("rev-parse", "main", "plan/sly")
    for action in ("merge", "close"):
        answer = send_form(
            planned.served, form_in(shown, f"/proposals/sly/{action}"), message="my own words"
        )
        assert answer.status == 409
        assert "has changed since you looked at it" in answer.text
        assert "WALL-05 is now done" in answer.text
    assert (
        "my own words"
        in send_form(
            planned.served, form_in(shown, merge_form(planned, "sly")), message="my own words"
        ).text
    )
    assert planned.git("rev-parse", "main", "plan/sly") == before
    for tip in ("", "x", "HEAD"):
        assert send(planned.served, "/proposals/sly/merge", {"tip": tip}).status == 400


def test_it_is_closed_without_loss(planned: Planned, agent: str) -> None:
    """The page tells under which name its commits stay, and that name leads to them."""
    commit = put(planned, "closed", "WALL-06", key=agent, owner="eve")
    form = form_in(page(planned, "/proposals/closed"), "/proposals/closed/close")
    assert send_form(planned.served, form, agent).status == 403
    answer = send_form(planned.served, form)
    assert answer.headers["Location"] == "/proposals?ended=closed"
    note = page(planned, answer.headers["Location"]).text
    kept = re.search(r"refs/agented/closed/closed/[0-9a-f]+", note)
    assert kept
    assert planned.git("rev-parse", kept[0]) == commit
    gone = page(planned, "/proposals/closed")
    assert gone.status == 410
    assert f"git branch plan/closed {kept[0]}" in gone.text
    planned.git("branch", "plan/closed", kept[0])
    assert page(planned, "/proposals/closed").status == 200


def test_a_merge_that_brings_errors_is_confirmed_first(planned: Planned, agent: str) -> None:
    """The box must be ticked, on the page and at the door."""
    put(planned, "errors", "WALL-07", key=agent, phases=["nowhere"])
    shown = page(planned, "/proposals/errors")
    assert "Merge it in spite of the errors" in shown.text
    form = form_in(shown, merge_form(planned, "errors"))
    answer = send_form(planned.served, form)
    assert answer.status == 409
    assert "it brings errors" in answer.text
    assert send_form(planned.served, form, reviewed="1").status == 303


def test_conflicts_are_settled_then_looked_at_then_merged(planned: Planned, agent: str) -> None:
    """What was chosen stands in the result; nothing is merged before it was looked at."""
    put(
        planned, "clash", "WALL-08", key=agent, text="Wall 8 shall stand at its place.", owner="eve"
    )
    put(planned, "", "WALL-08", text="Wall 8 shall stand within 8 cm of its place.")
    shown = page(planned, "/proposals/clash")
    assert "Conflicts with main" in shown.text
    assert "Approve and merge" not in shown.text
    conflict = page(planned, "/proposals/clash/settle")
    form = form_in(conflict, "/proposals/clash/settle")
    before = planned.git("rev-parse", "main")
    unsettled = send_form(planned.served, form)
    assert unsettled.status == 400
    (place,) = set(re.findall(r'name="(s0-0-p\d+)"', conflict.text)) or {""}
    chosen = {place: "yours"} if place else {"s0-0-side": "yours"}
    result = send_form(planned.served, form, **chosen)
    assert result.status == 200
    assert "Nothing is merged yet" in result.text
    assert "Wall 8 shall stand at its place." in result.text
    assert planned.git("rev-parse", "main") == before
    answer = send_form(planned.served, form_in(result, merge_form(planned, "clash")))
    assert answer.status == 303
    text = planned.file("requirements/WALL-08.md")
    assert "Wall 8 shall stand at its place." in text
    assert "owner: eve" in text


def test_an_answer_counts_for_what_was_looked_at(planned: Planned, agent: str) -> None:
    """Who changes the same meanwhile loses nothing: the conflict comes again."""
    put(planned, "late", "WALL-09", key=agent, owner="eve")
    put(planned, "", "WALL-09", owner="ada")
    form = form_in(page(planned, "/proposals/late/settle"), "/proposals/late/settle")
    result = send_form(planned.served, form, **{"s0-0-side": "yours"})
    assert result.status == 200
    put(planned, "", "WALL-09", owner="grace")
    answer = send_form(planned.served, form_in(result, merge_form(planned, "late")))
    assert answer.status == 409
    assert "Conflicts with main" in answer.text
    again = send_form(planned.served, form, **{"s0-0-side": "yours"})
    assert again.status == 409
    assert "grace" in again.text
    assert "owner: grace" in planned.file("requirements/WALL-09.md")
    bad = {"tip": "0" * 40, "settled": "[]"}
    assert send(planned.served, "/proposals/late/merge", bad).status == 400


def test_whoever_may_only_propose_cannot_decide(planned: Planned, agent: str) -> None:
    """Neither merge, nor close, nor settle; and nobody without a key sees anything."""
    commit = put(planned, "agents", "WALL-10", key=agent, owner="eve")
    for action in ("merge", "close", "settle"):
        answer = send(planned.served, f"/proposals/agents/{action}", {"tip": commit}, agent)
        assert answer.status == 403
    assert page(planned, "/proposals/agents/settle", agent).status == 403
    for path in ("/proposals", "/proposals/agents", "/proposals/agents/site/"):
        stranger = planned.served.get(path, key=None, headers={"Accept": "text/html"})
        assert stranger.status == 303
        assert stranger.headers["Location"].startswith("/login")


def test_what_people_wrote_is_shown_as_text(planned: Planned) -> None:
    """Subjects, authors and slugs of hostile branches; names that git does not take are refused."""
    root = planned.root
    tree = git(root, "rev-parse", "main^{tree}")
    who = {"author": f"<script>{HOSTILE}</script>"}
    message = f"{HOSTILE}</title><script>alert(2)</script>"
    raw = (
        f"tree {tree}\nparent {git(root, 'rev-parse', 'main')}\n"
        f"author {who['author'].replace('<', '').replace('>', '')} <e@x> 1700000000 +0000\n"
        f"committer x <e@x> 1700000000 +0000\n\n{message}\n"
    )
    commit = git(root, "hash-object", "-t", "commit", "-w", "--stdin", stdin=raw.encode())
    git(root, "update-ref", "refs/heads/plan/lamp/bright'er&x", commit)
    for path in ("/proposals", "/proposals/lamp/bright'er&x"):
        answer = page(planned, path)
        assert "<img" not in answer.text
        assert "<script>alert" not in answer.text
        assert "\u202e" not in answer.text
    assert "&lt;img" in page(planned, "/proposals").text
    for slug in ("..%2f..%2fmain", "-rf", "a..b", "a%00b", "%3Cscript%3E", "x" * 300, "HEAD"):
        answer = page(planned, f"/proposals/{slug}")
        assert answer.status in {400, 404, 422}, slug
        assert "<script>" not in answer.text.replace("<script src=", "").replace(
            "<script defer", ""
        )
    git(root, "update-ref", "-d", "refs/heads/plan/lamp/bright'er&x")


def test_a_save_on_a_proposal_leads_to_its_page(planned: Planned, agent: str) -> None:
    """From the review page, with the key of an agent."""
    edit = SetEdit(kind="requirement", id="WALL-14", changes={"owner": "eve"})
    form = form_in(review(planned.served, edit, agent), "/edit/save")
    answer = send_form(planned.served, form, agent, where="new", title="Give it to Eve")
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/proposals/give-it-to-eve")
    shown = page(planned, answer.headers["Location"], agent)
    assert shown.status == 200
    assert "The owner of WALL-14 is now eve" in shown.text


def test_another_person_approves_where_that_is_the_rule(tmp_path: Path) -> None:
    """Whoever wrote in it is told so, on the page and at the door."""
    with planned_service(tmp_path, PLAN_APPROVAL="other") as planned:
        ada = planned.key("read", "edit", person="Ada Lovelace", email="ada@example.org")
        grace = planned.key("read", "edit", person="Grace Hopper", email="grace@navy.example")
        commit = put(planned, "own", key=ada, owner="ada")
        shown = page(planned, "/proposals/own", ada)
        assert "You cannot approve it" in shown.text
        assert "Approve and merge" not in shown.text
        answer = send(planned.served, "/proposals/own/merge", {"tip": commit}, ada)
        assert answer.status == 403
        assert "another person" in answer.text
        form = form_in(page(planned, "/proposals/own", grace), "/proposals/own/merge")
        assert send_form(planned.served, form, grace).status == 303
        assert "Approved-by: Grace Hopper" in planned.git("log", "-1", "--format=%B")
        takes_its_first_items_from_proposals(planned, grace)


def takes_its_first_items_from_proposals(planned: Planned, key: str) -> None:
    """What would begin past another person is neither offered nor taken; the forms lead on."""
    others = [each for each in planned.git("ls-files").split() if each != "content/plan.yaml"]
    planned.git("rm", "--quiet", *others)
    planned.git("commit", "--quiet", "-m", "A plan of a title alone")
    text = planned.served.get("/start", headers={"Accept": "text/html"}, key=key).text
    assert "changes from proposals only" in text
    assert "/edit/new/phase" in text
    assert "Add the first items" not in text
    assert 'value="import"' not in text
    before = planned.git("rev-parse", "main")
    answer = send(planned.served, "/start", {"way": "example"}, key)
    assert answer.status == 403
    assert "proposals only" in answer.text
    assert planned.git("rev-parse", "main") == before
