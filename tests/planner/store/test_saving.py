"""The write door: a commit, an index and a work tree that always agree, whatever comes between."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planner.errors import BusyError, DirtyError, MovedError, OutsideError, StoreError, UsageError
from planner.store.commits import Person, Signature
from planner.store.folder import open_plan_folder
from planner.store.refs import tip_of
from planner.store.saving import Written, open_writer

Sandbox = Any
ADA = Person("Ada Lovelace", "ada@example.org")
SERVICE = Person("Planner", "planner@example.org")
BY = Signature(ADA, SERVICE, "Change A-1\n\nBecause.", (("Assisted-by", "model-1"),))
A1 = "requirements/A-1.md"
PLAN = {
    "README.md": "read me\n",
    "content/plan.yaml": "title: T\n",
    f"content/{A1}": "---\n---\n\nOne.\n",
    "content/requirements/A-2.md": "---\n---\n\nTwo.\n",
}
POINTS = (
    "objects", "ticket", "locked", "checked", "noted", "beside", "indexed", "prepared", "moved",
    "file", "published",
)  # fmt: skip


@pytest.fixture
def plan(sandbox: Sandbox) -> Sandbox:
    """A plan in the subfolder `content` of a repository."""
    sandbox.commit("first", PLAN)
    return sandbox


def save(
    box: Sandbox,
    files: dict[str, bytes | None],
    *,
    branch: str = "main",
    at: Callable[[str], None] = lambda point: None,
    signature: Signature = BY,
    new: bool = False,
    folder: str = "content",
) -> Written:
    where = open_plan_folder(box.path / folder)
    assert where.repository is not None
    with open_writer(where, observe=at) as writer:
        base = tip_of(where.repository, "main" if new else branch)
        return writer.commit(branch, base, files, signature, new=new)


def clean(box: Sandbox) -> bool:
    assert not list((box.path / ".git").glob("agented-*"))
    assert not list((box.path / ".git/agented").glob("*.json"))
    assert not (box.path / ".git/index.lock").exists()
    return box.git("status", "--porcelain", "--untracked-files=all") == ""


def test_a_save_is_one_commit_with_files_and_index_in_step(plan: Sandbox) -> None:
    """Author, committer, message, trailers; the tree differs in that file alone."""
    written = save(plan, {A1: b"new\n"})
    assert plan.git("rev-parse", "main") == written.commit
    assert written.files == (A1,)
    assert plan.git("show", "--format=%an %ae|%cn|%B", "--name-status").split("\n") == [
        "Ada Lovelace ada@example.org|Planner|Change A-1",
        "",
        "Because.",
        "",
        "Assisted-by: model-1",
        "",
        "",
        f"M\tcontent/{A1}",
    ]
    assert (plan.path / "content" / A1).read_bytes() == b"new\n"
    assert clean(plan)
    plan.git("fsck", "--strict")


def test_files_come_and_go_with_their_folders(plan: Sandbox) -> None:
    """A new folder is made; one that gets empty goes, as with git."""
    save(plan, {"phases/x.md": b"x\n", A1: None, "requirements/A-2.md": None})
    assert (plan.path / "content/phases/x.md").read_text() == "x\n"
    assert not (plan.path / "content/requirements").exists()
    assert clean(plan)
    plan.git("fsck", "--strict")


def test_what_is_so_already_makes_no_commit(plan: Sandbox) -> None:
    """Saving twice is saving once."""
    assert save(plan, {A1: PLAN[f"content/{A1}"].encode(), "phases/none.md": None}).commit == ""


@pytest.mark.parametrize("form", ["sha1", "sha256"])
@pytest.mark.parametrize("bare", [True, False])
def test_every_kind_of_repository(
    new_sandbox: Callable[..., Sandbox], tmp_path: Path, form: str, bare: bool
) -> None:
    """A bare one has no files to keep in step; ids may be longer."""
    box = new_sandbox(tmp_path / "r", f"--object-format={form}")
    box.commit("first", PLAN)
    if bare:
        box.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
        box.path = tmp_path / "bare.git"
    save(box, {A1: b"new\n"}, folder="." if bare else "content")
    assert box.git("show", f"main:content/{A1}") == "new"
    box.git("fsck", "--strict")


def test_another_branch_moves_alone(plan: Sandbox) -> None:
    """A proposal leaves the work tree as it is."""
    written = save(plan, {A1: b"new\n"}, branch="plan/better", new=True)
    assert plan.git("rev-parse", "plan/better") == written.commit
    assert plan.git("rev-parse", "plan/better^") == plan.git("rev-parse", "main")
    assert (plan.path / "content" / A1).read_text() == PLAN[f"content/{A1}"]
    assert clean(plan)
    with pytest.raises(MovedError):
        save(plan, {A1: b"newer\n"}, branch="plan/better", new=True)


def test_what_a_person_staged_or_changed_elsewhere_stays(plan: Sandbox) -> None:
    """The person's next commit holds their change, and does not revert the save."""
    plan.write({"README.md": "staged\n", "content/requirements/A-2.md": "dirty\n", "u.txt": "u"})
    plan.git("add", "README.md")
    save(plan, {A1: b"new\n"})
    assert plan.git("status", "--porcelain").split("\n") == [
        "M  README.md",
        " M content/requirements/A-2.md",
        "?? u.txt",
    ]
    plan.git("commit", "--quiet", "--message=mine")
    assert plan.git("show", "--format=", "--name-only") == "README.md"
    assert plan.git("show", f"HEAD:content/{A1}") == "new"


