"""What tests of the runner share, and what coverage does not reach by itself.

That are the supervising processes, and the native threads of the database.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import coverage
import pytest

from service.db import readers, writer
from service.db.upgrade import prepare
from service.executions import process
from tests.service.executions import test_shim
from tests.service.executions.runners import Bench

_MEASURED = Path(__file__).parent / "measured_shim.py"


@pytest.fixture(autouse=True, scope="session")
def measured() -> Iterator[None]:
    """Let them tell what of them ran: the shim has neither the environment nor the packages."""
    with pytest.MonkeyPatch.context() as patch:
        if coverage.Coverage.current() is not None:
            patch.setattr(process, "_SHIM", str(_MEASURED))
            patch.setattr(test_shim, "SHIM", _MEASURED)
            for module in (writer, readers):
                patch.setattr(module, "start_new_thread", _traced(module.start_new_thread))
        yield


def _traced(start: Callable[..., int]) -> Callable[..., int]:
    def begin(work: Callable[..., object], args: tuple[Any, ...]) -> int:
        def traced(*given: Any) -> None:
            sys.settrace(threading.gettrace())
            work(*given)

        return start(traced, args)

    return begin


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a database."""
    prepare(tmp_path / "db.sqlite3", lambda *_: None)
    return tmp_path


@pytest.fixture
def bench(folder: Path) -> Iterator[Bench]:
    """A runner that is closed afterwards."""
    made = Bench(folder)
    yield made
    made.close()
