"""What one answer causes: additions, lines, an assumption.  Pure, one question at a time."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.interview.capability import capability
from planner.interview.questions import Addition, Option, Question
from planner.interview.state import Answer

_SHALL = re.compile(r"\bshall\b", re.IGNORECASE)
_NAME = re.compile(r"\{([a-z ]+)\}")
_STOPS = (".", "!", "?", "…")
# What nobody has turned into a requirement yet, as one.
_ANSWER = "The system shall provide what was answered on “{topic}”: {{value}}."
_SHOWN = "One sees the answer on “{topic}” carried out: {{value}}."


@dataclass(frozen=True, slots=True)
class Effects:
    """What an answer causes.

    `additions` come with the tag that tells them from those of another answer; `sets` are fields of
    the draft.  `assumed` is the text of the assumption on which all of it rests, or empty.
    """

    tag: str = ""
    additions: tuple[Addition, ...] = ()
    constraint: str = ""
    out: str = ""
    sets: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()
    value: str = ""
    assumed: str = ""
    asked: bool = False


NOTHING = Effects()


def effects_of(question: Question, answer: Answer | None) -> Effects:
    """What the answer (None: it is open) to a question causes, texts not filled in yet."""
    if answer is None:
        return _assumed(question, asked=False) if question.must else NOTHING
    if answer.how == "out":
        return Effects(tag="out", out=f"{question.topic}: not in this release.")
    if answer.how == "unknown":
        return _assumed(question, asked=True)
    if answer.how == "option":
        option = question.option(answer.value)
        # An answer to a reading that is no longer offered is none.
        return _of_option(question, option) if option is not None else effects_of(question, None)
    return _of_value(question, answer.value.strip(), digest(answer.value))


def _assumed(question: Question, *, asked: bool) -> Effects:
    option = question.option(question.assume)
    if option is None:
        if not asked:
            return NOTHING
        return Effects(tag="unknown", assumed=f"{question.topic}: nobody knows yet.", asked=True)
    text = f"{question.topic}: {option.text}"
    made = _of_option(question, option)
    return replace(made, assumed=ended(text), asked=asked)


def _of_option(question: Question, option: Option) -> Effects:
    if option.value:
        made = _of_value(question, option.value, option.id)
    else:
        made = Effects(tag=option.id, additions=question.adds, constraint=question.constraint)
    return replace(
        made,
        additions=(*option.adds, *made.additions),
        constraint=option.constraint or made.constraint,
        out=option.out,
    )


def _of_value(question: Question, value: str, tag: str) -> Effects:
    if question.type == "choice":
        return _of_own_words(question, value, tag)
    if question.type == "lines":
        # Each line has a tag of its own, so that it keeps its key when others come and go.
        return Effects(
            tag="line",
            additions=question.adds,
            lines=tuple(dict.fromkeys(map(capability, lines_of(value)))),
            value=value,
        )
    sets = ((question.sets, value),) if question.sets else ()
    return Effects(
        tag=tag, additions=question.adds, constraint=question.constraint, sets=sets, value=value
    )


def _of_own_words(question: Question, value: str, tag: str) -> Effects:
    """One's own words on a choice.

    Where the readings would write a requirement, so do these words, for somebody to check; else
    they are a line of the milestone, as the readings are.
    """
    readings = [add for option in question.options for add in option.adds] or question.adds
    if not readings:
        return Effects(tag=tag, constraint=ended(f"{question.topic}: {value}"), value=value)
    bare = value.rstrip("".join(_STOPS)).rstrip()
    said = "{value}." if _SHALL.search(bare) else _ANSWER.format(topic=question.topic)
    shown = _SHOWN.format(topic=question.topic)
    addition = Addition(
        question.topic, said, shown, readings[0].type, readings[0].phase, own_words=True
    )
    return Effects(tag=tag, additions=(addition,), value=bare)


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text that say something, without bullets and full stops, none twice."""
    lines = (line.strip().lstrip("-*•").strip().rstrip(".").strip() for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def filled(text: str, names: Mapping[str, str]) -> str:
    """The text with its `{names}` filled in, in one pass: what is filled in is never read again.

    A name at the beginning gets a capital letter.
    """
    made = _NAME.sub(lambda match: names.get(match[1], match[0]), text)
    return made[:1].upper() + made[1:] if text.startswith("{") else made


def ended(text: str) -> str:
    """The text with a full stop, if it has none."""
    text = text.strip()
    return text if text.endswith(_STOPS) else f"{text}."


def mark_of(answer: Answer) -> str:
    """What tells an answer from another one to the same question."""
    return digest(f"{answer.how} {answer.value}")


def digest(text: str) -> str:
    """A few characters that stand for a text in a key."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:8]
