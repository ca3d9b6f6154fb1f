"""The site of a small plan, file by file as it was last looked at and found right.

After a wanted change: `python -m pytest tests/planner/build/test_golden.py --golden`, then read
the diff of tests/golden/.
"""

import re
from pathlib import Path

import pytest

from planner.store.location import find_plan
from planner.workspace import Workspace

GOLDEN = Path(__file__).parents[2] / "golden" / "site"
# Styles and scripts have tests of their own, and the search index is no text to read.
_LEFT_OUT = re.compile(r"assets/|search/(?!index\.html)|\.agented-files")
_ASSET = re.compile(r"(assets/\w+)\.[0-9a-f]{8}\.")


def texts(folder: Path) -> dict[str, str]:
    """The files of a site by path, with names of assets without their digest."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {
        name: _ASSET.sub(r"\1.", (folder / name).read_text(encoding="utf-8"))
        for name in sorted(names)
        if not _LEFT_OUT.match(name)
    }


def test_the_site_of_the_small_plan(
    small_plan: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Every page, every JSON file, every list."""
    opened = Workspace(find_plan(str(small_plan), {}, tmp_path), tmp_path / "c", cache=False)
    opened.build(tmp_path / "site", public_url="https://plan.example.org/")
    made = texts(tmp_path / "site")
    if request.config.getoption("--golden"):
        for old in sorted(GOLDEN.rglob("*"), reverse=True):
            old.unlink() if old.is_file() else old.rmdir()
        for name, text in made.items():
            (GOLDEN / name).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / name).write_text(text, encoding="utf-8")
    expected = texts(GOLDEN)
    assert made.keys() == expected.keys()
    for name, text in made.items():
        assert text == expected[name], f"{name} differs; see the docstring of this module"
