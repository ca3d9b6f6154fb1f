"""Which triggers an event fires, and why the others do not.  Pure: no clock, no database.

A rule that says nothing would fire on everything, so it fires on nothing: each needs a field to
compare or a keyword.  A pair of field and value that is half filled in never matches.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from service.events.paths import MISSING, equals, look_up, text_of

PULL_REQUEST: Final = "pull_request"
COMMENT: Final = "issue_comment"
GITHUB_ACTIONS: Final = {
    PULL_REQUEST: frozenset({"opened", "synchronize", "reopened"}),
    COMMENT: frozenset({"created", "edited"}),
}
# Without these an event cannot be understood.
_NEEDED: Final[dict[str, dict[str, type]]] = {
    PULL_REQUEST: {"repository.full_name": str, "pull_request.number": int},
    COMMENT: {"repository.full_name": str, "issue.number": int, "comment.body": str},
}
# Anyone may comment on a public pull request; a command is taken from those who belong to it.
TRUSTED_AUTHORS: Final = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_COMMAND: Final = re.compile(r"^/([a-z][a-z0-9_-]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a trigger waits for.  Empty texts are criteria that are not set."""

    trigger_id: str
    field_path: str = ""
    field_value: str = ""
    text_path: str = "text"
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trigger makes of an event: it fires, unless something hinders it."""

    trigger_id: str
    hindrance: str

    @property
    def fires(self) -> bool:
        """Whether the trigger fires."""
        return not self.hindrance


def match(payload: Any, criteria: Criteria) -> Verdict:
    """The verdict on a payload of `POST /`: field and keyword must both hold, where set."""
    hindrance = _field_hindrance(payload, criteria)
    if not hindrance and not criteria.field_path and not criteria.keyword:
        hindrance = "it has neither a field nor a keyword to match"
    if not hindrance and criteria.keyword not in text_of(look_up(payload, criteria.text_path)):
        hindrance = f"{criteria.text_path} lacks the keyword"
    return Verdict(criteria.trigger_id, hindrance)


def match_github(event: str, payload: Any, criteria: Criteria) -> Verdict:
    """The verdict on an event of GitHub.

    A trigger must name the repository by its field (`repository.full_name`) or another field.  A
    pull request then fires it whatever its keyword; a comment fires it if its keyword is empty or
    one of the comment's commands (`/review`), and its author belongs to the repository.
    """
    hindrance = _field_hindrance(payload, criteria)
    if not criteria.field_path and not criteria.field_value:
        hindrance = "it names no repository to match"
    elif not starts_something(event, payload):
        hindrance = "the action starts nothing"
    elif not hindrance and event == COMMENT:
        hindrance = _comment_hindrance(payload, criteria.keyword)
    return Verdict(criteria.trigger_id, hindrance)


def starts_something(event: str, payload: Any) -> bool:
    """Whether an event of GitHub is of a kind, and tells of an action, that can fire a trigger."""
    action = look_up(payload, "action")
    return isinstance(action, str) and action in GITHUB_ACTIONS.get(event, frozenset())


def missing_field(event: str, payload: Any) -> str:
    """A field of such an event that is missing or of another type; empty when all are there."""
    needed = _NEEDED.get(event, {})
    lacking = (path for path, kind in needed.items() if type(look_up(payload, path)) is not kind)
    return next(lacking, "")


def commands(text: str) -> Iterator[str]:
    """The slash commands at the starts of lines, in small letters and without the slash."""
    return (found[1].lower() for found in _COMMAND.finditer(text))


def _field_hindrance(payload: Any, criteria: Criteria) -> str:
    """Why the field does not match; empty when it does, or no field is wanted."""
    path, wanted = criteria.field_path, criteria.field_value
    if not path and not wanted:
        return ""
    if not path or not wanted:
        return "its field has no value to match, or its value no field"
    value = look_up(payload, path)
    if value is MISSING:
        return f"{path} is missing"
    return "" if equals(value, wanted) else f"{path} has another value"


def _comment_hindrance(payload: Any, keyword: str) -> str:
    if look_up(payload, "issue.pull_request") in (MISSING, None):
        return "the comment is not on a pull request"
    if text_of(look_up(payload, "comment.author_association")) not in TRUSTED_AUTHORS:
        return "the author does not belong to the repository"
    body = look_up(payload, "comment.body")
    found = set(commands(body)) if isinstance(body, str) else set()
    if not found:
        return "the comment has no command"
    if keyword and keyword.removeprefix("/").lower() not in found:
        return "the comment has another command"
    return ""
