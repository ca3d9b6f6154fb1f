"""The worker's end of the planner process: calls, refusals, and a process that hangs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from service.planner_child import Epoch
from service.planner_wire import LINE_BYTES, LineBuffer, Opening, WireError, to_line

ROOT = Path(__file__).parent.parent.parent.parent
PROGRAM = Path(__file__).with_name("link_program.py")


def run(what: str, plan: Path, folder: Path) -> Any:
    done = subprocess.run(
        [sys.executable, PROGRAM, what, plan, folder],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "Traceback" not in done.stderr
    return json.loads(lines[-1])


def test_many_ask_at_once_and_a_failure_is_an_answer(small_plan: Path, tmp_path: Path) -> None:
    """A request that fails, or whose asker has gone, harms no other."""
    found = run("answers", small_plan, tmp_path)
    assert found["pids"] is True
    assert found["unknown"]["status"] == 409
    assert found["impatient"]["status"] == 503
    assert found["afterwards"] == 0


def test_a_request_whose_asker_gave_up_is_not_carried_out(small_plan: Path, tmp_path: Path) -> None:
    """Else a crowd that asks again and again would get late answers only."""
    assert run("late", small_plan, tmp_path) == {"impatient": 503, "builds": 1}


def test_what_the_planner_refuses_comes_with_its_reason(small_plan: Path, tmp_path: Path) -> None:
    """As the command line would say it."""
    found = run("refusal", small_plan, tmp_path)
    assert found["refused"]["status"] == 409
    assert "no such folder" in found["refused"]["message"]
    assert found["afterwards"] == 0


def test_a_planner_that_hangs_is_replaced(small_plan: Path, tmp_path: Path) -> None:
    """A dead network folder must not stop edits for ever."""
    found = run("hanging", small_plan, tmp_path)
    assert found["asked"]["status"] == 503
    assert found["other"] is True
    assert found["ping"] is True


def test_a_planner_of_another_version_is_replaced(small_plan: Path, tmp_path: Path) -> None:
    """Whatever it says, there is a next one: nobody builds where its supervisor has ended."""
    found = run("nonsense", small_plan, tmp_path)
    assert found == {"other": True, "ping": True}


def test_closing_lets_go_of_whoever_waits(small_plan: Path, tmp_path: Path) -> None:
    """A service that ends waits for nobody."""
    found = run("closing", small_plan, tmp_path)
    assert found["waited"] is None
    assert found["gone"] is True
    assert found["seconds"] < 5
    assert found["call"]["status"] == 503


def test_lines_are_put_together_from_any_pieces() -> None:
    """A socket delivers bytes, not messages."""
    data = to_line({"id": 1, "path": "a\udcffb\n"}) + to_line({"id": 2})
    for size in (1, 2, 3, 7, len(data)):
        buffer = LineBuffer()
        found = [
            message
            for start in range(0, len(data), size)
            for message in buffer.feed(data[start : start + size])
        ]
        assert found == [{"id": 1, "path": "a\udcffb\n"}, {"id": 2}]


@pytest.mark.parametrize("data", [b"nonsense\n", b"[1]\n", b"x" * (LINE_BYTES + 1)])
def test_nonsense_on_the_line_is_an_error(data: bytes) -> None:
    """Both ends are ours: what is not understood must not be guessed at."""
    with pytest.raises(WireError):
        list(LineBuffer().feed(data))


def test_the_opening_survives_the_way(tmp_path: Path) -> None:
    """Paths may hold bytes that are no text."""
    opening = Opening.of(
        site=tmp_path / "s\udcff", caches=tmp_path, epoch=tmp_path / "e", plan=tmp_path / "ü"
    )
    (message,) = LineBuffer().feed(opening.line())
    assert Opening(**message) == opening


def test_the_number_grows_after_a_build_that_was_killed(tmp_path: Path) -> None:
    """Nobody knows what it changed."""
    file = tmp_path / "folder" / "epoch"
    epoch = Epoch(file)
    first = epoch.number
    epoch.begin()
    epoch.end(changed=False)
    assert Epoch(file).number == first
    epoch.begin()
    epoch.end(changed=True)
    assert Epoch(file).number == first + 1
    Epoch(file).begin()
    assert Epoch(file).number == first + 2


def test_a_damaged_number_is_never_repeated(tmp_path: Path) -> None:
    """Pages of an earlier build must not take a new one for their own."""
    file = tmp_path / "epoch"
    file.write_text("no number", encoding="utf-8")
    assert Epoch(file).number > 1_000_000
