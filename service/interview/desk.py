"""How the worker has an interview computed, and a plan begun, by the planner process.

Raises the errors of `service.planning.failures`, and UnavailableError when the planner is not there
or too busy.
"""

from collections.abc import Mapping
from typing import Any, Literal

from service.interview.records import BegunRecord, InterviewRecord, StandingRecord
from service.interview.sessions import Session
from service.planner_link import PlannerLink
from service.planner_wire import PLAN
from service.planning.records import PersonRecord

Way = Literal["empty", "example", "import", "adopt"]
_READ_S = 30.0
_SAVE_S = 90.0


class InterviewDesk:
    """Interviews about the plan behind one planner process."""

    def __init__(self, planner: PlannerLink) -> None:
        self._planner = planner

    def standing(self) -> StandingRecord:
        """What there is to plan with."""
        return StandingRecord.model_validate(self._call("standing"), strict=False)

    def readme(self) -> str:
        """The README of the project's folder."""
        text: str = self._call("readme")["text"]
        return text

    def begin(
        self,
        way: Way,
        author: PersonRecord,
        *,
        title: str = "",
        name: str = "",
        text: str = "",
        init: bool = False,
    ) -> BegunRecord:
        """Begin a plan; with `init` in a repository that is made for it."""
        answer = self._planner.call(
            f"{PLAN}begin",
            timeout_s=_SAVE_S,
            way=way,
            author=author.model_dump(),
            title=title,
            name=name,
            text=text,
            init=init,
        )
        return BegunRecord.model_validate(answer, strict=False)

    def interview(self, session: Session) -> InterviewRecord:
        """An interview as it stands."""
        answer = self._call(
            "interview",
            **_stored(session),
            passed=list(session.passed),
            decisions={
                key: {
                    "decision": each.decision,
                    "changes": dict(each.changes),
                    "written": dict(each.written),
                    "person": each.person,
                }
                for key, each in session.decisions.items()
            },
            depth=session.depth,
            session=session.id,
        )
        return InterviewRecord.model_validate(answer, strict=False)

    def checked(self, session: Session, question: str, how: str, value: str) -> Mapping[str, str]:
        """An answer in its normal form (`how`, `value`) with the words of its `question`.

        Raises NotPossibleError for what the question cannot take.
        """
        answer = {"question": question, "how": how, "value": value}
        found: Mapping[str, str] = self._call("checked_answer", **_stored(session), answer=answer)
        return found

    def _call(self, op: str, **args: Any) -> Any:
        return self._planner.call(f"{PLAN}{op}", timeout_s=_READ_S, **args)


def _stored(session: Session) -> dict[str, Any]:
    return {
        "brief": {"source": session.source, "text": session.text},
        "answers": [each.plain() for each in session.current],
        "extra": [dict(each) for each in session.extra],
        "proposed": [dict(each) for each in session.proposed],
        "owner": session.person,
    }
