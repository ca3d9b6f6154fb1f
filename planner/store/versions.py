"""Reading single files as they were in given commits, all of them in two git processes."""

from collections.abc import Sequence

from planner.errors import StoreError
from planner.store.blobs import find_blobs, read_blobs
from planner.store.folder import PlanFolder
from planner.store.snapshot import MAX_FILE_SIZE


def read_versions(folder: PlanFolder, wanted: Sequence[tuple[str, str]]) -> list[bytes | None]:
    """The bytes of each `(commit, path)`; None where that commit has no such file.

    `path` is relative to the plan folder, `commit` an id, or an id with `^` for its parent.
    Files over the size limit count as not there.

    Raises StoreError when the folder is in no repository, or git fails.
    """
    repository = folder.repository
    if repository is None:
        raise StoreError(f"{folder.folder} is in no git repository")
    # A line break in a name would be read as two requests.
    asked = [(commit, path) for commit, path in wanted if "\n" not in path]
    names = (f"{commit}:{folder.prefix}{path}" for commit, path in asked)
    found = dict(zip(asked, find_blobs(repository, names), strict=True))
    sizes = {blob: size for blob, size in filter(None, found.values()) if size <= MAX_FILE_SIZE}
    data = dict(read_blobs(repository, sizes))
    return [_data(found.get(request), data) for request in wanted]


def _data(found: tuple[str, int] | None, data: dict[str, bytes]) -> bytes | None:
    return data.get(found[0]) if found is not None else None
