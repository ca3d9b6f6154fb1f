"""One brief: the interview as `/ask` holds it, with a person whose answers are data and a seed."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

from bench.evaluation_scores import Scores, scores_of
from planner.interviewing import Answer as Given
from planner.interviewing import Draft, Interview, draft, everything, from_idea, kept
from service.assistant.jobs import Answer, Job
from service.interview.desk import InterviewDesk
from service.interview.modelling import InterviewHelp, job_of, offers_of, questions_of
from service.interview.ops import InterviewOps
from service.interview.records import CardRecord
from service.interview.sessions import Given as Kept
from service.interview.sessions import Session
from service.planner_link import PlannerLink

# After so many answers the person goes on only while something is missing.
PATIENCE = 20
_MOST = 80
_UNKNOWN_IN = 8
_HOWS = ("unknown", "out")

Ask = Callable[[Job], Answer]


@dataclass(frozen=True, slots=True)
class Brief:
    """An idea, and what its person answers by the id of the question."""

    id: str
    text: str
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a brief.

    `why` is the word for the end of the model's run (`end_turn`: it answered), `reason` the same
    in words.  `alone` are the scores of the draft without the model, `scores` those with its
    wordings (None: it gave none, because its run failed or was not begun).
    """

    brief: str
    asked: int
    alone: Scores
    why: str
    reason: str
    model: str = ""
    scores: Scores | None = None
    asked_by_model: int = 0
    refused_questions: int = 0
    wordings: int = 0
    refused_wordings: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: Decimal | None = Decimal(0)
    is_estimate: bool = False


class _Here:
    """The planner's side of an interview in this process, without a plan."""

    def __init__(self) -> None:
        self._table = InterviewOps(lambda: None).table()

    def call(self, op: str, *, timeout_s: float, **args: Any) -> Any:
        del timeout_s
        return self._table[op](**args)


def hold(brief: Brief, seed: int, ask: Ask) -> Result:
    """Hold the interview of a brief; `ask` is how the model is asked, once."""
    desk = InterviewDesk(cast(PlannerLink, _Here()))
    session = _answered(desk, _begun(brief), brief, seed)
    made = _draft(session)
    answer = ask(job_of(session, desk.interview(session)))
    result = Result(
        brief=brief.id,
        asked=len(session.current),
        alone=scores_of(made),
        why=answer.why,
        reason=answer.reason,
        model=answer.model,
        tokens_in=answer.usage.prompt,
        tokens_out=answer.usage.tokens_out,
        usd=answer.usd,
        is_estimate=answer.is_estimate,
    )
    if answer.output is None:
        return result
    helped = InterviewHelp.model_validate(answer.output)
    questions = questions_of(helped, "evaluation")
    offers = offers_of(helped, desk.interview(session))
    # Its questions are answered like others, so that what no card can show is found here.
    _answered(desk, replace(session, extra=tuple(questions)), brief, seed, extra=True)
    taken = sum(map(len, offers.values()))
    changed = kept(made, {key: offers.get(key, {}) for key in everything(made)})
    return replace(
        result,
        scores=scores_of(changed),
        asked_by_model=len(questions),
        refused_questions=len(helped.questions) - len(questions),
        wordings=taken,
        refused_wordings=len(helped.wordings) - taken,
    )


def _begun(brief: Brief) -> Session:
    return Session(
        id=f"evaluation-{brief.id}", title=brief.id, source="idea", text=brief.text,
        depth="standard", state="open", person="Evaluation", created_at="", updated_at="",
        execution="",
    )  # fmt: skip


def _answered(
    desk: InterviewDesk, session: Session, brief: Brief, seed: int, *, extra: bool = False
) -> Session:
    """The interview with its questions answered; with `extra` those of the model alone."""
    while len(session.current) < _MOST:
        found = desk.interview(session)
        cards = [each for each in found.cards if each.by_model] if extra else list(found.cards)
        if extra and found.cards and not cards:
            others = (each.id for each in found.cards)
            session = replace(session, passed=(*session.passed, *others))
            continue
        is_enough = not found.gaps.count and len(session.current) >= PATIENCE
        if not cards or (is_enough and not extra):
            break
        for card in cards:
            how, value = _answer(card, brief, seed)
            given = desk.checked(session, card.id, how, value)
            kept_one = Kept(card.id, card.text, given["how"], given["value"], session.person, "")
            session = replace(session, answers=(*session.answers, kept_one))
    return session


def _answer(card: CardRecord, brief: Brief, seed: int) -> tuple[str, str]:
    said = brief.answers.get(card.id)
    readings = [each.id for each in card.options]
    if said is not None:
        if said in _HOWS:
            return said, ""
        return ("option" if said in readings else "other"), said
    chance = int.from_bytes(hashlib.sha256(f"{seed}:{brief.id}:{card.id}".encode()).digest()[:8])
    if not readings or (chance >> 32) % _UNKNOWN_IN == 0:
        return "unknown", ""
    return "option", readings[chance % len(readings)]


def _draft(session: Session) -> Draft:
    """The draft of the answers; questions of a model add only constraints and are left out."""
    answers = {
        each.question: Given(each.question, cast(Any, each.how), each.value)
        for each in session.current
    }
    return draft(Interview(from_idea(session.text), answers, owner=session.person))
