"""Plans from texts, as the examples of rules are written."""

import re
from collections.abc import Callable

import pytest

from planner.codec.reading import assemble, kind_of_path, read_item, unknown_file
from planner.model.items import PlanTree
from planner.model.problem import Problem
from planner.trace.checks import check
from planner.trace.graph import Trace, build_trace

_FILE = re.compile(r"^== (.+)\n", re.MULTILINE)

ReadPlan = Callable[[str], tuple[PlanTree, tuple[Problem, ...]]]


@pytest.fixture(scope="session")
def read_plan() -> ReadPlan:
    """Read the files of a small plan, each opened by a line `== <path>`."""

    def read(text: str) -> tuple[PlanTree, tuple[Problem, ...]]:
        _, *parts = _FILE.split(text)
        files = dict(zip(parts[::2], parts[1::2], strict=True))
        reads = [
            read_item(path, data.encode(), blob="")
            for path, data in files.items()
            if kind_of_path(path) is not None
        ]
        tree, problems = assemble(reads)
        strangers = [unknown_file(path) for path in files]
        return tree, (*problems, *(each for each in strangers if each is not None))

    return read


@pytest.fixture(scope="session")
def trace_plan(read_plan: ReadPlan) -> Callable[[str], Trace]:
    """The trace of a small plan."""
    return lambda text: build_trace(read_plan(text)[0])


@pytest.fixture(scope="session")
def check_plan(read_plan: ReadPlan) -> Callable[[str], tuple[Problem, ...]]:
    """All problems of a small plan."""

    def run(text: str) -> tuple[Problem, ...]:
        tree, problems = read_plan(text)
        return check(build_trace(tree), problems, day="2026-01-31")

    return run
