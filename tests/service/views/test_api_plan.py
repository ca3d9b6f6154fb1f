"""`/api/plan` of a real service on a real repository: reading, and looking at edits."""

from collections.abc import Iterator

import pytest

from tests.service.planned import Planned, planned_service

API = "/api/plan"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("plan")) as planned:
        yield planned


def test_an_outline_has_all_items_in_the_order_of_the_plan(plan: Planned) -> None:
    answer = plan.call("GET", f"{API}/outline")
    assert answer.status == 200
    assert [each["id"] for each in answer.json["entries"]] == [
        "v1", "tower", "lamp", "LAMP-01", "LAMP-02", "survey/stack",
    ]  # fmt: skip
    assert answer.json["branch"] == "main"
    assert answer.json["categories"] == ["LAMP"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["LAMP-01", "LAMP-02"]),
        ("?phase=tower", ["LAMP-01"]),
        ("?phase=TOWER&milestone=v1", ["LAMP-01"]),
        ("?milestone=v1", ["LAMP-01", "LAMP-02"]),
        ("?milestone=v2", []),
        ("?phase=ghost", []),
        ("?kind=phase", ["tower", "lamp"]),
        ("?kind=phase&phase=lamp", ["lamp"]),
        ("?kind=milestone&milestone=V1", ["v1"]),
        ("?kind=research&phase=lamp", []),
    ],
)
def test_rows_are_those_of_a_phase_or_milestone(plan: Planned, query: str, ids: list[str]) -> None:
    answer = plan.call("GET", f"{API}/rows{query}")
    assert answer.status == 200
    assert [each["id"] for each in answer.json["rows"]] == ids


def test_a_row_has_all_that_an_edit_needs(plan: Planned) -> None:
    row = plan.call("GET", f"{API}/rows?phase=tower").json["rows"][0]
    assert row["blob"] == plan.git("rev-parse", "HEAD:content/requirements/LAMP-01.md")
    assert row["values"]["owner"] == "Ada"


def test_a_preview_shows_what_would_be_and_writes_nothing(plan: Planned) -> None:
    before = plan.git("rev-parse", "--all")
    edit = {"op": "set", "kind": "requirement", "id": "LAMP-01", "changes": {"owner": None}}
    answer = plan.call("POST", f"{API}/preview", {"edit": edit, "proposal": "owners"})
    assert answer.status == 200
    assert answer.json["branch"] == "plan/owners"
    assert "-owner: Ada" in answer.json["files"][0]["diff"]
    assert plan.git("rev-parse", "--all") == before


def test_markdown_becomes_safe_html(plan: Planned) -> None:
    text = "*Light* <script>alert(1)</script>"
    answer = plan.call("POST", f"{API}/html", {"text": text})
    assert answer.headers["Content-Type"] == "application/json"
    assert "<em>Light</em>" in answer.json["html"]
    assert "<script" not in answer.json["html"]
