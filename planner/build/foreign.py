"""Reads a plan of another format, as it is, through the importer."""

from planner.build.loading import Loaded
from planner.exchange.gsd import read_source
from planner.exchange.source import read_files
from planner.store.location import PlanLocation
from planner.trace.names import all_items
from planner.trace.wording import check_item, collect_terms


def load_foreign(location: PlanLocation, *, wording: bool = True) -> Loaded:
    """Read a `.planning` folder or a single ROADMAP.md.  Raises SourceError."""
    imported = read_source(read_files(location.file or location.folder))
    terms = collect_terms(imported.tree)
    items = (imported.tree.plan, *all_items(imported.tree)) if wording else ()
    return Loaded(
        tree=imported.tree,
        reading=tuple(imported.problems),
        wording={item.id: check_item(item, terms) for item in items},
        commit="",
    )
