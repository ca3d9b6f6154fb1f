"""The pages of single items: what a reader finds on them."""

import re

from planner.model.items import Criterion, Link
from planner.model.problem import Problem, Severity
from planner.render.view import HistoryEntry, SiteOptions


def _words(html: str) -> str:
    """The text of the main part of a page, on one line."""
    main = html.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def _entry(number: int) -> HistoryEntry:
    return HistoryEntry(
        f"{number:040x}"[::-1], f"2026-01-{number:02}T08:00:00Z", "Ada", f"Step {number}", "M", "x"
    )


def test_a_requirement_shows_its_way_from_milestone_to_proof(small_site: dict[str, str]) -> None:
    """One line: milestone, phase with state, itself, criteria, proof; each a link."""
    html = small_site["r/TOW-01/index.html"]
    chain = html.partition('<ol class="chain"')[2].partition("</ol>")[0]
    hrefs = re.findall(r'href="([^"]*)"', chain)
    assert hrefs == ["../../m/v1/", "../../p/tower/", "#criteria", "#proof"]
    assert "First light" in chain
    assert "1 criterion" in chain
    assert "1 met" in chain
    assert '<li class="chain-here" aria-current="true">' in chain


def test_a_requirement_shows_what_is_known_about_it(small_site: dict[str, str]) -> None:
    """Text, sections, facts, unknown keys, provenance, criteria with their checks."""
    words = _words(small_site["r/TOW-01/index.html"])
    for part in (
        *(
            "The tower shall be at least 20 m high.",
            "Rationale As the chart in",
            "sea/charts says.",
        ),
        *("Priority must", "Owner Ada", "Tags stone, safety", "x-cost 12", "Text by model-x"),
        *("approved: Ada", "Phase 01, c1 met full The tower is 20 m high.", "measure --height"),
        *("File requirements/TOW-01.md", "Type functional"),
    ):
        assert part in words


def test_links_are_shown_on_both_ends(small_site: dict[str, str]) -> None:
    """What one side depends on is needed by on the other; lost links are named."""
    assert "Depends on TOW-01 Height" in _words(small_site["r/LAMP-01/index.html"])
    assert "Not in the plan NOPE-9" in _words(small_site["r/LAMP-01/index.html"])
    assert "Needed by LAMP-01 Reach" in _words(small_site["r/TOW-01/index.html"])


def test_names_and_files_in_texts_are_links(small_site: dict[str, str]) -> None:
    """Ids, former ids, documents, and relative links to files of the plan; not in code."""
    assert '<a href="../../r/LAMP-01/">OLD-7</a>' in small_site["r/LAMP-02/index.html"]
    assert "<code>TOW-01</code>" in small_site["r/LAMP-02/index.html"]
    assert (
        '<a href="../../research/sea/charts/">sea/charts</a>' in small_site["r/TOW-01/index.html"]
    )
    assert '<a href="../../p/tower/">it</a>' in small_site["r/LAMP-01/index.html"]
    assert '<a href="../../r/LAMP-01/">LAMP-01</a>' in small_site["m/v1/index.html"]


def test_holes_are_named(small_site: dict[str, str]) -> None:
    """A requirement that nothing delivers or verifies says so."""
    words = _words(small_site["r/LOOSE-01/index.html"])
    assert "no phase delivers it" in words
    assert "no criterion verifies it" in words
    assert "none yet" in words


def test_a_requirement_without_title_is_headed_by_its_id(small_site: dict[str, str]) -> None:
    """The text is then the lead, not repeated as a heading."""
    html = small_site["r/LAMP-02/index.html"]
    assert "<h1>LAMP-02</h1>" in html
    assert "<title>LAMP-02 · Lighthouse</title>" in html
    assert "<title>TOW-01 Height · Lighthouse</title>" in small_site["r/TOW-01/index.html"]


def test_neighbours_in_the_phase(small_site: dict[str, str]) -> None:
    """Previous and next, for people and for keys."""
    assert '<a rel="next" href="../../r/LAMP-02/">' in small_site["r/LAMP-01/index.html"]
    assert '<a rel="prev" href="../../r/LAMP-01/">' in small_site["r/LAMP-02/index.html"]
    assert 'class="pager"' not in small_site["r/TOW-01/index.html"]


def test_a_requirement_in_several_phases_shows_each(make) -> None:
    """Such a plan is at fault, and the page shows why."""
    items = [
        make.phase("a", title="A", number="1"),
        make.phase("b", title="B", number="2"),
        make.requirement("R-1", phases=("a", "b", "nope")),
    ]
    words = _words(make.page(make.view(make.tree(items)), "r/R-1/index.html"))
    assert "1 A ready 0/1 2 B ready 0/1 nope is not in the plan" in words


def test_problems_and_history_of_an_item(make) -> None:
    """The worst first, waived ones last; the newest commits, and how many are older."""

    def found(severity: Severity, message: str, **more: str) -> Problem:
        path = "requirements/TOW-01.md"
        return Problem(path=path, line=4, rule="some-rule", severity=severity, message=message,
                       item="TOW-01", **more)  # fmt: skip

    problems = [
        found(Severity.HINT, "a hint", waived="for `now`"),
        found(Severity.WARNING, "a warning", hint="write `x: 1`"),
        found(Severity.ERROR, "an error"),
    ]
    view = make.view(
        make.tree(make.lighthouse()),
        problems,
        history={"TOW-01": tuple(_entry(number) for number in range(20, 0, -1))},
        options=SiteOptions(source_url="https://x.example/blob/main"),
    )
    html = make.page(view, "r/TOW-01/index.html")
    words = _words(html)
    assert words.index("an error") < words.index("a warning") < words.index("a hint")
    assert "waived: for" in words
    assert "write <code>x: 1</code>" in html
    assert "https://x.example/blob/main/requirements/TOW-01.md#L4" in html
    assert "Step 20" in words
    assert "8 older commits" in words
    assert "Step 8" not in words


