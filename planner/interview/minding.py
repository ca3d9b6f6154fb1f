"""What an answer may be.  Raises EditError with words for the person who gave it."""

import re
from datetime import date

from planner.errors import EditError
from planner.interview.questions import Question
from planner.interview.state import Answer

_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?")
_MOST = 4000
_BLANKS = re.compile(r"\b(?:tbd|tba|todo|fixme|xxx|tbc)\b|\?\?+|<[^>]*>|\[[^\]]*\]", re.IGNORECASE)


def checked(question: Question, answer: Answer) -> Answer:
    """The answer in its normal form.  Raises EditError for one that the question cannot take."""
    if answer.how in {"out", "unknown"}:
        return Answer(question.id, answer.how, "", answer.by, answer.at)
    value = answer.value.strip()
    if answer.how == "option":
        if question.option(value) is None:
            raise EditError(
                f"{question.id}: there is no reading {value!r}",
                "choose " + ", ".join(each.id for each in question.options),
            )
        return Answer(question.id, "option", value, answer.by, answer.at)
    return Answer(question.id, "other", _own_words(question, value), answer.by, answer.at)


def _own_words(question: Question, value: str) -> str:
    if not value:
        raise EditError(f"{question.id}: the answer is empty", "leave the question open instead")
    if len(value) > _MOST:
        raise EditError(
            f"{question.id}: the answer has {len(value)} characters", f"at most {_MOST}"
        )
    if question.type == "number":
        return _number(question, value)
    if question.type == "date":
        return _day(question, value)
    blank = _BLANKS.search(value)
    if blank is not None:
        raise EditError(
            f"{question.id}: “{blank[0]}” stands for something that is still to be said",
            "say it, leave the question open, or answer that you do not know",
        )
    if question.type == "lines":
        return "\n".join(line.strip() for line in value.splitlines() if line.strip())
    return " ".join(value.split())


def _number(question: Question, value: str) -> str:
    bare = value.removesuffix(question.unit).strip() if question.unit else value
    if not _NUMBER.fullmatch(bare):
        unit = f" in {question.unit}" if question.unit else ""
        raise EditError(f"{question.id}: {value!r} is no number{unit}", "write digits, such as 200")
    return bare


def _day(question: Question, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise EditError(f"{question.id}: {value!r} is no day", "write it as 2027-03-31") from error
