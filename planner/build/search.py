"""Keeps the search index of a site up to date: an edit changes few of its files."""

from planner.build.dirt import Dirt
from planner.build.output import OutputFolder
from planner.render.search_documents import search_documents
from planner.render.search_index import IndexState, SearchDocument
from planner.render.view import SiteView

FOLDER = "search/"
_PAGE = "search/index.html"


class SearchFiles:
    """The index of the site in one folder.

    A resident process keeps it from build to build; a new one makes the whole index again, unless
    no document changed since the last build.
    """

    def __init__(self) -> None:
        self._state: IndexState | None = None

    def write(self, output: OutputFolder, old: SiteView | None, new: SiteView, dirt: Dirt) -> None:
        """Write what changed of the index from `old` to `new`; the rest counts as made."""
        if old is None or dirt.everything or old.options != new.options:
            self._write_all(output, new)
            return
        changed = _documents(new, dirt)
        before = _documents(old, dirt)
        removed = before.keys() - changed.keys()
        changed = {key: each for key, each in changed.items() if before.get(key) != each}
        if self._state is not None:
            edited = self._state.update(changed.values(), removed)
        elif changed or removed:
            self._write_all(output, new)
            return
        else:
            edited = {}
        for name, text in edited.items():
            if text is not None:
                output.write(FOLDER + name, text.encode("utf-8", "surrogatepass"))
        kept = [
            path
            for path in output.known
            if path.startswith(FOLDER) and path != _PAGE and path[len(FOLDER) :] not in edited
        ]
        if not all(output.intact(path) for path in kept):
            self._write_all(output, new)

    def _write_all(self, output: OutputFolder, view: SiteView) -> None:
        documents = search_documents(view, view.trace.items)
        self._state = IndexState(documents, portable=view.options.portable)
        for name, text in self._state.files().items():
            output.write(FOLDER + name, text.encode("utf-8", "surrogatepass"))


def _documents(view: SiteView, dirt: Dirt) -> dict[str, SearchDocument]:
    return {each.id: each for each in search_documents(view, dirt.items)}