def test_a_phase_shows_what_it_needs_and_what_needs_it(small_site: dict[str, str]) -> None:
    """Dependencies both ways, soft ones with their reason."""
    lamp = _words(small_site["p/lamp/index.html"])
    assert "Needs 01 Build the tower done" in lamp
    assert "Needed by 03 Sound the horn ready (soft)" in lamp
    horn = _words(small_site["p/horn/index.html"])
    assert "shares the power" in horn


def test_a_phase_shows_requirements_and_criteria(small_site: dict[str, str]) -> None:
    """Each criterion with what it verifies; lost references and holes are named."""
    html = small_site["p/lamp/index.html"]
    words = _words(html)
    assert "0 of 2 requirements done" in words
    assert "LAMP-01 Reach approved LAMP-02 The lamp shall turn; OLD-7 and TOW-01 ask." in words
    assert '<li id="c1">' in html
    assert "Verifies LAMP-01 Reach , GONE-1 is not in the plan" in words
    assert "c2 open It turns. Verifies no requirement" in words


def test_a_phase_without_title_milestone_or_requirements(small_site: dict[str, str]) -> None:
    """An imported remark is a page like any other."""
    words = _words(small_site["p/picnic/index.html"])
    assert words.startswith("Phase 999.1 Somebody brings cake some day. ready")
    assert "Milestone none" in words
    assert "No requirement is assigned to this phase." in words
    assert "No criterion says when this phase is done." in words


def test_progress_says_what_it_counts(make) -> None:
    """Requirements, else criteria, else the phase's own status."""
    met = Criterion("c1", "It stands.", status="met")
    items = [
        make.phase("criteria", title="C", criteria=(met, Criterion("c2", "It shines."))),
        make.phase("alone", title="A", status="done"),
        make.phase("put-off", title="P", criteria=(met,)),
        make.requirement("R-1", phase="put-off", status="deferred"),
    ]
    view = make.view(make.tree(items))
    assert "1 of 2 criteria met" in _words(make.page(view, "p/criteria/index.html"))
    assert "1 of 1, by its own status" in _words(make.page(view, "p/alone/index.html"))
    assert "1 of 1 criterion met" in _words(make.page(view, "p/put-off/index.html"))


def test_a_milestone_shows_its_phases_in_order_with_their_graph(
    small_site: dict[str, str],
) -> None:
    """Goals, needs, progress; the drawing has the neighbours of other milestones, too."""
    html = small_site["m/v1/index.html"]
    words = _words(html)
    rows = html.partition("</svg>\n</div>")[2]
    assert rows.index("Build the tower") < rows.index("Light the lamp")
    assert "The tower stands and shines. See LAMP-01" in words
    assert "Constraints One keeper only." in words
    assert '<svg class="graph"' in html
    assert "Sound the horn" in html.partition('<svg class="graph"')[2].partition("</svg>")[0]
    assert "../../matrix/v1/" in html


def test_a_milestone_without_phases_says_how_one_joins(make) -> None:
    """The mend is a line of a file."""
    view = make.view(make.tree([make.milestone("v9", title="Later")]))
    assert "milestone: v9" in make.page(view, "m/v9/index.html")


def test_a_large_milestone_has_its_drawing_on_a_page_of_its_own(make) -> None:
    """Forty phases and more would push everything else down."""
    phases = [
        make.phase(f"p{number:02}", title="P", number=str(number), milestone="v1")
        for number in range(1, 43)
    ]
    view = make.view(make.tree([make.milestone("v1", title="M"), *phases]))
    assert '<a href="../../graph/v1/">' in make.page(view, "m/v1/index.html")
    assert '<svg class="graph' in make.page(view, "graph/v1/index.html")


def test_a_document_is_shown_once_headed(small_site: dict[str, str]) -> None:
    """Its first heading is the title; sources are links where they are addresses."""
    html = small_site["research/sea/charts/index.html"]
    assert html.count(">Charts<") == 2, "the heading and the list of the run"
    assert "<h1>Charts</h1>" in html
    assert '<h2 id="h-what-they-say">' in html
    assert '<a href="https://charts.example.org/"' in html
    assert "the old keeper" in html
    assert 'rel="next" href="../../../research/sea/summary/"' in html


def test_links_of_every_type_have_words(make) -> None:
    """Both ends of each type read naturally."""
    kinds = ("relates", "depends-on", "refines", "conflicts", "replaces")
    links = tuple(Link("B-1", kind) for kind in kinds)
    view = make.view(make.tree([make.requirement("A-1", links=links), make.requirement("B-1")]))
    ahead = _words(make.page(view, "r/A-1/index.html"))
    back = _words(make.page(view, "r/B-1/index.html"))
    for words in ("Depends on", "Refines", "Conflicts with", "Replaces", "Relates to"):
        assert f"{words} B-1" in ahead
    for words in ("Needed by", "Refined by", "Conflicts with", "Replaced by", "Relates to"):
        assert f"{words} A-1" in back
