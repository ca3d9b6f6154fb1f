"""`planner import` and `planner export` as a person calls them."""

import json

import pytest

from planner.codec.reading import kind_of_path, read_item

ROADMAP = """
    # Roadmap: Boat
    ## Phases
    - [x] **Phase 1: Keel** - lay it
    - [ ] **Phase 2: Mast** - raise it
    ## Phase Details
    ### Phase 1: Keel
    **Goal**: The keel lies.
    **Requirements**: HULL-01
    **Success Criteria** (what must be TRUE):
      1. It floats.
    ### Phase 2: Mast
    **Goal**: The mast stands.
    **Depends on**: Phase 1
    **Requirements**: RIG-01
    """
REQUIREMENTS = """
    # Requirements: Boat
    ## v1 Requirements
    - [x] **HULL-01**: The hull shall float.
    - [ ] **RIG-01**: The mast shall stand.
    """


@pytest.fixture
def source(tmp_path, write_files):
    return write_files(
        tmp_path / ".planning", {"ROADMAP.md": ROADMAP, "REQUIREMENTS.md": REQUIREMENTS}
    )


def files_below(folder) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_import_writes_a_plan_that_is_read_without_problems(run_planner, source, tmp_path):
    """Every file is an item; the source is not touched."""
    before = files_below(source)
    done = run_planner("import", source, "--to", tmp_path / "content")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 phases, 2 requirements (2 mapped), 0 milestones, 1 success criteria" in done.stdout
    written = files_below(tmp_path / "content")
    assert {"plan.yaml", "phases/keel.md", "requirements/RIG-01.md"} <= set(written)
    for path, data in written.items():
        assert kind_of_path(path) is not None
        read = read_item(path, data)
        assert read.item is not None
        assert not read.problems
    assert files_below(source) == before


def test_dry_run_writes_nothing_and_needs_no_target(run_planner, source, tmp_path):
    """Only the report."""
    done = run_planner("import", source, "--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    assert set(files_below(tmp_path)) == {".planning/ROADMAP.md", ".planning/REQUIREMENTS.md"}


def test_json_has_exactly_the_keys_of_the_contract(run_planner, source):
    """Counts, problems, unread lines; nothing else on stdout."""
    roadmap = source / "ROADMAP.md"
    roadmap.write_text(roadmap.read_text() + "### Unheard of\n- [ ] Phase seven\n")
    done = run_planner("import", source, "--dry-run", "--json")
    data = json.loads(done.stdout)
    assert list(data) == [
        "phases", "requirements", "mapped", "milestones", "criteria", "problems", "unread",
    ]  # fmt: skip
    assert (data["phases"], data["requirements"], data["mapped"], data["criteria"]) == (2, 2, 2, 1)
    assert {"path": "ROADMAP.md", "line": 16, "text": "- [ ] Phase seven"} in data["unread"]
    problem = data["problems"][0]
    assert {"path", "line", "rule", "severity", "message", "hint", "related"} <= set(problem)


def test_content_that_is_there_is_shown_as_a_diff_and_kept(run_planner, source, tmp_path):
    """Exit code 3, and not a byte changed; --replace writes, and says what it left."""
    target = tmp_path / "content"
    run_planner("import", source, "--to", target)
    again = run_planner("import", source, "--to", target)
    assert again.returncode == 0
    assert "already" in again.stdout
    keel = target / "phases" / "keel.md"
    keel.write_text(keel.read_text().replace("lies", "lay"))
    (target / "phases" / "own.md").write_text("---\ntitle: Own\n---\n\nMine.\n")
    before = files_below(target)
    refused = run_planner("import", source, "--to", target)
    assert refused.returncode == 3
    assert "-The keel lay.\n+The keel lies." in refused.stdout
    assert "--replace" in refused.stderr
    assert files_below(target) == before
    replaced = run_planner("import", source, "--to", target, "--replace")
    assert replaced.returncode == 0
    assert "phases/own.md" in replaced.stdout
    assert "lies" in keel.read_text()
    assert (target / "phases" / "own.md").exists()


def test_a_folder_with_other_files_is_no_plan_yet(run_planner, source, tmp_path):
    """A README beside the plan is no reason to refuse."""
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "README.md").write_text("hello\n")
    assert run_planner("import", source, "--to", tmp_path / "content").returncode == 0


BAD = {
    "not there": (None, 2, "there is no such file or folder"),
    "empty": (b"", 2, "is empty"),
    "binary": (b"\0\1\2", 2, "is binary"),
    "no phases": (b"# Notes\n\nNothing yet.\n", 2, "no phase was recognised"),
    "big": (b"### Phase 1: x\n" * 700_000, 2, "larger than"),
}


