"""`kill -9` of a real service: of its worker, or of all of it at once."""

import os
import signal
from contextlib import suppress

from tests.service.processes import children
from tests.service.served import Served


def kill_worker(served: Served) -> None:
    """The master starts another one."""
    assert served.process is not None
    for pid in children(served.process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_all(served: Served) -> None:
    """Master and workers; nobody starts it again."""
    assert served.process is not None
    victims = [served.process.pid, *children(served.process.pid)]
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    served.process.wait(10)
    served.process = None
