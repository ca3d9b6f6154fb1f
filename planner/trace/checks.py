"""Everything that is wrong with a plan: reading, structure, wording, waivers, in one list."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from planner.model.items import Item
from planner.model.problem import Problem
from planner.trace.graph import Trace
from planner.trace.names import all_items
from planner.trace.rules import RULES
from planner.trace.structure_rules import check_structure
from planner.trace.text_memo import TextMemo
from planner.trace.waivers import waive
from planner.trace.wording import check_item, collect_terms


def check(
    trace: Trace,
    reading: Sequence[Problem] = (),
    *,
    wording: Mapping[str, Iterable[Problem]] | None = None,
    memo: TextMemo | None = None,
    day: str = "",
) -> tuple[Problem, ...]:
    """All problems of a plan, sorted by path, line and rule, with waivers applied.

    `reading` are the problems found while reading the files.  `wording` are those of
    `planner.trace.wording.check_item` for each item, where they are known already (the keys do not
    matter); None checks the wording here.  `memo` keeps what was computed of texts from one check
    of this plan to the next; without one the result is the same.
    `day` is the day of the plan, after which claims of research may have expired.

    A waived problem is kept, with the reason in `waived`; a waiver that is wrong or waives nothing
    is a problem itself.
    """
    found = [*reading, *check_structure(trace, memo, day)]
    if wording is None:
        found.extend(_wording(trace))
    else:
        found.extend(problem for problems in wording.values() for problem in problems)
    return tuple(sorted(waive(trace.tree, found, RULES), key=_key))


def _wording(trace: Trace) -> Iterator[Problem]:
    terms = collect_terms(trace.tree)
    items: tuple[Item, ...] = (trace.tree.plan, *all_items(trace.tree))
    for item in items:
        yield from check_item(item, terms)


def _key(problem: Problem) -> tuple[str, int, str, str]:
    return problem.path, problem.line, problem.rule, problem.message
