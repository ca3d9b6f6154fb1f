"""The history of all files in one pass, and its continuation."""

import random
import shutil

import pytest

from planner.errors import RevisionError, StoreError
from planner.store import history as history_module
from planner.store.folder import open_plan_folder
from planner.store.history import read_history, update_history
from planner.store.revision import read_revision


def _told(history, path):
    """Status and subject of each change of a file."""
    return [(row.status, history.commits[row.commit].subject) for row in history.of(path)]


def _subjects(history):
    return [commit.subject for commit in history.commits]


TEXT = "".join(f"line {number}\n" for number in range(20))


def test_each_file_has_its_commits_newest_first(sandbox):
    first = sandbox.commit("one", {"content/a.md": "1\n", "content/b.md": "1\n", "code.py": "x"})
    sandbox.commit("code only", {"code.py": "y"})
    last = sandbox.commit("two", {"content/a.md": "2\n"})
    history = read_history(open_plan_folder(sandbox.path / "content"))
    assert _subjects(history) == ["two", "one"]
    assert [commit.id for commit in history.commits] == [last, first]
    assert history.head == last
    assert _told(history, "a.md") == [("M", "two"), ("A", "one")]
    assert _told(history, "b.md") == [("A", "one")]
    assert history.of("never.md") == ()
    assert (history.missing, history.shallow, history.cut) == ("", False, False)


def test_who_and_when(sandbox):
    sandbox.write({"a.md": "x"})
    sandbox.git("add", "-A")
    author = "--author=Žofie O'Neil 山 <z@example.org>"
    sandbox.git("commit", "--quiet", author, "--message=Über\n\nmore\n")
    (commit,) = read_history(open_plan_folder(sandbox.path)).commits
    assert (commit.author, commit.subject) == ("Žofie O'Neil 山", "Über")
    moment = sandbox.git(
        "show", "--no-patch", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd"
    )
    assert commit.time == moment


def test_renames_are_followed_into_and_out_of_folders(sandbox):
    sandbox.commit("one", {"p x/a.md": TEXT, "outside.md": TEXT + "other\n" * 30})
    sandbox.git("mv", "p x/a.md", "p x/b.md")
    sandbox.commit("rename")
    sandbox.git("mv", "outside.md", "p x/c.md")
    sandbox.commit("into the plan")
    sandbox.commit("edit", {"p x/b.md": TEXT + "end\n"})
    sandbox.git("mv", "p x/b.md", "gone.md")
    sandbox.commit("out of the plan")
    history = read_history(open_plan_folder(sandbox.path / "p x"))
    assert _told(history, "b.md") == [
        ("D", "out of the plan"),
        ("M", "edit"),
        ("R", "rename"),
        ("A", "one"),
    ]
    assert history.of("b.md")[2].old_path == "a.md"
    assert _told(history, "c.md") == [("A", "into the plan")]


def test_a_change_of_mode_or_type_is_a_change(sandbox):
    sandbox.commit("one", {"a.md": "x\n", "b.md": "y\n"})
    (sandbox.path / "a.md").chmod(0o755)
    (sandbox.path / "b.md").unlink()
    (sandbox.path / "b.md").symlink_to("a.md")
    sandbox.commit("two")
    history = read_history(open_plan_folder(sandbox.path))
    assert _told(history, "a.md") == [("M", "two"), ("A", "one")]
    assert _told(history, "b.md") == [("T", "two"), ("A", "one")]


@pytest.mark.parametrize("inside", ["", "docs/mein plan/計画/", "-n/", "a[b]*/", ":(top)x/"])
def test_odd_names_of_folders_and_files(sandbox, inside):
    names = ["-x.md", 'q"uo\\te.md', "\nnew\nline.md", "tab\t.md", "é/ü 漢.md", "M", "*", ":x"]
    sandbox.commit("one", {f"{inside}{name}": f"{name}" * 9 for name in names})
    sandbox.commit("empty")
    sandbox.commit("two", {f"{inside}{name}": f"{name}" * 9 + "!" for name in names})
    history = read_history(open_plan_folder(sandbox.path / inside))
    assert sorted(history.files) == sorted(names)
    for name in names:
        assert _told(history, name) == [("M", "two"), ("A", "one")]


