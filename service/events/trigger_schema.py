"""What a trigger may be: one schema for making and changing it, and for the form on its page.

Bounds of single values are those of the model.  What several values must be together is said by
`problems`, field by field, so that a page can show all of it at once.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field, StringConstraints, ValidationError, create_model

from service.api.models import MadeModel, Model
from service.errors import BadRequestError
from service.events.cron import LONGEST, CronError, read_cron
from service.executions.records import BUILTIN, Order

Source = Literal["webhook", "github", "schedule", "manual"]
Effort = Literal["", "low", "medium", "high", "xhigh", "max"]
NotifyOn = Literal["never", "failure", "always"]
Author = Literal[
    "OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR", "FIRST_TIME_CONTRIBUTOR", "FIRST_TIMER",
    "MANNEQUIN", "NONE",
]  # fmt: skip
# One line, without marks of any markup; and a path in a payload.
Line = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f<>]+$")
]
Plain = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Path = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x20\x7f]*$")]
Text = Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00]*$")]
HIDDEN: Final = ("secret", "notify_secret")
SecretText = Annotated[
    str, StringConstraints(min_length=16, max_length=200, pattern=r"^[!-~]{16,200}$")
]
# Looks at how a command would be started.  Raises BadRequestError.
Build = Callable[[Order], object]
_EXAMPLE: Final[dict[str, Any]] = {
    "name": "Review pull requests",
    "source": "github",
    "repository": "team/lighthouse",
    "events": ["pull_request.opened"],
    "prompt_template": "Review {pr_url}.",
    "backend": "claude",
}
_CHECK: Final[dict[str, Any]] = {
    "name": "Check by hand",
    "source": "manual",
    "backend": "builtin:plan-check",
}


class TriggerSpec(Model):
    """A trigger, as a person writes it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHECK, _EXAMPLE]})

    name: Line
    """What it is called; no other trigger has the same name."""
    source: Source
    """What fires it: an event at `POST /`, an event of GitHub, the clock, or only a person."""
    enabled: bool = True
    """Whether it fires. One that is not may be incomplete."""
    match_field_path: Path = ""
    """Dotted path of a field of the event that must have the value below, as `event.group_id`."""
    match_field_value: Plain = ""
    """The value of that field."""
    text_field_path: Path = "text"
    """Dotted path of the event's text, in which the keyword is looked for."""
    detection_keyword: Annotated[
        str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
    ] = ""
    """What the text must hold; case counts. For comments at GitHub: the command, as `/review`."""
    events: Annotated[
        tuple[
            Annotated[
                str, StringConstraints(max_length=80, pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,39})?$")
            ],
            ...,
        ],
        Field(max_length=30),
    ] = ()
    """Events of GitHub, as `push`, or one action, as `pull_request.closed`. Without: pull requests
    that are opened or changed, and comments on them."""
    repository: Annotated[
        str,
        StringConstraints(
            max_length=140,
            pattern=r"^(plan|[A-Za-z0-9][A-Za-z0-9_-]{0,38}/([A-Za-z0-9._-]{1,100}|\*))?$",
        ),
    ] = ""
    """Repository at GitHub, `owner/name` or `owner/*`; `plan`: that of the plan (GIT_REMOTE)."""
    authors: Annotated[tuple[Author, ...], Field(max_length=8)] = ()
    """Whose comments may command, as GitHub tells it. Without: OWNER, MEMBER and COLLABORATOR."""
    secret: SecretText | None = None
    """Secret with which events must be signed, of 16 to 200 characters. It is never shown."""
    allow_unsigned: bool = False
    """Whether anybody may fire it, without a signature."""
    dedup_s: Annotated[int, Field(ge=0, le=2_592_000)] | None = None
    """For how many seconds the same body is a repetition; 0: never. Without: as the service does.
    Bodies of GitHub, whose ids are not signed, count for at least as long as ids do."""
    cron: Annotated[str, StringConstraints(max_length=LONGEST, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    """When it fires: minute, hour, day of the month, month and day of the week, as
    `0 9 * * mon-fri`."""
    time_zone: Annotated[
        str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9+_-]+(/[A-Za-z0-9+_-]+){0,2}$")
    ] = "UTC"
    """Time zone of the schedule, as `Europe/Berlin`."""
    prompt_template: Text = ""
    """What the agent is told. Names in braces, as {pr_url}, are replaced; texts of strangers are
    put behind it, marked as data."""
    backend: Annotated[
        str, StringConstraints(max_length=60, pattern=r"^[a-z][a-z0-9-]*(:[a-z0-9-]+)?$")
    ]
    """The agent that is started, `command:NAME` of the operator, or `builtin:plan-check`."""
    model: Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00-\x20\x7f]*$")] = ""
    """Model of the agent. Without: its own choice."""
    effort: Effort = ""
    """How much the agent thinks, from low to max. Without: its own choice. Gemini knows none."""
    allowed_tools: Annotated[
        tuple[
            Annotated[
                str, StringConstraints(min_length=1, max_length=303, pattern=r"^[^\x00-\x1f\x7f]+$")
            ],
            ...,
        ],
        Field(max_length=50),
    ] = ()
    """What the agent may use, as `Read` or `Bash(git log:*)`. Without: it may only read."""
    paths: Annotated[
        tuple[
            Annotated[
                str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")
            ],
            ...,
        ],
        Field(max_length=20),
    ] = ()
    """Absolute folders that the agent may look into."""
    worktree: bool = False
    """Whether it works in a checkout of its own of the first path."""
    timeout_s: int = Field(default=600, ge=10, le=14_400)
    """After how many seconds a run is ended, from 10 to 14,400."""
    concurrency: int = Field(default=1, ge=1, le=16)
    """How many of its runs may go on at the same time, from 1 to 16."""
    priority: int = Field(default=0, ge=-100, le=100)
    """Who waits for a place is taken by this, from -100 to 100; the highest first."""
    retries: int = Field(default=0, ge=0, le=5)
    """How often a run that failed for a passing reason is tried again, from 0 to 5."""
    runs_per_day: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """How many runs may begin in a day (UTC), from 1 to 10,000. Without: no bound."""
    report_status: bool = False
    """Whether GitHub shows how a run goes, as a status of the commit that a push or pull request
    brought. Needs GITHUB_TOKEN, and the repository above."""
    notify_on: NotifyOn = "never"
    """Whether the end of a run is told to the address below."""
    notify_url: Plain = ""
    """Address that gets the notification, by `POST`."""
    notify_secret: SecretText | None = None
    """Secret with which the notification is signed. It is never shown."""


