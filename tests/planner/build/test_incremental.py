"""An incremental build gives, byte for byte, what a build from nothing gives."""

import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.errors import OutputError
from planner.store.location import find_plan
from planner.workspace import Workspace

REQUIREMENTS = ("TOW-01", "TOW-02", "LAMP-01", "LAMP-02", "WATCH-01", "NEW-01", "NEW-02")
PHASES = ("tower", "lamp", "night-watch", "harbour")
MILESTONES = ("v1.0", "v2.0")
STATUSES = ("draft", "approved", "in-progress", "done", "dropped", "deferred", "nonsense")


def workspace(content: Path, caches: Path, *, cache: bool = True) -> Workspace:
    location = find_plan(str(content), {}, content)
    return Workspace(location, caches, cache=cache)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def difference(left: Path, right: Path) -> list[str]:
    ours, theirs = files(left), files(right)
    return sorted(
        name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)
    )


def requirement(item_id: str, draw_phase: str, status: str, word: str, link: str) -> str:
    return (
        f"---\ntitle: {word}\nphase: {draw_phase}\nstatus: {status}\nlinks: [{link}]\n---\n\n"
        f"The lamp shall {word}; see {link}.\n"
    )


def phase(item_id: str, number: int, milestone: str, depends: str, verifies: str, word: str) -> str:
    return (
        f"---\ntitle: {word}\nnumber: '{number:02d}'\nmilestone: {milestone}\n"
        f"depends_on: [{depends}]\n---\n\nGoal: {word}, {verifies}.\n\n## Success criteria\n\n"
        f"1. The log shows {word}. {{#c1}}\n   - verifies: {verifies}\n"
    )


def claims(ids: list[str], status: str, word: str) -> str:
    entries = [f"  - id: {each}\n    text: {word}\n    status: {status}\n" for each in ids]
    return f"claims:\n{''.join(entries)}"


CLAIMS = ["{to: survey/c1, type: based-on}", "{to: Survey/C2, type: based-on}", "survey/c2"]
WORDS = st.sampled_from(["turn", "glow", "rest", "sing TODO", "näher", "灯台"])

EDITS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(REQUIREMENTS)).flatmap(
        lambda head: st.builds(
            lambda p, s, w, link: (
                f"requirements/{head[1]}.md",
                requirement(head[1], p, s, w, link),
            ),
            st.sampled_from(PHASES),
            st.sampled_from(STATUSES),
            WORDS,
            st.sampled_from([*REQUIREMENTS, *CLAIMS]),
        )
    ),
    st.sampled_from(PHASES).flatmap(
        lambda name: st.builds(
            lambda n, m, d, v, w: (f"phases/{name}.md", phase(name, n, m, d, v, w)),
            st.integers(1, 9),
            st.sampled_from(MILESTONES),
            st.sampled_from(PHASES),
            st.sampled_from(REQUIREMENTS),
            WORDS,
        )
    ),
    st.builds(
        lambda name, word, status: (
            f"milestones/{name}.md",
            f"---\ntitle: {word}\nstatus: {status}\n---\n\n{word} for all.\n",
        ),
        st.sampled_from(MILESTONES),
        WORDS,
        st.sampled_from(["planned", "active", "shipped"]),
    ),
    st.builds(
        lambda name: (name, None),
        st.sampled_from(
            [f"requirements/{each}.md" for each in REQUIREMENTS]
            + [f"phases/{each}.md" for each in PHASES]
            + [f"milestones/{each}.md" for each in MILESTONES]
            + ["research/survey/pitfalls.md", "research/survey/claims.yaml"]
        ),
    ),
    st.builds(
        lambda old, new: (f"requirements/{old}.md", f"-> requirements/{new}.md"),
        st.sampled_from(REQUIREMENTS),
        st.sampled_from(REQUIREMENTS),
    ),
    st.builds(
        lambda name, junk: (f"requirements/{name}.md", junk),
        st.sampled_from(REQUIREMENTS),
        st.sampled_from(["no front matter", "---\ntitle: [\n---\n", "---\na: &x 1\n---\n", ""]),
    ),
    st.builds(
        lambda *parts: ("research/survey/claims.yaml", claims(*parts)),
        st.lists(st.sampled_from(["c1", "c2"]), unique=True),
        st.sampled_from(["verified", "overturned"]),
        WORDS,
    ),
    st.builds(
        lambda name, word, approved: (
            f"requirements/{name}.md",
            (
                "---\nprovenance:\n  text: {by: Ada, model: m, approved: "
                f"{approved}, hash: 0123456789ab}}\n---\n\nThe lamp shall {word}.\n"
            ),
        ),
        st.sampled_from(REQUIREMENTS),
        WORDS,
        st.sampled_from(["Ben", ""]),
    ),
    st.builds(lambda title: ("plan.yaml", f"title: {title}\nglossary: [LED]\n"), WORDS),
    st.builds(
        lambda text: ("research/survey/pitfalls.md", f"# Pitfalls\n\n{text} TOW-01 NEW-01\n"), WORDS
    ),
)


