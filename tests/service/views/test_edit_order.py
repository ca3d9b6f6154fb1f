"""`/edit/order` over HTTP: places as numbers, requirements that move, without a script."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from service.errors import BadRequestError
from service.views.order_form import Moved, Order
from tests.service.forms_sent import form_in, send_form
from tests.service.planned import FILES, Planned, planned_service
from tests.service.served import KEY, Answer

XSS = "<script>alert(1)</script><img src=x onerror=alert(2)>"
PATH = "/edit/order"
MORE = {
    "milestones/v2.md": "---\ntitle: Second light\n---\n",
    "phases/horn.md": (
        "---\ntitle: Horn\nnumber: 03\nmilestone: v1\ndepends_on:\n  - lamp\n"
        "  - {phase: tower, soft: true}\n---\n\nThe horn sounds.\n\n## Success criteria\n\n"
        "1. It sounds. {#c1}\n   - verifies: HORN-01, LAMP-02\n"
    ),
    "phases/siren.md": f"---\ntitle: '{XSS}'\nnumber: 04\nmilestone: v2\n---\n\nLoud.\n",
    "requirements/HORN-01.md": "---\nphase: horn\n---\n\nThe horn shall sound.\n",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("shared"), {**FILES, **MORE}) as found:
        yield found


@pytest.fixture
def plan(shared: Planned) -> Planned:
    """The service, on the plan as it was in the beginning."""
    shared.begin_again()
    return shared


def get(plan: Planned, path: str = PATH, key: str = KEY) -> Answer:
    return plan.served.get(path, headers={"Accept": "text/html"}, key=key)


def send(plan: Planned, *pairs: tuple[str, str], key: str = KEY) -> Answer:
    """Send the form of the first milestone; `pairs` come instead of what it has."""
    known = [("phase", each) for each in ("tower", "lamp", "horn")]
    places = {"place.tower": "1", "place.lamp": "2", "place.horn": "3"}
    body = urlencode([*known, *{**places, "milestone": "v1", **dict(pairs)}.items()])
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    return plan.served.post(PATH, body=body.encode(), headers=headers, key=key)


def save(plan: Planned, page: Answer) -> None:
    assert page.status == 200, page.text
    assert send_form(plan.served, form_in(page, "/edit/save"), where="branch").status == 303


def setup(page: Answer) -> Any:
    found = re.search(r'<phase-order data-setup="([^"]*)"', page.text)
    assert found
    return json.loads(unescape(found[1]))


def numbers(plan: Planned) -> dict[str, str]:
    names = ("tower", "lamp", "horn", "siren")
    texts = {each: plan.file(f"phases/{each}.md") for each in names}
    return {name: re.findall(r"number: (\S+)", text)[0] for name, text in texts.items()}


def test_the_page_shows_the_phases_of_a_milestone(shared: Planned) -> None:
    """What each needs and delivers, and where its requirements are verified."""
    page = get(shared)
    told = setup(page)
    assert [each["id"] for each in told["phases"]] == ["tower", "lamp", "horn"]
    assert [each["id"] for each in told["phases"][2]["needs"]] == ["lamp"]
    (delivered,) = told["phases"][1]["delivered"]
    assert (delivered["id"], delivered["verified"]) == ("LAMP-02", ["horn"])
    assert told["others"]["siren"]["rank"] == 3
    assert "verified in horn" in page.text
    assert "1 requirement, 1 verified by its criteria" in page.text
    assert 'href="/edit/new/phase?after=lamp&amp;milestone=v1"' in page.text


def test_hostile_titles_are_text(shared: Planned) -> None:
    page = get(shared, f"{PATH}?milestone=v2")
    assert [each["title"] for each in setup(page)["phases"]] == [XSS]
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    page = get(shared, f"{PATH}?{urlencode({'milestone': XSS, 'proposal': XSS})}")
    assert "<script>alert" not in page.text


def test_places_become_numbers(plan: Planned) -> None:
    """One line changes in each phase that moves; those of another milestone stay."""
    save(plan, send(plan, ("place.horn", "1")))
    assert numbers(plan) == {"horn": "01", "tower": "02", "lamp": "03", "siren": "04"}
    assert plan.git("rev-list", "--count", "main") == "2"
    assert plan.git("show", "--numstat", "--format=").split("\n") == [
        f"1\t1\tcontent/phases/{each}.md" for each in ("horn", "lamp", "tower")
    ]


def test_order_and_moves_are_one_commit(plan: Planned) -> None:
    blob = plan.git("rev-parse", "HEAD:content/requirements/LAMP-02.md")
    save(plan, send(plan, ("place.lamp", "1"), ("req", f"LAMP-02 {blob}"), ("to", "horn")))
    assert plan.git("rev-list", "--count", "main") == "2"
    assert "phase: horn" in plan.file("requirements/LAMP-02.md")
    assert numbers(plan)["lamp"] == "01"
    assert "reorder" in plan.git("log", "-1", "--format=%B").lower()


def test_a_requirement_leaves_its_phase(plan: Planned) -> None:
    blob = plan.git("rev-parse", "HEAD:content/requirements/HORN-01.md")
    save(plan, send(plan, ("moved", f"HORN-01 {blob} -")))
    assert "phase" not in plan.file("requirements/HORN-01.md")


@pytest.mark.parametrize(
    ("pairs", "words", "status"),
    [
        ([], "Nothing moves", 400),
        ([("place.horn", "first")], "place of the phase horn is", 400),
        ([("place.horn", XSS)], "place of the phase horn is", 400),
        ([("req", "LAMP-02 " + "0" * 40)], "not said where", 400),
        ([("req", "LAMP-02 nothing"), ("to", "horn")], "does not hold what the page had", 400),
        ([("moved", "LAMP-02 " + "0" * 40 + " horn")], "git has no text", 422),
    ],
)
def test_what_cannot_be_is_told(
    plan: Planned, pairs: list[tuple[str, str]], words: str, status: int
) -> None:
    page = send(plan, *pairs)
    assert page.status == status
    assert words.lower() in unescape(page.text).lower()
    assert "<script>alert" not in page.text
    assert plan.git("rev-list", "--count", "main") == "1"


def test_what_was_written_stays(plan: Planned) -> None:
    page = send(plan, ("place.horn", "first"), ("place.tower", "2"))
    assert 'name="place.horn" value="first"' in page.text
    assert 'name="place.tower" value="2"' in page.text


def test_who_may_read_only_gets_no_page(shared: Planned) -> None:
    key = shared.key("read")
    assert get(shared, key=key).status == 403
    assert send(shared, ("place.horn", "1"), key=key).status == 403


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ("123", "abc"), ("321", "cba"), ("121", "cab"), ("223", "bac"), ("323", "bca"),
        ("111", "bca"), ("129", "abc"), ("120", "cab"),
    ],
)  # fmt: skip
def test_two_at_one_place_stand_as_if_put_there(places: str, order: str) -> None:
    """From below it comes before the one that stands there, from above behind it."""
    form = Order(tuple("abc"), dict(zip("abc", places, strict=True)))
    assert "".join(form.wanted()) == order


def test_the_last_choice_for_a_requirement_counts() -> None:
    form = Order(("a",), {"a": "1"}, (Moved("R-1", "", "b"),), {"R-1": "", "R-2": ""}, "c")
    sets = {each.id: each.changes for each in form.edit().edits if each.op == "set"}
    assert sets == {"R-1": {"phases": ["c"]}, "R-2": {"phases": ["c"]}}
    with pytest.raises(BadRequestError, match="nothing moves"):
        Order(("a",), {"a": "1"}).edit()
