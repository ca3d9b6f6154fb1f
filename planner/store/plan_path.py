"""The one door for names on their way into a file: paths of files, names of branches.

Whatever a form, a command or a plan calls an item, its path passes here before anything is
written.  What is refused could leave the plan folder, mean something else on another system, or
be taken for an option by a program.
"""

import re

from planner.errors import OutsideError
from planner.model.ids import is_reserved

_LONGEST_NAME = 255  # bytes; file systems allow no more
_LONGEST_PATH = 1024
_NOT_IN_NAME = re.compile(
    r'[\x00-\x1f\x7f-\x9f\\:*?"<>|\ud800-\udfff\u200b-\u200f\u202a-\u202e\ufeff]'
)
_SHORT_GIT = re.compile(r"git~\d+", re.IGNORECASE)  # what Windows calls `.git`, too
_BRANCH = re.compile(r"[^\W_](?:[\w./-]{0,98}[^\W_])?", re.ASCII)


def checked_path(path: str) -> str:
    """`path` (relative, with `/`) as it may be written below the plan folder.

    Raises OutsideError for absolute paths, `..`, hidden names, backslashes, control characters,
    names that begin with a dash, that some system reserves, or that are too long.
    """
    reason = path_reason(path)
    if reason:
        raise OutsideError(
            f"{path!r} is no path to write to: {reason}",
            "name items with letters, digits, and between them . - _",
        )
    return path


def path_reason(path: str) -> str:
    """Why a path is refused, or empty."""
    if not path:
        return "it is empty"
    if len(path) > _LONGEST_PATH:
        return "it is too long"
    if path.startswith("/"):
        return "it is absolute"
    return next(filter(None, map(_name_reason, path.split("/"))), "")


def _name_reason(name: str) -> str:
    if name in {"", ".", ".."}:
        return f"it has a part {name!r}"
    bad = _NOT_IN_NAME.search(name)
    if bad is not None:
        return f"it holds the character {bad[0]!r}"
    if name[0] in ".-" or name[0].isspace():
        return f"a name begins with {name[0]!r}"
    if name[-1] == "." or name[-1].isspace():
        return f"a name ends with {name[-1]!r}"
    if len(name.encode()) > _LONGEST_NAME:
        return "a name is too long"
    if is_reserved(name) or _SHORT_GIT.fullmatch(name):
        return f"{name!r} is a reserved name"
    return ""


def checked_branch(name: str) -> str:
    """The name of a branch (without `refs/heads/`) as it may be given to git.

    Raises OutsideError for what git does not take, and for more: only ASCII letters, digits and
    `. _ - /` are let through.
    """
    parts = name.split("/")
    good = _BRANCH.fullmatch(name) is not None and ".." not in name and name != "HEAD"
    if not good or any(_part_is_bad(part) for part in parts):
        raise OutsideError(
            f"{name!r} is no name of a branch",
            "use letters, digits, and between them . - _ /",
        )
    return name


def _part_is_bad(part: str) -> bool:
    return not part or part[0] in ".-" or part[-1] == "." or part.endswith(".lock")
