"""Keeps the search index of a site up to date: an edit changes few of its files."""

from collections.abc import Mapping

from planner.build.dirt import Dirt
from planner.build.output import OutputFolder
from planner.render.search_documents import search_documents
from planner.render.search_index import IndexState, SearchDocument
from planner.render.view import SiteView

FOLDER = "search/"
_PAGE = "search/index.html"


class SearchFiles:
    """The index of the site in one folder.

    A resident process keeps it from build to build; a new one takes it up from its files.
    """

    def __init__(self) -> None:
        self._state: IndexState | None = None

    def write(self, output: OutputFolder, old: SiteView | None, new: SiteView, dirt: Dirt) -> None:
        """Write what changed of the index from `old` to `new`; the rest counts as made."""
        edited = None if old is None or dirt.everything else self._edited(output, old, new, dirt)
        if edited is None:
            self._write_all(output, new)
            return
        for name, text in edited.items():
            if text is not None:
                output.write(FOLDER + name, text.encode("utf-8", "surrogatepass"))
        kept = [path for path in _index_files(output) if path[len(FOLDER) :] not in edited]
        if not all(output.intact(path) for path in kept):
            self._write_all(output, new)

    def _edited(
        self, output: OutputFolder, old: SiteView, new: SiteView, dirt: Dirt
    ) -> Mapping[str, str | None] | None:
        """The files that the edit changes (None: deletes); None when all must be made."""
        now, before = _documents(new, dirt), _documents(old, dirt)
        changed = [each for key, each in now.items() if before.get(key) != each]
        removed = before.keys() - now.keys()
        if not changed and not removed:
            return {}
        try:
            self._state = self._state or _taken_up(output, old)
            return self._state.update(changed, removed)
        except (ValueError, OSError):
            # The files are not what the last build left.
            return None

    def _write_all(self, output: OutputFolder, view: SiteView) -> None:
        documents = search_documents(view, view.trace.items)
        self._state = IndexState(documents, portable=view.options.portable)
        for name, text in self._state.files().items():
            output.write(FOLDER + name, text.encode("utf-8", "surrogatepass"))


def _taken_up(output: OutputFolder, view: SiteView) -> IndexState:
    """The index of the last build, read from its files.  Raises ValueError, OSError."""
    return IndexState(
        search_documents(view, view.trace.items),
        portable=view.options.portable,
        read=lambda name: (output.folder / FOLDER / name).read_text(encoding="utf-8"),
    )


def _index_files(output: OutputFolder) -> list[str]:
    return [path for path in output.known if path.startswith(FOLDER) and path != _PAGE]


def _documents(view: SiteView, dirt: Dirt) -> dict[str, SearchDocument]:
    return {each.id: each for each in search_documents(view, dirt.items)}
