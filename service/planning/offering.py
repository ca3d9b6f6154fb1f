"""Problems in a list, and their mends as edits that a program can look at and save.

Runs in the planner process.
"""

from collections.abc import Iterable, Iterator, Sequence

from planner.codec.plain_values import plain_value
from planner.edit.state import PlanState
from planner.editing import Fix, ReplaceText, SetFields, fixes_for
from planner.model.problem import Problem
from service.planning.edits import SetEdit, TextEdit
from service.planning.recording import problem_record
from service.planning.records import FoundRecord, OfferRecord, ProblemsRecord
from service.planning.selecting import Part

# Each fix is tried out: a list of hundreds of problems gets those of the first ones.
MOST_OFFERED = 100


def problems_record(
    branch: str, plan: PlanState, found: Sequence[Problem], part: Part, *, fixes: bool
) -> ProblemsRecord:
    """A part of the problems `found` in a plan; with `fixes`, how the first of them are mended."""
    return ProblemsRecord(
        branch=branch,
        commit=plan.commit,
        problems=tuple(_told(plan, part.of(found), fixes=fixes)),
        total_count=len(found),
    )


def _told(plan: PlanState, problems: Iterable[Problem], *, fixes: bool) -> Iterator[FoundRecord]:
    for number, problem in enumerate(problems):
        offered: tuple[OfferRecord, ...] = ()
        if fixes and number < MOST_OFFERED:
            offered = tuple(_offers(fixes_for(plan, problem)))
        told = problem_record(problem).model_dump()
        yield FoundRecord.model_validate({**told, "fixes": offered})


def _offers(fixes: Iterable[Fix]) -> Iterator[OfferRecord]:
    for fix in fixes:
        edit = _edit(fix)
        if edit is not None:
            yield OfferRecord(label=fix.label, certain=fix.certain, edit=edit)


def _edit(fix: Fix) -> SetEdit | TextEdit | None:
    """The same as JSON; None for what it cannot hold (bytes of a file that are no UTF-8)."""
    wanted = fix.operation
    values: dict[str, object] = {}
    if isinstance(wanted, SetFields):
        changes = {name: plain_value(value) for name, value in wanted.changes.items()}
        values = {"op": "set", "changes": changes}
    elif isinstance(wanted, ReplaceText) and _is_unicode(wanted.text):
        values = {"op": "text", "text": wanted.text}
    else:
        return None
    values |= {"kind": wanted.kind, "id": wanted.id, "blob": wanted.blob}
    model = SetEdit if isinstance(wanted, SetFields) else TextEdit
    return model.model_validate(values)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= each <= "\udfff" for each in text)
