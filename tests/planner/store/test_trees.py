"""Trees made here are those that git makes, byte for byte."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planner.errors import StoreError
from planner.store.folder import open_plan_folder
from planner.store.objects import new_object, object_ids, read_objects, write_objects
from planner.store.trees import changed_tree, moves_between, parse_tree, tree_data

Sandbox = Any
NAMES = ("a", "a.b", "a-b", "a0", "a/b", "a/c/d", "ab/x", "a.md/y", "é/ü.md", "z/z/z/z", "Z")


@pytest.mark.parametrize("form", ["sha1", "sha256"])
@pytest.mark.parametrize("seed", range(6))
def test_a_changed_tree_is_the_one_that_git_writes(
    new_sandbox: Callable[..., Sandbox], tmp_path: Path, form: str, seed: int
) -> None:
    """Random files made, changed and deleted; folders sort as if their names ended in a slash."""
    chance = random.Random(seed)
    box = new_sandbox(tmp_path / "r", f"--object-format={form}")
    box.commit("first", {name: name for name in chance.sample(NAMES[1:], 5)} | {"keep": "k"})
    folder = open_plan_folder(box.path)
    assert folder.repository is not None
    names = {name for name in NAMES if name != "a"}
    files: dict[str, bytes | None] = {
        name: chance.choice([None, b"", b"new\n", b"x" * 5000])
        for name in chance.sample(sorted(names), 7)
    }
    made = changed_tree(folder.repository, "HEAD", files)
    write_objects(folder.repository, made.objects)
    for name, data in files.items():
        if data is None:
            (box.path / name).unlink(missing_ok=True)
        else:
            box.write({name: data})
    box.git("add", "--all")
    assert made.id == box.git("write-tree")
    moved = {each.path: each.data for each in moves_between(folder.repository, "HEAD", made.id)}
    assert moved == {each.path: each.data for each in made.moves}
    box.git("fsck", "--strict", "--no-dangling")


def test_a_tree_survives_being_read_and_written(sandbox: Sandbox) -> None:
    """Links, programs and names that are no UTF-8 included."""
    sandbox.write({"f": "f", "d/f": "f", b"\xff.md".decode("utf-8", "surrogateescape"): "x"})
    (sandbox.path / "l").symlink_to("f")
    (sandbox.path / "f").chmod(0o755)
    sandbox.commit("first")
    folder = open_plan_folder(sandbox.path)
    assert folder.repository is not None
    (tree,) = read_objects(folder.repository, ["HEAD^{tree}"])
    assert tree is not None
    assert tree_data(parse_tree(tree.data, "sha1")) == tree.data


def test_many_objects_of_any_size_go_in_one_pack(sandbox: Sandbox) -> None:
    """And come out again."""
    sandbox.commit("first", {"a": "a"})
    folder = open_plan_folder(sandbox.path)
    assert folder.repository is not None
    sizes = (0, 1, 15, 16, 2047, 2048, 300_000)
    blobs = [new_object("blob", b"x" * size, "sha1") for size in sizes]
    write_objects(folder.repository, [*blobs, *blobs])
    ids = [each.id for each in blobs]
    assert read_objects(folder.repository, [*ids, "HEAD:none"]) == [*blobs, None]
    assert object_ids(folder.repository, [*ids, "HEAD:none"]) == [*ids, ""]
    assert read_objects(folder.repository, []) == []


def test_an_object_that_names_what_is_not_there_is_refused(sandbox: Sandbox) -> None:
    """Git checks the pack before it takes anything."""
    sandbox.commit("first", {"a": "a"})
    folder = open_plan_folder(sandbox.path)
    assert folder.repository is not None
    commit = b"tree " + b"0" * 40 + b"\nauthor A <a> 0 +0000\ncommitter A <a> 0 +0000\n\nm\n"
    with pytest.raises(StoreError):
        write_objects(folder.repository, [new_object("commit", commit, "sha1")])
    with pytest.raises(StoreError, match="line break"):
        read_objects(folder.repository, ["HEAD:a\nb"])
