"""`/diff`: what changed between two revisions, on a real service and repository."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from service.views.plan_diff import PER_PAGE
from tests.service.planned import FILES, Planned, planned_service
from tests.service.proposed import page, put

MANY = {
    f"requirements/MANY-{number:03d}.md": f"---\nphase: lamp\n---\n\nIt shall have part {number}.\n"
    for number in range(1, PER_PAGE + 20)
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file, with a tag before some changes."""
    folder = tmp_path_factory.mktemp("planned")
    with planned_service(folder, FILES) as found:
        found.git("tag", "v1.0")
        put(found, "", text="The lamp shall shine within 5 s.")
        put(found, "", text="The lamp shall shine within 9 s.", message="Be <b>slower</b>")
        put(found, "", "tower", "phase", title="The tower")
        put(found, "", "LAMP-02", status="dropped")
        put(found, "brighter", "LAMP-02", owner="eve")
        found.git("tag", "v1.1")
        yield found


def test_changes_are_grouped_in_the_order_of_the_plan(planned: Planned) -> None:
    """By milestone and phase; raw files below."""
    shown = page(planned, "/diff/v1.0..v1.1")
    assert shown.status == 200
    headings = re.findall(r"<h[23][^>]*>(.*?)</h[23]>", shown.text, re.DOTALL)
    words = [re.sub(r"<[^>]+>", "", each).strip() for each in headings]
    assert words == ["First light", "01 The tower", "02 Lamp", "Files"]
    assert "is now called “The tower”" in shown.text
    assert "-title: Tower" in shown.text
    back = page(planned, "/diff/v1.1..v1.0")
    assert "is now called “Tower”" in back.text


def test_what_got_weaker_comes_first(planned: Planned) -> None:
    """Above all other changes, whatever else changed."""
    shown = page(planned, "/diff/v1.0~0..v1.1").text
    assert "gets weaker" not in shown
    weaker = page(planned, "/diff/HEAD~3..HEAD").text
    assert weaker.index("1 demand gets weaker") < weaker.index("First light")
    assert "within 5 s became within 9 s" in weaker


def test_filters_leave_what_was_asked_for(planned: Planned) -> None:
    """By sort, kind of item and milestone; nonsense filters nothing."""

    def items(query: str) -> int:
        return page(planned, f"/diff/v1.0..v1.1?{query}").text.count('class="item-changes"')

    assert items("") == 3
    assert items("sort=renamed") == 1
    assert items("sort=dropped&kind=requirement") == 1
    assert items("kind=phase&milestone=v1") == 1
    assert items("milestone=v9") == 0
    assert items("sort=nonsense&kind=x&page=0") == 3
    assert items("page=99") == 0


def test_two_revisions_are_chosen_in_a_form(planned: Planned) -> None:
    """Branches, tags and commits are offered; what was typed counts before what was chosen."""
    form = page(planned, "/diff/")
    for name in ("main", "plan/brighter", "v1.0", "Be &lt;b&gt;slower&lt;/b&gt;"):
        assert name in form.text
    assert "<b>slower" not in form.text
    answer = page(planned, "/diff/?from=v1.0&to=main")
    assert (answer.status, answer.headers["Location"]) == (303, "/diff/v1.0..main")
    typed = page(planned, "/diff/?from=v1.0&other_from=HEAD~1&to=plan/brighter")
    assert typed.headers["Location"] == "/diff/HEAD~1..plan/brighter"
    assert page(planned, typed.headers["Location"]).status == 200
    assert page(planned, "/diff").status == 200


def test_the_changelog_is_a_markdown_document(planned: Planned) -> None:
    answer = page(planned, "/diff/v1.0..v1.1?as=markdown")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="changes-v1.0-v1.1.md"'
    assert answer.text.startswith("# Changes of the plan from v1.0 to v1.1")
    assert "## Renamed" in answer.text


@pytest.mark.parametrize(
    "span",
    [
        "-rf..main", "main..-rf", "main..--output=x", "main...v1.0", "..", "main..", "..main",
        "@{-1}..main", "main..main@{1}", "main..:/x", "main..HEAD:content", "main..v1.0 x",
        "main", "nowhere..main", "<script>alert(1)</script>..main", "x" * 2000 + "..main",
        "main..\u202e", "main\0..main", "HEAD~99999..main",
    ],
)  # fmt: skip
def test_bad_revisions_are_refused_with_the_form(planned: Planned, span: str) -> None:
    """Nothing of them reaches git as anything but a revision; what was typed stands in the form."""
    answer = page(planned, f"/diff/{quote(span)}")
    assert answer.status in {400, 404, 414}, span
    assert "<script>alert" not in answer.text
    assert not (planned.root / "x").exists()
    if answer.status == 404:
        assert 'role="alert"' in answer.text
        assert 'action="/diff/"' in answer.text


def test_large_differences_come_in_pages(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hundreds of changes: a page has so many, and all files are named."""
    folder = tmp_path_factory.mktemp("many")
    with planned_service(folder, FILES) as planned:
        for name, text in MANY.items():
            (planned.root / "content" / name).write_text(text, encoding="utf-8")
        planned.git("add", "-A")
        planned.git("commit", "-qm", "Many")
        first = page(planned, "/diff/HEAD~1..HEAD")
        second = page(planned, "/diff/HEAD~1..HEAD?page=2")
        assert first.text.count("was added") == PER_PAGE
        assert second.text.count("was added") == len(MANY) - PER_PAGE
        assert f"{len(MANY) - 100} more files" in first.text


def test_only_who_may_read_sees_it(planned: Planned) -> None:
    assert page(planned, "/diff/v1.0..v1.1", planned.key("read")).status == 200
    for path in ("/diff/", "/diff/v1.0..v1.1"):
        assert planned.served.get(path, key=None).status == 401
