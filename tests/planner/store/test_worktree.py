"""Reading the working tree: what is read, what is refused, what need not be read again."""

import contextlib
import os
import shutil
import socket
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import OutsideError, StoreError
from planner.model.problem import Severity
from planner.store import filebytes, worktree
from planner.store.filebytes import blob_id
from planner.store.folder import open_plan_folder
from planner.store.snapshot import MAX_FILE_SIZE, Stamp, conflict_line
from planner.store.worktree import read_file, read_worktree
from tests.proportion import assert_in_proportion

LONG_AGO_NS = 1_600_000_000_123_456_789


def _rules(snapshot):
    return {problem.path: problem.rule for problem in snapshot.problems}


def _settled(snapshot):
    """Stamps as they will be once the files have been there for a while."""
    return {
        path: Stamp(
            size=row.stamp.size,
            mtime_ns=row.stamp.mtime_ns,
            ctime_ns=row.stamp.ctime_ns,
            inode=row.stamp.inode,
            blob=row.stamp.blob,
            settled=True,
            conflict=row.stamp.conflict,
        )
        for path, row in snapshot.files.items()
    }


def test_all_files_are_read_in_order_of_their_paths(sandbox):
    names = ["plan.yaml", "phases/b.md", "phases/a.md", "research/run 1/ä.md", "-x.md", 'q"\n.md']
    sandbox.write({f"content/{name}": f"text of {name}\r\n" for name in names})
    snapshot = read_worktree(open_plan_folder(sandbox.path / "content"))
    assert list(snapshot.files) == sorted(names)
    assert snapshot.problems == ()
    assert snapshot.commit == ""
    for path, row in snapshot.files.items():
        assert row.path == path
        assert row.data == f"text of {path}\r\n".encode()


def test_hidden_files_and_folders_are_passed_over(sandbox):
    sandbox.write(
        {"plan.yaml": "x", ".hidden": "x", ".obsidian/a.md": "x", "phases/.a.md.swp": "x"}
    )
    snapshot = read_worktree(open_plan_folder(sandbox.path))
    assert list(snapshot.files) == ["plan.yaml"]
    assert snapshot.others == ()


