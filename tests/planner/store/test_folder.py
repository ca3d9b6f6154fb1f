"""Where a plan folder lies in its repository, and how the repository stands."""

import os
import subprocess

import pytest

from planner.errors import RevisionError, StoreError
from planner.store.folder import (
    open_plan_folder,
    operation_of,
    repository_state,
    resolve_revision,
)

PLAN = {"plan.yaml": "title: x\n"}


def test_a_plain_folder_says_why_it_has_no_history(tmp_path):
    folder = open_plan_folder(tmp_path)
    assert folder.repository is None
    assert folder.no_git == "the plan folder is in no git repository"
    assert repository_state(folder).head == ""


def test_without_git_every_folder_is_plain(sandbox):
    sandbox.commit("one", PLAN)
    folder = open_plan_folder(sandbox.path, environ={"PATH": "/nonexistent"})
    assert folder.repository is None
    assert folder.no_git == "git is not installed"


@pytest.mark.parametrize("inside", ["", "content", "docs/mein plan/計画", "-n", "a[b]*", ":(top)x"])
def test_the_prefix_is_the_path_inside_the_repository(sandbox, inside):
    path = sandbox.path / inside
    path.mkdir(parents=True, exist_ok=True)
    folder = open_plan_folder(path)
    assert folder.prefix == (f"{inside}/" if inside else "")
    assert folder.repository is not None
    assert folder.repository.root == sandbox.path
    assert folder.repository.object_format == "sha1"
    assert not folder.repository.bare
    assert not folder.repository.shallow


def test_a_plan_folder_that_is_a_link_is_opened_where_it_leads(sandbox, tmp_path):
    sandbox.commit("one", {"content/plan.yaml": "title: x\n"})
    link = tmp_path / "link"
    link.symlink_to(sandbox.path / "content")
    folder = open_plan_folder(link)
    assert folder.folder == sandbox.path / "content"
    assert folder.prefix == "content/"


def test_a_repository_without_commits_has_no_head(sandbox):
    sandbox.write(PLAN)
    folder = open_plan_folder(sandbox.path)
    state = repository_state(folder)
    assert (state.head, state.branch, state.operation) == ("", "main", "")
    assert folder.repository is not None
    with pytest.raises(RevisionError, match="no commits yet"):
        resolve_revision(folder.repository, "HEAD")


def test_a_detached_head_has_a_commit_and_no_branch(sandbox):
    first = sandbox.commit("one", PLAN)
    sandbox.commit("two")
    sandbox.git("checkout", "--quiet", "--detach", first)
    state = repository_state(open_plan_folder(sandbox.path))
    assert (state.head, state.branch) == (first, "")


def test_another_work_tree_has_its_own_head(sandbox, tmp_path):
    sandbox.commit("one", {"docs/plan.yaml": "title: x\n"})
    second = tmp_path / "second tree"
    sandbox.git("worktree", "add", "--quiet", "-b", "side", str(second))
    folder = open_plan_folder(second / "docs")
    assert folder.prefix == "docs/"
    assert folder.repository is not None
    assert folder.repository.root == second
    assert folder.repository.common_dir == sandbox.path / ".git"
    assert repository_state(folder).branch == "side"


def test_a_plan_inside_a_submodule_belongs_to_the_submodule(sandbox, new_sandbox, tmp_path):
    inner = new_sandbox(tmp_path / "inner")
    inner.commit("inner", {"plan.yaml": "title: inner\n"})
    sandbox.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "sub"
    )
    folder = open_plan_folder(sandbox.path / "sub")
    assert folder.prefix == ""
    assert folder.repository is not None
    assert folder.repository.root == sandbox.path / "sub"


@pytest.mark.parametrize(
    ("files", "prefix"), [("content/plan.yaml", "content/"), ("plan.yaml", "")]
)
def test_in_a_bare_repository_the_plan_is_looked_for_in_the_tree(sandbox, tmp_path, files, prefix):
    sandbox.commit("one", {files: "title: x\n"})
    bare = tmp_path / "bare.git"
    sandbox.git("clone", "--quiet", "--bare", str(sandbox.path), str(bare))
    folder = open_plan_folder(bare)
    assert folder.repository is not None
    assert folder.repository.bare
    assert folder.prefix == prefix
    assert open_plan_folder(bare, prefix="docs/plan").prefix == "docs/plan/"


def test_an_empty_bare_repository_opens(new_sandbox, tmp_path):
    bare = new_sandbox(tmp_path / "bare.git", "--bare")
    folder = open_plan_folder(bare.path)
    assert folder.prefix == ""
    assert repository_state(folder).head == ""


def test_a_folder_inside_the_data_of_a_repository_is_plain(sandbox):
    folder = open_plan_folder(sandbox.path / ".git" / "refs")
    assert folder.repository is None
    assert "inside the data" in folder.no_git


def test_sha256_repositories(new_sandbox, tmp_path):
    repository = new_sandbox(tmp_path / "sha256", "--object-format=sha256")
    commit = repository.commit("one", PLAN)
    folder = open_plan_folder(repository.path)
    assert folder.repository is not None
    assert folder.repository.object_format == "sha256"
    assert len(repository_state(folder).head) == 64
    assert resolve_revision(folder.repository, "HEAD") == commit


