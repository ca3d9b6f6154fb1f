"""What saving through the service must survive: many at once, kills, two services, a person.

The counts of the ordinary run are small.  `just savers` sets SAVERS=full: 50 savers with 1,000
saves on 10 items, and 200 kills.
"""

import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.service.planned import FILES, Planned, planned_service
from tests.service.planning.form_saver import FormSaver, Told
from tests.service.served import Served, free_port
from tests.service.watching import children, eventually

FULL = os.environ.get("SAVERS") == "full"
SAVERS, SAVES, ITEMS = (50, 20, 10) if FULL else (5, 4, 3)
KILLS = 200 if FULL else 6
ITEM = "---\nphase: lamp\n---\n\nThe lamp shall burn.\n"
PLAN = {**FILES, **{f"requirements/LOAD-{n + 1:02d}.md": ITEM for n in range(ITEMS)}}
_TAGS = re.compile(r"^tags: \[(.*)\]$", re.MULTILINE)


def save_all(savers: Iterable[FormSaver]) -> list[Told]:
    """All of them at once."""

    def work(saver: FormSaver) -> Told:
        chance = random.Random(saver.name)
        for number in range(SAVES):
            saver.save(number, chance)
        return saver.told

    found = list(savers)
    with ThreadPoolExecutor(len(found)) as pool:
        return list(pool.map(work, found))


def settle_accounts(
    planned: Planned, told: Iterable[Told], others: int = 0, *, killed: bool = False
) -> None:
    """Each save that was told is one commit and stands in the plan; nothing else does.

    Of a form whose first answer a kill swallowed, and whose value somebody else changed until it
    was sent again, it is told that it clashes: so it does by then, though it is in the history.
    """
    told = list(told)
    saved = [mark for each in told for mark in each.saved]
    clashed = [mark for each in told for mark in each.clashed]
    subjects = Counter(planned.git("log", "--format=%s", "main").split("\n"))
    assert {mark: subjects[mark] for mark in saved} == dict.fromkeys(saved, 1)
    unheard = sum(subjects[mark] for mark in clashed)
    assert not unheard or (killed and all(subjects[mark] <= 1 for mark in clashed))
    assert sum(subjects.values()) == 1 + len(saved) + unheard + others
    assert planned.git("rev-list", "--merges", "main") == ""
    folder = planned.root / "content/requirements"
    texts = [file.read_text("utf-8") for file in folder.iterdir()]
    tags = Counter(tag.strip() for text in texts for tag in _tags_of(text))
    assert {mark: tags[mark] for each in told for mark in each.tags} == {
        mark: 1 for each in told for mark in each.tags
    }
    made = Counter(mark for text in texts for mark in re.findall(r"shall do (\w+)\.", text))
    assert made == Counter(mark for each in told for mark in each.made)
    assert planned.git("status", "--porcelain", "--untracked-files=no") == ""
    planned.git("fsck", "--strict", "--no-dangling")


def _tags_of(text: str) -> list[str]:
    found = _TAGS.search(text)
    return found[1].split(",") if found else []


def test_many_savers_at_once(tmp_path: Path) -> None:
    """Every save is a commit or an answered conflict; none is lost, none is doubled."""
    with planned_service(tmp_path, PLAN) as planned:
        told = save_all(FormSaver(planned.served, f"s{n}", ITEMS) for n in range(SAVERS))
        assert sum(len(each.saved) + len(each.clashed) for each in told) == SAVERS * SAVES
        settle_accounts(planned, told)


def test_two_services_and_a_person_on_one_repository(tmp_path: Path) -> None:
    """Each with a state of its own; the person commits with plain git beside them."""
    with planned_service(tmp_path, PLAN) as planned:
        other = second(planned, tmp_path)
        stop = Event()
        by_hand: list[int] = []
        person = Thread(target=commit_by_hand, args=(planned, stop, by_hand))
        try:
            other.start()
            person.start()
            both = (planned.served, other)
            told = save_all(FormSaver(both[n % 2], f"t{n}", ITEMS) for n in range(SAVERS))
        finally:
            stop.set()
            if person.ident is not None:
                person.join()
            other.stop()
        settle_accounts(planned, told, others=len(by_hand))
        assert by_hand


def second(planned: Planned, folder: Path) -> Served:
    """Another service on the same repository."""
    port = free_port()
    place = folder / "second"
    place.mkdir()
    env = {
        **planned.served.env,
        "AGENTED_STATE_DIR": str(place / "state"),
        "GUNICORN_BIND": f"127.0.0.1:{port}",
    }
    return Served(env, place, port)


def commit_by_hand(planned: Planned, stop: Event, done: list[int]) -> None:
    """Commit a file of one's own every now and then; git may say that its index is locked."""
    number = 0
    while not stop.is_set() or not done:
        number += 1
        (planned.root / "notes.txt").write_text(f"{number}\n", "utf-8")
        with suppress(subprocess.CalledProcessError):
            planned.git("add", "notes.txt")
            planned.git("commit", "--quiet", "--message=hand", "--", "notes.txt")
            done.append(number)
        time.sleep(0.05)
    # What was added and met a lock is taken back, or the checkout is not clean.
    planned.git("reset", "--quiet", "--", "notes.txt")
    if planned.git("ls-files", "notes.txt"):
        planned.git("checkout", "--quiet", "--", "notes.txt")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_killed_at_any_moment_of_a_save(tmp_path: Path) -> None:
    """The planner process, the worker, or all of it: what was told is there once, it goes on."""
    with planned_service(tmp_path, PLAN) as planned:
        stop = Event()
        savers = [FormSaver(planned.served, f"k{n}", ITEMS) for n in range(2)]
        with ThreadPoolExecutor(len(savers)) as pool:
            working = [pool.submit(save_until, stop, each) for each in savers]
            try:
                kill_again_and_again(planned, random.Random(5))
            finally:
                stop.set()
            for each in working:
                each.result()
        told = [each.told for each in savers]
        last = FormSaver(planned.served, "last", ITEMS)
        last.save(0, random.Random(1))
        settle_accounts(planned, [*told, last.told], killed=True)


def save_until(stop: Event, saver: FormSaver) -> None:
    chance = random.Random(saver.name)
    number = 0
    while not stop.is_set():
        saver.save(number, chance)
        number += 1


def kill_again_and_again(planned: Planned, chance: random.Random) -> None:
    served = planned.served
    for number in range(KILLS):
        before = planned.git("rev-parse", "main")
        eventually(lambda old=before: planned.git("rev-parse", "main") != old, "saves go on", 120)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.25))
        assert served.process is not None
        master = served.process.pid
        worker = next(iter(children(master)), None)
        planner = next(iter(children(worker)), None) if worker else None
        if number % 3 == 0 and planner:
            _kill(planner)
        elif number % 3 == 1 and worker:
            _kill(worker)
        else:
            for pid in filter(None, (master, worker, planner)):
                _kill(pid)
            served.process.wait()
            served.start()
        old, new = before, planned.git("rev-parse", "main")
        planned.git("merge-base", "--is-ancestor", old, new)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
