"""Reading any revision, in one pass."""

import os

import pytest

from planner.errors import RevisionError, StoreError
from planner.store import revision as revision_module
from planner.store.folder import open_plan_folder
from planner.store.revision import read_revision
from planner.store.snapshot import MAX_FILE_SIZE
from planner.store.versions import read_versions
from planner.store.worktree import read_worktree


def _rules(snapshot):
    return {problem.path: problem.rule for problem in snapshot.problems}


def _tree(repository, *entries: bytes) -> str:
    """A commit of a tree made by hand, which `git add` would not make."""
    tree = repository.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally",
                          feed=b"".join(entries))  # fmt: skip
    commit = repository.git("commit-tree", tree, "-m", "by hand")
    repository.git("update-ref", "refs/heads/hand", commit)
    return commit


def test_a_revision_is_read_as_it_was(sandbox):
    first = sandbox.commit(
        "one", {"content/plan.yaml": "title: One\n", "content/phases/a.md": "a\n"}
    )
    sandbox.git("tag", "v1.0")
    sandbox.commit("two", {"content/plan.yaml": "title: Two\n", "outside.md": "x"})
    folder = open_plan_folder(sandbox.path / "content")
    snapshot = read_revision(folder, "v1.0")
    assert {path: row.data for path, row in snapshot.files.items()} == {
        "phases/a.md": b"a\n",
        "plan.yaml": b"title: One\n",
    }
    assert snapshot.commit == first
    assert all(row.stamp is None for row in snapshot.files.values())
    assert read_revision(folder, "HEAD").files["plan.yaml"].data == b"title: Two\n"


@pytest.mark.parametrize("inside", ["", "docs/mein plan/計画/", "-n/", "a[b]*/", "x:y/"])
def test_a_revision_equals_the_working_tree_it_was_made_from(sandbox, inside):
    names = [
        "plan.yaml",
        "-x.md",
        "a b.md",
        'q"uote.md',
        "new\nline.md",
        "tab\t.md",
        "é/ü.md",
        "*.md",
    ]
    files = {f"{inside}{name}": f"{name}\0\r\n" for name in names}
    sandbox.commit("one", {**files, f"{inside}.gitattributes": "*.md text eol=lf -diff\n"})
    sandbox.write(files)
    folder = open_plan_folder(sandbox.path / inside)
    revision, files_now = read_revision(folder, "HEAD"), read_worktree(folder)
    assert sorted(revision.files) == sorted(names)
    assert list(revision.files) == list(files_now.files)
    # Line ends are converted on the way into the commit; nothing else is.
    for path, row in files_now.files.items():
        assert revision.files[path].data == row.data.replace(b"\r\n", b"\n") or (
            revision.files[path].data == row.data
        )


def test_known_blobs_are_not_fetched(sandbox):
    sandbox.commit("one", {"a.md": "same\n", "b.md": "same\n", "c.md": "other\n"})
    folder = open_plan_folder(sandbox.path)
    full = read_revision(folder, "HEAD")
    known = {("a.md", full.files["a.md"].blob), ("c.md", "0" * 40)}
    again = read_revision(folder, "HEAD", known)
    assert again.files["a.md"].data is None
    assert again.files["a.md"].blob == full.files["a.md"].blob
    assert again.files["b.md"].data == b"same\n"  # the same bytes, but another item
    assert again.files["c.md"].data == b"other\n"


def test_a_revision_without_git_or_without_commits_or_without_the_folder(sandbox, tmp_path):
    (tmp_path / "plain").mkdir()
    with pytest.raises(StoreError, match="no history to read 'v1'"):
        read_revision(open_plan_folder(tmp_path / "plain"), "v1")
    sandbox.write({"content/plan.yaml": "x"})
    folder = open_plan_folder(sandbox.path / "content")
    with pytest.raises(RevisionError, match="no commits yet"):
        read_revision(folder, "HEAD")
    sandbox.git("commit", "--quiet", "--allow-empty", "--message=empty")
    with pytest.raises(RevisionError, match="no folder content/ at 'HEAD'"):
        read_revision(folder, "HEAD")


