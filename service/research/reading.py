"""From what researchers answered to documents and claims.  Pure.

Everything is made of the kept answers each time it is asked for, so that there is one rule of what
an answer comes to, and nothing between it and the plan that somebody could have changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from service.research.answers import Report, report_in, verdicts_of
from service.research.claims import Claim, after_verdicts, judged
from service.research.documents import document, partial_document, sources_of
from service.research.parts import SUMMARY, TOPICS
from service.research.records import Run, Task

_ODD: Final = "its answer has not the form that was asked for; the text is kept as it came"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of a run; `partial` says in words why it is not whole (empty: it is)."""

    topic: str
    title: str
    text: str
    sources: tuple[str, ...]
    model: str
    partial: str = ""
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a run came to so far."""

    documents: tuple[Document, ...]
    claims: tuple[Claim, ...]

    def document(self, topic: str) -> Document | None:
        """The document of a topic."""
        return next((each for each in self.documents if each.topic == topic), None)


@dataclass(frozen=True, slots=True)
class _Read:
    task: Task
    report: Report | None
    ids: Mapping[str, str]
    refused: tuple[str, ...]


def findings_of(run: Run) -> Findings:
    """The documents and claims of the researchers that have ended with something to show."""
    read: list[_Read] = []
    claims: list[Claim] = []
    for task in _in_order(run):
        report = _report(task)
        found = judged(
            task.topic,
            report.claims if report is not None else (),
            _seen(task),
            date.fromisoformat((task.ended_at or run.at)[:10]),
            # A number is given once: a researcher that is run again gets new ones.
            first=task.first_claim or len(claims) + 1,
        )
        claims += found.claims
        read.append(_Read(task, report, found.ids, found.refused))
    summary = next((each for each in read if each.task.topic == SUMMARY.name), None)
    judged_claims = tuple(claims)
    if summary is not None and summary.report is not None:
        judged_claims = after_verdicts(claims, verdicts_of(summary.report), _seen(summary.task))
    return Findings(tuple(_document(run, each, judged_claims) for each in read), judged_claims)


def claims_in(task: Task) -> int:
    """How many claims an answer reports."""
    report = _report(task)
    return len(report.claims) if report is not None else 0


def _in_order(run: Run) -> Sequence[Task]:
    """Those with a text, the summary last."""
    order = list(TOPICS)
    ended = [each for each in run.tasks if each.is_over and each.text.strip()]
    return sorted(ended, key=lambda each: order.index(each.topic))


def _report(task: Task) -> Report | None:
    """What an answer reports; one that was cut off may still be whole."""
    try:
        return report_in(task.topic, task.text)
    except ValueError:
        return None


def _seen(task: Task) -> Mapping[str, str]:
    return {each.url: task.ended_at for each in task.pages}


def _document(run: Run, read: _Read, claims: Sequence[Claim]) -> Document:
    task, report = read.task, read.report
    own = [each for each in claims if each.topic == task.topic]
    partial = ""
    if report is None:
        partial = _ODD if task.is_good else f"{task.state.replace('_', ' ')}: {task.reason}"
        text = partial_document(task.text)
    else:
        text = document(task.topic, report, read.ids, claims)
    return Document(
        topic=task.topic,
        title=f"{TOPICS[task.topic].title} ({run.name})",
        text=text,
        sources=sources_of(own),
        model=task.model,
        partial=partial,
        refused=read.refused,
    )
