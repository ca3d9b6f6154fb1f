"""Which texts of the accepted parts a model wrote: the provenance of the items that they become."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.interviewing import Draft

Entry = Mapping[str, str]
Decisions = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Origins:
    """The provenance of new items by kind, in the order in which they are made."""

    by_kind: Mapping[str, Iterator[Mapping[str, Entry]]]

    def next_of(self, kind: str) -> Mapping[str, Entry]:
        """That of the next new item of a kind; empty: people and the planner wrote it."""
        return next(self.by_kind.get(kind, iter(())), {})


def origins(made: Draft, decisions: Decisions, session: str) -> Origins:
    """The provenance of what is kept of a draft; `session` is the id of the interview."""
    milestones = (made.milestone,) if made.milestone is not None else ()
    return Origins(
        {
            "milestone": iter([_fields(each, decisions, session) for each in milestones]),
            "phase": iter(
                [
                    {**_fields(each, decisions, session), **_criteria(each, decisions, session)}
                    for each in made.phases
                ]
            ),
            "requirement": iter([_fields(each, decisions, session) for each in made.requirements]),
        }
    )


def _fields(part: Any, decisions: Decisions, session: str) -> dict[str, Entry]:
    decided = decisions.get(part.key, {})
    source = getattr(part, "source", "")
    return {
        name: _entry(decided, model, session, source)
        for name, model in decided.get("written", {}).items()
    }


def _criteria(phase: Any, decisions: Decisions, session: str) -> dict[str, Entry]:
    # Criteria get their ids in their order, see `planner.interview.items`.
    return {
        f"criteria.c{number}": _entry(decisions[each.key], model, session, each.source)
        for number, each in enumerate(phase.criteria, 1)
        for model in decisions.get(each.key, {}).get("written", {}).values()
    }


def _entry(decided: Mapping[str, Any], model: str, session: str, question: str) -> Entry:
    """Who had it written, and by which model; whether it is approved is said by who saves it."""
    entry = {"by": decided["person"], "model": model, "session": session}
    return {**entry, "question": question} if question else entry