def _change() -> type[Model]:
    """The model of a change: every field may be missing (it stays) or null (it is cleared)."""
    fields: dict[str, Any] = {}
    for name, field in TriggerSpec.model_fields.items():
        kind: Any = (
            Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        )
        fields[name] = (kind | None, Field(default=None, description=field.description))
    made: type[Model] = create_model("TriggerChange", __base__=MadeModel, **fields)
    made.__doc__ = "What shall change. A field that is missing stays; null clears it."
    return made


TriggerChange = _change()


class UnfitTriggerError(BadRequestError):
    """A trigger that cannot be: `problems` says for each field what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        told = "; ".join(f"{name}: {why}" for name, why in problems.items())
        super().__init__(f"the trigger does not fit: {told}", "mend these fields")
        self.problems = problems


def changed(known: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a trigger after a change.

    Raises UnfitTriggerError for a null that would clear what must be there.
    """
    values = {**known}
    for name, value in change.items():
        field = TriggerSpec.model_fields[name]
        if value is None and field.is_required():
            raise UnfitTriggerError({name: "it cannot be cleared"})
        values[name] = field.get_default() if value is None else value
    return values


def checked(values: Mapping[str, Any], build: Build) -> TriggerSpec:
    """The trigger that these values make.  Raises UnfitTriggerError with all that is wrong."""
    try:
        spec = TriggerSpec.model_validate(dict(values))
    except ValidationError as error:
        raise UnfitTriggerError(_told(error)) from None
    found: dict[str, str] = {}
    for name, why in problems(spec, build):
        found.setdefault(name, why)
    if found:
        raise UnfitTriggerError(found)
    return spec


def _told(error: ValidationError) -> dict[str, str]:
    """What each field has wrong, without its value: it may be a secret."""
    found: dict[str, str] = {}
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(each["loc"][0])
        why = each["msg"]
        if each["type"] == "string_pattern_mismatch":
            why = "it has not the form that is asked for"
        elif each["type"] == "missing":
            why = "it is missing"
        found.setdefault(name, why[0].lower() + why[1:])
    return found