def apply(content: Path, edit: tuple[str, str | None]) -> None:
    name, text = edit
    path = content / name
    if text is None:
        path.unlink(missing_ok=True)
    elif text.startswith("-> "):
        if path.exists():
            path.rename(content / text[3:])
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.lists(EDITS, min_size=1, max_size=3), min_size=1, max_size=5))
def test_any_sequence_of_edits_renames_and_deletions(
    small_plan: Path, steps: list[list[tuple[str, str | None]]]
) -> None:
    """In a resident process and in a new process each time, the site is that of a full build."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        content = top / "content"
        shutil.copytree(small_plan, content)
        resident = workspace(content, top / "cache-1", cache=False)
        resident.build(top / "resident")
        workspace(content, top / "cache-2").build(top / "process")
        for edits in steps:
            for edit in edits:
                apply(content, edit)
            resident.build(top / "resident")
            workspace(content, top / "cache-2").build(top / "process")
            full = top / "full"
            workspace(content, top / "cache-3", cache=False).build(full)
            assert difference(top / "resident", full) == []
            assert difference(top / "process", full) == []
            shutil.rmtree(full)


def test_a_commit_makes_history_pages_anew(
    small_plan: Path, tmp_path: Path, git: Callable[..., str]
) -> None:
    """What only git knows (history, changes, revision) is rebuilt too."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "content")
    resident = workspace(small_plan, tmp_path / "cache", cache=False)
    resident.build(tmp_path / "resident")
    git(tmp_path, "commit", "-qm", "Plan the lighthouse")
    for turn in range(3):
        resident.build(tmp_path / "resident")
        workspace(small_plan, tmp_path / "cache").build(tmp_path / "process")
        workspace(small_plan, tmp_path / "cache-2", cache=False).build(tmp_path / f"full-{turn}")
        assert difference(tmp_path / "resident", tmp_path / f"full-{turn}") == []
        assert difference(tmp_path / "process", tmp_path / f"full-{turn}") == []
        path = small_plan / "requirements" / "LAMP-01.md"
        path.write_text(re.sub(r"every \d+ s", f"every {20 + turn} s", path.read_text()))
        git(tmp_path, "commit", "-qam", f"Turn slower {turn}")


def test_a_renamed_file_is_told_as_one_change(
    small_plan: Path, tmp_path: Path, git: Callable[..., str]
) -> None:
    """Its item is the same under another id: it neither went nor came."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "content")
    git(tmp_path, "commit", "-qm", "first")
    git(small_plan, "mv", "requirements/LAMP-02.md", "requirements/LAMP-09.md")
    git(tmp_path, "commit", "-qm", "rename")
    workspace(small_plan, tmp_path / "c").build(tmp_path / "site")
    told = (tmp_path / "site" / "changes" / "index.html").read_text(encoding="utf-8")
    newest = re.sub("<[^>]*>", "", told.partition("rename")[2].partition("first")[0])
    assert "Requirement LAMP-02 is now LAMP-09" in newest
    assert "was added" not in newest


def test_two_full_builds_are_identical(small_plan: Path, tmp_path: Path) -> None:
    """No time, no order of a set, no path of the machine gets into a page."""
    elsewhere = tmp_path / "else where" / "content"
    shutil.copytree(small_plan, elsewhere)
    workspace(small_plan, tmp_path / "c", cache=False).build(tmp_path / "one")
    workspace(elsewhere, tmp_path / "c", cache=False).build(tmp_path / "two")
    assert difference(tmp_path / "one", tmp_path / "two") == []


def test_a_second_build_touches_nothing(small_plan: Path, tmp_path: Path) -> None:
    """An unchanged plan leaves every file as it is, its time included."""
    workspace(small_plan, tmp_path / "cache").build(tmp_path / "site")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*")}
    built = workspace(small_plan, tmp_path / "cache").build(tmp_path / "site")
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*")}
    assert before == after
    assert built.report.tally.written == 0


def test_a_page_that_somebody_changed_is_made_anew(small_plan: Path, tmp_path: Path) -> None:
    """The folder ends as a full build would leave it, whatever happened to it meanwhile."""
    site = tmp_path / "site"
    workspace(small_plan, tmp_path / "cache").build(site)
    page = site / "r" / "TOW-01" / "index.html"
    right = page.read_bytes()
    page.write_text("vandalised")
    (site / "p" / "lamp" / "index.html").unlink()
    workspace(small_plan, tmp_path / "cache").build(site)
    assert page.read_bytes() == right
    assert (site / "p" / "lamp" / "index.html").exists()


def test_without_cache_stale_pages_are_still_pruned(small_plan: Path, tmp_path: Path) -> None:
    """The list of written files is in the folder itself; other people's files stay."""
    site = tmp_path / "site"
    workspace(small_plan, tmp_path / "cache", cache=False).build(site)
    (site / "CNAME").write_text("plan.example.org\n")
    (small_plan / "requirements" / "TOW-02.md").unlink()
    workspace(small_plan, tmp_path / "cache", cache=False).build(site)
    assert not (site / "r" / "TOW-02").exists()
    assert (site / "CNAME").exists()


