"""Many who save at once, some of whom are killed: each save is a commit or an answer, once.

The counts of the ordinary run are small.  `just savers` sets SAVERS=full: 50 savers with 1,000
saves on 10 items, and 200 kills.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from planner.edit.editor import Editor
from planner.edit.fields import SetFields
from planner.store.commits import Person
from planner.store.folder import open_plan_folder

FULL = os.environ.get("SAVERS") == "full"
SAVERS, SAVES, ITEMS = (50, 20, 10) if FULL else (5, 4, 3)
KILLS = 200 if FULL else 20
SAVER = Path(__file__).with_name("saver.py")
Desk = Any


@pytest.fixture
def busy(desk: Desk, write_files: Callable[[Path, Mapping[str, str]], Path]) -> Desk:
    """The plan with items that many save to."""
    text = "---\nphase: lamp\n---\n\nThe lamp shall burn.\n"
    write_files(desk.content, {f"requirements/LOAD-{n + 1:02d}.md": text for n in range(ITEMS)})
    desk.git("add", "--all")
    desk.git("commit", "--quiet", "--message=items")
    return desk


def start(desk: Desk, root: Path, name: str, saves: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SAVER), str(desk.content), name, str(saves), str(ITEMS)],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _parts(data: bytes, name: str) -> tuple[list[str], str]:
    """The front matter without the line of one field, and the body."""
    _, front, body = data.decode().split("---\n", 2)
    return [row for row in front.split("\n") if not row.startswith(f"{name}:")], body


def marks(desk: Desk) -> list[str]:
    """The tags of all items, as the branch has them."""
    tree = Editor(open_plan_folder(desk.content)).plan().tree
    return [tag for item in tree.requirements if item.id[:4] == "LOAD" for tag in item.tags]


def test_many_processes_save_to_a_few_items_beside_a_person(busy: Desk, root: Path) -> None:
    """None is lost, none is doubled, the history is one line; so are the person's commits."""
    first = busy.count()
    running = [start(busy, root, f"s{number}", SAVES) for number in range(SAVERS)]
    by_hand = 0
    while any(each.poll() is None for each in running):
        (busy.root / "notes.txt").write_text(f"{by_hand}\n")
        done = subprocess.run(
            "git add notes.txt && git commit --quiet --message=hand notes.txt",
            shell=True, cwd=busy.root, capture_output=True, check=False,
        )  # fmt: skip
        by_hand += done.returncode == 0
        time.sleep(0.05)
    lines = []
    for each in running:
        out, err = each.communicate()
        assert not err, err
        lines += out.splitlines()
    saved = [line.split()[1] for line in lines if line.startswith("saved")]
    answers = [line for line in lines if not line.startswith("saved")]
    assert len(lines) == SAVERS * SAVES
    assert all("BusyError" in line or line.startswith("unsaved") for line in answers), answers
    assert sorted(marks(busy)) == sorted(saved)
    subjects = busy.git("log", "--format=%s", "main").split("\n")
    assert sorted(each for each in subjects if each[0] == "s") == sorted(saved)
    assert busy.count() == first + len(saved) + by_hand
    assert busy.git("rev-list", "--merges", "main") == ""
    busy.git("reset", "--quiet", "--", "notes.txt")
    busy.git("checkout", "--quiet", "--", "notes.txt")
    assert busy.clean()
    busy.git("fsck", "--strict", "--no-dangling")


def test_a_saver_killed_at_any_moment_leaves_the_next_one_a_plan_in_order(
    busy: Desk, root: Path
) -> None:
    """Killed without warning, while another saves: no save that was told is lost."""
    chance = random.Random(7)
    told: list[str] = []
    for number in range(KILLS):
        victim = start(busy, root, f"k{number}", 1000)
        assert victim.stdout is not None
        told += [victim.stdout.readline().split()[1]]
        time.sleep(chance.uniform(0, 0.15))
        victim.send_signal(signal.SIGKILL)
        out, _ = victim.communicate()
        told += [line.split()[1] for line in out.splitlines() if line.startswith("saved")]
        if number % 5 == 0:
            editor = Editor(open_plan_folder(busy.content))
            editor.save(
                SetFields("LAMP-02", "requirement", {"owner": f"o{number}"}),
                Person("Ada", "ada@example.org"),
            )
            assert busy.clean()
    Editor(open_plan_folder(busy.content)).save(
        SetFields("LAMP-02", "requirement", {"owner": "last"}), Person("Ada", "a@example.org")
    )
    found = marks(busy)
    assert len(found) == len(set(found))
    assert set(told) <= set(found)
    assert busy.clean()
    busy.git("fsck", "--strict", "--no-dangling")


def test_random_edits_change_the_lines_of_their_field_alone(busy: Desk) -> None:
    """From the form to the commit: every other line of every file stays as it was."""
    chance = random.Random(11)
    editor = Editor(open_plan_folder(busy.content))
    count = 10_000 if FULL else 60
    values: dict[str, list[object]] = {
        "status": ["draft", "approved", "done"],
        "owner": ["", "ada", "grace: x"],
        "tags": [[], ["a"], ["a", "b, c"]],
        "priority": ["", "must", "could"],
        "text": ["The lamp shall burn.", "It burns.\n\nTwice.", "- a\n- b"],
        "notes": ["", "N", "N\n\nM"],
    }
    plan = editor.plan()
    for _ in range(count):
        item = chance.choice(plan.tree.requirements)
        name = chance.choice(list(values))
        draft = SetFields(item.id, "requirement", {name: chance.choice(values[name])}).draft(plan)
        before, after = plan.data([item.path])[item.path], draft.files[item.path]
        assert after is not None
        old_front, old_body = _parts(before, name)
        new_front, new_body = _parts(after, name)
        assert old_front == new_front
        assert old_body == new_body or name in {"text", "notes"}
        plan = plan.with_files(draft.files)
        changed = plan.item(item.id)
        for other in set(values) - {name}:
            assert getattr(changed, other) == getattr(item, other)
        assert (changed.title, changed.phase, changed.extra) == (item.title, item.phase, item.extra)