def test_subjects_cannot_deceive(sandbox):
    subjects = ["\x1b[31mred", "M\x01a.md", "right\u202eleft", "全角　空白", "x" * 5000]
    for number, subject in enumerate(subjects):
        sandbox.commit(subject, {"a.md": f"{number}\n"})
    sandbox.write({"a.md": "latin\n"})
    sandbox.git("add", "-A")
    sandbox.git(
        "-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "-F", "-", feed=b"caf\xe9\n"
    )
    told = _subjects(read_history(open_plan_folder(sandbox.path)))[::-1]
    assert told[:4] == ["\ufffd[31mred", "M\ufffda.md", "right\ufffdleft", "全角　空白"]
    assert len(told[4]) == 300
    assert told[5] == "café"


def test_commits_without_subject_or_with_an_impossible_time(sandbox):
    sandbox.write({"a.md": "x\n"})
    sandbox.git("add", "-A")
    sandbox.git("commit", "--quiet", "--allow-empty-message", "--message=")
    tree = sandbox.git("rev-parse", "HEAD^{tree}")
    for moment in (b"99999999999999", b"-5", b"junk"):
        raw = f"tree {tree}\nauthor  <> 0 +0000\ncommitter  <> ".encode() + moment + b" +0000\n\n"
        raw = raw.replace(b"\n\n", b"\n\nx\n")
        commit = sandbox.git(
            "hash-object", "-t", "commit", "-w", "--stdin", "--literally", feed=raw
        )
        sandbox.git("update-ref", "refs/heads/main", commit)
        (commit_read,) = read_history(open_plan_folder(sandbox.path)).commits
        assert len(commit_read.time) >= 20
        assert commit_read.time.endswith("Z")
        assert commit_read.subject == "x"


def test_merges_list_each_change_once_and_what_was_changed_in_merging(sandbox):
    sandbox.commit("base", {"p/a.md": TEXT, "p/b.md": "b\n", "p/c.md": "c\n"})
    sandbox.git("checkout", "--quiet", "-b", "side")
    sandbox.commit("side edit", {"p/a.md": TEXT + "side\n", "p/b.md": "side\n"})
    sandbox.git("checkout", "--quiet", "main")
    sandbox.commit("main edit", {"p/a.md": TEXT + "main\n", "p/c.md": "main\n"})
    assert sandbox.run("merge", "side").returncode == 1
    sandbox.commit("merge", {"p/a.md": TEXT + "both\n"})
    history = read_history(open_plan_folder(sandbox.path / "p"))
    assert _told(history, "a.md") == [
        ("M", "merge"),
        ("M", "main edit"),
        ("M", "side edit"),
        ("A", "base"),
    ]
    assert _told(history, "b.md") == [("M", "side edit"), ("A", "base")]
    assert _told(history, "c.md") == [("M", "main edit"), ("A", "base")]


def test_an_edit_under_the_former_name_on_another_branch_is_kept(sandbox):
    sandbox.commit("base", {"a.md": TEXT})
    sandbox.git("checkout", "--quiet", "-b", "side")
    sandbox.git("checkout", "--quiet", "main")
    sandbox.git("mv", "a.md", "b.md")
    sandbox.commit("rename")
    sandbox.git("checkout", "--quiet", "side")
    sandbox.commit("edit", {"a.md": "first\n" + TEXT})
    sandbox.git("checkout", "--quiet", "main")
    sandbox.git("merge", "--quiet", "--no-edit", "side")
    history = read_history(open_plan_folder(sandbox.path))
    assert _told(history, "b.md") == [
        ("M", "Merge branch 'side'"),  # the text of one side under the name of the other
        ("M", "edit"),
        ("R", "rename"),
        ("A", "base"),
    ]


def test_without_repository_or_commits_the_history_says_why(sandbox, tmp_path):
    (tmp_path / "plain").mkdir()
    plain = read_history(open_plan_folder(tmp_path / "plain"))
    assert plain.commits == ()
    assert "no git repository" in plain.missing
    folder = open_plan_folder(sandbox.path)
    empty = read_history(folder)
    assert empty.missing == "the repository has no commits yet"
    assert update_history(empty, folder) == empty
    sandbox.commit("one", {"a.md": "x"})
    assert _subjects(update_history(empty, folder)) == ["one"]
    with pytest.raises(RevisionError):
        read_history(folder, "nowhere")


def test_history_up_to_a_revision(sandbox):
    sandbox.commit("one", {"a.md": "1\n"})
    sandbox.git("tag", "v1")
    sandbox.commit("two", {"a.md": "2\n"})
    assert _subjects(read_history(open_plan_folder(sandbox.path), "v1")) == ["one"]


