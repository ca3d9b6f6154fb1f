"""Which requirements and phases rest on claims of research, and which of these claims are gone."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from planner.model.claims import Claim
from planner.model.items import Requirement, Research
from planner.model.problem import Problem
from planner.trace.graph import Trace
from planner.trace.names import fold

BASED_ON = "based-on"
SUSPECT = "suspect-claim"
EXPIRED_CLAIM = "claim-expired"


class Ground(NamedTuple):
    """A claim on which a requirement rests: the document of its run, and how it was named."""

    document: Research
    claim: Claim
    name: str


def is_gone(claim: Claim, problems: Iterable[Problem]) -> bool:
    """Whether nothing can rest on a claim; `problems` are those of its run, which know the day."""
    return claim.status == "overturned" or any(
        each.rule == EXPIRED_CLAIM and each.line == claim.line for each in problems
    )


def claims_by_name(trace: Trace) -> dict[str, Ground]:
    """All claims by their folded name `run/c1`."""
    return {
        fold(name): Ground(document, claim, name)
        for document in trace.tree.research
        for claim in document.claims
        for name in (f"{document.run}/{claim.id}",)
    }


def grounds_of(requirement: Requirement, known: Mapping[str, Ground]) -> Iterator[Ground]:
    """The claims that the requirement rests on, as far as they are there."""
    for link in requirement.links:
        if link.type == BASED_ON and (ground := known.get(fold(link.to))) is not None:
            yield ground


def claims_of(trace: Trace, requirement: Requirement) -> list[Ground]:
    """The claims that the requirement rests on, looked up in the runs that it names alone."""
    ends = trace.links_out.get(requirement.id, ())
    documents = [trace.items[end.id] for end in ends if end.type == BASED_ON]
    found = {
        fold(name): Ground(document, claim, name)
        for document in documents
        if isinstance(document, Research)
        for claim in document.claims
        for name in (f"{document.run}/{claim.id}",)
    }
    return list(grounds_of(requirement, found))


def caused_by(trace: Trace, document: Research) -> dict[str, list[str]]:
    """The requirements that each claim of a run caused: ids by id of the claim."""
    found: dict[str, list[str]] = {}
    mine = {fold(f"{document.run}/{each.id}"): each.id for each in document.claims}
    for end in trace.links_in.get(document.id, ()):
        requirement = trace.requirement_by_id.get(end.id)
        if end.type != BASED_ON or requirement is None:
            continue
        for link in requirement.links:
            claim = mine.get(fold(link.to)) if link.type == BASED_ON else None
            if claim is not None:
                found.setdefault(claim, []).append(requirement.id)
    return found
