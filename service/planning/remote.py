"""Keeps the plan in step with its remote: a thread of the planner process.

It talks to the network and waits there; what moves branches or merges runs in the main thread,
between requests.  It looks at the start, soon after each save, every so many seconds, and when
somebody asks; what fails is tried again, later and later.
"""

import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import SystemRandom
from typing import Any, Final

from planner.edit.editor import PROPOSALS
from planner.edit.exchange import InStep, Turn, exchange
from planner.edit.sync import Sync
from planner.editing import Editor, open_editor
from planner.errors import PlannerError
from planner.store.address import find_address
from planner.store.folder import open_plan_folder
from planner.store.remote import Remote
from planner.store.remote_refs import count_waiting
from planner.store.saving import need_repository
from planner.workspace import Workspace
from service.clock import after, stamp
from service.planning.ops import SERVICE
from service.planning.remote_record import OFF, RemoteNote, RemoteRecord

# What may have made commits: a look at the remote comes soon after it.
CHANGES: Final = frozenset({"plan.save", "plan.merge", "plan.close"})
# Several saves in a row are sent together.
_SETTLE_S: Final = 0.3
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 300.0
_STRAY: Final = 0.2


@dataclass(frozen=True, slots=True)
class Around:
    """What the planner process gives: the plan, its main thread, and the way to the worker.

    `build` builds the site, in the main thread.
    """

    opened: Callable[[], Workspace]
    in_turn: Turn
    build: Callable[[], object]
    report: Callable[[Mapping[str, Any]], None]


class RemoteKeeper:
    """Keeps one plan in step with the remote that `setting` names (empty: with none).

    `cwd` is the folder that a relative path is one below; `every` the seconds between two looks
    (0: only when there is a reason).
    """

    def __init__(self, setting: str, cwd: Path, every: float, around: Around) -> None:
        self._setting = setting
        self._cwd = cwd
        self._every = every
        self._around = around
        self._record = RemoteRecord(state="waiting") if setting else OFF
        self._wake = threading.Condition()
        self._asked = 1  # the look at the start
        self._counted = 0
        self._urgent = True

    @property
    def wanted(self) -> bool:
        """Whether there is a remote to keep in step with."""
        return bool(self._setting)

    def table(self) -> Mapping[str, Callable[..., Any]]:
        """The operations of the wire, by name."""
        return {"remote.status": self.status, "remote.sync": self.ask}

    def status(self) -> Any:
        """`RemoteRecord`: how things stand."""
        return self._record.model_dump(mode="json")

    def ask(self) -> int:
        """Look at the remote at once; the record that has this number, or a later one, answers."""
        return self._poke(urgent=True)

    def saved(self) -> None:
        """There may be new commits.  While the remote fails, they wait for the next try."""
        self._poke(urgent=False)

    def _poke(self, *, urgent: bool) -> int:
        with self._wake:
            self._asked += 1
            self._urgent = self._urgent or urgent
            self._wake.notify()
            return self._asked

    # -- the thread -------------------------------------------------------------------------

    def run(self) -> None:
        """Work for ever."""
        deadline: float | None = 0.0
        while True:
            if self._is_time(deadline):
                with self._wake:
                    self._urgent, served = False, self._asked
                pause = self._once(served)
                deadline = None if pause is None else time.monotonic() + pause
            else:
                self._count()

    def _is_time(self, deadline: float | None) -> bool:
        """Wait until the remote is to be looked at; False: it fails, and there may be more for it.

        Of a save it is told at once, unless it has just failed or refused.
        """
        with self._wake:
            while not self._urgent:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return True
                if self._asked > max(self._record.served, self._counted):
                    if self._held():
                        return False
                    self._wake.wait(_SETTLE_S)
                    return True
                self._wake.wait(left)
            return True

    def _held(self) -> bool:
        refused = any(each.state == "refused" for each in self._record.notes)
        return self._record.state == "failed" or refused

    def _count(self) -> None:
        """Tell how many commits wait now."""
        self._counted = self._asked
        with suppress(PlannerError):
            self._tell(waiting=self._around.in_turn(self._waiting))

    def _waiting(self) -> int:
        editor = self._editor()
        return count_waiting(editor.repository, editor.branch(), PROPOSALS)

    def _once(self, served: int) -> float | None:
        """One exchange, and how long to wait for the next (None: until there is a reason)."""
        before = self._record
        try:
            done = self._exchange()
        except PlannerError as error:
            return self._failed(served, error.message, error.hint)
        except Exception:  # noqa: BLE001 - the plan can be edited without its remote
            traceback.print_exc()
            reason = "the exchange failed for a reason that nobody foresaw"
            return self._failed(served, reason, "the log has the reason")
        stays = done.waiting > 0 or any(each.state == "refused" for each in done.notes)
        tries = before.tries + 1 if stays else 0
        pause = self._every or None
        if stays:
            pause = min(_pause(tries), self._every or _LONGEST_PAUSE_S)
        self._tell(
            state="attention" if done.notes else "waiting" if stays else "in_step",
            branch=done.branch,
            waiting=done.waiting,
            pushed_at=stamp() if done.sent else before.pushed_at,
            seen_at=stamp(),
            reason="",
            hint="",
            tries=tries,
            next_at=after(seconds=pause) if pause is not None else None,
            notes=tuple(RemoteNote.model_validate(asdict(each)) for each in done.notes),
            served=served,
        )
        return pause

    def _exchange(self) -> InStep:
        turn = self._around.in_turn
        editor = turn(self._editor)
        # Seen anew each time: it may have been a shallow clone, or in no repository at all.
        repository = need_repository(open_plan_folder(editor.folder.folder))
        address = find_address(repository, self._setting, cwd=self._cwd)
        sync = Sync(editor, address, SERVICE)
        waiting = turn(self._waiting)
        if waiting or not self._record.address:
            state = "working" if waiting else self._record.state
            self._tell(state=state, address=str(address), branch=turn(sync.branch), waiting=waiting)
        done = exchange(sync, Remote(repository, address), turn)
        if done.branch in done.came:
            turn(self._around.build)
        return done

    def _editor(self) -> Editor:
        return open_editor(self._around.opened(), committer=SERVICE)

    def _failed(self, served: int, reason: str, hint: str) -> float:
        tries = self._record.tries + 1
        pause = _pause(tries)
        self._tell(
            state="failed",
            reason=reason,
            hint=hint,
            tries=tries,
            next_at=after(seconds=pause),
            served=served,
        )
        return pause

    def _tell(self, **changes: Any) -> None:
        self._record = self._record.model_copy(update=changes)
        self._around.report(self._record.model_dump(mode="json"))


def _pause(tries: int) -> float:
    """Seconds before the next try: doubled each time, and never the same for all who wait."""
    pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(tries - 1, 10))
    return pause * SystemRandom().uniform(1 - _STRAY, 1 + _STRAY)