def test_a_shallow_clone_says_so_and_claims_nothing_about_its_end(sandbox, tmp_path):
    for number in range(5):
        sandbox.commit(f"commit {number}", {"a.md": f"{number}\n", "b.md": "b\n"})
    shallow = tmp_path / "shallow"
    sandbox.git("clone", "--quiet", "--depth=3", f"file://{sandbox.path}", str(shallow))
    folder = open_plan_folder(shallow)
    history = read_history(folder)
    assert history.shallow
    assert _subjects(history) == ["commit 4", "commit 3"]
    assert _told(history, "a.md") == [("M", "commit 4"), ("M", "commit 3")]
    assert history.of("b.md") == ()
    # When the rest is fetched, the history is read again although the head is the same.
    sandbox.git("-C", str(shallow), "fetch", "--quiet", "--unshallow")
    whole = update_history(history, folder)
    assert not whole.shallow
    assert whole == read_history(folder)
    assert len(whole.commits) == 5


def test_a_bare_and_a_sha256_repository(new_sandbox, tmp_path):
    repository = new_sandbox(tmp_path / "sha256", "--object-format=sha256")
    repository.commit("one", {"content/plan.yaml": "title: x\n"})
    repository.commit("two", {"content/plan.yaml": "title: y\n"})
    bare = tmp_path / "bare.git"
    repository.git("clone", "--quiet", "--bare", str(repository.path), str(bare))
    for folder in (open_plan_folder(repository.path / "content"), open_plan_folder(bare)):
        history = read_history(folder)
        assert _told(history, "plan.yaml") == [("M", "two"), ("A", "one")]
        assert len(history.head) == 64


def test_at_most_so_many_commits_are_read(sandbox):
    for number in range(6):
        sandbox.commit(f"{number}", {"a.md": f"{number}\n"})
        sandbox.commit("elsewhere", {".hidden": f"{number}\n"} if number % 2 else None)
    folder = open_plan_folder(sandbox.path)
    history = read_history(folder, limit=4)
    assert history.cut
    assert len(history.commits) == 4
    assert not read_history(folder, limit=100).cut
    full = read_history(folder)
    assert not read_history(folder, limit=len(full.commits)).cut


def test_the_files_of_the_working_tree_do_not_matter(sandbox):
    sandbox.commit("one", {"content/a.md": "x"})
    folder = open_plan_folder(sandbox.path / "content")
    shutil.rmtree(sandbox.path / "content")
    assert _subjects(read_history(folder)) == ["one"]


def test_output_that_breaks_off_is_an_error():
    header = b"\0" + b"a" * 40 + b"\0" + b"t1\0an\0ss\0\0"
    for output in (header + b"M", header + b"M\0", b"\0" + b"a" * 40 + b"\0"):
        with pytest.raises(StoreError, match="in the middle"):
            list(history_module._commits(history_module._tokens([output]), b""))


def test_output_may_come_in_pieces_of_any_size():
    output = b"\0" + b"a" * 40 + b"\0" + b"t1\0an\0ss\0\0\nR100\0old\0new\0M\0x\0"
    whole = list(history_module._commits(history_module._tokens([output]), b""))
    pieces = [output[index : index + 1] for index in range(len(output))]
    assert list(history_module._commits(history_module._tokens(pieces), b"")) == whole
    assert [row.status for row in whole[0][1]] == ["R", "M"]


# -- continuing ---------------------------------------------------------------------------------


def test_new_commits_alone_are_read(sandbox, monkeypatch):
    sandbox.commit("one", {"a.md": TEXT})
    folder = open_plan_folder(sandbox.path)
    old = read_history(folder)
    assert update_history(old, folder) is old
    sandbox.git("mv", "a.md", "b.md")
    sandbox.commit("two")
    sandbox.commit("three", {"b.md": TEXT + "x\n"})
    full = read_history(folder)
    monkeypatch.setattr(history_module, "_whole", None)  # reading it all again would fail
    assert update_history(old, folder) == full
    assert _told(full, "b.md") == [("M", "three"), ("R", "two"), ("A", "one")]


def test_a_rewritten_branch_is_read_again(sandbox):
    sandbox.commit("one", {"a.md": "1\n"})
    sandbox.commit("two", {"a.md": "2\n"})
    folder = open_plan_folder(sandbox.path)
    old = read_history(folder)
    sandbox.git("reset", "--quiet", "--hard", "HEAD~1")
    assert _subjects(update_history(old, folder)) == ["one"]
    sandbox.commit("other", {"a.md": "3\n"})
    sandbox.git("reflog", "expire", "--expire=now", "--all")
    sandbox.git("gc", "--quiet", "--prune=now")  # the former head is gone altogether
    assert _subjects(update_history(old, folder)) == ["other", "one"]


