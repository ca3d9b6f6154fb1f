"""Items under `/api/plan` of a real service on a real repository: every way to change them."""

import json
import os
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.service.planned import Planned, planned_service
from tests.service.served import Answer
from tests.service.shared import rows

API = "/api/plan"
LAMP = f"{API}/requirement/LAMP-01"
LAMP_FILE = "content/requirements/LAMP-01.md"
XSS = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("shared")) as planned:
        yield planned


@pytest.fixture
def plan(shared: Planned) -> Planned:
    """The service, on the plan as it was in the beginning."""
    shared.begin_again()
    return shared


def etag(plan: Planned, path: str = LAMP) -> str:
    answer = plan.call("GET", path)
    assert answer.status == 200, answer.text
    return str(answer.headers["ETag"])


def error(answer: Answer) -> tuple[int, str]:
    """Status and code of a refusal, which has the one shape and says how to mend it."""
    told = answer.json["error"]
    assert {"code", "message", "hint", "request_id"} == set(told)
    assert told["message"]
    assert told["request_id"] == answer.headers["X-Request-Id"]
    return answer.status, told["code"]


def change(plan: Planned, path: str, base: str, /, **changes: object) -> Answer:
    return plan.call("PATCH", path, {"changes": changes}, If_Match=base)


# -- reading ------------------------------------------------------------------------------------


def test_an_item_is_shown_with_the_blob_of_its_file(shared: Planned) -> None:
    answer = shared.call("GET", LAMP)
    blob = shared.git("rev-parse", f"HEAD:{LAMP_FILE}")
    assert answer.headers["ETag"] == f'"{blob}"'
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.json["blob"] == blob
    assert answer.json["values"]["owner"] == "Ada"
    assert [each["id"] for each in answer.json["references"]] == ["tower"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [("{}", 304), ("W/{}", 304), ('"x", {}', 304), ("*", 304), ('"x"', 200), ("x", 200)],
)
def test_a_known_item_is_not_sent_again(shared: Planned, sent: str, status: int) -> None:
    known = etag(shared)
    answer = shared.call("GET", LAMP, If_None_Match=sent.replace("{}", known))
    assert answer.status == status
    assert answer.headers["ETag"] == known
    assert bool(answer.body) == (status == 200)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("research/survey/stack", "Lamps"),
        ("research/survey%2Fstack", "Lamps"),
        ("plan/plan", "Lighthouse"),
        ("milestone/V1", "First light"),
        ("phase/tower", "Tower"),
    ],
)
def test_each_kind_has_an_address(shared: Planned, path: str, title: str) -> None:
    answer = shared.call("GET", f"{API}/{path}")
    assert (answer.status, answer.json["title"]) == (200, title)
    if not path.startswith("plan"):
        past = shared.call("GET", f"{API}/{path}/history")
        assert past.json["versions"][-1]["subject"] == "Begin"
        assert past.json["blob"] == answer.json["blob"]


@pytest.mark.parametrize(
    "path",
    [
        "requirement/GHOST-01", "requirement/..", "requirement/%2e%2e", "requirement/..%2F..%2Fetc",
        "research/..%2F..", "research/../../../../etc/passwd", "requirement/%00", "phase/-rf",
        "requirement/LAMP-01%0A", "requirement/LAMP-01.md", "phase/LAMP-01", "unknown/x",
        "requirement/a/b", "research/survey", "requirement/%F0%9F%92%A1", "requirement/%ff",
        "requirement/" + "x" * 300, "phase/con", "phase/\\..\\x",
    ],
)  # fmt: skip
def test_what_is_no_item_is_not_found(shared: Planned, path: str) -> None:
    """However the address is spelled, it leads nowhere else."""
    for suffix in ("", "/history"):
        answer = shared.call("GET", f"{API}/{path}{suffix}")
        assert error(answer) == (404, "not_found"), f"{path}{suffix}: {answer.text}"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["v1", "tower", "lamp", "LAMP-01", "LAMP-02", "survey/stack"]),
        ("?limit=2&offset=3", ["LAMP-01", "LAMP-02"]),
        ("?offset=100", []),
        ("?status=approved", ["LAMP-01"]),
        ("?kind=requirement&q=TURN%20lamp", ["LAMP-02"]),
        ("?phase=tower", ["tower", "LAMP-01"]),
        ("?milestone=v1&kind=phase", ["tower", "lamp"]),
        ("?q=many%20kinds", ["survey/stack"]),
        ("?q=%3Cscript%3E", []),
    ],
)
def test_items_are_listed_in_parts(shared: Planned, query: str, ids: list[str]) -> None:
    answer = shared.call("GET", f"{API}/items{query}").json
    assert [each["id"] for each in answer["items"]] == ids
    assert answer["total_count"] == (6 if "offset" in query else len(ids))
    for each in answer["items"]:
        assert each["blob"] == etag(shared, f"{API}/{each['kind']}/{each['id']}").strip('"')


