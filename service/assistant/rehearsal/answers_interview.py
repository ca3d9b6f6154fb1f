"""What the scripted model answers in an interview: questions, and words for what it was shown."""

import re
from collections.abc import Mapping
from typing import Any, Final

from service.assistant.rehearsal.scripts import Asked, Script

_ANSWERED: Final = re.compile(r"^question: (\S+)\nasked: (.+)\nanswer: (.+)$", re.MULTILINE)
_MOST: Final = 3
_PART: Final = re.compile(r"^key: (\S.*) \(requirement\)$", re.MULTILINE)


def interview_help(asked: Asked) -> Mapping[str, Any]:
    """Two questions, and other words for the first requirement of the draft."""
    found = _PART.search(asked.data)
    wordings = (
        [
            {
                "part": found[1],
                "field": "text",
                "text": "When a visitor opens the first page, the system shall show it within 2 s.",
            }
        ]
        if found
        else []
    )
    return {
        "questions": [
            {
                "topic": "Who pays for running it",
                "text": "Who answers for the cost of running it in the first year?",
                "why": "A budget decides between a rented service and a machine of one's own.",
                "impact": 4,
                "uncertainty": 4,
                "readings": [
                    {
                        "text": "The team, at most 50 a month",
                        "because": "A ceiling can be checked each month.",
                        "constraint": "Running it costs at most 50 a month.",
                    },
                    {
                        "text": "Whoever uses it pays for their share",
                        "constraint": "Costs of running it are shared by use.",
                    },
                ],
            },
            {
                "topic": "When it may stand still",
                "text": "At which hours may it stand still for maintenance?",
                "why": "Work at night needs a person at night.",
                "impact": 3,
                "uncertainty": 4,
                "readings": [
                    {
                        "text": "At any hour, announced a day before",
                        "constraint": "Maintenance is announced a day before.",
                    },
                    {
                        "text": "At night only, from 1 to 4",
                        "constraint": "Maintenance is done between 1 and 4 at night.",
                    },
                ],
            },
        ],
        "wordings": wordings,
    }


def interview_draft(asked: Asked) -> Mapping[str, Any]:
    """A requirement for each of the last answers, in the first phase of the draft.

    The first of them comes in a phase of its own; another criterion goes to what is there.
    """
    phases = re.findall(r"^key: (\S+) \(phase\)$", asked.data, re.MULTILINE)
    said = _ANSWERED.findall(asked.data)[-_MOST:]
    known = _PART.search(asked.data)
    new = [
        {
            "key": "new:answers",
            "question": said[0][0],
            "title": "What was answered",
            "goal": "One finds what was answered in the first release.",
            "after": phases[:1],
        }
    ]
    return {
        "phases": new if said else [],
        "requirements": [
            {
                "question": question,
                "phase": phases[0] if number and phases else "new:answers",
                "title": f"Answer {number + 1}",
                "text": f"When {asked_for.rstrip('?').lower()} is settled, the system shall keep to"
                f" this: {answer.rstrip('.')}.",
                "why": "It was answered so.",
                "criterion": f"A person who looks finds this: {answer.rstrip('.')}.",
            }
            for number, (question, asked_for, answer) in enumerate(said)
        ],
        "criteria": [
            {
                "question": said[0][0],
                "phase": phases[0],
                "text": "A stranger who follows the guide sees it work.",
                "verifies": [known[1]],
            }
        ]
        if known and said and phases
        else [],
    }


ANSWERS: Final[Mapping[str, Script]] = {
    "InterviewHelp": interview_help,
    "InterviewDraft": interview_draft,
}
