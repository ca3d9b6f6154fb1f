"""Answers of an interview from a YAML file, for scripts.

    brief: A website where the members of a choir book rooms
    core.can:
      - book a room
      - cancel a booking
    sign-in.how: password
    files.size: 50
    privacy.copy: unknown
    money.back: out

A value is the id of a reading, `unknown`, `out`, or what one would write.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from planner.codec.frontmatter import Collection, FrontMatterError, Scalar, parse
from planner.errors import SourceError, UsageError
from planner.interviewing import Answer, Interview, Question, checked, known_questions

BRIEF = "brief"


def read_answers(path: Path) -> dict[str, str]:
    """The values of the file by question; lists are lines.  Raises SourceError."""
    try:
        root = parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read: {error}", "name a YAML file") from error
    except FrontMatterError as error:
        first = error.findings[0]
        raise SourceError(f"{path}:{first.line}: {first.message}", first.hint) from error
    return dict(_pairs(path, root)) if root is not None else {}


def _pairs(path: Path, root: Collection) -> Iterator[tuple[str, str]]:
    for key, node in zip(root.items[::2], root.items[1::2], strict=True):
        assert isinstance(key, Scalar), "keys are always scalars"
        entries = [node] if isinstance(node, Scalar) else node.items
        mapping = isinstance(node, Collection) and node.mapping
        if mapping or not all(isinstance(each, Scalar) for each in entries):
            line = key.start_mark.line + 1
            raise SourceError(
                f"{path}:{line}: {key.value} has neither a text nor a list", "write a text"
            )
        yield key.value, "\n".join(each.value for each in entries if isinstance(each, Scalar))


def answered(state: Interview, values: dict[str, str], by: str, at: str) -> Interview:
    """The interview with the values as answers.

    Raises UsageError for a question that there is not, EditError for a wrong answer.
    """
    questions = known_questions(state)
    for name, value in values.items():
        question = questions.get(name)
        if question is None:
            near = get_close_matches(name, questions, 1)
            hint = f"did you mean {near[0]}?" if near else "`planner ask --questions` lists them"
            raise UsageError(f"there is no question {name!r}", hint)
        if value.strip():  # an empty answer leaves the question open
            state = state.answered(checked(question, _meant(question, value.strip(), by, at)))
    return state


def _meant(question: Question, value: str, by: str, at: str) -> Answer:
    if value == "unknown":
        return Answer(question.id, "unknown", "", by, at)
    if value == "out":
        return Answer(question.id, "out", "", by, at)
    known = question.option(value) is not None
    return Answer(question.id, "option" if known else "other", value, by, at)