def test_problems_are_those_of_the_checks(shared: Planned) -> None:
    every = shared.call("GET", f"{API}/problems?limit=500").json
    assert every["total_count"] == len(every["problems"]) > 0
    rules = {each["id"] for each in shared.call("GET", f"{API}/rules").json["rules"]}
    assert {each["rule"] for each in every["problems"]} <= rules
    one = every["problems"][0]
    for query in (f"rule={one['rule']}", f"severity={one['severity']}", f"path={one['path']}"):
        found = shared.call("GET", f"{API}/problems?limit=500&{query}").json["problems"]
        assert one in found
        name = query.partition("=")[0]
        assert {each[name] for each in found} == {one[name]}
    assert shared.call("GET", f"{API}/problems?rule=nothing").json["problems"] == []


def test_the_schema_says_what_changes_may_hold(shared: Planned) -> None:
    schema = shared.call("GET", f"{API}/schema/requirement").json["fields"]
    values = shared.call("GET", LAMP).json["values"]
    assert set(values) <= set(schema["properties"])
    assert error(shared.call("GET", f"{API}/schema/nothing")) == (404, "not_found")


# -- changing -----------------------------------------------------------------------------------


def test_a_change_is_one_commit_of_the_person(plan: Planned) -> None:
    """Only the lines of the named fields change; null takes a field out of the file."""
    key = plan.key("edit", person="Ada Lovelace", email="ada@example.org")
    base = etag(plan)
    answer = plan.call(
        "PATCH", LAMP, {"changes": {"owner": None, "status": "done"}, "message": "Done: it shines"},
        If_Match=base, X_API_Key=key,
    )  # fmt: skip
    assert answer.status == 200, answer.text
    told = answer.json
    assert (told["id"], told["branch"], told["merged"]) == ("LAMP-01", "main", [])
    assert told["message"] == "Done: it shines"
    assert answer.headers["ETag"] == f'"{told["blob"]}"' == etag(plan)
    assert plan.git("log", "-1", "--format=%H %an <%ae> %cn: %B") == (
        f"{told['commit']} Ada Lovelace <ada@example.org> Agented: Done: it shines"
    )
    assert plan.git("diff", "HEAD~", "--numstat").split() == ["1", "2", LAMP_FILE]
    assert plan.git("status", "--porcelain") == ""
    noted = rows(plan.served, "SELECT * FROM audit WHERE action = 'plan.save'")[-1]
    assert (noted["target"], noted["person"]) == ("LAMP-01", "Ada Lovelace")
    assert json.loads(noted["details"])["commit"] == told["commit"]
    # The same again is no change, and no commit.
    again = change(plan, LAMP, answer.headers["ETag"], status="done")
    assert (again.status, again.json["commit"]) == (200, "")
    assert plan.git("rev-list", "--count", "HEAD") == "2"


def test_what_others_changed_is_merged_by_field(plan: Planned) -> None:
    base = etag(plan)
    assert change(plan, LAMP, base, owner="Grace").status == 200
    answer = change(plan, LAMP, base, tags=["light", "night"])
    assert answer.status == 200
    assert [(each["field"], each["how"]) for each in answer.json["merged"]] == [("tags", "field")]
    values = plan.call("GET", LAMP).json["values"]
    assert (values["owner"], values["tags"]) == ("Grace", ["light", "night"])


