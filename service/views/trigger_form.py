"""The form of a trigger, made from its schema: one input per field, with its words and bounds.

Whatever was typed stays in the form as it was typed, also where it is not right.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from service.events.trigger_records import Trigger
from service.events.trigger_schema import HIDDEN, TriggerSpec

_NUMBER: Final = re.compile(r"-?[0-9]{1,9}")
_SCHEMA: Final[Mapping[str, Any]] = TriggerSpec.model_json_schema()["properties"]
# How a form says that a secret shall be taken away.
_REMOVE: Final = "remove_"


@dataclass(frozen=True, slots=True)
class Group:
    """Inputs that belong together.  `sources`: only triggers of these need them (none: all do)."""

    name: str
    title: str
    fields: tuple[str, ...]
    sources: tuple[str, ...] = ()


GROUPS: Final = (
    Group("what", "What it is", ("name", "source", "enabled")),
    Group("schedule", "Schedule", ("cron", "time_zone"), ("schedule",)),
    Group(
        "github",
        "Events of GitHub",
        ("repository", "events", "authors", "report_status"),
        ("github",),
    ),
    Group(
        "match",
        "What an event must say",
        ("match_field_path", "match_field_value", "detection_keyword", "text_field_path"),
        ("webhook", "github"),
    ),
    Group(
        "sender",
        "Who may fire it",
        ("secret", "allow_unsigned", "dedup_s"),
        ("webhook", "github"),
    ),
    Group(
        "run",
        "What it starts",
        ("backend", "prompt_template", "model", "effort", "allowed_tools", "paths", "worktree"),
    ),
    Group(
        "bounds",
        "Bounds",
        ("timeout_s", "concurrency", "priority", "retries", "runs_per_day"),
    ),
    Group("notify", "Notification", ("notify_on", "notify_url", "notify_secret")),
)
_LABELS: Final[Mapping[str, str]] = {
    "enabled": "Switched on",
    "match_field_path": "Field",
    "match_field_value": "Value of the field",
    "text_field_path": "Field of the text",
    "detection_keyword": "Keyword",
    "authors": "Whose comments command",
    "report_status": "Commit status",
    "allow_unsigned": "Takes unsigned events",
    "dedup_s": "Repetitions, in seconds",
    "cron": "Times",
    "backend": "Agent or command",
    "worktree": "Own checkout",
    "paths": "Folders",
    "timeout_s": "Timeout in seconds",
    "concurrency": "Runs at once",
    "notify_on": "Notify",
    "notify_url": "Address",
    "notify_secret": "Secret of the notification",
}


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the form.

    `kind` is text, number, secret, lines (a value per line), long, choice, choices or flag.
    """

    name: str
    label: str
    help: str
    kind: str
    options: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    longest: int | None = None
    required: bool = False


def _input(name: str) -> Input:
    """The input of a field of the schema."""
    field = _SCHEMA[name]
    words = " ".join(str(field["description"]).split())
    known = [each for each in field.get("anyOf", ()) if each.get("type") != "null"]
    inner = {**field, **(known[0] if known else {})}
    kind, options = _kind(name, inner)
    return Input(
        name=name,
        label=_LABELS.get(name, name.replace("_", " ").capitalize()),
        help=words,
        kind=kind,
        options=options,
        least=inner.get("minimum"),
        most=inner.get("maximum"),
        longest=inner.get("maxLength"),
        required=name in ("name", "source", "backend"),
    )


def _kind(name: str, field: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    if name in HIDDEN:
        return "secret", ()
    if field.get("type") == "array":
        options = field["items"].get("enum", ())
        return ("choices", tuple(options)) if options else ("lines", ())
    if "enum" in field:
        return "choice", tuple(field["enum"])
    if field.get("type") == "boolean":
        return "flag", ()
    if field.get("type") == "integer":
        return "number", ()
    return ("long" if name == "prompt_template" else "text"), ()


INPUTS: Final[Mapping[str, Input]] = {name: _input(name) for name in TriggerSpec.model_fields}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form: a text per field, and for choices those that are chosen."""

    texts: Mapping[str, str]
    chosen: Mapping[str, tuple[str, ...]]
    removed: frozenset[str] = frozenset()

    @classmethod
    def of_form(cls, form: MultiDict[str, str]) -> "Typed":
        """What a person sent."""
        texts, chosen = {}, {}
        for name, each in INPUTS.items():
            if each.kind == "choices":
                chosen[name] = tuple(form.getlist(name))
            else:
                text = form.get(name, "").replace("\r\n", "\n")
                texts[name] = text if each.kind == "long" else text.strip()
        removed = frozenset(name for name in HIDDEN if form.get(f"{_REMOVE}{name}"))
        return cls(texts, chosen, removed)

    @classmethod
    def of(cls, trigger: Trigger) -> "Typed":
        """A trigger as the form shows it."""
        return cls._of_values({name: getattr(trigger, name, None) for name in INPUTS})

    @classmethod
    def new(cls) -> "Typed":
        """The form of a new trigger."""
        usual = {name: field.get_default() for name, field in TriggerSpec.model_fields.items()}
        return cls._of_values({**usual, "name": "", "source": "webhook", "backend": "claude"})

    @classmethod
    def _of_values(cls, values: Mapping[str, Any]) -> "Typed":
        texts, chosen = {}, {}
        for name, each in INPUTS.items():
            value = values[name]
            if each.kind == "choices":
                chosen[name] = tuple(value)
            elif each.kind == "lines":
                texts[name] = "\n".join(value)
            elif each.kind == "flag":
                texts[name] = "yes" if value else ""
            else:
                texts[name] = "" if value is None else str(value)
        return cls(texts, chosen)

    @classmethod
    def of_revision(cls, fields: Mapping[str, Any]) -> "Typed":
        """A trigger as the form showed it at a revision."""
        usual = {name: field.get_default() for name, field in TriggerSpec.model_fields.items()}
        return cls._of_values({**usual, **fields})

    def over(self, base: "Typed", present: "Typed") -> "Typed":
        """What a person made of `base`, on top of what others have made of it since.

        A field that both have changed stays as this person typed it.
        """
        texts = {
            name: present.texts[name] if text == base.texts[name] else text
            for name, text in self.texts.items()
        }
        chosen = {
            name: present.chosen[name] if set(each) == set(base.chosen[name]) else each
            for name, each in self.chosen.items()
        }
        return Typed(texts, chosen, self.removed)

    def values(self) -> dict[str, Any]:
        """The values of the fields; a secret that was left empty is not among them."""
        found = {name: self._value(each) for name, each in INPUTS.items()}
        for name in HIDDEN:
            if name in self.removed:
                found[name] = None
            elif not self.texts[name]:
                del found[name]
        return found

    def _value(self, each: Input) -> Any:
        if each.kind == "choices":
            return self.chosen[each.name]
        text = self.texts[each.name]
        if each.kind == "flag":
            return bool(text)
        if each.kind == "lines":
            return tuple(line.strip() for line in text.split("\n") if line.strip())
        if each.kind == "number":
            # What is no number goes on as it is, so that the schema says so.
            return int(text) if _NUMBER.fullmatch(text) else text or None
        return text


def first_wrong(problems: Iterable[str]) -> str:
    """The first field of the form that has a problem; it gets the focus."""
    order = [name for group in GROUPS for name in group.fields]
    return min(problems, key=lambda name: order.index(name) if name in order else -1, default="")
