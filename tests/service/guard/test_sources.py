"""What the source of the service must never do with a secret, whatever a test would notice."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
# A name that holds a secret, or what stands for one.
SECRET_WORDS = (
    "secret", "token", "digest", "signature", "cookie", "password", "mac", "hmac", "shown",
    "api_key",
)  # fmt: skip
BYTES = (".encode()", ".digest()")
# Compared without a secret in play, each looked at: the digests below are of public keys of rows
# that were found by them, in the process that holds both.
KNOWN = {
    ("service/guard/first_key.py", "key.digest != digest"),
    ("service/guard/first_key.py", "key.digest == digest"),
    # The name of a fix, and what a review page showed: a person's own form says both.
    ("service/forms/findings.py", "_token(each, fix) == token"),
    ("service/views/edit_save.py", "shown_of(outcome.preview) == sending.looked"),
}


def names(node: ast.expr) -> set[str]:
    """The words of the names in an expression."""
    found = set()
    for part in ast.walk(node):
        text = ""
        if isinstance(part, ast.Name):
            text = part.id
        elif isinstance(part, ast.Attribute):
            text = part.attr
        found |= {text.lower(), *text.lower().split("_")}
    return found


def holds_secret(node: ast.expr) -> bool:
    """Whether an expression reads something that is called a secret (not its length or type)."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("len", "type", "bool"):
        return False
    return bool(names(node) & set(SECRET_WORDS))


def is_constant(node: ast.expr) -> bool:
    """Whether an expression is a literal or a constant of a module or an enum."""
    if isinstance(node, ast.Constant):
        return True
    last = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return last.isupper()


def test_no_secret_is_compared_with_equals() -> None:
    """AU3: `==` stops at the first different byte, and its time tells where that was."""
    found = set()
    for path in sorted((ROOT / "service").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Compare):
                continue
            sides = [node.left, *node.comparators]
            compared = any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
            if compared and any(map(holds_secret, sides)) and not any(map(is_constant, sides)):
                found.add((name, ast.unparse(node)))
    assert found - KNOWN == set()
    assert KNOWN - found == set(), "remove what is gone"


def local_bytes(function: ast.FunctionDef) -> set[str]:
    """The arguments of a function that are declared as bytes, and what it makes of texts."""
    arguments = [*function.args.args, *function.args.kwonlyargs]
    declared = {
        each.arg
        for each in arguments
        if each.annotation is not None and ast.unparse(each.annotation) == "bytes"
    }
    made = {
        ast.unparse(node.targets[0])
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and ast.unparse(node.value).endswith(BYTES)
    }
    return declared | made


def test_each_constant_time_comparison_is_of_bytes() -> None:
    """`compare_digest` of texts raises TypeError for what is not ASCII: a 500 for strangers."""
    calls = 0
    for path in sorted((ROOT / "service").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for function in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)):
            declared = local_bytes(function)
            for node in ast.walk(function):
                if not isinstance(node, ast.Call) or "compare_digest" not in ast.unparse(node.func):
                    continue
                calls += 1
                for side in map(ast.unparse, node.args):
                    known = side.endswith((*BYTES, "digest")) or side in declared
                    assert known, f"{path.name}:{node.lineno}: {side} may be a text"
    assert calls >= 5


def test_the_service_imports_no_weak_randomness() -> None:
    for path in sorted((ROOT / "service").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert "random" not in modules, f"{path.name}:{node.lineno}"
