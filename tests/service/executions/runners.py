"""A runner with real processes on a real database of its own."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import gevent

from service.db.database import Database
from service.db.writer import WAIT_S
from service.executions import records
from service.executions.commands import CommandBuilder, OperatorCommand
from service.executions.groups import Groups
from service.executions.log_store import read_chunks
from service.executions.preparing import Preparer
from service.executions.prompts import PromptRenderer
from service.executions.records import Execution, NewExecution, Order
from service.executions.ring import Ring
from service.executions.runner import Runner

NO_GROUPS = Groups(None, "none are wanted")
PYTHON = (sys.executable, "-c")
CHECK = ((*PYTHON, "import planner; print('checked')"), Path("/"))
FIGURES = (
    '{"type": "result", "total_cost_usd": 1.5, "usage": {"input_tokens": 12, "output_tokens": 7}}'
)
# Bounded by themselves, too: a machine whose limits do not fire lives through them.
_BOMB = """
import os, time
made = refused = 0
for _ in range(300):
    try:
        if not os.fork():
            time.sleep(300)
            os._exit(0)
        made += 1
    except OSError:
        refused += 1
print(made, refused)
"""
_HOG = """
import os, time
for _ in range(4):
    if not os.fork():
        held = [b"x" * 2**20 for _ in range(40)]
        time.sleep(300)
        os._exit(0)
time.sleep(300)
"""
COMMANDS = {
    "hello": ("sh", "-c", "echo hello; echo trouble >&2; cat"),
    "fail": ("sh", "-c", "echo no >&2; exit 3"),
    "limited": ("sh", "-c", "echo 'API error: rate limit exceeded' >&2; exit 1"),
    "sleep": ("sh", "-c", "echo up; sleep 300"),
    "stubborn": ("sh", "-c", "trap '' TERM; (setsid sleep 300 &) ; echo up; sleep 300"),
    "many": (*PYTHON, "for n in range(200000): print('line', n)"),
    "huge": (*PYTHON, "for n in range(300000): print('x' * 79)"),
    "binary": (*PYTHON, "import os; os.write(1, bytes(range(256)) * 50 + b'\\nend\\n')"),
    "secret": ("sh", "-c", "echo token=abcdefghijklmnop; echo sk-ant-REDACTEDREDACTED0123"),
    "where": ("sh", "-c", "pwd; env | sort | cut -d= -f1 | tr '\\n' ' '; ls -ld . | cut -c1-10"),
    "gone": ("no-such-program",),
    "real-time": ("sh", "-c", "kill -40 $$"),
    "hidden": ("sh", "-c", "env -i sh -c 'for n in $(seq 2000); do echo up; sleep 0.1; done'; :"),
    "slow": ("sh", "-c", "for n in $(seq 0 19); do echo line $n; sleep 0.1; done"),
    "git": ("sh", "-c", "pwd; git log --format=%s; touch made; git add made"),
    "figures": ("echo", FIGURES),
    "kill": ("sh", "-c", "kill -9 $$"),
    "bomb": (*PYTHON, _BOMB),
    "hog": (*PYTHON, _HOG),
}


class Bench:
    """A runner on a database of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        wait_s: float = WAIT_S,
        groups: Groups = NO_GROUPS,
        **more: int,
    ) -> None:
        self.folder = folder
        self.database = Database(folder / "db.sqlite3", wait_s=wait_s)
        builder = CommandBuilder({name: OperatorCommand(argv) for name, argv in COMMANDS.items()})
        preparer = Preparer(
            folder / "runs", lambda: CHECK, builder, PromptRenderer(), groups=groups
        )
        self.runner = Runner(self.database, preparer, **more)
        self.runner.start()

    def queue(self, name: str, **order: object) -> Execution:
        new = NewExecution(
            trigger_id=f"trig-{name}-{len(order)}",
            trigger_name=name,
            order=replace(Order(f"command:{name}", template="look here", grace_s=1), **order),  # type: ignore[arg-type]
            source="manual",
            person="Ada",
            request_id="r-1",
        )
        made = self.database.write(lambda db: records.enqueue(db, new))
        self.runner.wake()
        return made

    def get(self, execution: Execution) -> Execution:
        return self.database.read(lambda db: records.get(db, execution.id))

    def until(self, execution: Execution, holds: Callable[[Execution], bool]) -> Execution:
        with gevent.Timeout(60):
            while not holds(found := self.get(execution)):
                gevent.sleep(0.02)
        return found

    def ended(self, execution: Execution) -> Execution:
        return self.until(execution, lambda found: found.state.final)

    def run(self, name: str, **order: object) -> Execution:
        return self.ended(self.queue(name, **order))

    def lines(self, execution: Execution, stream: str = "out") -> list[str]:
        chunks = self.database.read(lambda db: read_chunks(db, execution.number, 0, 1 << 30))
        numbers = [each.first + at for each in chunks for at in range(each.count)]
        assert numbers == list(range(1, len(numbers) + 1))
        return [line for each in chunks if each.stream == stream for line in each.lines]

    def told(self) -> list[str]:
        """The executions whose end somebody is told of."""
        return self.database.read(
            lambda db: [row[0] for row in db.execute("SELECT execution_id FROM notifications")]
        )

    def ring(self, execution: Execution) -> Ring:
        with gevent.Timeout(60):
            while (found := self.runner.live(execution.number)) is None:
                gevent.sleep(0.005)
        return found

    def talking(self, execution: Execution) -> Ring:
        """The lines of an execution, once there is one."""
        ring = self.ring(execution)
        with gevent.Timeout(60):
            while not ring.last:
                ring.wait(0)
        return ring

    def close(self) -> None:
        self.runner.close()
        self.database.close()
