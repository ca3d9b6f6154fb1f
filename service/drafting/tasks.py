"""What "Suggest" can be asked on the form of an item, and which fields an answer may touch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from service.drafting.answers import (
    CriteriaDraft,
    DependenciesDraft,
    Draft,
    LinksDraft,
    WordingDraft,
)
from service.forms.sheet import SHEETS

About = Literal["", "requirement", "criterion"]


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of suggestion.

    `fields` are those that an answer may patch (empty: all texts of the item); `about` is what a
    person may narrow it to, `needed` whether they must.
    """

    name: str
    kinds: tuple[str, ...]
    label: str
    order: str
    output: type[Draft]
    fields: tuple[str, ...] = ()
    about: About = ""
    needed: bool = False

    def fields_of(self, kind: str) -> tuple[str, ...]:
        """The fields of an item of `kind` that an answer may patch."""
        return self.fields or tuple(box.name for box in SHEETS[kind] if box.widget == "text")


_ALL: Final = (
    Task(
        "ears",
        ("requirement",),
        "Requirement in EARS form",
        "Write the requirement as one sentence in EARS form: ubiquitous (`The <system> shall …`),"
        " event (`When <trigger>, the <system> shall …`), state (`While <state>, …`), optional"
        " (`Where <feature>, …`) or unwanted (`If <condition>, then …`). One demand, a named actor,"
        " figures with units where it speaks of speed, size or number. Keep the meaning; where the"
        " present text does not say a figure, do not make one up: say in `why` what is missing.",
        WordingDraft,
        ("text",),
    ),
    Task(
        "criteria",
        ("phase",),
        "Success criteria",
        "Add success criteria that an outsider can observe when the phase is done. Each says one"
        " thing and how it is checked, and verifies at least one requirement of this phase. Do not"
        " repeat what a criterion says already. Leave `replaces` empty.",
        CriteriaDraft,
        ("criteria",),
        "requirement",
    ),
    Task(
        "split",
        ("phase",),
        "Split of a compound criterion",
        "Split the named criterion into criteria that say one thing each and together demand"
        " exactly what it demands. Let the first of them name it in `replaces`; the others are"
        " further ones. If it says one thing only, answer with no patches.",
        CriteriaDraft,
        ("criteria",),
        "criterion",
        needed=True,
    ),
    Task(
        "dependencies",
        ("phase",),
        "Dependencies",
        "Name the phases that must come first because this one needs what they make; mark what is"
        " only advice as soft. No phase that depends on this one, directly or through others. Leave"
        " out those that are there already.",
        DependenciesDraft,
        ("depends_on",),
    ),
    Task(
        "links",
        ("requirement",),
        "Links to other items",
        "Name requirements and research that this requirement depends on, refines, replaces or"
        " conflicts with. Leave out those that are there already.",
        LinksDraft,
        ("links",),
    ),
    Task(
        "wording",
        ("plan", "milestone", "phase", "requirement", "research"),
        "Clearer wording",
        "Make the texts of the item clearer where they are vague, passive, or say several things at"
        " once. Change only what must be changed and keep the meaning; leave out fields that are"
        " good as they are. Keep the Markdown.",
        WordingDraft,
    ),
)
TASKS: Final[Mapping[str, Task]] = {each.name: each for each in _ALL}
"""All kinds of suggestions by name."""


def tasks_of(kind: str) -> tuple[Task, ...]:
    """What can be asked on the form of an item of `kind`."""
    return tuple(each for each in _ALL if kind in each.kinds)