def problems(spec: TriggerSpec, build: Build) -> Iterator[tuple[str, str]]:
    """What the values of a trigger are not together: field and reason, in the order of the form."""
    yield from _of_matching(spec)
    yield from _of_the_schedule(spec)
    yield from _of_the_command(spec, build)
    yield from _of_notifying(spec)


def _of_matching(spec: TriggerSpec) -> Iterator[tuple[str, str]]:
    if bool(spec.match_field_path) != bool(spec.match_field_value):
        empty = "match_field_value" if spec.match_field_path else "match_field_path"
        yield empty, "a field and its value go together; fill in both or neither"
    if spec.source != "github":
        for name in ("events", "repository", "authors"):
            if getattr(spec, name):
                yield name, "only events of GitHub have this; leave it empty"
        if spec.report_status:
            yield "report_status", "only events of GitHub bring a commit; switch it off"
    elif spec.report_status and not spec.repository:
        # Whoever may sign events must not choose where the service's token writes.
        yield "repository", "name the repository whose commits get a status, as owner/name"
    criterion = spec.match_field_path or spec.detection_keyword
    if spec.enabled and spec.source == "webhook":
        if not criterion:
            yield "detection_keyword", "without a keyword or a field it would fire on everything"
        if spec.secret is None and not spec.allow_unsigned:
            yield "secret", "give it a secret, or say that it may be fired unsigned"
    if (
        spec.enabled
        and spec.source == "github"
        and not spec.repository
        and not spec.match_field_path
    ):
        yield "repository", "name the repository whose events fire it, as owner/name"


def _of_the_schedule(spec: TriggerSpec) -> Iterator[tuple[str, str]]:
    if spec.source != "schedule":
        if spec.cron:
            yield "cron", "only a trigger of the source schedule has it; leave it empty"
    elif spec.cron or spec.enabled:
        try:
            read_cron(spec.cron)
        except CronError as error:
            yield "cron", str(error) if spec.cron else "say when it fires, as 0 9 * * mon-fri"
    try:
        zone_of(spec.time_zone)
    except BadRequestError as error:
        yield "time_zone", error.message


def _of_the_command(spec: TriggerSpec, build: Build) -> Iterator[tuple[str, str]]:
    """Build the command with one more value each time, so that the one that fails is known."""
    if not spec.backend.startswith(BUILTIN) and not spec.prompt_template.strip():
        yield "prompt_template", "say what the agent shall do"
    for name, more in (
        ("backend", {}),
        ("model", {"model": spec.model}),
        ("effort", {"effort": spec.effort}),
        ("allowed_tools", {"allowed_tools": spec.allowed_tools}),
        ("paths", {"paths": spec.paths}),
    ):  # fmt: skip
        try:
            build(Order(spec.backend, **more))
        except BadRequestError as error:
            yield name, f"{error.message}: {error.hint}" if error.hint else error.message
            if name == "backend":
                return
    if spec.worktree and not spec.paths:
        yield "paths", "a checkout needs the folder of a repository; name it first"


def _of_notifying(spec: TriggerSpec) -> Iterator[tuple[str, str]]:
    if spec.notify_on != "never" and not spec.notify_url:
        yield "notify_url", "say where the notification goes"
    if spec.notify_url and not _is_address(spec.notify_url):
        yield "notify_url", "it is no address as https://example.org/hook"


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    known = parts.scheme in ("http", "https") and bool(parts.hostname)
    return known and parts.username is None and not parts.fragment and " " not in text


def zone_of(name: str) -> ZoneInfo:
    """The time zone.  Raises BadRequestError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequestError(
            f"there is no time zone {name[:64]!r}", "write one as Europe/Berlin, or UTC"
        ) from None


def next_times(cron: str, time_zone: str, moment: datetime, count: int = 5) -> tuple[datetime, ...]:
    """When a schedule fires next, in UTC.  Raises BadRequestError for one that is none."""
    try:
        found = read_cron(cron).coming(moment, zone_of(time_zone))
    except CronError as error:
        raise BadRequestError(f"no schedule: {error}", "write it as 0 9 * * mon-fri") from None
    return tuple(islice(found, count))
