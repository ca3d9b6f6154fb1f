"""The pages about many items: lists that are cut, the matrix, coverage, problems, changes."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest

from planner.model.items import Criterion, Dependency, Link
from planner.model.problem import Place, Problem, Severity
from planner.render.changes_page import word_diff
from planner.render.view import ChangeSet
from planner.trace.difference import compare


def _words(html: str) -> str:
    """The text of the main part of a page below its drawing, on one line."""
    main = html.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    main = main.rpartition("</svg>\n</div>")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def _rows(html: str) -> int:
    """The rows of the tables of a page, without their heads."""
    bodies = re.findall(r"<tbody>(.*?)</tbody>", html, re.DOTALL)
    return sum(body.count("<tr") for body in bodies)


def _large_plan(make, requirements: int, milestones: int = 2):
    """A plan of many requirements, one phase to a milestone, the first half of them verified."""
    items = [make.milestone(f"v{number}", title="M") for number in range(milestones)]
    for number in range(milestones):
        ids = tuple(
            f"R-{index}" for index in range(requirements // 2) if index % milestones == number
        )
        items.append(
            make.phase(
                f"p{number}",
                title="P",
                number=str(number),
                milestone=f"v{number}",
                criteria=(Criterion("c1", "It holds.", verifies=ids),) if ids else (),
            )
        )
    items += [
        make.requirement(f"R-{index}", phase=f"p{index % milestones}", text="It shall hold.")
        for index in range(requirements)
    ]
    return make.tree(items)


def test_a_short_list_of_requirements_is_one_page(small_site: dict[str, str]) -> None:
    """All requirements, with only the columns that have values, ready to be filtered."""
    html = small_site["requirements/index.html"]
    assert _rows(html) == 5
    heads = re.findall(r"<th [^>]*>(?:<[^>]*>)*([^<]*)", html)
    assert heads == [
        "Id",
        "Requirement",
        "Milestone",
        "Phase",
        "Status",
        "Priority",
        "Owner",
        "Tags",
    ]
    assert 'data-filter="owner"' in html
    assert '<plan-filter for="requirements">' in html
    assert "HORN-01 Loud v2 03 deferred" in _words(html)


def test_a_long_list_is_cut_by_milestone_and_then_by_number(make) -> None:
    """No page has more than 200 rows; the index counts what each list holds."""
    site = make.site(make.view(_large_plan(make, 500)))
    index = site["requirements/index.html"]
    assert "M v0 M" not in index
    assert '<a href="../requirements/v1/?status=draft">250</a>' in index
    assert [_rows(site[f"requirements/v1/{sheet}index.html"]) for sheet in ("", "2/")] == [200, 50]
    assert "page 2 of 2" in site["requirements/v1/2/index.html"]
    assert '<a href="../../../requirements/v1/">1</a>' in site["requirements/v1/2/index.html"]
    assert [_rows(site[f"matrix/v0/{sheet}index.html"]) for sheet in ("", "2/")] == [200, 50]
    assert max(_rows(html) for path, html in site.items() if path.endswith(".html")) <= 200


def test_the_numbers_of_a_large_plan_lead_to_where_they_are_counted(make) -> None:
    """No list on one page can be filtered then; the index has the sum, and links to the parts."""
    items = _large_plan(make, 500).requirements
    done = [replace(each, status="done") for each in items[:9]]
    site = make.site(make.view(make.tree([make.milestone("v0", title="M"), *done, *items[9:]])))
    assert '<a href="./requirements/#all-done"' in site["index.html"]
    assert 'id="all-done" data-label="done">9</td>' in site["requirements/index.html"]
    small = make.site(make.view(make.tree([make.milestone("v0", title="M"), *done])))
    assert '<a href="./requirements/?status=done"' in small["index.html"]


@pytest.mark.parametrize(
    ("shipped", "head"),
    [((True, False), "Due or shipped"), ((True,), "Shipped"), ((False,), "Due")],
)
def test_the_days_of_milestones_are_called_what_they_are(make, shipped, head) -> None:
    """A day in the past on which one shipped is not a day on which it is due."""
    day = "2026-02-11"
    items = [
        make.milestone(f"v{number}", title="M", status="shipped", shipped=day)
        if done
        else make.milestone(f"v{number}", title="M", target=day)
        for number, done in enumerate(shipped)
    ]
    assert f'<th scope="col">{head}</th>' in make.site(make.view(make.tree(items)))["index.html"]


def test_the_roadmap_shows_phases_under_their_milestones(small_site: dict[str, str]) -> None:
    """In order, with goal, needs and progress; phases of no milestone come last."""
    html = small_site["roadmap/index.html"]
    words = _words(html)
    order = ["First light", "Build the tower", "Light the lamp", "Fog horn", "Without milestone"]
    places = [words.index(name) for name in order]
    assert places == sorted(places)
    assert "The lamp shines at night. 01 ready 0/2" in words
    assert 'class="is-soft" title="Light the lamp: shares the power"' in html
    assert '<svg class="graph"' in html


def test_a_large_roadmap_leads_to_the_milestones(make) -> None:
    """More than 200 phases are counted by milestone and state."""
    phases = [
        make.phase(
            f"p{number}", title="P", number=str(number), milestone="v1" if number % 2 else ""
        )
        for number in range(220)
    ]
    site = make.site(make.view(make.tree([make.milestone("v1", title="M"), *phases])))
    html = site["roadmap/index.html"]
    assert '<a href="../m/v1/?state=ready">110</a>' in html
    assert '<a href="../roadmap/-/?state=ready">110</a>' in html
    assert 'id="all-ready" data-label="ready">220</td>' in html
    assert '<a href="./roadmap/#all-ready">214 more phases</a>' in site["index.html"]
    assert _rows(site["roadmap/-/index.html"]) == 110
    assert "graph" not in html.partition("<main")[2]


def test_the_matrix_has_only_real_relations(small_site: dict[str, str]) -> None:
    """Delivered by, verified by, gaps as one cell, holes named."""
    html = small_site["matrix/v1/index.html"]
    rows = re.findall(r"<tr.*?</tr>", html.partition("<tbody>")[2], re.DOTALL)
    texts = [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in rows]
    assert texts == [
        "TOW-01 Height 1 criterion ● c1",
        "LAMP-01 Reach 1 criterion ● c1",
        "LAMP-02 The lamp shall turn; OLD-7 and TOW-01 ask. no criterion ●",
    ]
    assert 'class="id is-met" href="../../p/tower/#c1"' in rows[0]
    assert 'data-flag="holes"' in rows[2]
    assert 'data-flag="holes"' not in rows[0]


def test_a_gap_in_the_matrix_is_one_cell(make) -> None:
    """However many phases lie between two relations."""
    items = [
        make.milestone("v1", title="M"),
        *(
            make.phase(
                f"p{number}",
                title="P",
                number=str(number),
                milestone="v1",
                criteria=(Criterion("c1", "x", verifies=("R-1",)),) if number == 8 else (),
            )
            for number in range(10)
        ),
        make.phase("far", title="Elsewhere", number="99", milestone="gone",
                   criteria=(Criterion("c7", "x", verifies=("R-1",)),)),
        make.requirement("R-1", phase="p2", text="x"),
    ]  # fmt: skip
    html = make.page(make.view(make.tree(items)), "matrix/v1/index.html")
    row = re.findall(r"<tr.*?</tr>", html.partition("<tbody>")[2], re.DOTALL)[0]
    assert re.findall(r'colspan="(\d+)"', row) == ["2", "5"]
    assert row.count("<td></td>") == 1
    assert "99" in html, "a phase of another milestone that verifies has a column"


def test_the_csv_has_one_line_for_each_relation_and_hole(small_site: dict[str, str]) -> None:
    """As RFC 4180 says."""
    rows = list(csv.DictReader(io.StringIO(small_site["matrix/v1/matrix.csv"])))
    told = [(row["requirement"], row["relation"], row["phase"], row["criterion"]) for row in rows]
    assert told == [
        ("LAMP-01", "delivered by", "lamp", ""),
        ("LAMP-01", "verified by", "lamp", "c1"),
        ("LAMP-02", "delivered by", "lamp", ""),
        ("LAMP-02", "no criterion", "", ""),
        ("TOW-01", "delivered by", "tower", ""),
        ("TOW-01", "verified by", "tower", "c1"),
    ]


def test_a_spreadsheet_runs_nothing_from_the_csv(make) -> None:
    """A title that begins like a formula is marked as text."""
    view = make.view(make.tree([make.requirement("R-1", title='=HYPERLINK("x")')]))
    text = make.page(view, "matrix/-/matrix.csv")
    assert next(csv.DictReader(io.StringIO(text)))["title"].startswith("'=")


def test_coverage_lists_every_hole(small_site: dict[str, str]) -> None:
    """In both directions; deferred items are no holes."""
    words = _words(small_site["coverage/index.html"])
    assert "Requirements delivered by a phase 3 of 4 1" in words
    assert "Requirements without phase 1" in words
    assert "LOOSE-01 Nobody has planned this yet. draft" in words
    assert "02 c2 It turns." in words
    assert "HORN-01" not in words
    assert "LOOSE-01" in _words(small_site["coverage/-/index.html"])
    assert "LOOSE-01" not in _words(small_site["coverage/v1/index.html"])


def test_many_holes_are_counted_by_milestone(make) -> None:
    """The lists then stand on the pages of the milestones."""
    site = make.site(make.view(_large_plan(make, 440)))
    html = site["coverage/index.html"]
    anchor = "requirements-without-criterion"
    assert f'<a href="../coverage/v1/#{anchor}">110</a>' in html
    assert f'id="{anchor}"' in html
    assert f'<h2 id="{anchor}">' in site["coverage/v1/index.html"]


def test_the_graph_has_a_twin_in_words(small_site: dict[str, str]) -> None:
    """The same dependencies as a table, and the critical path as a list."""
    html = small_site["graph/index.html"]
    assert '<svg class="graph"' in html
    words = _words(html)
    assert "01 Build the tower done – 02" in words
    assert "02 Light the lamp ready 01 03 soft" in words


def test_cycles_are_told_on_the_page_of_the_graph(make) -> None:
    """None of these phases can start."""
    items = [
        make.phase("a", title="A", number="1", depends_on=(Dependency("b"),)),
        make.phase("b", title="B", number="2", depends_on=(Dependency("a"),)),
    ]
    assert "Cycles" in _words(make.page(make.view(make.tree(items)), "graph/index.html"))


def test_a_huge_plan_is_drawn_by_milestone(make) -> None:
    """More than 300 phases: a box for each milestone, and a graph of each."""
    phases = [
        make.phase(
            f"p{number}",
            title="P",
            number=str(number),
            milestone=f"v{number // 40}",
            depends_on=(Dependency(f"p{number - 1}"),) if number else (),
        )
        for number in range(320)
    ]
    milestones = [make.milestone(f"v{number}", title="M") for number in range(8)]
    site = make.site(make.view(make.tree([*milestones, *phases])))
    html = site["graph/index.html"]
    assert len(set(re.findall(r'href="../graph/v\d/"', html.partition("</svg>")[0]))) == 8
    assert 'href="../graph/v3/"' in html
    assert '<svg class="graph' in site["graph/v3/index.html"]


def _problem(number: int, rule: str, severity: Severity, **more: object) -> Problem:
    return Problem(
        path=f"requirements/R-{number}.md",
        line=number,
        rule=rule,
        severity=severity,
        message=f"problem {number}",
        item=f"R-{number}",
        **{"hint": "mend it", **more},  # type: ignore[arg-type]
    )


def test_problems_stand_under_their_rules(make) -> None:
    """The worst rules first, one hint for all where it is one, waived ones at the end."""
    problems = [
        _problem(1, "vague-term", Severity.HINT),
        _problem(2, "vague-term", Severity.HINT),
        _problem(3, "unknown-rule-of-tomorrow", Severity.ERROR, related=(Place("plan.yaml", 7),)),
        _problem(4, "vague-term", Severity.HINT, waived="for now"),
    ]
    view = make.view(make.tree([make.requirement("R-1", text="x")]), problems)
    html = make.page(view, "problems/index.html")
    words = _words(html)
    assert "1 error" in words
    assert "2 hints" in words
    assert "1 waived" in words
    assert (
        words.index("unknown-rule-of-tomorrow") < words.index("Vague term") < words.index("for now")
    )
    assert words.count("mend it") == 2
    assert "plan.yaml:7" in words
    assert '<a href="../r/R-1/">R-1</a>' in html
    assert "R-2" in words, "an item that is not in the plan is named without a link"


def test_many_problems_have_a_page_for_each_rule(make) -> None:
    """And sheets of 200 rows."""
    problems = [_problem(number, "vague-term", Severity.HINT) for number in range(250)]
    problems += [_problem(999, "doubled-word", Severity.WARNING, waived="x")]
    site = make.site(make.view(make.tree([]), problems))
    assert '<a href="../problems/vague-term/?severity=hint">250</a>' in site["problems/index.html"]
    assert [_rows(site[f"problems/vague-term/{n}index.html"]) for n in ("", "2/")] == [200, 50]
    assert _rows(site["problems/-waived/index.html"]) == 1


def test_no_problems_is_good_news(small_site: dict[str, str]) -> None:
    """Not an empty table."""
    assert "No problems: every check passes." in small_site["problems/index.html"]


def test_changes_are_told_in_words_with_links(make) -> None:
    """Rewordings show what differs; gone items are named without a link."""
    before = make.tree(
        [make.requirement("A-1", text="It shall be 15 m high."), make.requirement("B-1", text="x")]
    )
    after = make.tree(
        [make.requirement("A-1", text="It shall be 20 m high.", links=(Link("A-2"),))]
    )
    changes = ChangeSet("c" * 40, "2026-03-01T12:00:00Z", "Ada", "Raise", compare(before, after))
    view = make.view(after, changes=[changes])
    html = make.page(view, "changes/index.html")
    assert "<del>15</del><ins>20</ins>" in html
    assert '<a href="../r/A-1/">A-1</a>' in html
    assert "Requirement B-1 was removed" in _words(html)
    assert f'<li id="{"c" * 40}">' in html
    assert "Raise" in _words(make.page(view, "index.html"))


def test_many_commits_are_cut_into_pages(make) -> None:
    """Forty to a page, newest first."""
    sets = [
        ChangeSet(f"{number:040}", "2026-03-01T12:00:00Z", "Ada", f"Step {number}", ())
        for number in range(90)
    ]
    site = make.site(make.view(make.tree([]), changes=sets))
    assert "Step 0" in site["changes/index.html"]
    assert "Step 89" in site["changes/3/index.html"]
    assert 'href="../../changes/2/"' in site["changes/3/index.html"]


@pytest.mark.parametrize(
    ("old", "new", "html"),
    [
        ("a b c", "a x c", "a <del>b</del><ins>x</ins> c"),
        ("it was tall", "they were tall", "<del>it was</del><ins>they were</ins> tall"),
        ("灯塔在夜间", "灯塔在白天", "灯塔在<del>夜间</del><ins>白天</ins>"),
        ("<b>", "<i>", "&lt;<del>b</del><ins>i</ins>&gt;"),
        ("same " * 500, "other " * 500, ""),
    ],
)
def test_word_diff(old: str, new: str, html: str) -> None:
    """Word by word, escaped; nothing for texts that are too long."""
    shown = word_diff(old, new)
    assert shown == (f'<span class="diff">{html}</span>' if html else "")


def test_word_diff_leaves_out_the_middle_of_what_is_the_same() -> None:
    """A changed word in a long text is found at a glance."""
    text = " ".join(f"w{number}" for number in range(100))
    shown = str(word_diff(f"{text} old", f"{text} new"))
    assert " … " in shown
    assert len(shown) < 250


def test_the_overview_counts_and_links(small_site: dict[str, str]) -> None:
    """Every number leads to the list that it counts."""
    html = small_site["index.html"]
    words = _words(html)
    for figure, address in (
        ("5 requirements", "requirements/"),
        ("1 done", "requirements/?status=done"),
        ("4 phases", "roadmap/"),
        ("3 ready", "roadmap/?state=ready"),
        ("1 requirement without phase", "coverage/#requirements-without-phase"),
        ("2 requirements without criterion", "coverage/#requirements-without-criterion"),
        ("0 problems", "problems/"),
    ):
        assert figure in words, figure
        assert f'href="./{address}"' in html, address
    assert "A light for ships." in words
    assert "v1 First light active 2" in words


def test_the_overview_tells_what_waits_for_what(make) -> None:
    """In progress, ready, blocked with the phases that block."""
    items = [
        make.phase("a", title="Dig", number="1"),
        make.phase("b", title="Build", number="2", depends_on=(Dependency("a"),)),
        make.phase("c", title="Paint", number="3", status="active"),
    ]
    words = _words(make.page(make.view(make.tree(items)), "index.html"))
    assert "In progress 3 Paint 0/1 Ready next 1 Dig 0/1 Blocked 2 Build waits for 1" in words


def test_the_overview_of_many_milestones_shows_those_around_now(make) -> None:
    """Three that shipped last, then what comes; the rest is on the roadmap."""
    items = [
        make.milestone(f"v{number:02}", title="M", status="shipped" if number < 20 else "planned",
                       shipped=f"2026-01-{number + 1:02}" if number < 20 else "")
        for number in range(40)
    ]  # fmt: skip
    html = make.page(make.view(make.tree(items)), "index.html")
    shown = re.findall(r'href="./m/(v\d\d)/"', html)
    assert shown == [f"v{number}" for number in range(17, 27)]
    assert "30 more milestones" in _words(html)


def test_the_data_of_an_item(small_site: dict[str, str]) -> None:
    """Fields as written, what is derived, both sides of links."""
    data = json.loads(small_site["data/v1/items/LAMP-01.json"])
    assert data["fields"]["links"] == [
        {"to": "TOW-01", "type": "depends-on"},
        {"to": "NOPE-9", "type": "relates"},
    ]
    assert data["derived"]["phases"] == ["lamp"]
    assert data["derived"]["milestone"] == "v1"
    assert data["derived"]["links_out"] == [["depends-on", "TOW-01"]]
    assert data["derived"]["verified_by"] == [{"phase": "lamp", "criterion": "c1"}]
    assert data["page"] == "r/LAMP-01/"
    phase = json.loads(small_site["data/v1/items/lamp.json"])
    assert phase["criteria"][0]["verifies"] == ["LAMP-01", "GONE-1"]
    assert phase["derived"]["needs"] == ["tower"]


def test_the_data_of_the_plan(small_site: dict[str, str]) -> None:
    """All items with their state, coverage, relations."""
    plan = json.loads(small_site["data/v1/plan.json"])
    assert [each["id"] for each in plan["phases"]] == ["tower", "lamp", "horn", "picnic"]
    assert plan["progress"]["requirements"] == {"done": 1, "started": 0, "total": 4}
    assert plan["coverage"]["criteria_without_requirement"] == [
        {"phase": "lamp", "criterion": "c2"}
    ]
    graph = json.loads(small_site["data/v1/graph.json"])
    assert {"from": "lamp", "to": "horn", "soft": True, "reason": "shares the power"} in graph[
        "dependencies"
    ]
    assert ["lamp", "c1", "LAMP-01"] in graph["verifies"]
    assert ["LAMP-01", "depends-on", "TOW-01"] in graph["links"]
    assert json.loads(small_site["data/v1/build.json"])["revision"] == ""