@pytest.mark.parametrize(("data", "code", "words"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("options", [("--dry-run",), ("--dry-run", "--json"), ("--to", "content")])
def test_a_bad_source_ends_with_a_message(run_planner, tmp_path, data, code, words, options):
    """Exit code 2, one line of error, a hint, no traceback, nothing written."""
    path = tmp_path / "R.md"
    if data is not None:
        path.write_bytes(data)
    done = run_planner("import", path, *options, cwd=tmp_path)
    assert done.returncode == code
    assert words in done.stderr
    assert "hint:" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "content").exists()


def test_a_plan_with_errors_is_imported_and_ends_with_one(run_planner, tmp_path, write_files):
    """A cycle is an error of the plan: it is written, and the exit code says so."""
    plan = write_files(
        tmp_path / ".planning",
        {"ROADMAP.md": "### Phase 1: A\n**Depends on**: Phase 1\n"},
    )
    done = run_planner("import", plan, "--to", tmp_path / "content")
    assert done.returncode == 1
    assert "ROADMAP.md:2: error import-cycle" in done.stdout
    assert (tmp_path / "content" / "phases" / "a.md").exists()


def test_without_a_target_the_call_is_wrong(run_planner, source):
    """It names the option."""
    done = run_planner("import", source)
    assert (done.returncode, "--to DIR" in done.stderr) == (2, True)


def test_nothing_is_written_through_a_link(run_planner, source, tmp_path):
    """`phases` may not lead elsewhere."""
    (tmp_path / "content").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "content" / "phases").symlink_to(tmp_path / "elsewhere")
    done = run_planner("import", source, "--to", tmp_path / "content")
    assert done.returncode == 2
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_target_that_is_a_file_is_refused(run_planner, source, tmp_path):
    """In words."""
    (tmp_path / "content").write_text("x")
    done = run_planner("import", source, "--to", tmp_path / "content")
    assert (done.returncode, "no folder" in done.stderr) == (2, True)


def test_export_and_import_again_gives_the_same_plan(run_planner, source, tmp_path):
    """The way out and back in."""
    content, out, again = tmp_path / "content", tmp_path / "out", tmp_path / "again"
    run_planner("import", source, "--to", content)
    done = run_planner("export", "--plan", content, "--format", "gsd", out)
    assert (done.returncode, done.stdout) == (0, "")
    assert {"ROADMAP.md", "REQUIREMENTS.md"} <= set(files_below(out))
    assert run_planner("import", out, "--to", again).returncode == 0
    first, second = files_below(content), files_below(again)
    first.pop("research/imported/notes.md", None)
    second.pop("research/imported/notes.md", None)
    assert first == second


def test_export_lists_what_is_lost_and_refuses(run_planner, small_plan, tmp_path):
    """Exit code 3 without --lossy, and nothing written."""
    out = tmp_path / "out"
    refused = run_planner("export", "--plan", small_plan, "--format", "gsd", out)
    assert refused.returncode == 3
    assert "lost: TOW-01 owner: the format has no such field" in refused.stderr
    assert not out.exists()
    done = run_planner("export", "--plan", small_plan, "--format", "gsd", "--lossy", out)
    assert done.returncode == 0
    assert "### Phase 01: Tower" in (out / "ROADMAP.md").read_text()


def test_export_overwrites_nothing_without_replace(run_planner, small_plan, tmp_path):
    """A foreign file of that name stays."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "ROADMAP.md").write_text("mine\n")
    args = ("export", "--plan", small_plan, "--format", "gsd", "--lossy", out)
    assert run_planner(*args).returncode == 3
    assert (out / "ROADMAP.md").read_text() == "mine\n"
    assert run_planner(*args, "--replace").returncode == 0


def test_export_prints_json_and_csv(run_planner, small_plan, tmp_path):
    """On stdout, or into a folder."""
    printed = run_planner("export", "--plan", small_plan, "--format", "json")
    assert json.loads(printed.stdout)["plan"]["title"] == "Lighthouse"
    table = run_planner("export", "--plan", small_plan, "--format", "csv", "-")
    assert table.stdout.splitlines()[0].startswith("id,title,text,status")
    done = run_planner("export", "--plan", small_plan, "--format", "csv", tmp_path / "csv")
    assert done.returncode == 0
    assert len(files_below(tmp_path / "csv")) == 4
    wrong = run_planner("export", "--plan", small_plan, "--format", "gsd")
    assert (wrong.returncode, "name a folder" in wrong.stderr) == (2, True)