@pytest.mark.parametrize("how", ["dirty", "staged", "deleted", "untracked", "added"])
def test_a_change_in_the_same_file_is_refused_with_both_texts(plan: Sandbox, how: str) -> None:
    """Nothing moves, and the person's text is in the error."""
    path = "content/requirements/NEW.md" if how in {"untracked", "added"} else f"content/{A1}"
    if how == "deleted":
        (plan.path / path).unlink()
    else:
        plan.write({path: "mine\n"})
    if how == "staged":
        plan.git("add", path)
        plan.write({path: PLAN[path]})
    if how == "added":
        plan.git("add", path)
    before = plan.git("rev-parse", "main"), plan.git("status", "--porcelain")
    with pytest.raises(DirtyError) as caught:
        save(plan, {path.removeprefix("content/"): b"new\n"})
    assert (plan.git("rev-parse", "main"), plan.git("status", "--porcelain")) == before
    assert caught.value.path == path
    assert caught.value.committed == PLAN.get(path)
    assert caught.value.uncommitted == (None if how == "deleted" else "mine\n")


def test_line_ends_of_the_checkout_are_kept(plan: Sandbox) -> None:
    """Where git writes CR LF on the disk, the commit has LF, and the file is not dirty for that."""
    plan.git("config", "core.autocrlf", "true")
    (plan.path / "content" / A1).unlink()
    plan.git("checkout", "--", ".")
    assert b"\r\n" in (plan.path / "content" / A1).read_bytes()
    save(plan, {A1: b"a\nb\n"})
    assert (plan.path / "content" / A1).read_bytes() == b"a\r\nb\r\n"
    assert clean(plan)


def test_a_lock_of_somebody_else_is_waited_for_and_then_named(plan: Sandbox) -> None:
    """Nothing moves; the lock stays."""
    lock = plan.path / ".git/index.lock"
    lock.touch()
    before = plan.git("rev-parse", "main")
    with pytest.raises(BusyError, match=r"index\.lock since .*UTC"):
        save(plan, {A1: b"new\n"})
    assert plan.git("rev-parse", "main") == before
    assert lock.exists()
    lock.unlink()
    save(plan, {A1: b"new\n"})
    assert clean(plan)


