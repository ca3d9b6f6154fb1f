"""The open proposals in words: who wrote them, what they do, and which of them meet.

What was found out about a proposal holds as long as neither it nor the branch moves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.build.loading import load_folder
from planner.build.memory import Memory
from planner.edit.approval import FOR_TRAILERS, person_of
from planner.edit.editor import PROPOSALS, Editor
from planner.model.items import PlanTree
from planner.store.commits import Person
from planner.store.folder import Repository
from planner.store.history import line_of, time_of
from planner.store.merging import count_between, merge_base
from planner.store.refs import Branch, branches
from planner.trace.difference import Change, compare
from planner.trace.graph import build_trace

_KEYS = ",".join(f"key={key}" for key in FOR_TRAILERS)
_TRAILERS = f"%(trailers:{_KEYS},valueonly,unfold,separator=%x1f)"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another proposal that touches the same items, or items one link apart from ours."""

    slug: str
    same: tuple[str, ...]
    linked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A branch `plan/<slug>` that is ahead of the main one.

    `base` is where it began; `commits` how many it has, `behind` how many the main branch has
    since; `authors` are all who wrote in it, the latest first, `helpers` those for or with whom
    they did, and who committed it; `time` (RFC 3339) and `subject` are those of its last commit;
    `changes` say what it does to the plan.
    """

    slug: str
    tip: str
    base: str
    commits: int
    behind: int
    authors: tuple[Person, ...]
    time: str
    subject: str
    changes: tuple[Change, ...]
    overlaps: tuple[Overlap, ...] = ()
    helpers: tuple[Person, ...] = ()

    @property
    def weaker(self) -> tuple[Change, ...]:
        """The changes by which a criterion or a text demands less."""
        return tuple(each for each in self.changes if each.weaker)


class ProposalList:
    """Looks at the proposals of an editor's plan, each state of one once."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._memory = Memory()
        self._told: dict[tuple[Branch, str], Proposal | None] = {}
        self._changes: dict[tuple[str, str], tuple[Change, ...]] = {}
        self._near: tuple[str, Mapping[str, set[str]]] = ("", {})

    @property
    def _repository(self) -> Repository:
        return self._editor.repository

    def of(self, main: str) -> tuple[Proposal, ...]:
        """All that are ahead of the commit `main`, by slug.  Raises StoreError as git does."""
        there = branches(self._repository, f"{PROPOSALS}/")
        self._told = {
            (each, main): self._told[each, main]
            if (each, main) in self._told
            else self._proposal(each, main)
            for each in there
        }
        found = [each for each in self._told.values() if each is not None]
        kept = {(each.base, each.tip) for each in found}
        self._changes = {key: known for key, known in self._changes.items() if key in kept}
        if found and self._near[0] != main:
            self._near = (main, _neighbours(self._tree(main)))
        return tuple(_with_overlaps(each, found, self._near[1]) for each in found)

    def _proposal(self, branch: Branch, main: str) -> Proposal | None:
        base = merge_base(self._repository, main, branch.tip)
        if not base or base == branch.tip:
            return None
        log = self._repository.git.run(
            "log", "-z", f"--format=%ct%n%an%n%ae%n%cn%n%ce%n{_TRAILERS}%n%s",
            f"{base}..{branch.tip}", "--",
        )  # fmt: skip
        rows = [row.split(b"\n", 6) for row in log.split(b"\0") if row.strip()]
        authors = tuple(dict.fromkeys(Person(line_of(row[1]), line_of(row[2])) for row in rows))
        return Proposal(
            slug=branch.name.removeprefix(f"{PROPOSALS}/"),
            tip=branch.tip,
            base=base,
            commits=len(rows),
            behind=count_between(self._repository, branch.tip, main),
            authors=authors,
            time=time_of(rows[0][0]),
            subject=line_of(rows[0][6]),
            changes=self._difference(base, branch.tip),
            helpers=tuple(each for each in _helpers(rows) if each not in authors),
        )

    def _difference(self, base: str, tip: str) -> tuple[Change, ...]:
        known = self._changes.get((base, tip))
        if known is None:
            known = compare(self._tree(base), self._tree(tip))
            self._changes[base, tip] = known
        return known

    def _tree(self, commit: str) -> PlanTree:
        folder = self._editor.folder
        return load_folder(folder, commit, self._memory, wording=False).tree


def _helpers(rows: Iterable[Sequence[bytes]]) -> Iterable[Person]:
    """Who committed, and whom trailers name, each once."""
    found: dict[Person, None] = {}
    for row in rows:
        found[Person(line_of(row[3]), line_of(row[4]))] = None
        for text in row[5].split(b"\x1f"):
            if text.strip():
                found[person_of(line_of(text))] = None
    return found


def _neighbours(tree: PlanTree) -> dict[str, set[str]]:
    """The items that are one link apart from each."""
    trace = build_trace(tree)
    found: dict[str, set[str]] = {}

    def link(one: str, other: str) -> None:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)

    for requirement, phases in trace.phases_of_requirement.items():
        for phase in phases:
            link(requirement, phase)
    for requirement, ends in trace.links_out.items():
        for end in ends:
            link(requirement, end.id)
    for phase, dependencies in trace.depends.items():
        for dependency in dependencies:
            link(phase, dependency.phase)
    return found


def _with_overlaps(
    proposal: Proposal, all_of_them: Iterable[Proposal], neighbours: Mapping[str, set[str]]
) -> Proposal:
    mine = {each.id for each in proposal.changes}
    near = {other for each in mine for other in neighbours.get(each, ())} - mine
    overlaps = []
    for other in all_of_them:
        theirs = {each.id for each in other.changes}
        if other.slug != proposal.slug and (theirs & mine or theirs & near):
            same, linked = tuple(sorted(theirs & mine)), tuple(sorted(theirs & near))
            overlaps.append(Overlap(other.slug, same, linked))
    return replace(proposal, overlaps=tuple(overlaps))
