"""Rules about names: an id, an alias and a phase number each mean one item."""

from collections.abc import Iterable, Iterator

from planner.model.fields import kind_of
from planner.model.ids import number_key
from planner.model.items import Item, Phase, PlanTree, Unreadable
from planner.model.problem import Place, Problem
from planner.trace.finding import ERROR, WARNING, finding, line_of, place_of, table
from planner.trace.graph import Trace
from planner.trace.names import all_items, fold
from planner.trace.rule import Rule

DUPLICATE_ID = Rule(
    id="duplicate-id",
    group="references",
    title="Two items with one id",
    severity=ERROR,
    why="A reference to the id means either; on some systems one file hides the other.",
    good="""\
== requirements/AUTH-01.md
---
---
The service shall ask for a password.
== requirements/AUTH-02.md
---
---
The service shall lock an account after 5 wrong passwords.
""",
    bad="""\
== requirements/AUTH-01.md
---
---
The service shall ask for a password.
== requirements/auth-01.md
---
---
The service shall lock an account after 5 wrong passwords.
""",
    hint="rename one of the files and put its old id into its aliases",
)
ALIAS_CLASH = Rule(
    id="alias-clash",
    group="references",
    title="Alias that is taken",
    severity=WARNING,
    why="A reference to the alias leads to the other item, and old addresses lead astray.",
    good="""\
== requirements/AUTH-01.md
---
---
The service shall ask for a password.
== requirements/AUTH-02.md
---
aliases: [LOGIN-02]
---
The service shall lock an account after 5 wrong passwords.
""",
    bad="""\
== requirements/AUTH-01.md
---
---
The service shall ask for a password.
== requirements/AUTH-02.md
---
aliases: [AUTH-01]
---
The service shall lock an account after 5 wrong passwords.
""",
    hint="remove the alias from one of the two",
)
DUPLICATE_NUMBER = Rule(
    id="duplicate-phase-number",
    group="references",
    title="Two phases with one number",
    severity=ERROR,
    why="The number gives the order; of two equal ones nobody knows which comes first.",
    good="""\
== phases/login.md
---
title: Login
number: "02"
---
People can log in.
== phases/logout.md
---
title: Logout
number: "02.1"
---
People can log out.
""",
    bad="""\
== phases/login.md
---
title: Login
number: "02"
---
People can log in.
== phases/logout.md
---
title: Logout
number: "2"
---
People can log out.
""",
    hint="give one of them a number of its own; 02.1 comes between 02 and 03",
)

IDENTITY_RULES = table((DUPLICATE_ID, ALIAS_CLASH, DUPLICATE_NUMBER))


def check_identity(trace: Trace) -> Iterator[Problem]:
    """Problems of ids, aliases and numbers."""
    tree = trace.tree
    holders = _holders(tree)
    yield from _duplicate_ids(holders)
    yield from _alias_clashes(tree, holders)
    yield from _duplicate_numbers(trace.phases)


def _holders(tree: PlanTree) -> dict[str, list[Item | Unreadable]]:
    """The items by folded id, each list in order of kind and path."""
    holders: dict[str, list[Item | Unreadable]] = {}
    everything: tuple[Item | Unreadable, ...] = (*all_items(tree), *tree.unreadable)
    for item in everything:
        holders.setdefault(fold(item.id), []).append(item)
    return holders


def _duplicate_ids(holders: dict[str, list[Item | Unreadable]]) -> Iterator[Problem]:
    for sharing in holders.values():
        if len(sharing) == 1:
            continue
        first, *others = sharing
        for other in others:
            if not isinstance(other, Unreadable):
                shown, hidden = other, first
            elif not isinstance(first, Unreadable):
                shown, hidden = first, other
            else:  # both files are reported as unreadable
                continue
            yield finding(
                DUPLICATE_ID,
                "file",
                shown,
                f"the id {shown.id} is also that of {hidden.path}",
                related=(Place(hidden.path),),
            )


def _alias_clashes(
    tree: PlanTree, holders: dict[str, list[Item | Unreadable]]
) -> Iterator[Problem]:
    taken: dict[str, Item] = {}
    for item in all_items(tree):
        for index, alias in enumerate(item.aliases):
            key = fold(alias)
            holder = next((each for each in holders.get(key, ()) if each is not item), None)
            if holder is None:
                holder = taken.setdefault(key, item)
            if holder is item:
                continue
            how = "the id" if fold(holder.id) == key else "an alias"
            yield finding(
                ALIAS_CLASH,
                kind_of(item),
                item,
                f"the alias {alias} is {how} of {holder.path}",
                line=line_of(item, "aliases", index),
                related=(Place(holder.path),),
            )


def _duplicate_numbers(phases: Iterable[Phase]) -> Iterator[Problem]:
    first_with: dict[object, Phase] = {}
    for phase in phases:
        if not phase.number or phase.status == "dropped":
            continue
        first = first_with.setdefault(number_key(phase.number), phase)
        if first is not phase:
            yield finding(
                DUPLICATE_NUMBER,
                "phase",
                phase,
                f"the number {phase.number} is also that of {first.title or first.id}",
                line=line_of(phase, "number"),
                related=(place_of(first, "number"),),
            )
