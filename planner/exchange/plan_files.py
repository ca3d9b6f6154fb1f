"""An imported plan as the files that it would be."""

from planner.codec.source import MAX_BYTES
from planner.codec.writing import render_item
from planner.errors import SourceError
from planner.exchange.gsd import Imported
from planner.model.fields import kind_of
from planner.model.ids import path_of


def plan_files(imported: Imported) -> dict[str, bytes]:
    """The files of the imported plan, by path relative to the plan folder.

    Raises SourceError for an item that is too large for a file of a plan.
    """
    tree = imported.tree
    items = (tree.plan, *tree.milestones, *tree.phases, *tree.requirements, *tree.research)
    files = {path_of(kind_of(item), item.id): render_item(item).encode() for item in items}
    for item, (name, data) in zip(items, files.items(), strict=True):
        if len(data) > MAX_BYTES:
            raise SourceError(
                f"{item.path}: what belongs to {item.title or item.id} has {len(data)} bytes, "
                f"more than the {MAX_BYTES} that {name} may hold",
                "shorten it there, or move parts of it into files of their own",
            )
    return files