def test_a_clash_has_all_texts_and_writes_nothing(plan: Planned) -> None:
    base = etag(plan)
    assert change(plan, LAMP, base, text="The lamp shall glow.").status == 200
    before = plan.git("rev-parse", "HEAD")
    answer = change(plan, LAMP, base, text=f"The lamp shall burn. {XSS}", owner="Grace")
    assert error(answer) == (409, "clash")
    assert answer.headers["Content-Type"] == "application/json"
    clash = answer.json["unsaved"]["preview"]["clashes"][0]
    (field,) = clash["clashes"]
    assert field["field"] == "text"
    assert field["base"] == "The lamp shall shine."
    assert field["theirs"] == "The lamp shall glow."
    assert field["yours"] == f"The lamp shall burn. {XSS}"
    assert clash["settled"]["owner"] == "Grace"
    assert plan.git("rev-parse", "HEAD") == before
    # Settled upon the blob that the answer names, it is saved.
    settled = {**clash["settled"], "text": "The lamp shall glow and burn."}
    again = change(plan, LAMP, f'"{clash["blob"]}"', **settled)
    assert again.status == 200
    assert plan.file("requirements/LAMP-01.md").endswith("The lamp shall glow and burn.\n")


def test_words_that_came_together_are_looked_at_first(plan: Planned) -> None:
    """A text that two changed in one line is a proposal of how it would read."""
    text = "The lamp shall turn once a minute and shall shine by night over the whole sea."
    path = f"{API}/requirement/LAMP-02"
    assert change(plan, path, etag(plan, path), text=text).status == 200
    base = etag(plan, path)
    assert change(plan, path, base, text=text.replace("once", "twice")).status == 200
    mine = text.replace("whole sea", "whole bay")
    answer = change(plan, path, base, text=mine)
    assert error(answer) == (409, "review")
    assert "twice" in answer.json["unsaved"]["preview"]["files"][0]["diff"]
    body = {"changes": {"text": mine}, "reviewed": True}
    assert plan.call("PATCH", path, body, If_Match=base).status == 200
    both = text.replace("once", "twice").replace("whole sea", "whole bay")
    assert plan.call("GET", path).json["values"]["text"] == both


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        (None, (428, "no_base")),
        ("", (428, "no_base")),
        ("*", (428, "no_base")),
        ('"' + "0" * 40 + '"', (412, "unknown_base")),
        ('W/"' + "0" * 40 + '"', (412, "unknown_base")),
        ("0" * 40, (412, "unknown_base")),
        ('"abc"', (412, "unknown_base")),
        ('"' + "A" * 40 + '"', (412, "unknown_base")),
        ('"a", "b"', (412, "unknown_base")),
        ('"-rf --upload-pack=touch /tmp/x ------------"', (412, "unknown_base")),
    ],
)
def test_a_change_says_what_it_builds_upon(
    shared: Planned, sent: str | None, refusal: tuple[int, str]
) -> None:
    before = shared.git("rev-parse", "HEAD")
    headers = {} if sent is None else {"If_Match": sent}
    body = {"changes": {"owner": "x"}}
    assert error(shared.call("PATCH", LAMP, body, **headers)) == refusal
    assert error(shared.call("DELETE", LAMP, **headers)) == refusal
    old = {"old_blob": etag(shared).strip('"')}
    assert error(shared.call("POST", f"{LAMP}/restore", old, **headers)) == refusal
    assert shared.git("rev-parse", "HEAD") == before