def test_a_folder_of_somebody_else_is_refused(small_plan: Path, tmp_path: Path) -> None:
    """A mistyped --out must not overwrite somebody's work."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "index.html").write_text("mine")
    with pytest.raises(OutputError, match="somebody else"):
        workspace(small_plan, tmp_path / "cache").build(tmp_path / "work")
    assert (tmp_path / "work" / "index.html").read_text() == "mine"


def test_two_processes_share_the_work_without_a_difference(
    small_plan: Path, tmp_path: Path
) -> None:
    """Forking is only for speed."""
    for number in range(600):
        (small_plan / "requirements" / f"MANY-{number:03d}.md").write_text(
            requirement(f"MANY-{number:03d}", "lamp", "draft", "turn", f"MANY-{number // 2:03d}")
        )
    workspace(small_plan, tmp_path / "c", cache=False).build(tmp_path / "one", processes=1)
    workspace(small_plan, tmp_path / "c", cache=False).build(tmp_path / "two", processes=2)
    assert difference(tmp_path / "one", tmp_path / "two") == []


def test_a_revision_builds_what_it_was(
    small_plan: Path, tmp_path: Path, git: Callable[..., str]
) -> None:
    """`--rev` reads the commit, not the files."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "content")
    git(tmp_path, "commit", "-qm", "Plan the lighthouse")
    git(tmp_path, "tag", "v1")
    workspace(small_plan, tmp_path / "c", cache=False).build(tmp_path / "then")
    (small_plan / "requirements" / "TOW-01.md").unlink()
    git(tmp_path, "commit", "-qam", "Drop it")
    workspace(small_plan, tmp_path / "c", cache=False).build(tmp_path / "rev", rev="v1")
    assert (tmp_path / "rev" / "r" / "TOW-01" / "index.html").exists()
    assert difference(tmp_path / "then", tmp_path / "rev") == []


@pytest.mark.parametrize("revert", [False, True])
def test_a_build_that_could_not_be_finished_leaves_nothing_stale(
    small_plan: Path, tmp_path: Path, *, revert: bool
) -> None:
    """Some of its pages are there and some are not; the next build knows neither, and mends both.

    A resident process and one that has only just read the cache go through the same.
    """
    path = small_plan / "requirements" / "TOW-01.md"
    before = path.read_text(encoding="utf-8")
    workspace(small_plan, tmp_path / "cache").build(tmp_path / "process")
    fresh = workspace(small_plan, tmp_path / "cache")
    resident = workspace(small_plan, tmp_path / "c", cache=False)
    resident.build(tmp_path / "resident")
    path.write_text(before.replace("---\n\n", "---\n\nAlways: ", 1), encoding="utf-8")
    for each, site in ((resident, tmp_path / "resident"), (fresh, tmp_path / "process")):
        blocked = site / "problems" / "index.html"
        blocked.unlink()
        (blocked / "in the way").mkdir(parents=True)
        with pytest.raises(OutputError):
            each.build(site)
        shutil.rmtree(blocked)
    if revert:
        path.write_text(before, encoding="utf-8")
    resident.build(tmp_path / "resident")
    fresh.build(tmp_path / "process")
    workspace(small_plan, tmp_path / "d", cache=False).build(tmp_path / "full")
    assert difference(tmp_path / "resident", tmp_path / "full") == []
    assert difference(tmp_path / "process", tmp_path / "full") == []


def test_a_cache_older_than_the_site_leads_to_the_same_site(
    small_plan: Path, tmp_path: Path
) -> None:
    """A process was killed before it wrote down what its last builds had learned."""
    site, path = tmp_path / "site", small_plan / "requirements" / "TOW-01.md"
    workspace(small_plan, tmp_path / "cache").build(site)
    killed = workspace(small_plan, tmp_path / "cache")
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("---\n\n", "---\n\nAlways: ", 1), encoding="utf-8")
    (small_plan / "requirements" / "NEW-01.md").write_text(
        requirement("NEW-01", "lamp", "draft", "turn", "TOW-01"), encoding="utf-8"
    )
    killed.build(site, keep=False)
    assert (site / "r" / "NEW-01" / "index.html").exists()
    (small_plan / "requirements" / "NEW-01.md").unlink()
    path.write_text(before, encoding="utf-8")
    workspace(small_plan, tmp_path / "cache").build(site)
    workspace(small_plan, tmp_path / "c", cache=False).build(tmp_path / "full")
    assert difference(site, tmp_path / "full") == []
