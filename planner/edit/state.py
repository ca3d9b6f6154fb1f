"""The plan at the tip of a branch, as edits see it: items, their bytes, problems, free ids."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from planner.build.loading import Loaded, load_folder, with_files
from planner.build.memory import Known, Memory
from planner.codec.reading import kind_of_path
from planner.errors import EditError, LostBaseError, MissingError
from planner.model.fields import KINDS, kind_of
from planner.model.ids import FOLDER_OF, path_of
from planner.model.items import Item, PlanTree
from planner.store.folder import PlanFolder
from planner.store.objects import object_ids, read_objects
from planner.store.plan_path import checked_path
from planner.store.refs import all_tips
from planner.store.saving import need_repository
from planner.store.trees import parse_tree
from planner.store.versions import read_versions
from planner.trace.names import Names, all_items, build_names, fold, names_after
from planner.trace.suggest import Suggestions


@dataclass(frozen=True, slots=True)
class PlanState:
    """A plan at a commit, with `changed` files (by path; None: deleted) on top of it."""

    folder: PlanFolder
    commit: str
    loaded: Loaded
    known: Mapping[str, Known]
    names: Names
    changed: Mapping[str, bytes | None] = field(default_factory=dict)
    # Bytes that were read of the commit, by path: many edits ask for the same files.
    texts: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @property
    def tree(self) -> PlanTree:
        """The items of the plan."""
        return self.loaded.tree

    def item(self, ref: str, kind: str = "") -> Item:
        """The item that `ref` (an id or an alias, in any case) names.

        Raises MissingError when there is none, EditError when its file cannot be read.
        """
        found = self.names.resolve(ref, kind or None)
        if found is not None:
            for item in (self.tree.plan, *all_items(self.tree)):
                if item.id == found and item.path and kind in {"", kind_of(item)}:
                    return item
        for lost in self.tree.unreadable:
            if fold(lost.id) == fold(ref) and kind in {"", lost.kind}:
                raise EditError(
                    f"{lost.path} cannot be read, so it cannot be edited here",
                    "`planner check` says what is wrong in it; mend the file by hand",
                )
        kinds = (kind,) if kind else tuple(KINDS)
        hint = Suggestions(self.tree).hint(ref, kinds, "the id is the file name without .md")
        raise MissingError(f"there is no {kind or 'item'} {ref!r} in the plan", hint)

    def find(self, kind: str, item_id: str) -> Item | None:
        """The item of this kind and id; where it was renamed, the one that has it as an alias."""
        held = self.known.get(path_of(kind, item_id))
        if held is not None and held.read.item is not None:
            return held.read.item
        found = self.names.resolve(item_id, kind)
        held = self.known.get(path_of(kind, found)) if found is not None else None
        return held.read.item if held is not None else None

    def data(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes of files of the plan.  Raises EditError when one is not there."""
        wanted = list(paths)
        unread = [each for each in wanted if each not in self.changed and each not in self.texts]
        asked = [(self.commit, path) for path in unread]
        versions = read_versions(self.folder, asked) if asked else []
        self.texts.update(
            (path, data) for path, data in zip(unread, versions, strict=True) if data is not None
        )
        found = {}
        for path in wanted:
            data = self.changed[path] if path in self.changed else self.texts.get(path)
            if data is None:
                raise EditError(f"there is no file {path} in the plan", "it was deleted or renamed")
            found[path] = data
        return found

    def blob(self, blob: str) -> bytes:
        """The bytes of a blob that a form was opened with.  Raises LostBaseError without it."""
        if not blob.isalnum() or len(blob) not in {40, 64}:
            raise LostBaseError(f"{blob!r} is no id of a blob", "open the item again")
        found = read_objects(need_repository(self.folder), [blob])[0]
        if found is None or found.type != "blob":
            raise LostBaseError(f"git has no text {blob}", "open the item again")
        return found.data

    def with_files(self, files: Mapping[str, bytes | None]) -> "PlanState":
        """The plan with more files changed.  Raises OutsideError for a path that is refused."""
        for path in files:
            checked_path(path)
        loaded, known = with_files(self.folder, self.loaded, self.known, files)
        changed = {**self.changed, **files}
        names = names_after(self.names, self.tree, loaded.tree)
        return replace(self, loaded=loaded, known=known, names=names, changed=changed)

    def committed(self, commit: str) -> "PlanState":
        """The same plan, once its changed files are in `commit`."""
        loaded = replace(self.loaded, commit=commit)
        return replace(self, commit=commit, loaded=loaded, changed={}, texts={})

    def is_taken(self, item_id: str, *, but: Item | None = None) -> str:
        """The path of the item (other than `but`) that has this id or alias; empty: it is free."""
        key = fold(item_id)
        for path, known in self.known.items():
            item = known.read.item
            named = kind_of_path(path)
            if named is None or (but is not None and path == but.path):
                continue
            spellings = (named[1], *(item.aliases if item is not None else ()))
            if any(fold(each) == key for each in spellings):
                return path
        return ""

    def ids_everywhere(self, kind: str) -> set[str]:
        """The ids of a kind on every branch, here and at remotes, and the aliases of this plan."""
        repository = need_repository(self.folder)
        place = f"{self.folder.prefix}{FOLDER_OF[kind]}"
        tips = [f"{tip}:{place}" for tip in all_tips(repository)]
        trees = sorted({each for each in object_ids(repository, tips) if each})
        ids = {
            name.removesuffix(".md")
            for found in read_objects(repository, trees)
            if found is not None and found.type == "tree"
            for name in parse_tree(found.data, repository.object_format)
        }
        for known in self.known.values():
            item = known.read.item
            if item is not None and kind_of(item) == kind:
                ids |= {item.id, *item.aliases}
        return ids | {each.id for each in self.tree.unreadable if each.kind == kind}


def read_state(folder: PlanFolder, commit: str, memory: Memory) -> PlanState:
    """The plan of `folder` at a commit; `memory` is brought up to date.

    Raises RevisionError and StoreError as the store does.
    """
    loaded = load_folder(folder, commit, memory)
    return PlanState(folder, loaded.commit, loaded, memory.known, build_names(loaded.tree))