@pytest.mark.parametrize("action", ["add", "commit", "checkout", "switch", "reset"])
@pytest.mark.parametrize("point", POINTS)
def test_a_person_uses_git_at_every_point_of_a_save(plan: Sandbox, point: str, action: str) -> None:
    """Whatever of the two comes first: no change is lost, none is reverted."""
    plan.git("branch", "other")
    plan.write({"README.md": "mine\n"})
    commands = {
        "add": ["add", "README.md"],
        "commit": ["commit", "--quiet", "--message=mine", "README.md"],
        "checkout": ["checkout", "--quiet", "--", f"content/{A1}"],
        "switch": ["switch", "--quiet", "other"],
        "reset": ["reset", "--quiet", "--soft", "HEAD"],
    }

    def person(now: str) -> None:
        if now == point:
            plan.run(*commands[action])

    try:
        save(plan, {A1: b"new\n"}, at=person)
    except MovedError:
        assert action == "commit"
        save(plan, {A1: b"new\n"})
    assert plan.git("show", f"main:content/{A1}") == "new"
    assert (plan.path / "README.md").read_text() == "mine\n"
    if plan.git("branch", "--show-current") == "main":
        plan.git("commit", "--quiet", "--all", "--allow-empty", "--message=after")
        assert plan.git("show", "HEAD:README.md") == "mine"
        assert plan.git("show", f"HEAD:content/{A1}") == "new"
    assert clean(plan) or action == "switch"
    plan.git("fsck", "--strict")


_KILLED = """
import os, signal, sys
from contextlib import nullcontext
from pathlib import Path
from planner.store.commits import Person, Signature
from planner.store.folder import open_plan_folder
from planner.store.refs import tip_of
from planner.store.saving import open_writer

folder = open_plan_folder(Path(sys.argv[1]) / "content")
def at(point):
    if point == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
quiet = sys.argv[3] == "quiet"
with open_writer(folder, observe=at) as writer, writer.quiet() if quiet else nullcontext():
    person = Person("Ada", "a@example.org")
    files = {"requirements/A-1.md": b"killed\\n", "phases/new.md": b"new\\n",
             "requirements/A-2.md": None}
    writer.commit("main", tip_of(folder.repository, "main"), files, Signature(person, person, "k"))
"""


@pytest.mark.parametrize("how", ["plain", "quiet"])
@pytest.mark.parametrize("point", POINTS)
def test_a_save_killed_at_any_point_is_finished_or_taken_back(
    plan: Sandbox, root: Path, point: str, how: str
) -> None:
    """The branch is at the old or at the new commit; the next save leaves all of it in step."""
    before = plan.git("rev-parse", "main")
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(plan.path), point, how],
        cwd=root,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    moved = plan.git("rev-parse", "main") != before
    assert moved == (POINTS.index(point) >= POINTS.index("moved"))
    save(plan, {"milestones/m.md": b"next\n"})
    assert clean(plan)
    assert plan.git("show", f"main:content/{A1}") == ("killed" if moved else "---\n---\n\nOne.")
    assert (plan.path / "content/phases/new.md").exists() == moved
    plan.git("fsck", "--strict")


def test_a_persons_change_after_a_kill_is_not_overwritten(plan: Sandbox, root: Path) -> None:
    """They saw a file of an unfinished save, and changed it."""
    command = [sys.executable, "-c", _KILLED, str(plan.path), "moved", "plain"]
    subprocess.run(command, cwd=root, check=False, timeout=60)
    plan.write({f"content/{A1}": "by hand\n"})
    save(plan, {"milestones/m.md": b"next\n"})
    assert (plan.path / "content" / A1).read_text() == "by hand\n"
    assert plan.git("show", f"main:content/{A1}") == "killed"


@pytest.mark.parametrize("operation", ["merge", "detached", "rebase"])
def test_a_repository_in_the_middle_of_something_is_left_alone(
    plan: Sandbox, operation: str
) -> None:
    """The message says what to finish."""
    plan.git("switch", "--quiet", "--create", "other")
    plan.commit("theirs", {f"content/{A1}": "theirs\n"})
    plan.git("switch", "--quiet", "main")
    plan.commit("ours", {f"content/{A1}": "ours\n"})
    if operation == "detached":
        plan.git("checkout", "--quiet", "--detach")
        save(plan, {"milestones/m.md": b"m\n"})  # main is not checked out: it may move
        assert plan.git("status", "--porcelain") == ""
        return
    plan.run(operation, "other")
    with pytest.raises(StoreError, match=f"in the middle of a {operation}"):
        save(plan, {"milestones/m.md": b"m\n"})


