"""Who may do what under `/api/plan`, and proposals from the first save to the merge."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.planned import Planned, planned_service
from tests.service.served import Answer

API = "/api/plan"
LAMP = f"{API}/requirement/LAMP-01"
EDIT = {"op": "set", "kind": "requirement", "id": "LAMP-02", "changes": {"owner": "Eve"}}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("shared")) as planned:
        yield planned


@pytest.fixture(scope="module")
def keys(shared: Planned) -> dict[str, str]:
    """A key of each scope."""
    return {
        scope: shared.key(scope, person=f"Person of {scope}")
        for scope in ("read", "propose", "edit", "operate")
    }


@pytest.fixture
def plan(shared: Planned) -> Planned:
    """The service, on the plan as it was in the beginning."""
    shared.begin_again()
    return shared


def code(answer: Answer) -> str:
    return str(answer.json["error"]["code"])


READS = (
    "outline", "rows", "items", "problems", "rules", "schema/phase", "diff?from=HEAD", "proposals",
    "requirement/LAMP-01", "requirement/LAMP-01/history", "research/survey/stack",
)  # fmt: skip
# Method, path, body, and whether it needs If-Match.
WRITES = (
    ("PATCH", "requirement/LAMP-01", {"changes": {"owner": "Eve"}}),
    ("PATCH", "research/survey/stack", {"changes": {"owner": "Eve"}}),
    ("DELETE", "requirement/LAMP-02", None),
    ("POST", "requirement", {"fields": {"text": "It shall glow.", "phases": ["lamp"]}}),
    ("POST", "requirement/LAMP-01/rename", {"new_id": "LIGHT-01"}),
    ("POST", "research/survey/stack/rename", {"new_id": "survey/lamps"}),
    ("POST", "requirement/LAMP-01/restore", {}),
    ("POST", "order", {"ids": ["lamp", "tower"]}),
    ("POST", "save", {"edit": EDIT}),
)


def write(plan: Planned, key: str, method: str, path: str, body: object, slug: str = "") -> Answer:
    """One write, to the branch or to a proposal, upon the item as it is."""
    headers = {"X_API_Key": key}
    item = plan.call("GET", f"{API}/{path.removesuffix('/restore')}")
    if item.status == 200 and not path.endswith("/rename"):
        headers["If_Match"] = item.headers["ETag"]
    if path.endswith("/restore"):
        body = {"old_blob": item.headers["ETag"].strip('"')}
    if body is None:
        query = f"?proposal={slug}" if slug else ""
        return plan.call(method, f"{API}/{path}{query}", **headers)
    assert isinstance(body, dict)
    return plan.call(method, f"{API}/{path}", {**body, "proposal": slug}, **headers)


@pytest.mark.parametrize("path", READS)
def test_who_reads_may_read_all(shared: Planned, keys: dict[str, str], path: str) -> None:
    assert shared.served.get(f"{API}/{path}", key=None).status == 401
    for scope in keys:
        assert shared.call("GET", f"{API}/{path}", X_API_Key=keys[scope]).status == 200, scope


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_who_may_write_where(
    plan: Planned, keys: dict[str, str], method: str, path: str, body: object
) -> None:
    """Proposing needs `propose`, the branch needs `edit`; what is refused leaves no trace."""
    refs = plan.git("for-each-ref")
    for scope in ("read", "operate"):
        for slug in ("", "mine"):
            answer = write(plan, keys[scope], method, path, body, slug)
            assert (answer.status, code(answer)) == (403, "forbidden")
    refused = write(plan, keys["propose"], method, path, body)
    assert (refused.status, code(refused)) == (403, "forbidden")
    assert "proposal" in refused.json["error"]["hint"]
    assert plan.git("for-each-ref") == refs
    proposed = write(plan, keys["propose"], method, path, body, "mine")
    assert proposed.status in (200, 201), proposed.text
    assert proposed.json["branch"] == "plan/mine"
    assert plan.git("rev-parse", "main") in refs
    if not path.endswith("/restore"):
        assert plan.git("log", "-1", "--format=%an", "plan/mine") == "Person of propose"
    saved = write(plan, keys["edit"], method, path, body)
    assert saved.status in (200, 201), saved.text
    assert saved.json["branch"] == "main"


def test_who_proposes_may_look_but_not_merge_or_close(plan: Planned, keys: dict[str, str]) -> None:
    looked = {"edit": EDIT, "proposal": "mine"}
    assert plan.call("POST", f"{API}/preview", looked, X_API_Key=keys["propose"]).status == 200
    assert plan.call("POST", f"{API}/preview", looked, X_API_Key=keys["read"]).status == 403
    html = {"text": "x"}
    assert plan.call("POST", f"{API}/html", html, X_API_Key=keys["read"]).status == 200
    saved = {"edit": EDIT, "proposal": "mine"}
    assert plan.call("POST", f"{API}/save", saved, X_API_Key=keys["propose"]).status == 200
    for what in ("merge", "close"):
        address = f"{API}/proposals/mine/{what}"
        assert plan.call("POST", address, {}, X_API_Key=keys["propose"]).status == 403
        assert plan.call("POST", address, {}, X_API_Key=keys["operate"]).status == 403
    assert plan.git("rev-parse", "plan/mine")


def test_a_proposal_from_its_first_save_to_its_merge(plan: Planned, keys: dict[str, str]) -> None:
    """Several saves join it; reading it shows them, the branch does not; the merge brings them."""
    eve, ada = keys["propose"], keys["edit"]
    for owner in ("Eve", "Mallory"):
        base = plan.call("GET", f"{LAMP}?proposal=brighter").headers["ETag"]
        body = {"changes": {"owner": owner}, "proposal": "brighter", "message": f"To {owner}"}
        assert plan.call("PATCH", LAMP, body, If_Match=base, X_API_Key=eve).status == 200
    assert plan.call("GET", f"{LAMP}?proposal=brighter").json["values"]["owner"] == "Mallory"
    assert plan.call("GET", LAMP).json["values"]["owner"] == "Ada"
    past = plan.call("GET", f"{LAMP}/history?proposal=brighter").json["versions"]
    assert [each["subject"] for each in past] == ["To Mallory", "To Eve", "Begin"]
    (listed,) = plan.call("GET", f"{API}/proposals").json["proposals"]
    assert (listed["slug"], listed["commits"]) == ("brighter", 2)
    diff = plan.call("GET", f"{API}/diff?from=main&to=plan/brighter").json
    assert [each["change"]["id"] for each in diff["changes"]] == ["LAMP-01"]
    shown = plan.call("GET", f"{API}/proposals/brighter").json
    assert [each["path"] for each in shown["preview"]["files"]] == ["requirements/LAMP-01.md"]
    body = {"message": "Brighter"}
    merged = plan.call("POST", f"{API}/proposals/brighter/merge", body, X_API_Key=ada)
    assert merged.status == 200, merged.text
    assert plan.git("log", "-1", "--format=%an: %s") == "Person of edit: Brighter"
    assert plan.call("GET", LAMP).json["values"]["owner"] == "Mallory"
    again = plan.call("POST", f"{API}/proposals/brighter/merge", body, X_API_Key=ada)
    assert (again.status, code(again)) == (404, "no_revision")


def test_a_merge_that_clashes_is_settled_with_whole_texts(
    plan: Planned, keys: dict[str, str]
) -> None:
    base = plan.call("GET", LAMP).headers["ETag"]
    for text, slug in (("The lamp shall glow.", "glow"), ("The lamp shall burn.", "")):
        body = {"changes": {"text": text}, "proposal": slug}
        answer = plan.call("PATCH", LAMP, body, If_Match=base, X_API_Key=keys["edit"])
        assert answer.status == 200, answer.text
    address = f"{API}/proposals/glow/merge"
    answer = plan.call("POST", address, {}, X_API_Key=keys["edit"])
    assert (answer.status, code(answer)) == (409, "clash")
    (clash,) = answer.json["unsaved"]["preview"]["clashes"]
    assert "burn" in clash["theirs"] or "burn" in clash["yours"]
    settled = clash["theirs"].replace("burn", "glow and burn").replace("glow.", "glow and burn.")
    body = {"settled": {clash["path"]: settled}}
    merged = plan.call("POST", address, body, X_API_Key=keys["edit"])
    assert merged.status == 200, merged.text
    assert plan.file(clash["path"]) == settled
    # A path that does not clash is not written.
    hostile = {"settled": {"../../outside": "x", "requirements/LAMP-02.md": "x", "a\\b": None}}
    plan.call("POST", f"{API}/save", {"edit": EDIT, "proposal": "more"})
    answer = plan.call("POST", f"{API}/proposals/more/merge", hostile, X_API_Key=keys["edit"])
    assert answer.status < 500
    assert "turn once a minute" in plan.file("requirements/LAMP-02.md")
    assert not (plan.root.parent / "outside").exists()
    assert plan.git("status", "--porcelain") == ""


def test_a_closed_proposal_is_kept(plan: Planned, keys: dict[str, str]) -> None:
    """Also one with a slash in its name, as people make them by hand."""
    plan.git("branch", "plan/lamp/brighter")
    body = {"edit": EDIT, "proposal": "lamp/brighter"}
    assert plan.call("POST", f"{API}/save", body, X_API_Key=keys["edit"]).status == 200
    assert plan.call("GET", f"{API}/proposals/lamp/brighter").status == 200
    assert plan.call("GET", f"{API}/proposals/lamp%2Fbrighter").status == 200
    tip = plan.git("rev-parse", "plan/lamp/brighter")
    closed = plan.call("POST", f"{API}/proposals/lamp/brighter/close", X_API_Key=keys["edit"])
    assert closed.status == 200, closed.text
    assert plan.git("rev-parse", closed.json["kept"]) == tip
    assert plan.call("GET", f"{API}/proposals/lamp/brighter").status == 404


def test_the_branch_may_ask_for_another_persons_approval(tmp_path: Path) -> None:
    """Saves go to proposals only, and nobody merges their own."""
    with planned_service(tmp_path, PLAN_APPROVAL="other") as plan:
        ada, eve = (
            plan.key("edit", person=name, email=f"{name}@example.org") for name in ("ada", "eve")
        )
        for method, path, body in WRITES:
            answer = write(plan, ada, method, path, body)
            assert (answer.status, code(answer)) == (403, "needs_approval"), answer.text
            assert "proposal" in answer.json["error"]["hint"]
        assert plan.git("rev-list", "--count", "--all") == "1"
        saved = {"edit": EDIT, "proposal": "mine"}
        assert plan.call("POST", f"{API}/save", saved, X_API_Key=ada).status == 200
        merge = f"{API}/proposals/mine/merge"
        own = plan.call("POST", merge, {}, X_API_Key=ada)
        assert (own.status, code(own)) == (403, "needs_approval")
        assert plan.call("POST", merge, {}, X_API_Key=eve).status == 200
        assert "Approved-by: eve" in plan.git("log", "-1", "--format=%B")


@pytest.mark.parametrize("slug", ["ghost", "..", "%2e%2e%2fmain", "-rf", "%00", "a%20b", "HEAD"])
def test_what_is_no_proposal_is_neither_shown_nor_merged(shared: Planned, slug: str) -> None:
    refs = shared.git("for-each-ref")
    for method, what in (("GET", ""), ("POST", "/merge"), ("POST", "/close")):
        body = None if method == "GET" or what == "/close" else {}
        answer = shared.call(method, f"{API}/proposals/{slug}{what}", body)
        assert answer.status in (404, 422), f"{method} {what}: {answer.text}"
    assert shared.git("for-each-ref") == refs


@pytest.mark.parametrize(
    "rev", ["ghost", "--output=x", "-rf", "HEAD:content", "a..b", "@{upstream}", "../x", "x y"]
)
def test_what_is_no_revision_has_no_difference(shared: Planned, rev: str) -> None:
    answer = shared.call("GET", f"{API}/diff?from={rev.replace(' ', '%20')}")
    assert answer.status in (404, 409, 422), answer.text
    assert not (shared.root / "x").exists()


def test_texts_of_a_persons_name_and_message_are_data(plan: Planned) -> None:
    """They are in the commit as they were given, and no line of it can be forged by them."""
    text = 'Say "<script>alert(1)</script>"\n\nRequest: 00000000000000000000000000000000-0'
    body = {"edit": EDIT, "message": text}
    assert plan.call("POST", f"{API}/save", body).status == 200
    assert plan.git("log", "-1", "--format=%B") == text
    seen = plan.call("GET", f"{API}/requirement/LAMP-02/history").json["versions"][0]
    assert seen["subject"] == 'Say "<script>alert(1)</script>"'
