"""Criterion c4 of phase 01, as it says: import, check, build, compare pages with the source.

Each test names the requirement of this project's own plan that it proves.
"""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

Run = Callable[..., subprocess.CompletedProcess[str]]

ROADMAP = """\
# Roadmap: Harbour

## Phases

- [x] **Phase 1: Quay** - stone
- [ ] **Phase 2: Crane** - iron
- [ ] **Phase 3: Lights** - glass

## Phase Details

### Phase 1: Quay
**Goal**: Ships can moor.
**Depends on**: Nothing (first phase)
**Requirements**: QUAY-01, QUAY-02
**Success Criteria** (what must be TRUE):
  1. The register shows two moored ships.
  2. The gauge shows a depth of 6 m.
**Plans**: 2 plans

### Phase 2: Crane
**Goal**: Cargo comes ashore.
**Depends on**: Phase 1
**Requirements**: CRANE-01
**Success Criteria** (what must be TRUE):
  1. The log shows a lift of 5 t.

### Phase 3: Lights
**Goal**: Ships find the quay at night.
**Depends on**: Phase 1 (can run in parallel with Phase 2)
**Requirements**: LIGHT-01
**Success Criteria** (what must be TRUE):
  1. The meter shows 300 cd.

## Progress

| Phase | Plans Complete | Status | Completed |
|-------|----------------|--------|-----------|
| 1. Quay | 2/2 | Complete | 2026-01-05 |
| 2. Crane | 0/1 | Not started | - |
| 3. Lights | 0/1 | Not started | - |
"""
REQUIREMENTS = """\
# Requirements: Harbour

## v1 Requirements

### Quay
- [x] **QUAY-01**: Two ships can moor
- [x] **QUAY-02**: The water is 6 m deep

### Crane
- [ ] **CRANE-01**: The crane lifts 5 t

### Light
- [ ] **LIGHT-01**: The light gives 300 cd

## Traceability

| Requirement | Phase | Status |
|-------------|-------|--------|
| QUAY-01 | Phase 1 | Complete |
| QUAY-02 | Phase 1 | Complete |
| CRANE-01 | Phase 2 | Pending |
| LIGHT-01 | Phase 3 | Pending |

%% a line of no known form %%
"""
PHASES = (("1", "Quay", "done"), ("2", "Crane", "ready"), ("3", "Lights", "ready"))


@pytest.fixture(scope="module")
def harbour(run_planner: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of an imported plan; its folder holds `content`, `site` and `report.json` too."""
    folder = tmp_path_factory.mktemp("harbour")
    source = folder / ".planning"
    source.mkdir()
    (source / "ROADMAP.md").write_text(ROADMAP)
    (source / "REQUIREMENTS.md").write_text(REQUIREMENTS)
    imported = run_planner("import", source, "--to", folder / "content", "--json")
    assert imported.returncode == 0, imported.stderr
    (folder / "report.json").write_text(imported.stdout)
    checked = run_planner("check", "--plan", folder / "content")
    assert checked.returncode == 0, checked.stdout
    built = run_planner("build", "--plan", folder / "content", "--out", folder / "site")
    assert built.returncode == 0, built.stderr
    return folder


def opened(browser: Browser, harbour: Path, path: str) -> Page:
    page = browser.new_page()
    page.goto((harbour / "site" / path / "index.html").as_uri())
    return page


def test_the_roadmap_shows_each_phase_in_order_with_goal_and_progress(
    harbour: Path, browser: Browser
) -> None:
    """UI-11, UI-12: number, title, goal, what it needs, derived state."""
    page = opened(browser, harbour, "roadmap")
    rows = page.locator("table tbody tr").filter(has=page.locator("a[href*='/p/']")).all()
    assert len(rows) == len(PHASES)
    for row, (number, title, state) in zip(rows, PHASES, strict=True):
        text = row.inner_text()
        assert re.match(rf"0*{number}\b", text.strip()), text
        assert title in text
        assert state in text
    assert "Ships can moor" in rows[0].inner_text()
    assert "2/2" in rows[0].inner_text()
    assert "0/1" in rows[1].inner_text()
    page.close()


def test_the_graph_draws_each_dependency_of_the_source(harbour: Path, browser: Browser) -> None:
    """UI-14: two arrows start at the quay; each box leads to its phase."""
    page = opened(browser, harbour, "graph")
    titles = [
        "".join(each.text_content() or "" for each in [title])
        for title in page.locator("svg title").all()
    ]
    text = " | ".join(titles)
    assert re.search(r"Quay.*Crane|Crane.*Quay", text)
    assert re.search(r"Quay.*Lights|Lights.*Quay", text)
    links = {link.get_attribute("href") for link in page.locator("svg a[href*='/p/']").all()}
    assert len(links) == len(PHASES)
    page.close()


def test_a_requirement_page_shows_its_trace_both_ways(harbour: Path, browser: Browser) -> None:
    """UI-09: phase above, and the phase's page lists the requirement."""
    page = opened(browser, harbour, "r/CRANE-01")
    chain = page.get_by_role("list", name=re.compile("Trace"))
    assert "Crane" in chain.inner_text()
    chain.get_by_role("link", name=re.compile("Crane")).click()
    assert page.get_by_role("link", name="CRANE-01").count() >= 1 or page.url.endswith("/p/crane/")
    page.close()
    page = opened(browser, harbour, "p/crane")
    assert page.get_by_role("link", name="CRANE-01").count() >= 1
    page.close()


def test_nothing_of_the_source_is_lost_in_silence(harbour: Path) -> None:
    """UI-15, UI-16: every item is there, and the line of no known form is reported."""
    report = (harbour / "report.json").read_text()
    assert '"requirements": 4' in report
    assert '"phases": 3' in report
    assert '"criteria": 4' in report
    assert "a line of no known form" in report
    names = {path.stem for path in (harbour / "content" / "requirements").iterdir()}
    assert names == {"QUAY-01", "QUAY-02", "CRANE-01", "LIGHT-01"}


def test_a_broken_rule_is_reported_with_path_line_and_remedy(
    harbour: Path, run_planner: Run
) -> None:
    """UI-10: in a copy, since the other tests read the plan."""
    copy = harbour / "broken"
    copy.mkdir()
    for path in (harbour / "content").rglob("*"):
        if path.is_file():
            target = copy / path.relative_to(harbour / "content")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    crane = copy / "phases" / "crane.md"
    crane.write_text(crane.read_text().replace("- quay", "- quai"))
    done = run_planner("check", "--plan", copy)
    assert done.returncode == 1
    assert re.search(r"phases/crane\.md:\d+: error unresolved-reference .*quai", done.stdout)
    assert re.search(r"hint: .*quay", done.stdout)


def test_a_site_of_a_revision_needs_no_service(
    run_planner: Run, small_plan: Path, tmp_path: Path, git: Callable[..., str], browser: Browser
) -> None:
    """UI-13: the plan as it was, opened from the disk."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "content")
    git(tmp_path, "commit", "-qm", "Then")
    git(tmp_path, "tag", "then")
    path = small_plan / "requirements" / "TOW-01.md"
    path.write_text(path.read_text().replace("40 kN", "80 kN"))
    done = run_planner(
        "build", "--rev", "then", "--portable", "--out", tmp_path / "site", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    page = browser.new_page()
    page.goto((tmp_path / "site" / "r" / "TOW-01" / "index.html").as_uri())
    assert "40 kN" in page.locator("main").inner_text()
    assert "80 kN" not in page.locator("main").inner_text()
    page.close()