def test_the_selection_leaves_files_and_whole_folders_out(tmp_path):
    for name in ("plan.yaml", "notes.txt", "phases/a.md", "junk/deep/a.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    asked: list[str] = []

    def select(path: str) -> bool:
        asked.append(path)
        return path.endswith((".md", ".yaml", "phases/"))

    snapshot = read_worktree(open_plan_folder(tmp_path), select=select)
    assert list(snapshot.files) == ["phases/a.md", "plan.yaml"]
    assert snapshot.others == ("junk/", "notes.txt")
    assert "junk/deep/a.md" not in asked


def test_links_are_refused_wherever_they_lead(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    plan = tmp_path / "plan"
    plan.mkdir()
    (plan / "plan.yaml").write_text("title: x\n")
    (plan / "file.md").symlink_to(outside / "secret.md")
    (plan / "phases").symlink_to(outside)
    (plan / "dangling.md").symlink_to("nowhere")
    (plan / "inside.md").symlink_to("plan.yaml")
    (plan / "loop").symlink_to("loop")
    snapshot = read_worktree(open_plan_folder(plan))
    assert list(snapshot.files) == ["plan.yaml"]
    assert set(_rules(snapshot)) == {"file.md", "phases", "dangling.md", "inside.md", "loop"}
    assert set(_rules(snapshot).values()) == {"symlink"}
    assert all(problem.hint for problem in snapshot.problems)


def test_links_that_are_not_selected_are_left_out(tmp_path):
    (tmp_path / "README").symlink_to("nowhere")
    (tmp_path / "phases").symlink_to("/")
    snapshot = read_worktree(
        open_plan_folder(tmp_path), select=lambda path: path.endswith((".md", "phases/"))
    )
    assert snapshot.others == ("README",)
    assert _rules(snapshot) == {"phases": "symlink"}


def test_a_plan_folder_that_is_a_link_itself_is_read(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real/plan.yaml").write_text("title: x\n")
    (tmp_path / "link").symlink_to("real")
    assert list(read_worktree(open_plan_folder(tmp_path / "link")).files) == ["plan.yaml"]


def test_a_link_put_in_place_of_a_folder_during_the_walk_is_not_followed(tmp_path, monkeypatch):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    plan = tmp_path / "plan"
    (plan / "phases").mkdir(parents=True)
    folder = open_plan_folder(plan)
    real_open = os.open

    def racing_open(path, flags, mode=0o777, *, dir_fd=None):
        if path == "phases":
            (plan / "phases").rmdir()
            (plan / "phases").symlink_to(outside)
        return real_open(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(worktree.os, "open", racing_open)
    snapshot = read_worktree(folder)
    assert dict(snapshot.files) == {}


def test_pipes_sockets_and_devices_are_refused_without_waiting(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.md")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.md")
        snapshot = read_worktree(open_plan_folder(tmp_path))
    assert _rules(snapshot) == {"pipe.md": "special-file", "socket.md": "special-file"}


def test_a_pipe_put_in_place_of_a_file_does_not_block(tmp_path, monkeypatch):
    (tmp_path / "a.md").write_text("x")
    folder = open_plan_folder(tmp_path)
    real_open = os.open

    def racing_open(path, flags, mode=0o777, *, dir_fd=None):
        if path == "a.md":
            (tmp_path / "a.md").unlink()
            os.mkfifo(tmp_path / "a.md")
        return real_open(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(worktree.os, "open", racing_open)
    assert _rules(read_worktree(folder)) == {"a.md": "special-file"}


def test_files_over_the_limit_are_not_read(tmp_path):
    (tmp_path / "most.md").write_bytes(b"x" * MAX_FILE_SIZE)
    (tmp_path / "more.md").write_bytes(b"x" * (MAX_FILE_SIZE + 1))
    with (tmp_path / "huge.md").open("wb") as file:
        file.truncate(10**12)
    snapshot = read_worktree(open_plan_folder(tmp_path))
    assert list(snapshot.files) == ["most.md"]
    assert _rules(snapshot) == {"more.md": "too-large", "huge.md": "too-large"}
    assert (
        "1,048,577" in {problem.path: problem.message for problem in snapshot.problems}["more.md"]
    )


def test_a_file_that_grows_while_it_is_read_stays_bounded(tmp_path, monkeypatch):
    (tmp_path / "a.md").write_bytes(b"x")
    folder = open_plan_folder(tmp_path)
    taken: list[int] = []

    def endless_read(_: int, count: int) -> bytes:
        taken.append(count)
        return b"x" * count

    monkeypatch.setattr(filebytes.os, "read", endless_read)
    assert _rules(read_worktree(folder)) == {"a.md": "too-large"}
    assert sum(taken) <= 3 * MAX_FILE_SIZE


def test_names_that_are_not_utf8_are_reported_in_escapes(tmp_path):
    for name in (b"caf\xe9.md", b"b\xff/a.md"):
        path = os.fsencode(tmp_path) + b"/" + name
        Path(os.fsdecode(path)).parent.mkdir(exist_ok=True)
        Path(os.fsdecode(path)).write_text("x")
    snapshot = read_worktree(open_plan_folder(tmp_path))
    assert _rules(snapshot) == {"caf\\udce9.md": "bad-name", "b\\udcff": "bad-name"}
    for problem in snapshot.problems:
        problem.path.encode("utf-8")


def test_a_repository_inside_the_plan_is_not_read(sandbox, new_sandbox):
    new_sandbox(sandbox.path / "research/inner").commit("x", {"a.md": "x"})
    sandbox.write(
        {"plan.yaml": "x", "vendored/.git": "gitdir: ../elsewhere\n", "vendored/b.md": "x"}
    )
    snapshot = read_worktree(open_plan_folder(sandbox.path))
    assert list(snapshot.files) == ["plan.yaml"]
    assert _rules(snapshot) == {"research/inner": "submodule", "vendored": "submodule"}


def test_files_and_folders_that_may_not_be_read_are_reported(closed_folder):
    (closed_folder.parent / "a.md").write_text("x")
    (closed_folder.parent / "a.md").chmod(0)
    closed_folder.chmod(0)
    folder = open_plan_folder(closed_folder.parent, environ={"PATH": ""})
    snapshot = read_worktree(folder)
    assert _rules(snapshot) == {"a.md": "unreadable-file", "closed": "unreadable-file"}
    assert "Permission denied" in snapshot.problems[0].message


def test_deep_nesting_is_bounded(tmp_path):
    deep = tmp_path.joinpath(*["d"] * 60)
    deep.mkdir(parents=True)
    (tmp_path / "a.md").write_text("x")
    snapshot = read_worktree(open_plan_folder(tmp_path))
    assert list(snapshot.files) == ["a.md"]
    assert set(_rules(snapshot).values()) == {"too-deep"}


def test_the_number_of_files_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(worktree, "MAX_FILES", 5)
    for number in range(9):
        (tmp_path / f"{number}.md").write_text("x")
    snapshot = read_worktree(open_plan_folder(tmp_path))
    assert len(snapshot.files) == 5
    assert _rules(snapshot) == {"": "too-many-files"}


def test_a_folder_that_is_gone_or_replaced_is_an_error(tmp_path, monkeypatch):
    plan = tmp_path / "plan"
    plan.mkdir()
    folder = open_plan_folder(plan)
    plan.rmdir()
    with pytest.raises(StoreError, match="cannot be read"):
        read_worktree(folder)

    for replacement in (False, True):
        shutil.rmtree(plan, ignore_errors=True)
        plan.mkdir()
        (plan / "a.md").write_text("x")

        def vanish(path: str, *, replacement: bool = replacement) -> bool:
            shutil.rmtree(plan)
            (tmp_path / f"taken{replacement}").mkdir()  # so that the inode is not used again
            if replacement:
                plan.mkdir()
            return bool(path)

        with pytest.raises(StoreError):
            read_worktree(folder, select=vanish)


def test_a_file_that_vanishes_during_the_walk_is_no_problem(tmp_path):
    (tmp_path / "a.md").write_text("x")
    (tmp_path / "b.md").write_text("x")

    def select(path: str) -> bool:
        with contextlib.suppress(FileNotFoundError):
            (tmp_path / "b.md").unlink()
        return bool(path)

    snapshot = read_worktree(open_plan_folder(tmp_path), select=select)
    assert list(snapshot.files) == ["a.md"]
    assert snapshot.problems == ()


# -- blob ids ---------------------------------------------------------------------------------


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_blob_ids_are_those_of_git_hash_object(new_sandbox, tmp_path, object_format):
    repository = new_sandbox(tmp_path / object_format, f"--object-format={object_format}")

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.binary(max_size=2000), min_size=1, max_size=20))
    def check(contents: list[bytes]) -> None:
        for number, data in enumerate(contents):
            (repository.path / f"{number}.bin").write_bytes(data)
        names = "".join(f"{number}.bin\n" for number in range(len(contents)))
        said = repository.git("hash-object", "--no-filters", "--stdin-paths", feed=names.encode())
        assert [blob_id(data, object_format) for data in contents] == said.split()
        snapshot = read_worktree(open_plan_folder(repository.path))
        found = [snapshot.files[f"{number}.bin"].blob for number in range(len(contents))]
        assert found == said.split()

    check()


def test_with_line_end_conversion_the_id_is_of_the_bytes_on_the_disk(sandbox):
    sandbox.git("config", "core.autocrlf", "true")
    sandbox.commit("one", {"a.md": "a\r\nb\r\n", ".gitattributes": "*.md text\n"})
    row = read_worktree(open_plan_folder(sandbox.path)).files["a.md"]
    assert row.data == b"a\r\nb\r\n"
    assert row.blob == blob_id(b"a\r\nb\r\n")
    assert sandbox.git("rev-parse", "HEAD:a.md") == blob_id(b"a\nb\n")


# -- stamps -----------------------------------------------------------------------------------


def test_unchanged_files_are_not_read_again(tmp_path, monkeypatch):
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(name)
    folder = open_plan_folder(tmp_path)
    known = _settled(read_worktree(folder))
    opened: list[object] = []
    real_open = os.open

    def counting_open(path, flags, mode=0o777, *, dir_fd=None):
        opened.append(path)
        return real_open(path, flags, mode, dir_fd=dir_fd)

    (tmp_path / "b.md").write_text("B.md")  # same size
    monkeypatch.setattr(worktree.os, "open", counting_open)
    again = read_worktree(folder, known)
    assert opened == [tmp_path, "b.md"]
    assert again.files["a.md"].data is None
    assert again.files["a.md"].blob == blob_id(b"a.md")
    assert again.files["a.md"].stamp == known["a.md"]
    assert again.files["b.md"].data == b"B.md"
    assert again.files["b.md"].blob == blob_id(b"B.md")


def test_a_file_changed_with_its_size_and_times_restored_is_read_again(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("one")
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    folder = open_plan_folder(tmp_path)
    known = _settled(read_worktree(folder))
    moment = time.time_ns()
    while time.time_ns() < moment + 20_000_000:  # past one tick of the file system's clock
        pass
    path.write_text("two")
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    assert read_worktree(folder, known).files["a.md"].data == b"two"


def test_a_file_that_another_took_the_place_of_is_read_again(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("one")
    folder = open_plan_folder(tmp_path)
    known = _settled(read_worktree(folder))
    (tmp_path / "b.tmp").write_text("two")
    (tmp_path / "b.tmp").replace(path)
    assert read_worktree(folder, known).files["a.md"].data == b"two"


def test_a_file_just_changed_is_not_settled_and_is_read_again(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("one")
    folder = open_plan_folder(tmp_path)
    stamp = read_worktree(folder).files["a.md"].stamp
    assert stamp is not None
    assert not stamp.settled
    assert read_worktree(folder, {"a.md": stamp}).files["a.md"].data == b"one"


@pytest.mark.parametrize(
    ("age_ns", "ctime_ns", "settled"),
    [
        (50_000_000, 1_700_000_000_123_000_000, False),
        (150_000_000, 1_700_000_000_123_000_000, True),
        (150_000_000, 1_700_000_000_000_000_000, False),  # a clock that keeps whole seconds
        (2_600_000_000, 1_700_000_000_000_000_000, True),
        (-5_000_000_000, 1_700_000_000_123_000_000, False),  # the clock of another machine
    ],
)
def test_when_a_stamp_is_settled(tmp_path, monkeypatch, age_ns, ctime_ns, settled):
    (tmp_path / "a.md").write_text("x")
    real = os.fstat

    class Status:
        def __init__(self, descriptor: int) -> None:
            self._real = real(descriptor)

        def __getattr__(self, name: str) -> object:
            return ctime_ns if name == "st_ctime_ns" else getattr(self._real, name)

    monkeypatch.setattr(filebytes.os, "fstat", Status)
    monkeypatch.setattr(filebytes.time, "time_ns", lambda: ctime_ns + age_ns)
    stamp = read_worktree(open_plan_folder(tmp_path)).files["a.md"].stamp
    assert stamp is not None
    assert stamp.settled is settled


# -- merges -----------------------------------------------------------------------------------


def _conflict(sandbox) -> None:
    sandbox.commit("base", {"plan.yaml": "title: x\n", "a.md": "1\n2\n3\n", "gone.md": "x\n"})
    sandbox.git("checkout", "--quiet", "-b", "side")
    sandbox.commit("side", {"a.md": "1\nside\n3\n", "gone.md": "side\n"})
    sandbox.git("checkout", "--quiet", "main")
    (sandbox.path / "gone.md").unlink()
    sandbox.commit("main", {"a.md": "1\nmain\n3\n"})
    assert sandbox.run("merge", "side").returncode == 1


def test_in_the_middle_of_a_merge_files_are_read_as_they_stand(sandbox):
    _conflict(sandbox)
    (sandbox.path / "gone.md").unlink()
    snapshot = read_worktree(open_plan_folder(sandbox.path))
    assert b"<<<<<<< HEAD" in snapshot.files["a.md"].data
    problems = {problem.path: problem for problem in snapshot.problems}
    assert {problem.rule for problem in problems.values()} == {"merge-conflict"}
    assert problems["a.md"].line == 2
    assert problems["a.md"].severity is Severity.ERROR
    assert problems["gone.md"].line == 0


def test_a_conflict_in_a_file_that_is_not_read_again_is_still_reported(sandbox):
    _conflict(sandbox)
    folder = open_plan_folder(sandbox.path)
    first = read_worktree(folder)
    again = read_worktree(folder, _settled(first))
    assert again.files["a.md"].data is None
    assert again.problems == first.problems


def test_markers_that_were_committed_are_a_warning(sandbox):
    text = "x\r\n<<<<<<< ours\r\na\r\n=======\r\nb\r\n>>>>>>> theirs\r\n"
    sandbox.commit("one", {"a.md": text})
    (problem,) = read_worktree(open_plan_folder(sandbox.path)).problems
    assert (problem.rule, problem.line, problem.severity) == (
        "merge-conflict",
        2,
        Severity.WARNING,
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", 0),
        (b"<<<<<<< a\n=======\n>>>>>>> b\n", 1),
        (b"a\n<<<<<<<\n1\n||||||| base\n2\n=======\n3\n>>>>>>>", 2),
        (b"Title\n=======\n\n<<<<<<< just an arrow\n", 0),
        (b"<<<<<<<< eight\n=======\n>>>>>>> b\n", 0),
        (b"  <<<<<<< a\n=======\n>>>>>>> b\n", 0),
        (b">>>>>>> b\n=======\n<<<<<<< a\n", 0),
        (b"<<<<<<< a\n======= \n>>>>>>> b\n", 0),
    ],
)
def test_conflict_markers_are_three_lines_in_order(text, line):
    assert conflict_line(text) == line


def test_looking_for_conflict_markers_takes_one_pass():
    for line in (b"<<<<<<< a\n", b"<<<<<<< a\n=======\n"):
        assert_in_proportion(lambda count, line=line: conflict_line(line * count), 5_000)
    assert conflict_line(b"<<<<<<< a\n=======\n" * 50_000) == 0


# -- single files -----------------------------------------------------------------------------


def test_one_file_can_be_read_by_its_path(sandbox):
    sandbox.write({"content/phases/ä b.md": "text\n"})
    row = read_file(open_plan_folder(sandbox.path / "content"), "phases/ä b.md")
    assert (row.path, row.data, row.blob) == ("phases/ä b.md", b"text\n", blob_id(b"text\n"))


@pytest.mark.parametrize(
    "path",
    ["../secret", "/etc/passwd", "a/../../secret", "", ".", "a//b", ".git/config", "a\0b", "a/"],
)
def test_paths_that_leave_the_folder_are_refused(sandbox, path):
    sandbox.write({"content/a/b": "x", "secret": "s"})
    with pytest.raises(OutsideError):
        read_file(open_plan_folder(sandbox.path / "content"), path)


def test_paths_through_links_are_refused(sandbox):
    sandbox.write({"content/a.md": "x", "secret/b.md": "s"})
    (sandbox.path / "content/link").symlink_to("../secret")
    (sandbox.path / "content/file.md").symlink_to("../secret/b.md")
    folder = open_plan_folder(sandbox.path / "content")
    for path in ("link/b.md", "file.md", "a.md/b"):
        with pytest.raises(OutsideError):
            read_file(folder, path)


def test_single_files_that_are_none_are_refused(sandbox):
    sandbox.write({"a/b": "x", "big": b"x" * (MAX_FILE_SIZE + 1)})
    os.mkfifo(sandbox.path / "pipe")
    folder = open_plan_folder(sandbox.path)
    for path in ("missing", "a", "pipe", "big"):
        with pytest.raises(StoreError):
            read_file(folder, path)