def test_a_file_where_the_folder_is_now_is_no_plan(sandbox):
    sandbox.commit("one", {"content": "a file\n"})
    (sandbox.path / "content").unlink()
    sandbox.write({"content/plan.yaml": "x"})
    with pytest.raises(RevisionError, match="no folder content/"):
        read_revision(open_plan_folder(sandbox.path / "content"), "HEAD")


def test_a_bare_repository_can_be_read(sandbox, tmp_path):
    sandbox.commit("one", {"content/plan.yaml": "title: x\n"})
    bare = tmp_path / "bare.git"
    sandbox.git("clone", "--quiet", "--bare", str(sandbox.path), str(bare))
    assert list(read_revision(open_plan_folder(bare), "main").files) == ["plan.yaml"]


def test_a_sha256_repository_can_be_read(new_sandbox, tmp_path):
    repository = new_sandbox(tmp_path / "sha256", "--object-format=sha256")
    repository.commit("one", {"plan.yaml": "title: x\n"})
    folder = open_plan_folder(repository.path)
    row = read_revision(folder, "HEAD").files["plan.yaml"]
    assert row.data == b"title: x\n"
    assert row.blob == read_worktree(folder).files["plan.yaml"].blob


def test_links_and_submodules_are_refused(sandbox, new_sandbox, tmp_path):
    inner = new_sandbox(tmp_path / "inner")
    inner.commit("inner", {"a.md": "x"})
    sandbox.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "sub"
    )
    (sandbox.path / "link.md").symlink_to("/etc/passwd")
    sandbox.commit("one", {"plan.yaml": "title: x\n"})
    snapshot = read_revision(open_plan_folder(sandbox.path), "HEAD")
    assert list(snapshot.files) == ["plan.yaml"]
    assert _rules(snapshot) == {"link.md": "symlink", "sub": "submodule"}
    folder = open_plan_folder(sandbox.path)
    snapshot = read_revision(folder, "HEAD", select=lambda path: path == "plan.yaml")
    assert (snapshot.others, snapshot.problems) == (("link.md", "sub"), ())


def test_large_files_are_not_fetched(sandbox):
    sandbox.commit("one", {"a.md": "x", "big.md": b"x" * (MAX_FILE_SIZE + 1)})
    snapshot = read_revision(open_plan_folder(sandbox.path), "HEAD")
    assert list(snapshot.files) == ["a.md"]
    assert _rules(snapshot) == {"big.md": "too-large"}


def test_hidden_and_unselected_files_are_left_out(sandbox):
    sandbox.commit("one", {".hidden/a.md": "x", ".x.md": "x", "junk/deep/a.md": "x", "a.md": "x"})
    folder = open_plan_folder(sandbox.path)
    snapshot = read_revision(folder, "HEAD", select=lambda path: not path.startswith("junk"))
    assert list(snapshot.files) == ["a.md"]
    assert snapshot.others == ("junk/",)
    below = read_revision(folder, "HEAD", select=lambda path: path.endswith("/"))
    assert below.others == ("a.md", "junk/deep/a.md")


def test_the_number_of_files_is_bounded(sandbox, monkeypatch):
    monkeypatch.setattr(revision_module, "MAX_FILES", 3)
    sandbox.commit("one", {f"{number}.md": "x" for number in range(6)})
    snapshot = read_revision(open_plan_folder(sandbox.path), "HEAD")
    assert len(snapshot.files) == 3
    assert _rules(snapshot) == {"": "too-many-files"}


