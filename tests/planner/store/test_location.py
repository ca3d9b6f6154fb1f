"""Finding the plan by option, by environment, or upwards."""

import subprocess
from pathlib import Path

import pytest

from planner.errors import UsageError
from planner.store.location import PlanKind, PlanSource, find_plan

VARIABLE = "AGENTED_CONTENT_DIR"


def _touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("title: x\n")


def test_the_option_comes_before_the_environment_and_that_before_the_search(tmp_path):
    _touch(*(tmp_path / name / "plan.yaml" for name in ("option", "environment", "content")))
    environ = {VARIABLE: "environment"}
    found = find_plan("option", environ, tmp_path)
    assert (found.folder, found.kind, found.source) == (
        tmp_path / "option",
        PlanKind.CONTENT,
        PlanSource.OPTION,
    )
    found = find_plan(None, environ, tmp_path)
    assert (found.folder, found.source) == (tmp_path / "environment", PlanSource.ENVIRONMENT)
    found = find_plan(None, {VARIABLE: ""}, tmp_path)
    assert (found.folder, found.source) == (tmp_path / "content", PlanSource.SEARCH)


def test_the_nearest_plan_upwards_is_found(tmp_path):
    _touch(tmp_path / "content/plan.yaml", tmp_path / "a/plan.yaml", tmp_path / "a/b/c/file")
    assert find_plan(None, {}, tmp_path / "a/b/c").folder == tmp_path / "a"
    assert find_plan(None, {}, tmp_path).folder == tmp_path / "content"


def test_from_inside_the_plan_folder_it_is_found_too(tmp_path):
    _touch(tmp_path / "content/plan.yaml", tmp_path / "content/phases/a.md")
    assert find_plan(None, {}, tmp_path / "content/phases").folder == tmp_path / "content"


def test_content_comes_before_a_plan_beside_it(tmp_path):
    _touch(tmp_path / "content/plan.yaml", tmp_path / "plan.yaml")
    assert find_plan(None, {}, tmp_path).folder == tmp_path / "content"


@pytest.mark.parametrize(
    "named", [".", "content", "content/plan.yaml", "./content/", "a/../content"]
)
def test_a_plan_may_be_named_by_folder_by_file_or_by_what_holds_it(tmp_path, named):
    _touch(tmp_path / "content/plan.yaml", tmp_path / "a/x")
    found = find_plan(named, {}, tmp_path)
    assert (found.folder, found.kind, found.file) == (tmp_path / "content", "content", None)


def test_names_with_spaces_and_foreign_letters(tmp_path):
    _touch(tmp_path / "mein plan – 計画/plan.yaml")
    assert find_plan("mein plan – 計画", {}, tmp_path).folder.name == "mein plan – 計画"


def test_a_folder_with_items_but_without_plan_file_counts_as_a_plan(tmp_path):
    _touch(tmp_path / "plans/requirements/A-1.md")
    assert find_plan("plans", {}, tmp_path).kind == PlanKind.CONTENT


def test_a_planning_folder_and_a_folder_with_a_roadmap_are_foreign_plans(tmp_path):
    (tmp_path / "x/.planning").mkdir(parents=True)
    _touch(tmp_path / "other/ROADMAP.md")
    assert find_plan("x/.planning", {}, tmp_path).kind == PlanKind.GSD
    assert find_plan("x", {}, tmp_path).folder == tmp_path / "x/.planning"
    found = find_plan("other", {}, tmp_path)
    assert (found.folder, found.kind, found.file) == (tmp_path / "other", PlanKind.GSD, None)


def test_a_roadmap_file_is_a_plan_of_its_own(tmp_path):
    _touch(tmp_path / "other/ROADMAP.md")
    found = find_plan("other/ROADMAP.md", {}, tmp_path)
    assert found.kind == PlanKind.GSD
    assert found.folder == tmp_path / "other"
    assert found.file == tmp_path / "other/ROADMAP.md"


def test_own_files_come_before_a_roadmap_beside_them(tmp_path):
    _touch(tmp_path / "a/ROADMAP.md", tmp_path / "a/plan.yaml")
    _touch(tmp_path / "b/ROADMAP.md", tmp_path / "b/content/plan.yaml")
    assert find_plan("a", {}, tmp_path).kind == PlanKind.CONTENT
    assert find_plan("b", {}, tmp_path).folder == tmp_path / "b/content"


def test_a_bare_repository_can_be_named(tmp_path):
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "plan.git"], check=True)
    assert find_plan("plan.git", {}, tmp_path).folder == tmp_path / "plan.git"


def test_no_plan_says_what_was_looked_for_and_how_to_start(tmp_path):
    with pytest.raises(UsageError) as refused:
        find_plan(None, {}, tmp_path)
    assert "content/plan.yaml" in refused.value.message
    assert str(tmp_path) in refused.value.message
    assert "title:" in refused.value.hint
    assert refused.value.exit_code == 2


def test_a_planning_folder_upwards_is_offered(tmp_path):
    (tmp_path / ".planning").mkdir()
    (tmp_path / "src").mkdir()
    with pytest.raises(UsageError) as refused:
        find_plan(None, {}, tmp_path / "src")
    assert f"--plan {tmp_path / '.planning'}" in refused.value.hint


_NO_PLANS = ["missing", "empty", "file.txt", "a\0b", "x" * 5000]


@pytest.mark.parametrize(
    ("how", "named"),
    [("option", ""), *(("option", name) for name in _NO_PLANS), *(("env", n) for n in _NO_PLANS)],
)
def test_what_is_no_plan_is_refused_with_its_name(tmp_path, how, named):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("x")
    explicit, environ = (named, {}) if how == "option" else (None, {VARIABLE: named})
    with pytest.raises(UsageError) as refused:
        find_plan(explicit, environ, tmp_path)
    what = "--plan" if how == "option" else VARIABLE
    assert refused.value.message.startswith(what)


def test_a_folder_that_may_not_be_seen_is_no_plan(closed_folder):
    _touch(closed_folder / "content/plan.yaml")
    closed_folder.chmod(0)
    with pytest.raises(UsageError):
        find_plan("closed/content", {}, closed_folder.parent)