def test_a_commit_is_no_base(shared: Planned) -> None:
    """Nor is any other object of git than a file's text."""
    commit = shared.git("rev-parse", "HEAD")
    assert error(change(shared, LAMP, f'"{commit}"', owner="x")) == (412, "unknown_base")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"status": "nonsense"}, (422, "not_possible")),
        ({"ghost": "x"}, (422, "not_possible")),
        ({"owner": ["a", "b"]}, (422, "not_possible")),
        ({"owner": {"a": 1}}, (422, "not_possible")),
        ({"owner": "two\nlines"}, (422, "not_possible")),
        ({"text": 7}, (422, "not_possible")),
        ({"phases": [[["x"]]]}, (422, "not_possible")),
        ({"owner": "\x1b[31m"}, (422, "not_possible")),
        ({"x" * 61: "y"}, (400, "bad_request")),
        ({"owner": "nul\0"}, (400, "bad_request")),
        ({"id": "LAMP-09"}, (422, "not_possible")),
        ({"path": "../../etc/passwd"}, (422, "not_possible")),
    ],
)
def test_values_that_fit_no_field_are_refused(
    shared: Planned, changes: dict[str, object], refusal: tuple[int, str]
) -> None:
    before = shared.git("rev-parse", "HEAD")
    answer = change(shared, LAMP, etag(shared), **changes)
    assert error(answer) == refusal, answer.text
    assert shared.git("rev-parse", "HEAD") == before


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "x", {"changes": None}, {"changes": {}, "ghost": 1}, {"changes": {}, "proposal": 1},
        {"changes": {}, "message": "\x07"}, {"changes": {}, "reviewed": "yes"},
        {"changes": {}, "message": "x" * 20_001}, {"changes": {}, "proposal": "x" * 201},
    ],
)  # fmt: skip
def test_bodies_of_another_form_are_refused(shared: Planned, body: object) -> None:
    answer = shared.call("PATCH", LAMP, body, If_Match=etag(shared))
    assert error(answer) == (400, "bad_request")


@pytest.mark.parametrize(
    "slug", ["..", "../../etc", "-rf", "a b", "x.lock", "a//b", "a\\b", "~", "^", "/x", "HEAD:x"]
)
def test_what_is_no_name_of_a_branch_is_no_proposal(shared: Planned, slug: str) -> None:
    refs = shared.git("for-each-ref")
    body = {"changes": {"owner": "x"}, "proposal": slug}
    answer = shared.call("PATCH", LAMP, body, If_Match=etag(shared))
    assert error(answer) == (422, "not_possible"), answer.text
    assert error(shared.call("GET", f"{LAMP}?proposal={quote(slug, safe='')}"))[0] == 422
    assert shared.git("for-each-ref") == refs


def test_texts_of_any_kind_come_back_as_they_were(shared: Planned) -> None:
    """Scripts, other writing systems and long texts are data, and nothing else."""
    path = f"{API}/requirement/LAMP-02"
    text = (
        f"Die Lampe {XSS} leuchtet: 灯 🔦 \u202e `$(rm -rf)` {{{{ 7*7 }}}}\n\n" + "long " * 20_000
    )
    answer = change(shared, path, etag(shared, path), text=text.strip())
    assert answer.status == 200, answer.text
    shown = shared.call("GET", path)
    assert shown.json["values"]["text"] == text.strip()
    assert shown.headers["Content-Type"] == "application/json"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    # A body over the limit of one item.
    answer = change(shared, path, etag(shared, path), text="x" * 300_000)
    assert error(answer) == (413, "too_large")


def test_a_persons_own_change_is_not_overwritten(plan: Planned) -> None:
    """The answer has both texts."""
    file = plan.root / LAMP_FILE
    base = etag(plan)
    mine = file.read_text("utf-8").replace("shine", "smoke")
    file.write_text(mine, encoding="utf-8")
    answer = change(plan, LAMP, base, owner="Grace")
    assert error(answer) == (409, "uncommitted")
    assert answer.json["uncommitted"]["path"] == LAMP_FILE
    assert "shine" in answer.json["uncommitted"]["committed"]
    assert answer.json["uncommitted"]["uncommitted"] == mine == file.read_text("utf-8")
    assert plan.call("GET", LAMP).json["uncommitted"] == mine


# -- making, renaming, deleting, restoring, ordering -----------------------------------------------


