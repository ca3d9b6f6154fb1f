"""`/api/review/<milestone or phase>`: what reviews found, as data."""

from typing import Literal

from flask import Blueprint
from pydantic import Field

from service.api.models import Model, Stamp
from service.api.operation import operation
from service.drafting.answers import FindingKind
from service.drafting.drafter import Review
from service.drafting.records import Run
from service.guard.principal import Scope
from service.planning.edits import Ref
from service.views.reviews import ShownFinding, drafter, shown_findings

blueprint = Blueprint("api_reviews", __name__)
State = Literal["open", "dismissed", "stale"]


class FindingQuote(Model):
    """Words of the plan."""

    kind: str
    """The kind of the item."""
    item: str
    at: str
    """The field, or `criteria.c3`, where they stand."""
    text: str
    """The words, on one line."""


class ReviewFinding(Model):
    """What a review found."""

    id: str
    """Made of kind, items and words: the same in every review that finds it."""
    kind: FindingKind
    state: State
    """`stale`: the plan does not say the quoted words any more."""
    quotes: tuple[FindingQuote, ...]
    problem: str
    suggestion: str
    first_run: str
    """The execution that found it first."""
    last_run: str
    dismissed: str
    """The reason; empty: it was not dismissed."""
    dismissed_by: str
    dismissed_at: str


class ReviewRun(Model):
    """A review."""

    execution: str
    person: str
    model: str
    commit: str
    """The plan that was reviewed."""
    at: Stamp
    ended: bool
    why: str
    """Why it has no findings to give; empty: it has, or goes on."""
    refused: tuple[str, ...]
    """Findings that quoted what the plan does not say."""


class ReviewRecord(Model):
    """All that reviews of a milestone or phase came to."""

    kind: str
    id: str
    title: str
    runs: tuple[ReviewRun, ...]
    findings: tuple[ReviewFinding, ...]
    open_count: int = Field(ge=0)


@operation(
    blueprint,
    "GET",
    "/api/review/<ref>",
    scope=Scope.READ,
    returns=ReviewRecord,
    fails=(409, 422),
    tag="Plan: reviews",
    summary="The findings of reviews",
)
def show_review_record(ref: Ref) -> ReviewRecord:
    """Of a milestone or a phase, the newest first, with dismissals and their reasons."""
    found = drafter().review(ref)
    return _record(found, shown_findings(found))


def _record(review: Review, findings: tuple[ShownFinding, ...]) -> ReviewRecord:
    return ReviewRecord(
        kind=review.scope.kind,
        id=review.scope.id,
        title=review.scope.title,
        runs=tuple(map(_run, review.runs)),
        findings=tuple(map(_finding, findings)),
        open_count=sum(each.state == "open" for each in findings),
    )


def _run(run: Run) -> ReviewRun:
    return ReviewRun(
        execution=run.execution,
        person=run.person,
        model=run.model,
        commit=run.commit,
        at=run.at,
        ended=run.read,
        why=run.why,
        refused=run.refused,
    )


def _finding(shown: ShownFinding) -> ReviewFinding:
    kept = shown.kept
    return ReviewFinding.model_validate(
        {
            "id": kept.finding.id,
            "kind": kept.finding.kind,
            "state": shown.state,
            "quotes": tuple(
                FindingQuote(kind=each.kind, item=each.item, at=each.at, text=each.text)
                for each in kept.finding.places
            ),
            "problem": kept.finding.problem,
            "suggestion": kept.finding.suggestion,
            "first_run": kept.first_run,
            "last_run": kept.last_run,
            "dismissed": kept.dismissed,
            "dismissed_by": kept.dismissed_by,
            "dismissed_at": kept.dismissed_at,
        }
    )
