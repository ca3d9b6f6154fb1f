"""A small door to the importer for all its tests."""

import textwrap
from collections.abc import Callable

import pytest

from planner.exchange.gsd import Imported, read_source

ReadPlan = Callable[..., Imported]


@pytest.fixture(scope="session")
def read_foreign() -> ReadPlan:
    """Import the text of a roadmap, and of a file of requirements if given."""

    def read(roadmap: str, requirements: str | None = None, **others: str) -> Imported:
        files = {"ROADMAP.md": roadmap}
        if requirements is not None:
            files["REQUIREMENTS.md"] = requirements
        files.update({f"{name}.md": text for name, text in others.items()})
        return read_source(
            {name: textwrap.dedent(text).lstrip("\n").encode() for name, text in files.items()}
        )

    return read
