"""Which triggers an event fires, and why the others do not.  Pure: no clock, no database.

A rule that says nothing would fire on everything, so it fires on nothing: each needs a field to
compare or a keyword.  A pair of field and value that is half filled in never matches.

Every rule is one `Check`, made in a fixed order; the first that does not hold is the hindrance.
So what decides about an event and what explains the decision to a person are the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

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
_REPOSITORY: Final = "repository.full_name"
# A trigger that names this as its repository means that of the plan, whichever that is.
PLAN: Final = "plan"


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a trigger waits for.  Empty texts and tuples are criteria that are not set.

    `events` are events of GitHub (`push`) or one action of one (`pull_request.closed`);
    `repository` is `owner/name`, `owner/*` or PLAN; `authors` are associations, as GitHub writes
    them, of those whose comments may command.
    """

    trigger_id: str
    field_path: str = ""
    field_value: str = ""
    text_path: str = "text"
    keyword: str = ""
    events: tuple[str, ...] = ()
    repository: str = ""
    authors: tuple[str, ...] = ()


class Check(NamedTuple):
    """One rule and what came of it.  `holds` is None for a rule that is not set.

    A tuple, since some are made for each trigger and event: it costs a third of a dataclass.
    """

    rule: str
    holds: bool | None
    why: str


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
    return _verdict(criteria, webhook_checks(payload, criteria))


def match_github(event: str, payload: Any, criteria: Criteria, *, of_plan: bool = False) -> Verdict:
    """The verdict on an event of GitHub.

    A trigger must name the repository, by its own rule or by a field (`repository.full_name`), and
    wait for the event; without a list it waits for pull requests and comments on them.  A pull
    request then fires it whatever its keyword; a comment fires it if its keyword is empty or one
    of the comment's commands (`/review`), and its author belongs to the repository.  Of other
    events the text must have the keyword.  `of_plan` tells whether the event is of the plan's own
    repository.
    """
    return _verdict(criteria, github_checks(event, payload, criteria, of_plan=of_plan))


def webhook_checks(payload: Any, criteria: Criteria) -> Iterator[Check]:
    """The rules for a payload of `POST /`, one by one."""
    yield _field_check(payload, criteria)
    none = not criteria.field_path and not criteria.keyword
    yield _ruled(
        "criterion",
        "it has neither a field nor a keyword to match" if none else "",
        "it has a field or a keyword to match",
    )
    yield _keyword_check(payload, criteria)


def github_checks(
    event: str, payload: Any, criteria: Criteria, *, of_plan: bool = False
) -> Iterator[Check]:
    """The rules for an event of GitHub, one by one."""
    yield _repository_check(payload, criteria, of_plan=of_plan)
    yield _event_check(event, payload, criteria)
    yield _field_check(payload, criteria)
    if event == COMMENT:
        yield from _comment_checks(payload, criteria)
    elif event == PULL_REQUEST:
        yield Check("keyword", None, "a pull request needs none")
    else:
        yield _keyword_check(payload, criteria)


def wants(event: str, payload: Any, events: tuple[str, ...]) -> bool:
    """Whether a list of events names this one.

    `pull_request` and `issue_comment` stand for the actions that start something; any other event
    without an action for all of its actions.
    """
    action = look_up(payload, "action")
    if isinstance(action, str) and f"{event}.{action}" in events:
        return True
    return event in events and (event not in GITHUB_ACTIONS or starts_something(event, payload))


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


def _verdict(criteria: Criteria, checks: Iterator[Check]) -> Verdict:
    """Fires unless a rule does not hold; the rules behind that are not looked at."""
    hindrance = next((each.why for each in checks if each.holds is False), "")
    return Verdict(criteria.trigger_id, hindrance)


def _ruled(rule: str, hindrance: str, otherwise: str) -> Check:
    return Check(rule, not hindrance, hindrance or otherwise)


def _field_check(payload: Any, criteria: Criteria) -> Check:
    path, wanted = criteria.field_path, criteria.field_value
    if not path and not wanted:
        return Check("field", None, "no field is asked for")
    return _ruled("field", _field_hindrance(payload, path, wanted), f"{path} has the value")


def _field_hindrance(payload: Any, path: str, wanted: str) -> str:
    """Why the field does not match; empty when it does."""
    if not path or not wanted:
        return "its field has no value to match, or its value no field"
    value = look_up(payload, path)
    if value is MISSING:
        return f"{path} is missing"
    return "" if equals(value, wanted) else f"{path} has another value"


def _keyword_check(payload: Any, criteria: Criteria) -> Check:
    if not criteria.keyword:
        return Check("keyword", None, "no keyword is asked for")
    has = criteria.keyword in text_of(look_up(payload, criteria.text_path))
    where = criteria.text_path
    return _ruled(
        "keyword", "" if has else f"{where} lacks the keyword", f"{where} has the keyword"
    )


def _repository_check(payload: Any, criteria: Criteria, *, of_plan: bool) -> Check:
    wanted = criteria.repository
    if wanted == PLAN:
        hindrance = "" if of_plan else "the event is not of the plan's repository (GIT_REMOTE)"
        return _ruled("repository", hindrance, "the event is of the plan's repository")
    if not wanted:
        named = criteria.field_path or criteria.field_value
        return _ruled(
            "repository",
            "" if named else "it names no repository to match",
            "its field tells the repository",
        )
    found = text_of(look_up(payload, _REPOSITORY))
    hindrance = "" if is_of(found, wanted) else "the event is of another repository"
    return _ruled("repository", hindrance, f"the event is of {wanted}")


def is_of(repository: str, wanted: str) -> bool:
    """Whether `owner/name` is the wanted one, or one of `owner/*`.  GitHub ignores case."""
    found, wanted = repository.lower(), wanted.lower()
    owner, _, name = wanted.partition("/")
    return found == wanted or (name == "*" and bool(owner) and found.startswith(f"{owner}/"))


def _event_check(event: str, payload: Any, criteria: Criteria) -> Check:
    if criteria.events:
        hindrance = (
            "" if wants(event, payload, criteria.events) else "it does not wait for this event"
        )
    else:
        hindrance = "" if starts_something(event, payload) else "the action starts nothing"
    return _ruled("event", hindrance, "it waits for this event")


def _comment_checks(payload: Any, criteria: Criteria) -> Iterator[Check]:
    plain = look_up(payload, "issue.pull_request") in (MISSING, None)
    yield _ruled(
        "pull request",
        "the comment is not on a pull request" if plain else "",
        "the comment is on a pull request",
    )
    known = text_of(look_up(payload, "comment.author_association"))
    hindrance = ""
    if criteria.authors and known not in criteria.authors:
        hindrance = "the author is none of those who may command"
    elif not criteria.authors and known not in TRUSTED_AUTHORS:
        hindrance = "the author does not belong to the repository"
    yield _ruled("author", hindrance, "the author may command")
    yield _command_check(payload, criteria.keyword)


def _command_check(payload: Any, keyword: str) -> Check:
    body = look_up(payload, "comment.body")
    found = set(commands(body)) if isinstance(body, str) else set()
    hindrance = ""
    if not found:
        hindrance = "the comment has no command"
    elif keyword and keyword.removeprefix("/").lower() not in found:
        hindrance = "the comment has another command"
    return _ruled("keyword", hindrance, "the comment has the command")
