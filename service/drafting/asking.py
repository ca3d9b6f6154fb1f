"""From what a person asks to the job of the model: what is stable first, then data, then that."""

from dataclasses import dataclass
from typing import Final

from service.assistant.jobs import Data, Job
from service.drafting.answers import ReviewReport
from service.drafting.context import Around, Reviewed, outline_text
from service.drafting.findings import ReviewedItem
from service.drafting.offers import NEW_ITEM, label_of
from service.drafting.prompts import REVIEW, SUGGEST, item_text, reviewed_text
from service.drafting.tasks import Task
from service.forms.filled import Filled
from service.forms.reading import values_of
from service.planning.desk import HERE, Target

_SUGGEST_TOKENS: Final = 4096
_REVIEW_TOKENS: Final = 12_000
_REVIEW_S: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for in the form of an item, with what stands in it now.

    `about` is the criterion or requirement that the task is narrowed to (empty: none).
    """

    kind: str
    item: str
    task: Task
    filled: Filled
    target: Target = HERE
    about: str = ""

    @property
    def known_id(self) -> str:
        """The id of the item; empty for a new one."""
        return "" if self.item == NEW_ITEM else self.item


def suggest_job(asked: Question, seen: Around) -> Job:
    """The job of a suggestion."""
    task = asked.task
    values = values_of(asked.filled, {})
    fields = ", ".join(
        f"`{name}` ({label_of(asked.kind, name)})" for name in task.fields_of(asked.kind)
    )
    about = f" It is about the {task.about} `{asked.about}`." if asked.about else ""
    return Job(
        kind="suggest",
        title=f"Suggest: {task.label} for {asked.item}",
        system=SUGGEST,
        files=(
            Data("file", "the plan in short", outline_text(seen.outline)),
            *map(_data, seen.neighbours),
            Data("file", f"{asked.kind} {asked.item}", item_text(asked.kind, asked.item, values)),
        ),
        question=(
            f"The form of the {asked.kind} `{asked.item}` is open. Fields that you may patch:"
            f" {fields}. {task.order}{about}"
        ),
        output=task.output,
        item=asked.known_id,
        max_tokens=_SUGGEST_TOKENS,
    )


def review_job(scope: Reviewed) -> Job:
    """The job of a review."""
    return Job(
        kind="review",
        title=f"Review: {scope.title}",
        system=REVIEW,
        files=tuple(map(_data, scope.items)),
        question=f"Review the {scope.kind} `{scope.id}` with all that is in the files.",
        output=ReviewReport,
        item=scope.id,
        max_tokens=_REVIEW_TOKENS,
        deadline_s=_REVIEW_S,
    )


def _data(item: ReviewedItem) -> Data:
    return Data("file", f"{item.kind} {item.id}", reviewed_text(item))