def test_a_shallow_clone_is_known(sandbox, tmp_path):
    sandbox.commit("one", PLAN)
    sandbox.commit("two")
    sandbox.git(
        "clone", "--quiet", "--depth=1", f"file://{sandbox.path}", str(tmp_path / "shallow")
    )
    folder = open_plan_folder(tmp_path / "shallow")
    assert folder.repository is not None
    assert folder.repository.shallow
    with pytest.raises(RevisionError) as refused:
        resolve_revision(folder.repository, "HEAD~1")
    assert "shallow" in refused.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_repository_of_another_user_is_refused_with_the_way_out(sandbox, monkeypatch, tmp_path):
    sandbox.commit("one", {"it's/plan.yaml": "title: x\n"})
    subprocess.run(["chown", "-R", "12345:12345", str(sandbox.path)], check=True)
    with pytest.raises(StoreError) as refused:
        open_plan_folder(sandbox.path / "it's")
    assert "another user" in refused.value.message
    hint = f"git config --global --add safe.directory '{sandbox.path}'"
    assert refused.value.hint.endswith(hint)

    # Either way of trusting it works: the user's configuration, and the environment.
    settings = tmp_path / "gitconfig"
    settings.write_text(f"[safe]\n\tdirectory = {sandbox.path}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert open_plan_folder(sandbox.path / "it's").prefix == "it's/"
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    assert open_plan_folder(sandbox.path / "it's").repository is not None


def test_revisions_by_tag_branch_id_and_relation(sandbox):
    first = sandbox.commit("one", PLAN)
    sandbox.git("tag", "--annotate", "--message=release", "v1.0")
    second = sandbox.commit("two")
    repository = open_plan_folder(sandbox.path).repository
    assert repository is not None
    for name in ("v1.0", "HEAD~1", first, first[:10], "main^"):
        assert resolve_revision(repository, name) == first
    for name in ("main", "HEAD", "@"):
        assert resolve_revision(repository, name) == second


@pytest.mark.parametrize(
    "name", ["", "nowhere", "-p", "--all", "^HEAD", "HEAD..main", "a\0b", "HEAD:plan.yaml", "a\nb"]
)
def test_what_names_no_commit_is_refused(sandbox, name):
    sandbox.commit("one", PLAN)
    repository = open_plan_folder(sandbox.path).repository
    assert repository is not None
    with pytest.raises(RevisionError) as refused:
        resolve_revision(repository, name)
    assert repr(name) in refused.value.message
    assert refused.value.hint


def test_a_merge_in_progress_and_its_unmerged_files(sandbox):
    sandbox.commit("base", {"docs/a.md": "a\n", "docs/ü b.md": "b\n", "other": "o\n"})
    sandbox.git("checkout", "--quiet", "-b", "side")
    sandbox.commit("side", {"docs/a.md": "side\n", "docs/ü b.md": "side\n", "other": "s\n"})
    sandbox.git("checkout", "--quiet", "main")
    sandbox.commit("main", {"docs/a.md": "main\n", "docs/ü b.md": "main\n", "other": "m\n"})
    assert sandbox.run("merge", "side").returncode == 1
    state = repository_state(open_plan_folder(sandbox.path / "docs"))
    assert state.operation == "merge"
    assert state.unmerged == ("a.md", "ü b.md")


@pytest.mark.parametrize("operation", ["rebase", "cherry-pick", "revert"])
def test_other_operations_in_progress(sandbox, operation):
    sandbox.commit("base", {"a.md": "a\n"})
    sandbox.git("checkout", "--quiet", "-b", "side")
    side = sandbox.commit("side", {"a.md": "side\n"})
    sandbox.git("checkout", "--quiet", "main")
    sandbox.commit("main", {"a.md": "main\n"})
    repository = open_plan_folder(sandbox.path).repository
    assert repository is not None
    assert operation_of(repository) == ""
    assert sandbox.run(operation, side).returncode != 0
    assert operation_of(repository) == operation


def test_what_is_no_folder_is_refused(tmp_path):
    with pytest.raises(StoreError, match="cannot be read"):
        open_plan_folder(tmp_path / "missing")
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="not a folder"):
        open_plan_folder(tmp_path / "file")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(StoreError, match="cannot be read"):
        open_plan_folder(tmp_path / "loop")


def test_a_work_tree_elsewhere_is_refused(sandbox, tmp_path):
    sandbox.commit("one", PLAN)
    (tmp_path / "elsewhere").mkdir()
    sandbox.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    with pytest.raises(StoreError, match=r"is elsewhere, at .*/elsewhere"):
        open_plan_folder(sandbox.path)


def test_a_line_break_in_the_path_of_the_repository_is_named(new_sandbox, tmp_path):
    repository = new_sandbox(tmp_path / "a\nb")
    with pytest.raises(StoreError, match="line break"):
        open_plan_folder(repository.path)


def test_a_damaged_repository_is_an_error_with_gits_message(sandbox):
    sandbox.commit("one", PLAN)
    (sandbox.path / ".git" / "config").write_text("[core\n")
    with pytest.raises(StoreError, match="config"):
        open_plan_folder(sandbox.path)
