"""From a brief to the jobs of its researchers, each with its share of money and time."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

from service.assistant.jobs import Data, Job, WebTools
from service.drafting.context import outline_text
from service.errors import NotFoundError
from service.planning.desk import PlanDesk
from service.planning.failures import NotPossibleError
from service.research.brief import Brief
from service.research.parts import SUMMARY, TOPICS
from service.research.prompts import instructions, question
from service.research.reading import findings_of
from service.research.records import Run

# What the researchers may use together; the rest is for bringing it together.
_LOOKING: Final = Decimal("0.75")
_CENT: Final = Decimal("0.0001")
_TOKENS: Final = 16_000
_USES: Final = 12
_USES_OF_SUMMARY: Final = 6
_LEAST_S: Final = 20
_LONGEST_FILE: Final = 60_000


@dataclass(frozen=True, slots=True)
class Share:
    """What one researcher may use: dollars and seconds."""

    usd: Decimal
    seconds: int


def share_of(brief: Brief) -> Share:
    """The share of each of the researchers that begin together."""
    each = (brief.usd * _LOOKING / len(brief.kinds)).quantize(_CENT, ROUND_DOWN)
    return Share(max(each, _CENT), max(_LEAST_S, int(brief.minutes * 60 * _LOOKING)))


def job_of(topic: str, brief: Brief, files: Sequence[Data], share: Share) -> Job:
    """What a researcher is asked.

    Its answer is one text with a JSON object in it and not an answer of a form: an answer that
    cites pages comes in pieces, which a form does not allow.
    """
    uses = _USES_OF_SUMMARY if topic == SUMMARY.name else _USES
    return Job(
        kind="research",
        title=f"Research {brief.name}: {TOPICS[topic].title.lower()}",
        system=instructions(topic),
        files=tuple(files),
        question=question(topic, brief),
        output=None,
        session=brief.name,
        item=brief.about,
        max_tokens=_TOKENS,
        web=WebTools(max_uses=uses, allowed_domains=brief.domains),
        ceiling_usd=share.usd,
        deadline_s=share.seconds,
    )


def files_of(plan: PlanDesk, brief: Brief) -> tuple[Data, ...]:
    """What of the plan shapes the questions: all of it in short, and the item that it is about."""
    found = [Data("file", "the plan in short", outline_text(plan.outline())[:_LONGEST_FILE])]
    if brief.about:
        try:
            item = plan.open(brief.about)
        except (NotFoundError, NotPossibleError):
            return tuple(found)
        found.append(Data("file", f"{item.kind} {item.id}", item.text[:_LONGEST_FILE]))
    return tuple(found)


def summary_files(run: Run) -> tuple[Data, ...]:
    """What is brought together: the documents, and the ledger of the claims."""
    findings = findings_of(run)
    ledger = "\n".join(
        f"{each.id} [{each.confidence}, {each.status}"
        f"{', the decision hangs on it' if each.load_bearing else ''}] {each.text}"
        for each in findings.claims
    )
    documents = [
        Data("note", f"{each.topic}.md", each.text[:_LONGEST_FILE])
        for each in findings.documents
        if each.topic != SUMMARY.name
    ]
    return (*documents, Data("note", "claims", ledger or "There are no claims."))
