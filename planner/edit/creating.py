"""Making new items, with ids that no branch has yet."""

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from planner.codec.editing import edit_text
from planner.codec.reading import kind_of_path, read_item
from planner.codec.writing import render_item
from planner.edit.draft import Draft
from planner.edit.fields import field_name
from planner.edit.state import PlanState
from planner.errors import EditError
from planner.model.fields import KINDS
from planner.model.ids import is_id, number_key, path_of, slug
from planner.model.items import Item, Phase, Requirement
from planner.trace.graph import phase_key
from planner.trace.names import fold

_MOST_ALIKE = 1000
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBERED = re.compile(r"(.+)-(\d+)")


@dataclass(frozen=True, slots=True)
class Create:
    """Make a new item of `kind` with these fields.

    `id` is the wished one; without it a requirement gets the next number of its `category`
    (default: that of the others in its phase), a phase or milestone one made from its title; a
    research document needs one (`run/topic`).  A phase without a number comes last, or right
    behind the phase `after`.
    """

    kind: str
    fields: Mapping[str, object] = field(default_factory=dict)
    id: str = ""
    category: str = ""
    after: str = ""

    def draft(self, plan: PlanState) -> Draft:
        """The new file.  Raises EditError when the id is taken or none can be made."""
        return self.draft_among(NewIds(plan))

    def draft_among(self, ids: "NewIds") -> Draft:
        """The same as one of several new items that share the supply of ids."""
        if self.kind not in KINDS or self.kind == "plan":
            raise EditError(f"there is no kind of item {self.kind!r} to make")
        fields = {field_name(self.kind, name): value for name, value in self.fields.items()}
        if self.kind == "phase" and not fields.get("number"):
            fields["number"] = number_after(ids.phases, self._before(ids.plan))
        item_id = self._id(ids, fields)
        path = path_of(self.kind, item_id)
        blank = render_item(KINDS[self.kind](id=item_id, path=path)).encode()
        item = read_item(path, edit_text(path, blank, fields)).item
        if item is None:
            raise EditError(f"a {self.kind} with these fields cannot be read back")
        ids.give(item)
        data = render_item(item).encode()
        subject = f"Add {self.kind} {item_id}"
        return Draft({path: data}, item_id, self.kind, subject, made=(item_id,))

    def _before(self, plan: PlanState) -> Phase | None:
        found = plan.item(self.after, "phase") if self.after else None
        return found if isinstance(found, Phase) else None

    def _id(self, ids: "NewIds", fields: Mapping[str, object]) -> str:
        if self.id:
            return checked_id(self.kind, self.id, ids.holder(self.id))
        if self.kind == "requirement":
            return ids.next_of(self.category or ids.category(fields))
        if self.kind == "research":
            raise EditError("a research document needs an id", "give one such as survey/pitfalls")
        base = slug(str(fields.get("title", ""))) or f"{self.kind}-{fields.get('number', 1)}"
        names = (base, *(f"{base}-{count}" for count in range(2, _MOST_ALIKE)))
        free = next((each for each in names if ids.is_free(self.kind, each)), None)
        if free is None:
            raise EditError(f"there are {_MOST_ALIKE} items called {base}", "give an id yourself")
        return free


class NewIds:
    """The supply of ids for the new items of one edit.

    What the plan and all branches have is looked up once, so that a thousand new items cost little
    more than one; no id is given twice.
    """

    def __init__(self, plan: PlanState) -> None:
        self.plan = plan
        self.phases: list[Phase] = list(plan.tree.phases)
        """All phases, the new ones too: their numbers are taken."""
        self._holders = _holders(plan)
        self._everywhere: dict[str, set[str]] = {}
        self._highest: dict[str, tuple[int, int]] = {}
        self._categories: dict[frozenset[str], str] = {}

    def holder(self, item_id: str) -> str:
        """Who has this id or alias; empty: it is free."""
        return self._holders.get(fold(item_id), "")

    def is_free(self, kind: str, item_id: str) -> bool:
        """Whether neither this plan nor another branch has the id."""
        return not self.holder(item_id) and fold(item_id) not in self._taken(kind)

    def give(self, item: Item) -> None:
        """Note that a new item has its id."""
        self._holders[fold(item.id)] = "another new item of this edit"
        if isinstance(item, Phase):
            self.phases.append(item)

    def next_of(self, category: str) -> str:
        """A new id of a category of requirements.  Raises EditError for one that is none."""
        style = self.plan.tree.plan.id_style
        if style == "random":
            taken = self._taken("requirement") | self._holders.keys()
            return mint(category, taken, style)
        key = fold(category)
        if key not in self._highest:
            first = mint(category, self._taken("requirement"))
            number = first.rpartition("-")[2]
            self._highest[key] = (int(number) - 1, len(number))
        highest, width = self._highest[key]
        while True:
            highest += 1
            item_id = f"{category}-{highest:0{width}d}"
            if not self.holder(item_id):
                self._highest[key] = (highest, width)
                return item_id

    def category(self, fields: Mapping[str, object]) -> str:
        """How ids begin in the phase that the fields name, else in the plan.  Raises EditError."""
        phases = fields.get("phases") or ()
        named = {phases} if isinstance(phases, str) else set(map(str, phases))  # type: ignore[call-overload]
        key = frozenset(named)
        if key not in self._categories:
            self._categories[key] = _category(self.plan, named)
        return self._categories[key]

    def _taken(self, kind: str) -> set[str]:
        if kind not in self._everywhere:
            self._everywhere[kind] = {fold(each) for each in self.plan.ids_everywhere(kind)}
        return self._everywhere[kind]