def test_a_merge_that_brings_older_commits_puts_them_in_their_place(sandbox):
    sandbox.commit("base", {"a.md": "a\n", "b.md": "b\n"})
    sandbox.git("checkout", "--quiet", "-b", "side")
    sandbox.commit("on the side", {"b.md": "side\n"})
    sandbox.git("checkout", "--quiet", "main")
    sandbox.commit("later on main", {"a.md": "main\n"})
    folder = open_plan_folder(sandbox.path)
    old = read_history(folder)
    sandbox.git("merge", "--quiet", "--no-edit", "side")
    history = update_history(old, folder)
    assert history == read_history(folder)
    assert _subjects(history) == ["later on main", "on the side", "base"]


def test_more_new_commits_than_are_followed_are_read_again(sandbox, monkeypatch):
    monkeypatch.setattr(history_module, "_NEW_COMMITS", 2)
    sandbox.commit("one", {"a.md": "1\n"})
    folder = open_plan_folder(sandbox.path)
    old = read_history(folder)
    for number in range(4):
        sandbox.commit(f"{number}", {"a.md": f"{number} new\n"})
    assert update_history(old, folder) == read_history(folder)


@pytest.mark.parametrize("limit", [1, 3, 5, 6, 7, 100])
def test_continuing_with_a_limit_gives_the_same(sandbox, limit):
    (sandbox.path / "plan").mkdir()
    folder = open_plan_folder(sandbox.path / "plan")
    history = read_history(folder, limit=limit)
    for number in range(7):
        name = "plan/a.md" if number % 3 else "beside.txt"
        sandbox.commit(f"{number}", {name: f"{number}\n"})
        history = update_history(history, folder, limit=limit)
        assert history == read_history(folder, limit=limit)


def _random_commit(sandbox, chance: random.Random, number: int) -> None:
    """Edit, add, delete, rename (also swap) some files of the plan, or something beside it."""
    plan = sandbox.path / "content"
    plan.mkdir(exist_ok=True)
    for _ in range(chance.randrange(1, 4)):
        files = sorted(path.name for path in plan.iterdir())
        action = chance.choice(["add", "edit", "edit", "rename", "delete", "swap", "beside"])
        if action == "add" or not files:
            name = f"{chance.choice('abcdef')}.md"
            sandbox.write({f"content/{name}": f"{name} {number}\n" + TEXT * chance.randrange(1, 3)})
        elif action == "edit":
            name = chance.choice(files)
            (plan / name).write_text((plan / name).read_text() + f"{number}\n")
        elif action == "rename":
            (plan / chance.choice(files)).rename(plan / f"{chance.choice('abcdef')}.md")
        elif action == "swap":
            one, two = chance.choice(files), chance.choice(files)
            (plan / one).rename(plan / "x")
            if one != two:
                (plan / two).rename(plan / one)
            (plan / "x").rename(plan / two)
        elif action == "delete":
            (plan / chance.choice(files)).unlink()
        else:
            sandbox.write({"beside.txt": f"{number}\n"})
    sandbox.commit(f"commit {number}")


@pytest.mark.parametrize("seed", range(4))
def test_a_continued_history_equals_one_read_in_full(sandbox, seed):
    """Random edits, renames, branches, merges and resets; after each, both ways agree."""
    chance = random.Random(seed)
    _random_commit(sandbox, chance, 0)
    (sandbox.path / "content").mkdir(exist_ok=True)
    folder = open_plan_folder(sandbox.path / "content")
    kept = read_history(folder)
    for number in range(1, 14):
        what = chance.random()
        if what < 0.15:
            sandbox.git("checkout", "--quiet", "-b", f"side{number}", "HEAD~1") if (
                sandbox.run("rev-parse", "HEAD~1").returncode == 0
            ) else None
            _random_commit(sandbox, chance, number)
            sandbox.git("checkout", "--quiet", "main")
            _random_commit(sandbox, chance, number + 100)
            if sandbox.run("rev-parse", f"side{number}").returncode == 0:
                sandbox.run("merge", "--no-edit", f"side{number}")
                sandbox.commit(f"merged {number}")
        elif what < 0.25 and sandbox.run("rev-parse", "HEAD~1").returncode == 0:
            sandbox.git("reset", "--quiet", "--hard", "HEAD~1")
        else:
            for step in range(chance.randrange(1, 4)):
                _random_commit(sandbox, chance, number * 1000 + step)
        kept = update_history(kept, folder)
        assert kept == read_history(folder)
    present = read_revision(folder, "HEAD").files if (sandbox.path / "content").exists() else {}
    for path in present:
        assert kept.of(path), path