def test_an_item_is_made_with_the_next_id(plan: Planned) -> None:
    body = {"fields": {"text": "The lamp shall glow.", "phases": ["lamp"]}}
    answer = plan.call("POST", f"{API}/requirement", body)
    assert answer.status == 201, answer.text
    assert answer.json["id"] == "LAMP-03"
    assert answer.headers["Location"] == f"{API}/requirement/LAMP-03"
    assert answer.headers["ETag"] == etag(plan, answer.headers["Location"])
    # On a proposal, the address says so.
    answer = plan.call("POST", f"{API}/requirement", {**body, "proposal": "glow"})
    assert answer.json["id"] == "LAMP-04"
    assert answer.headers["Location"] == f"{API}/requirement/LAMP-04?proposal=glow"
    assert plan.call("GET", answer.headers["Location"]).status == 200
    assert error(plan.call("GET", f"{API}/requirement/LAMP-04")) == (404, "not_found")
    phase = plan.call("POST", f"{API}/phase", {"fields": {"title": "Über 灯"}, "after": "tower"})
    assert phase.status == 201
    assert plan.call("GET", phase.headers["Location"]).json["values"]["number"] == "01.1"
    odd = {"id": "LÄMP-1", "fields": {"text": "Sie shall leuchten."}}
    made = plan.call("POST", f"{API}/requirement", odd)
    assert made.headers["Location"] == f"{API}/requirement/L%C3%84MP-1"
    assert plan.call("GET", made.headers["Location"]).json["id"] == "LÄMP-1"
    paper = {"id": "survey/optics", "fields": {"title": "Optics"}}
    made = plan.call("POST", f"{API}/research", paper)
    assert made.headers["Location"] == f"{API}/research/survey/optics"
    assert plan.call("GET", made.headers["Location"]).status == 200


@pytest.mark.parametrize(
    ("kind", "id", "status"),
    [
        ("requirement", "../../etc", 422), ("requirement", "..", 422), ("milestone", "../x", 422),
        ("requirement", "-rf", 422), ("requirement", "a/b", 422), ("research", "a", 422),
        ("research", "../x", 422), ("research", "a/b/c", 422), ("phase", "con", 422),
        ("phase", "a\\b", 422), ("phase", "/etc/passwd", 422), ("requirement", "LAMP-01", 422),
        ("requirement", "lamp-01", 422), ("phase", "LAMP-01", 422), ("requirement", "a\0b", 400),
        ("requirement", XSS, 422), ("requirement", "x" * 211, 400), ("plan", "plan", 404),
        ("nothing", "..", 404), ("milestone", "a\nb", 422), ("milestone", "..\\..\\x", 422),
    ],
)  # fmt: skip
def test_what_cannot_be_an_id_makes_no_item(
    shared: Planned, kind: str, id: str, status: int
) -> None:
    before = shared.git("rev-parse", "HEAD")
    answer = shared.call("POST", f"{API}/{kind}", {"id": id, "fields": {"title": "x"}})
    assert error(answer)[0] == status, answer.text
    if kind not in ("research", "plan"):
        body = {"new_id": id}
        renamed = shared.call("POST", f"{API}/phase/tower/rename", body)
        assert error(renamed)[0] in (400, 422)
    assert shared.git("rev-parse", "HEAD") == before
    assert shared.git("status", "--porcelain") == ""


def test_a_renamed_item_takes_its_references_along(plan: Planned) -> None:
    base = etag(plan)
    answer = plan.call("POST", f"{LAMP}/rename", {"new_id": "LIGHT-01"})
    assert answer.status == 200, answer.text
    assert answer.headers["Location"] == f"{API}/requirement/LIGHT-01"
    criteria = plan.call("GET", f"{API}/phase/tower").json["values"]["criteria"]
    assert criteria[0]["verifies"] == ["LIGHT-01"]
    # The old address leads to it, and a change of what was read before arrives.
    assert plan.call("GET", LAMP).json["id"] == "LIGHT-01"
    changed = change(plan, LAMP, base, owner="Grace")
    assert (changed.status, changed.json["id"]) == (200, "LIGHT-01")
    assert changed.json["notes"]
    assert plan.call("GET", f"{API}/requirement/LIGHT-01").json["values"]["owner"] == "Grace"


