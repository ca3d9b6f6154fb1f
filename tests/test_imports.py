"""No module imports itself by way of others: each can be imported alone, and in any order.

Where no cycle is among the imports at the top of the modules, none is hidden by their order.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("planner", "service")


def modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.name != "__main__.py"
    }


def imported_by(text: str, known: frozenset[str]) -> set[str]:
    """The modules of ours that a module imports when it is imported itself."""
    found = set()
    for node in at_import(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = {f"{node.module}.{alias.name}" for alias in node.names} & known
            # `from a import b` with a module `a.b` needs nothing else of `a`.
            found |= below if len(below) == len(node.names) else below | {node.module}
    return found & known


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs at the import: all but the insides of functions and what only types need."""
    for node in ast.iter_child_nodes(tree):
        inner = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not inner and not for_types:
            yield node
            yield from at_import(node)


def test_no_cycle_is_among_the_imports() -> None:
    files = modules()
    graph = {
        name: imported_by(path.read_text("utf-8"), frozenset(files)) - {name}
        for name, path in files.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_a_cycle_is_found() -> None:
    """The very check: at the top of a module, and not within a function or for types alone."""
    known = frozenset({"service.a", "service.b", "service.b.c", "service.d"})
    text = (
        "from typing import TYPE_CHECKING\nimport service.a\nfrom service.b import c\n"
        "if TYPE_CHECKING:\n    import service.d\ndef f():\n    import service.d\n"
    )
    assert imported_by(text, known) == {"service.a", "service.b.c"}
    assert imported_by("try:\n    from service.b import name\nfinally:\n    pass", known) == {
        "service.b"
    }


def test_each_module_can_be_imported() -> None:
    """In a process of their own: some of them change the process that imports them."""
    program = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\n"
    done = subprocess.run(
        [sys.executable, "-c", program, *modules()], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