def test_names_that_are_not_utf8_are_reported(sandbox):
    blob = bytes.fromhex(sandbox.git("hash-object", "-w", "--stdin", feed=b"x"))
    _tree(sandbox, b"100644 a.md\0" + blob, b"100644 caf\xe9.md\0" + blob)
    snapshot = read_revision(open_plan_folder(sandbox.path), "hand")
    assert list(snapshot.files) == ["a.md"]
    assert _rules(snapshot) == {"caf\\udce9.md": "bad-name"}


@pytest.mark.parametrize("name", [b"..", b".git", b".GIT", b"."])
def test_trees_that_would_lead_outside_are_refused(sandbox, name):
    blob = bytes.fromhex(sandbox.git("hash-object", "-w", "--stdin", feed=b"x"))
    inner = sandbox.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally",
                        feed=b"100644 evil.md\0" + blob)  # fmt: skip
    _tree(sandbox, b"40000 " + name + b"\0" + bytes.fromhex(inner), b"100644 a.md\0" + blob)
    snapshot = read_revision(open_plan_folder(sandbox.path), "hand")
    assert list(snapshot.files) == ["a.md"]
    assert set(_rules(snapshot).values()) == {"outside"}


def test_a_missing_blob_is_an_error_that_names_it(sandbox):
    sandbox.commit("one", {"a.md": "text\n"})
    blob = sandbox.git("rev-parse", "HEAD:a.md")
    path = sandbox.path / ".git/objects" / blob[:2] / blob[2:]
    path.chmod(0o600)
    path.unlink()
    with pytest.raises(StoreError, match=blob):
        read_revision(open_plan_folder(sandbox.path), "HEAD")


def test_a_damaged_blob_is_an_error(sandbox):
    sandbox.commit("one", {"a.md": "text\n" * 100})
    blob = sandbox.git("rev-parse", "HEAD:a.md")
    path = sandbox.path / ".git/objects" / blob[:2] / blob[2:]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-4] + b"junk")
    with pytest.raises(StoreError):
        read_revision(open_plan_folder(sandbox.path), "HEAD")


def test_the_files_of_the_working_tree_do_not_matter(sandbox):
    sandbox.commit("one", {"content/plan.yaml": "title: x\n"})
    folder = open_plan_folder(sandbox.path / "content")
    (sandbox.path / "content/plan.yaml").unlink()
    os.mkfifo(sandbox.path / "content/plan.yaml")
    assert read_revision(folder, "HEAD").files["plan.yaml"].data == b"title: x\n"
    (sandbox.path / "content/plan.yaml").unlink()
    (sandbox.path / "content").rmdir()
    assert list(read_revision(folder, "HEAD").files) == ["plan.yaml"]


# -- single files of several commits ------------------------------------------------------------


def test_versions_of_files_by_commit_and_path(sandbox):
    first = sandbox.commit("one", {"p x/a b.md": "one\n", "p x/notes blob": "x", "p x/é.md": "ü"})
    second = sandbox.commit("two", {"p x/a b.md": "two\n", "p x/big": b"x" * (MAX_FILE_SIZE + 1)})
    folder = open_plan_folder(sandbox.path / "p x")
    wanted = {
        (second, "a b.md"): b"two\n",
        (f"{second}^", "a b.md"): b"one\n",
        (first, "a b.md"): b"one\n",
        (f"{first}^", "a b.md"): None,  # the first commit has no parent
        (second, "missing.md"): None,
        (f"{first}^", "notes blob"): None,  # reads like an answer of git
        (first, "notes blob"): b"x",
        (first, "é.md"): "ü".encode(),
        (first, "a\nb"): None,
        (first, "a\rb"): None,
        (second, "big"): None,
        (second, ""): None,  # the folder itself
    }
    assert read_versions(folder, list(wanted)) == list(wanted.values())
    assert read_versions(folder, []) == []


def test_versions_need_a_repository(tmp_path):
    with pytest.raises(StoreError, match="no git repository"):
        read_versions(open_plan_folder(tmp_path), [("HEAD", "a.md")])
