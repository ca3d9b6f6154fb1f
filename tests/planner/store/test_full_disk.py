"""Saves on a disk that is really full, at whatever point of them the room runs out."""

import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = """
import os, subprocess, sys
from pathlib import Path
from planner.errors import StoreError
from planner.store.commits import Person, Signature
from planner.store.folder import open_plan_folder
from planner.store.refs import tip_of
from planner.store.saving import open_writer

disk = Path(sys.argv[1])
root = disk / "r"

def git(*args):
    done = subprocess.run(["git", *args], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()

def save(text):
    folder = open_plan_folder(root)
    person = Person("Ada", "a@example.org")
    files = {"requirements/A-1.md": text, "phases/p.md": text}
    with open_writer(folder) as writer:
        base = tip_of(folder.repository, "main")
        writer.commit("main", base, files, Signature(person, person, "m"))

def fill(free):
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            pass
    os.truncate(disk / "filler", max(0, (disk / "filler").stat().st_size - free))

root.mkdir()
git("init", "--quiet", "--initial-branch=main")
(root / "plan.yaml").write_text("title: T\\n")
git("add", "--all")
git("commit", "--quiet", "--message=first")
full = 0
for pages in range(40):
    before = git("rev-parse", "main")
    fill(pages * 4096)
    try:
        save(os.urandom(2000).hex().encode())
    except StoreError as error:
        full += 1
        assert "No space" in str(error) or "full" in str(error), error
        assert git("rev-parse", "main") == before
    (disk / "filler").unlink()
    # What the full disk kept the save from putting in its place, the next one finishes.
    save(b"round %d\\n" % pages)
    status = git("status", "--porcelain", "--untracked-files=all")
    assert status == "", (pages, status)
    assert not (root / ".git/index.lock").exists()
    git("gc", "--quiet", "--prune=now")
git("fsck", "--strict", "--no-dangling")
print("full", full)
"""
_MOUNT = 'mount -t tmpfs -o size=4m none "$1" && exec "$2" -c "$3" "$1"'


def test_a_save_on_a_full_disk_moves_nothing_or_all(tmp_path: Path, root: Path) -> None:
    """Forty times with a little more room; after each the next save works and all is clean."""
    disk = tmp_path / "disk"
    disk.mkdir()
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    try:
        able = subprocess.run(
            [*unshare, 'mount -t tmpfs none "$0"', str(disk)], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no program unshare")
    if able.returncode:
        pytest.skip("this user may not mount a small disk of its own")
    done = subprocess.run(
        [*unshare, _MOUNT, "sh", str(disk), sys.executable, _SCRIPT],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    word, count = done.stdout.split()
    assert word == "full"
    assert int(count) >= 5