def _holders(plan: PlanState) -> dict[str, str]:
    """The path of the item that has an id or alias, by its folded form."""
    holders: dict[str, str] = {}
    for path, known in plan.known.items():
        named, item = kind_of_path(path), known.read.item
        if named is not None:
            for each in (named[1], *(item.aliases if item is not None else ())):
                holders.setdefault(fold(each), path)
    return holders


def free_id(plan: PlanState, kind: str, item_id: str, *, but: Item | None = None) -> str:
    """The id, if it may be one and nobody (other than `but`) has it.  Raises EditError."""
    return checked_id(kind, item_id, plan.is_taken(item_id, but=but))


def checked_id(kind: str, item_id: str, holder: str) -> str:
    """The id, if it may be one and has no `holder`.  Raises EditError."""
    parts = item_id.split("/") if kind == "research" else [item_id]
    if not all(map(is_id, parts)) or len(parts) != (2 if kind == "research" else 1):
        raise EditError(
            f"{item_id!r} cannot be the id of a {kind}",
            "use letters, digits, and between them . - _"
            + (" with one / (run/topic)" if kind == "research" else ""),
        )
    if holder:
        raise EditError(f"the id {item_id} is taken by {holder}", "choose another one")
    return item_id


def _category(plan: PlanState, named: set[str]) -> str:
    """The category of most requirements in the phases, else of most in the plan."""
    here = {plan.names.resolve(each, "phase") or each for each in named}
    everywhere = plan.tree.requirements
    inside = [each for each in everywhere if here & _phases(plan, each)]
    counts = Counter(
        match[1] for each in inside or everywhere if (match := _NUMBERED.fullmatch(each.id))
    )
    if not counts:
        raise EditError(
            "no requirement shows how ids are made here",
            "give an id such as AUTH-01, or a category such as AUTH",
        )
    return counts.most_common(1)[0][0]


def _phases(plan: PlanState, requirement: Requirement) -> set[str]:
    return {plan.names.resolve(each, "phase") or each for each in requirement.phases}


def mint(category: str, taken: Iterable[str], style: str = "sequential") -> str:
    """A new id of a category: the number behind the highest one, or four random characters.

    Raises EditError for a category that cannot begin an id.
    """
    if not is_id(category):
        raise EditError(f"{category!r} is no category of ids", "write letters, such as AUTH")
    folded = {fold(each) for each in taken}
    if style == "random":
        while True:
            tail = "".join(secrets.choice(_CROCKFORD) for _ in range(4))
            if fold(f"{category}-{tail}") not in folded:
                return f"{category}-{tail}"
    numbers = [
        match[2] for each in folded if (match := _NUMBERED.fullmatch(each))
        and match[1] == fold(category)
    ]  # fmt: skip
    width = max((len(each) for each in numbers), default=2)
    return f"{category}-{max(map(int, numbers), default=0) + 1:0{width}d}"


def number_after(phases: Iterable[Phase], before: Phase | None) -> str:
    """A number for a new phase: right behind `before`, or behind all."""
    ordered = sorted((each for each in phases if each.number), key=phase_key)
    whole = [each.number for each in ordered if each.number.isdigit()]
    if before is None or not before.number:
        width = max((len(each) for each in whole), default=2)
        return f"{max(map(int, whole), default=0) + 1:0{width}d}"
    if ordered[-1].number == before.number and before.number.isdigit():
        return f"{int(before.number) + 1:0{len(before.number)}d}"
    following = [each.number for each in ordered if _key(each) > number_key(before.number)]
    for count in range(1, 1000):
        number = f"{before.number}.{count}"
        if not following or number_key(number) < number_key(following[0]):
            return number
        if number_key(number) not in {number_key(each) for each in following}:
            break
    # There is already one right behind it: go one level down, 02 -> 02.0.1 comes before 02.1.
    return f"{before.number}.0.{_free_place(before.number, following)}"


def _key(phase: Phase) -> tuple[tuple[int, int, str], ...]:
    return number_key(phase.number)


def _free_place(number: str, following: Iterable[str]) -> int:
    taken = {number_key(each) for each in following}
    return next(n for n in range(1, 10_000) if number_key(f"{number}.0.{n}") not in taken)
