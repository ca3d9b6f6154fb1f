"""What changed in a plan between any two revisions: in words by place, and file by file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planner.build.collecting import without_gc
from planner.build.loading import load_folder
from planner.build.memory import Memory
from planner.edit.editor import Editor
from planner.edit.preview import FileChange, unified_diff
from planner.model.items import Phase, PlanTree, Requirement
from planner.store.folder import resolve_revision
from planner.store.revisions import Revision, checked_revision, revisions
from planner.store.versions import read_versions
from planner.trace.difference import Change, compare
from planner.trace.graph import phase_key
from planner.trace.names import Names, build_names

_KEPT = 4  # differences
_KIND_ORDER = ("plan", "milestone", "phase", "requirement", "research")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands in the plan; parts that it has none of are empty."""

    milestone: str = ""
    milestone_title: str = ""
    phase: str = ""
    phase_title: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from the commit `old` to the commit `new`.

    `changes` stand in the order of the plan, as it is now or (of what is gone) was; `places` say
    where, by kind and id of the item; `paths` are the files that differ.
    """

    old: str
    new: str
    changes: tuple[Change, ...]
    places: Mapping[tuple[str, str], Place]
    paths: tuple[str, ...]


class Differences:
    """Compares revisions of an editor's plan; keeps the last few results."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._memory = Memory()
        self._known: dict[tuple[str, str], Difference] = {}

    def choices(self) -> tuple[Revision, ...]:
        """Branches, tags and commits that can be compared."""
        return revisions(self._editor.folder)

    @without_gc()
    def between(self, old: str, new: str) -> Difference:
        """What changed between two revisions.

        Raises RevisionError for what is no revision of this repository, StoreError as git does.
        """
        repository = self._editor.repository
        key = (
            resolve_revision(repository, checked_revision(old)),
            resolve_revision(repository, checked_revision(new)),
        )
        found = self._known.pop(key, None) or self._compared(*key)
        self._known[key] = found
        for known in list(self._known)[:-_KEPT]:
            del self._known[known]
        return found

    def files(self, found: Difference, paths: Iterable[str]) -> tuple[FileChange, ...]:
        """The raw changes of some of the files that differ."""
        wanted = list(paths)
        asked = [(commit, path) for commit in (found.old, found.new) for path in wanted]
        data = read_versions(self._editor.folder, asked)
        pairs = zip(wanted, data[: len(wanted)], data[len(wanted) :], strict=True)
        return tuple(
            FileChange(path, was, now, unified_diff(path, was, now)) for path, was, now in pairs
        )

    def _compared(self, old: str, new: str) -> Difference:
        was, old_blobs = self._read(old)
        now, new_blobs = self._read(new)
        before, after = _Places(was), _Places(now)
        changes = compare(was, now)
        places = {
            (each.item_kind, each.id): after.of(each.item_kind, each.id)
            or before.of(each.item_kind, each.id)
            or Place()
            for each in changes
        }
        order = {**before.order, **after.order}

        def key(change: Change) -> tuple[object, ...]:
            place = places[change.item_kind, change.id]
            return (
                change.item_kind == "research",
                change.item_kind != "plan" and not place.milestone,
                order.get(("milestone", place.milestone), 0),
                not place.phase and change.item_kind == "requirement",
                order.get(("phase", place.phase), 0) if place.phase else -1,
                _KIND_ORDER.index(change.item_kind),
                change.id,
            )

        paths = {
            path for path in {*old_blobs, *new_blobs} if old_blobs.get(path) != new_blobs.get(path)
        }
        return Difference(old, new, tuple(sorted(changes, key=key)), places, tuple(sorted(paths)))

    def _read(self, commit: str) -> tuple[PlanTree, dict[str, str]]:
        loaded = load_folder(self._editor.folder, commit, self._memory, wording=False)
        return loaded.tree, {path: known.blob for path, known in self._memory.known.items()}


class _Places:
    """Where the items of one plan stand, and in which order."""

    def __init__(self, tree: PlanTree) -> None:
        self._names: Names = build_names(tree)
        self._milestones = {each.id: each.title for each in tree.milestones}
        self._phases: dict[str, Phase] = {each.id: each for each in tree.phases}
        self._requirements: dict[str, Requirement] = {each.id: each for each in tree.requirements}
        self.order = {
            **{("milestone", each.id): place for place, each in enumerate(tree.milestones)},
            **{
                ("phase", each.id): place
                for place, each in enumerate(sorted(tree.phases, key=phase_key))
            },
        }

    def of(self, kind: str, item_id: str) -> Place | None:
        """The place of an item; None when it is not in this plan."""
        if kind == "milestone" and item_id in self._milestones:
            return Place(item_id, self._milestones[item_id])
        if kind == "phase" and item_id in self._phases:
            return self._of_phase(item_id)
        requirement = self._requirements.get(item_id) if kind == "requirement" else None
        if requirement is None:
            return None
        known = (self._names.resolve(each, "phase") for each in requirement.phases)
        return next((self._of_phase(each) for each in known if each in self._phases), Place())

    def _of_phase(self, phase_id: str) -> Place:
        phase = self._phases[phase_id]
        milestone = self._names.resolve(phase.milestone, "milestone") if phase.milestone else None
        title = self._milestones.get(milestone or "", "")
        return Place(milestone or "", title, phase.id, phase.title, phase.number)
