"""Whether the last build shows a file, or the commits, as they are now."""

from pathlib import Path

from planner.build.memory import Memory
from planner.errors import OutsideError, StoreError
from planner.store.folder import PlanFolder, head_of
from planner.store.worktree import read_file


def shows(folder: PlanFolder, memory: Memory, path: Path) -> bool:
    """Whether what `memory` has of the last build is what `path` says now.

    `path` is absolute: a file of the plan, or one in the private folder of its repository, which
    stands for the commits.  Whatever else it is, it is not shown.
    """
    repository = folder.repository
    if repository is not None and path.is_relative_to(repository.git_dir):
        return memory.shown is not None and memory.shown.revision == head_of(repository)
    if not path.is_relative_to(folder.folder):
        return False
    name = path.relative_to(folder.folder).as_posix()
    known = memory.known.get(name)
    try:
        return known is not None and read_file(folder, name).blob == known.blob
    except (OutsideError, StoreError):
        return False