def test_a_deletion_says_what_becomes_of_references(plan: Planned) -> None:
    base = etag(plan)
    answer = plan.call("DELETE", LAMP, If_Match=base)
    assert error(answer) == (409, "refused")
    assert answer.json["references"] == [
        {"id": "tower", "kind": "phase", "field": "criteria", "criterion": "c1"}
    ]
    assert error(plan.call("DELETE", f"{LAMP}?references=all", If_Match=base))[0] == 400
    gone = plan.call("DELETE", f"{LAMP}?references=detach&message=Gone", If_Match=base)
    assert gone.status == 200, gone.text
    assert (gone.json["blob"], gone.headers["ETag"]) == ("", None)
    assert plan.git("log", "-1", "--format=%s") == "Gone"
    assert error(plan.call("GET", LAMP)) == (404, "not_found")
    assert error(plan.call("DELETE", LAMP, If_Match=base)) == (404, "not_found")
    # Who had it open is told, with what was typed.
    late = change(plan, LAMP, base, owner="Grace")
    assert error(late) == (409, "clash")
    assert "owner: Grace" in late.json["unsaved"]["preview"]["clashes"][0]["yours"]
    # It comes back as it was.
    back = plan.call("POST", f"{LAMP}/restore", {"old_blob": base.strip('"')})
    assert back.status == 200, back.text
    assert etag(plan) == base


def test_an_item_that_changed_is_not_deleted(plan: Planned) -> None:
    base = etag(plan)
    assert change(plan, LAMP, base, owner="Grace").status == 200
    answer = plan.call("DELETE", f"{LAMP}?references=keep", If_Match=base)
    assert error(answer) == (409, "clash")
    clash = answer.json["unsaved"]["preview"]["clashes"][0]
    assert "owner: Ada" in clash["base"]
    assert "owner: Grace" in clash["theirs"]
    assert plan.call("GET", LAMP).status == 200


def test_an_earlier_version_is_restored(plan: Planned) -> None:
    first = etag(plan)
    assert change(plan, LAMP, first, owner="Grace", status="done").status == 200
    past = plan.call("GET", f"{LAMP}/history").json
    assert [each["blob"] for each in past["versions"]][-1] == first.strip('"')
    assert past["total"] == 2
    blame = {each["field"]: each["commit"] for each in past["blame"]}
    assert blame["owner"] == past["versions"][0]["commit"]
    part = plan.call("GET", f"{LAMP}/history?offset=1&limit=1").json
    assert part["versions"] == past["versions"][1:]
    old = {"old_blob": first.strip('"')}
    assert error(plan.call("POST", f"{LAMP}/restore", old)) == (428, "no_base")
    answer = plan.call("POST", f"{LAMP}/restore", old, If_Match=etag(plan))
    assert answer.status == 200, answer.text
    assert etag(plan) == first
    nothing = {"old_blob": "0" * 40}
    assert plan.call("POST", f"{LAMP}/restore", nothing, If_Match=first).status == 412
    assert error(plan.call("POST", f"{LAMP}/restore", {"old_blob": ""}, If_Match=first))[0] == 400


def test_phases_are_brought_into_an_order(plan: Planned) -> None:
    answer = plan.call("POST", f"{API}/order", {"ids": ["lamp", "tower"]})
    assert answer.status == 200, answer.text
    listed = plan.call("GET", f"{API}/items?kind=phase").json["items"]
    assert [(each["id"], each["number"]) for each in listed] == [("lamp", "01"), ("tower", "02")]
    assert error(plan.call("POST", f"{API}/order", {"ids": ["lamp", "lamp"]})) == (
        422, "not_possible",
    )  # fmt: skip
    assert error(plan.call("POST", f"{API}/order", {"ids": ["ghost"]})) == (404, "not_found")
    assert error(plan.call("POST", f"{API}/order", {"ids": []})) == (400, "bad_request")


def test_many_edits_are_one_commit_or_none(plan: Planned) -> None:
    edits = [
        {"op": "set", "kind": "requirement", "id": "LAMP-02", "changes": {"owner": "Grace"}},
        {"op": "create", "kind": "requirement", "fields": {"text": "It shall glow."}},
        {"op": "reorder", "ids": ["lamp", "tower"]},
    ]
    body = {"edit": {"op": "together", "edits": edits}, "message": "All at once"}
    seen = plan.call("POST", f"{API}/preview", {"edit": body["edit"]})
    assert len(seen.json["files"]) == 4
    assert plan.git("rev-list", "--count", "HEAD") == "1"
    answer = plan.call("POST", f"{API}/save", body)
    assert answer.status == 200, answer.text
    assert plan.git("rev-list", "--count", "HEAD") == "2"
    edits.append({"op": "set", "kind": "requirement", "id": "GHOST-9", "changes": {}})
    assert error(plan.call("POST", f"{API}/save", body)) == (404, "not_found")
    assert plan.git("rev-list", "--count", "HEAD") == "2"
    assert error(plan.call("POST", f"{API}/save", {"edit": {"op": "format"}}))[0] == 400


