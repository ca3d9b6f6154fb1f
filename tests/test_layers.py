"""The layers hold: nothing imports upwards, and the pure packages do no input or output."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What each room may import of the planner, beside itself, `planner.errors` and `planner` itself.
MAY_IMPORT = {
    "model": set(),
    "codec": {"model"},
    "trace": {"model"},
    "store": {"model", "codec"},
    "exchange": {"model", "codec", "trace"},
    "render": {"model", "trace"},
    "build": {"model", "codec", "store", "trace", "exchange", "render"},
    "starter": {"model"},
    "merge": {"model", "codec"},
    "interview": {"model", "trace"},
    "interviewing": {"model", "trace", "interview", "edit"},
    "edit": {"model", "codec", "trace", "merge", "store", "build"},
    "workspace": {"model", "codec", "store", "trace", "exchange", "render", "build", "starter"},
    "editing": {"edit", "store", "workspace"},
    "beginning": {"model", "codec", "store", "exchange", "starter"},
    "cli": {
        "model", "codec", "store", "trace", "exchange", "render", "build", "edit", "editing",
        "workspace", "interview", "interviewing", "beginning",
    },
}  # fmt: skip
PURE = ("model", "codec", "trace", "merge", "render", "interview")
# The standard modules with which a pure package cannot reach the outside, and the two libraries
# behind a door of their own.
PURE_IMPORTS = {
    "abc", "bisect", "collections", "csv", "dataclasses", "datetime", "difflib", "enum",
    "fractions", "functools", "hashlib", "heapq", "html", "io", "itertools", "json", "math",
    "operator", "re", "statistics", "string", "struct", "sys", "textwrap", "types", "typing",
    "unicodedata", "urllib.parse", "uuid", "xml.sax.saxutils", "yaml", "cmarkgfm", "jinja2",
    "markupsafe", "graphlib", "zlib",
}  # fmt: skip
# One door each: the only modules that may import what is dangerous.
DOORS = {
    "yaml": {"planner/codec/frontmatter.py"},
    "cmarkgfm": {"planner/render/markdown.py"},
    "jinja2": {"planner/render/templates.py"},
    "subprocess": {"planner/store/git.py"},
    "pickle": set(),
}
# What ships with the program is read by one module each: the templates, and the questions.
READS_FILES = {"planner/render/templates.py", "planner/interview/probes.py"}


def sources() -> list[Path]:
    return sorted((ROOT / "planner").rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.module or "", node.lineno


def room(path: Path) -> str:
    parts = path.relative_to(ROOT / "planner").parts
    return parts[0] if len(parts) > 1 else path.stem


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_downwards(path: Path) -> None:
    """model <- codec <- store, model <- trace <- render, and all below build and workspace."""
    here = room(path)
    if here not in MAY_IMPORT:
        assert here in {"__init__", "__main__", "errors"}, f"{path}: which room is this?"
        return
    for name, line in imported(path):
        if not name.startswith("planner."):
            assert not name.startswith("service"), f"{path}:{line}: the planner knows no service"
            continue
        target = name.split(".")[1]
        allowed = MAY_IMPORT[here] | {here, "errors"}
        assert target in allowed, f"{path}:{line}: {here} must not import {name}"


@pytest.mark.parametrize(
    "path",
    [path for path in sources() if room(path) in PURE],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_a_pure_module_imports_nothing_that_reaches_outside(path: Path) -> None:
    """An allow-list, not a deny-list: a new import must be looked at."""
    if str(path.relative_to(ROOT)) in READS_FILES:
        return
    for name, line in imported(path):
        if name.startswith("planner") or name == "__future__":
            continue
        top = name.split(".")[0]
        assert name in PURE_IMPORTS or top in PURE_IMPORTS, f"{path}:{line}: imports {name}"


@pytest.mark.parametrize(
    "path",
    [path for path in sources() if room(path) in PURE],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_a_pure_module_opens_no_file(path: Path) -> None:
    """`open` and `print` need no import."""
    if str(path.relative_to(ROOT)) in READS_FILES:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input", "exec", "eval", "__import__"}, (
                f"{path}:{node.lineno}: calls {node.func.id}"
            )


@pytest.mark.parametrize("danger", DOORS)
def test_each_danger_has_one_door(danger: str) -> None:
    """Whoever reviews git, YAML, Markdown or templates reads one module."""
    users = {
        str(path.relative_to(ROOT))
        for path in sources()
        for name, _ in imported(path)
        if name.split(".")[0] == danger
    }
    assert users <= DOORS[danger]


def test_modules_stay_readable() -> None:
    """A module over 450 lines holds more than one idea."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert not long