def test_a_branch_checked_out_in_another_work_tree_is_refused(
    plan: Sandbox, tmp_path: Path
) -> None:
    """Else that work tree would revert the save with its next commit."""
    plan.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    with pytest.raises(StoreError, match="another work tree"):
        save(plan, {A1: b"new\n"}, branch="side")


def test_a_read_only_repository_says_so(
    closed_folder: Path, new_sandbox: Callable[..., Sandbox]
) -> None:
    """Nothing is left behind."""
    box = new_sandbox(closed_folder / "r")
    box.commit("first", PLAN)
    for path in (box.path / ".git", box.path / ".git/objects"):
        path.chmod(0o555)
    with pytest.raises(StoreError, match="cannot be written"):
        save(box, {A1: b"new\n"})
    (box.path / ".git").chmod(0o755)
    with pytest.raises(StoreError):
        save(box, {A1: b"new\n"})
    (box.path / ".git/objects").chmod(0o755)
    save(box, {A1: b"new\n"})
    assert clean(box)


@pytest.mark.parametrize("point", POINTS[: POINTS.index("moved")])
def test_a_save_stopped_before_the_branch_moves_leaves_everything_as_it_was(
    plan: Sandbox, point: str
) -> None:
    """By Ctrl-C, or by anything that nobody thought of."""

    def stop(now: str) -> None:
        if now == point:
            raise KeyboardInterrupt

    before = plan.git("rev-parse", "main")
    with pytest.raises(KeyboardInterrupt):
        save(plan, {A1: b"new\n", "phases/p.md": b"p"}, at=stop)
    assert plan.git("rev-parse", "main") == before
    assert not (plan.path / "content/phases").exists()
    assert clean(plan)


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/passwd", "../x.md", "requirements/../../x.md", "a//b.md", "-rf", "a/-rf.md",
        ".git/config", "requirements/.hidden.md", "a\\b.md", "..\\x.md", "C:x.md", "a\0b.md",
        "a\nb.md", "git~1/x.md", "con.md", "a./b.md", "a /b.md", "x" * 300, "a\u202eb.md",
        "\ud800.md", "milestones/../../etc",
    ],
)  # fmt: skip
def test_paths_that_could_lead_elsewhere_are_refused_at_the_door(plan: Sandbox, path: str) -> None:
    """One door for all of them, and nothing moves."""
    before = plan.git("rev-parse", "main")
    with pytest.raises(OutsideError):
        save(plan, {path: b"x"})
    assert plan.git("rev-parse", "main") == before


@pytest.mark.parametrize(
    "name", ["-rf", "a..b", "a b", "a/", "/a", "a.lock", "HEAD", "a\n", "ä", ""]
)
def test_names_of_branches_are_refused_at_the_door(plan: Sandbox, name: str) -> None:
    """They become arguments of git."""
    with pytest.raises(OutsideError):
        save(plan, {A1: b"x"}, branch=name, new=True)