def test_a_bulk_save_may_be_large(plan: Planned) -> None:
    """Two hundred new items in one body, and not more than a body may hold."""
    edits = [
        {"op": "create", "kind": "requirement", "id": f"MANY-{number}",
         "fields": {"text": "The lamp shall glow. " + "word " * 900}}
        for number in range(200)
    ]  # fmt: skip
    body = {"edit": {"op": "together", "edits": edits}}
    answer = plan.call("POST", f"{API}/save", body)
    assert answer.status == 200, answer.text[:300]
    assert plan.call("GET", f"{API}/items?q=MANY-&limit=1").json["total_count"] == 200
    too_much = {"edit": {"op": "together", "edits": [*edits, *edits]}}
    assert error(plan.call("POST", f"{API}/save", too_much)) == (413, "too_large")


# -- problems and their mends -------------------------------------------------------------------


def commit_file(plan: Planned, name: bytes, text: bytes) -> None:
    """A person adds a file of the plan by hand."""
    (plan.root / "content" / os.fsdecode(name)).write_bytes(text)
    plan.git("add", "-A")
    plan.git("commit", "-qm", "By hand")


def test_a_problem_comes_with_edits_that_mend_it(plan: Planned) -> None:
    """Of a value and of a text of the file: looked at and saved as they are offered."""
    text = b"---\nphase: towr\nstatuss: done\n---\n\nThe lamp shall glow.\n"
    commit_file(plan, b"requirements/LAMP-07.md", text)
    address = f"{API}/problems?item=LAMP-07&severity=error"
    bare = plan.call("GET", address).json["problems"]
    assert [each["fixes"] for each in bare] == [[]] * len(bare)
    for rule in ("unresolved-reference", "unknown-key"):
        (found,) = plan.call("GET", f"{API}/problems?item=LAMP-07&rule={rule}&fixes=true").json[
            "problems"
        ]
        offered = found["fixes"][0]
        seen = plan.call("POST", f"{API}/preview", {"edit": offered["edit"]})
        assert [each["rule"] for each in seen.json["fixed"]][:1] == [rule], seen.text
        saved = plan.call("POST", f"{API}/save", {"edit": offered["edit"]})
        assert saved.status == 200, saved.text
    assert plan.file("requirements/LAMP-07.md") == (
        "---\nphase: tower\nstatus: done\n---\n\nThe lamp shall glow.\n"
    )


def test_names_and_texts_that_are_no_utf8_are_told_of(plan: Planned) -> None:
    """JSON cannot hold them: the planner writes such a byte as an escape."""
    commit_file(plan, b"requirements/LAMP-\xff.md", b"---\nphase: tower\n---\n\nIt glows.\n")
    commit_file(plan, b"requirements/LAMP-08.md", b"---\nphase: tower\n---\n\nIt \xff\xfe glows.\n")
    for path in (
        "problems?limit=500&fixes=true", "outline", "rows", "items", "diff?from=HEAD~2", "proposals"
    ):  # fmt: skip
        answer = plan.call("GET", f"{API}/{path}")
        assert answer.status == 200, answer.text
    paths = {
        each["path"] for each in plan.call("GET", f"{API}/problems?limit=500").json["problems"]
    }
    assert "requirements/LAMP-\\udcff.md" in paths
    for name in ("LAMP-%ff", "LAMP-08", "LAMP-%3f"):
        for suffix in ("", "/history"):
            assert plan.call("GET", f"{API}/requirement/{name}{suffix}").status < 500
    assert plan.call("GET", LAMP).status == 200
    assert change(plan, LAMP, etag(plan), owner="Grace").status == 200