@pytest.mark.parametrize("committed", [True, False])
def test_nothing_is_written_through_a_symbolic_link(
    plan: Sandbox, tmp_path: Path, committed: bool
) -> None:
    """A link to a folder elsewhere, in the commit or put there by hand."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (plan.path / "content/phases").symlink_to(elsewhere)
    (plan.path / "content/requirements/L.md").symlink_to(elsewhere / "f.md")
    if committed:
        plan.commit("links")
    for path in ("phases/x.md", "requirements/L.md"):
        with pytest.raises(OutsideError):
            save(plan, {path: b"x"})
    assert not list(elsewhere.iterdir())


def test_hooks_and_signing_of_the_host_do_not_run(plan: Sandbox, tmp_path: Path) -> None:
    """A planted hook would be a program of a stranger."""
    mark = tmp_path / "ran"
    for hook in ("pre-commit", "commit-msg", "post-commit", "reference-transaction"):
        path = plan.path / ".git/hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch {mark}\n")
        path.chmod(0o755)
    plan.git("config", "commit.gpgSign", "true")
    plan.git("config", "user.name", "Somebody Else")
    mark.unlink(missing_ok=True)
    save(plan, {A1: b"new\n"})
    assert not mark.exists()
    assert plan.git("log", "-1", "--format=%an") == "Ada Lovelace"


@pytest.mark.parametrize(
    "signature",
    [
        Signature(Person("A\nparent 0", "a@b"), SERVICE, "m"),
        Signature(Person("", "a@b"), SERVICE, "m"),
        Signature(Person("A", "a\0@b"), SERVICE, "m"),
        Signature(ADA, SERVICE, " \n "),
        Signature(ADA, SERVICE, "a\0b"),
        Signature(ADA, SERVICE, "m", (("Key", "a\nb"),)),
        Signature(ADA, SERVICE, "m", (("Bad Key", "a"),)),
    ],
)
def test_a_commit_cannot_be_forged_by_its_words(plan: Sandbox, signature: Signature) -> None:
    """Line ends and null bytes would begin another line of the commit."""
    with pytest.raises(UsageError):
        save(plan, {A1: b"new\n"}, signature=signature)


def test_markup_in_a_name_is_only_text(plan: Sandbox) -> None:
    """Git holds no angle brackets in names; the rest stays."""
    save(plan, {A1: b"n\n"}, signature=Signature(Person("<b>Ada</b>", "<a@b>"), SERVICE, "<i>m"))
    assert plan.git("log", "-1", "--format=%an|%ae|%s") == "bAda/b|a@b|<i>m"


def test_a_plain_folder_is_refused_with_a_way_on(tmp_path: Path) -> None:
    """Without git there is nothing to merge with and no way back."""
    (tmp_path / "plan.yaml").write_text("title: T\n")
    with pytest.raises(StoreError) as caught, open_writer(open_plan_folder(tmp_path)):
        pass
    assert "git init" in caught.value.hint


def test_a_journal_that_is_not_ours_stops_the_save(plan: Sandbox) -> None:
    """A person must look; it is not thrown away."""
    state = plan.path / ".git/agented"
    state.mkdir()
    (state / "save.json").write_text("{}")
    with pytest.raises(StoreError, match="journal"):
        save(plan, {A1: b"new\n"})
    assert list(state.iterdir())


def test_a_quiet_writer_keeps_git_from_moving_and_leaves_no_lock(plan: Sandbox) -> None:
    """Whether it saves, changes nothing, or fails."""
    folder = open_plan_folder(plan.path / "content")
    assert folder.repository is not None
    with open_writer(folder) as writer:
        with writer.quiet():
            assert plan.run("commit", "--allow-empty", "--message=no").returncode != 0
            base = tip_of(folder.repository, "main")
            writer.commit("main", base, {A1: b"new\n"}, BY)
        assert clean(plan)
        with writer.quiet(), pytest.raises(MovedError):
            writer.commit("main", base, {A1: b"newer\n"}, BY)
        assert clean(plan)
    (plan.path / ".git/index.lock").touch()
    with open_writer(folder) as writer, pytest.raises(BusyError), writer.quiet():
        pass
    (plan.path / ".git/index.lock").unlink()
    assert clean(plan)


def test_a_linked_work_tree_has_its_own_index(plan: Sandbox, tmp_path: Path) -> None:
    """The save goes to the branch and the files of that work tree."""
    side = tmp_path / "side"
    plan.git("worktree", "add", "--quiet", "-b", "side", str(side))
    folder = open_plan_folder(side / "content")
    assert folder.repository is not None
    with open_writer(folder) as writer:
        writer.commit("side", tip_of(folder.repository, "side"), {A1: b"new\n"}, BY)
    assert (side / "content" / A1).read_bytes() == b"new\n"
    assert plan.git("-C", str(side), "status", "--porcelain") == ""
    assert clean(plan)
