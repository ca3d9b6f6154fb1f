"""What the scripted model suggests for a form, and what it finds in a review.

It reads what it was given by simple rules, so that its answers are about the plan at hand: the
item, the fields and the words are those of the request.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from service.assistant.rehearsal.scripts import Asked, Script

_ITEM: Final = re.compile(r"The form of the \w+ `([^`]+)` is open")
_FIELDS: Final = re.compile(r"Fields that you may patch: (.*?)\. [A-Z]")
_ABOUT: Final = re.compile(r"It is about the (?:criterion|requirement) `([^`]+)`")
_HEAD: Final = re.compile(r"^(milestone|phase|requirement|plan|research) (\S+)$", re.MULTILINE)
_CRITERION: Final = re.compile(r"^- (c\d+): (.+)$", re.MULTILINE)
# Two deliveries of which one is the first cannot all be duplicates.
_ALL_TWICE: Final = re.compile(
    r"without the restart, all (?:two|three|four|\d+) are deduplicated", re.IGNORECASE
)
_VAGUE: Final = re.compile(r"\b(fast|easy|robust|user-friendly|appropriate|good)\b", re.IGNORECASE)


def _item(asked: Asked) -> str:
    found = _ITEM.search(asked.question)
    return found[1] if found else ""


def _fields(asked: Asked) -> list[str]:
    found = _FIELDS.search(asked.question)
    return re.findall(r"`([a-z_]+)`", found[1]) if found else []


def _own(asked: Asked) -> str:
    """The text of the item whose form is open: the last of the data."""
    heads = list(_HEAD.finditer(asked.data))
    return asked.data[heads[-1].start() :] if heads else ""


def _wording(asked: Asked) -> Any:
    """The text of the first field that has one, as a sentence with `shall`."""
    for name in _fields(asked):
        found = re.search(
            rf"^{name}:\n(.+?)(?=\n[a-z_]+:|\n<|\Z)", _own(asked), re.MULTILINE | re.DOTALL
        )
        if found is None:
            continue
        plain = " ".join(found[1].split())
        better = re.sub(r"\b(should|must|will|can)\b", "shall", plain)
        if better == plain:
            better = f"When it is asked to, {plain[:1].lower()}{plain[1:]}"
        return {"patches": [_patch(asked, name, text=better, why="It names the demand.")]}
    return {"patches": []}


def _criteria(asked: Asked) -> Any:
    """The named criterion in two, or a new one for the named (or the first) requirement."""
    about = _ABOUT.search(asked.question)
    said = dict(_CRITERION.findall(_own(asked)))
    if about is not None and about[1] in said:
        first, _, rest = said[about[1]].partition(" and ")
        if not rest:
            return {"patches": []}
        return {
            "patches": [
                _criterion(asked, f"{first.rstrip('.')}.", replaces=about[1]),
                _criterion(asked, f"{rest[:1].upper()}{rest[1:]}"),
            ]
        }
    known = re.findall(r"^requirement (\S+)$", asked.data, re.MULTILINE)
    verifies = [about[1]] if about is not None else known[:1]
    text = "A person who follows the steps of the check sees the result that it names."
    return {"patches": [_criterion(asked, text, verifies=verifies)]}


def _criterion(
    asked: Asked, text: str, *, replaces: str = "", verifies: Iterable[str] = ()
) -> dict[str, Any]:
    return _patch(
        asked,
        "criteria",
        replaces=replaces,
        text=text,
        verifies=list(verifies),
        check="Follow the steps and compare.",
        why="It says one thing that can be seen.",
    )


def _dependencies(asked: Asked) -> Any:
    """The phase that stands before this one in the plan."""
    phases = re.findall(r"^phase (\S+): ", asked.data, re.MULTILINE)
    item = _item(asked)
    before = phases[: phases.index(item)][-1:] if item in phases else phases[-1:]
    return {
        "patches": [
            _patch(asked, "depends_on", phase=each, soft=True, reason="Its result is used here.")
            for each in before
        ]
    }


def _links(asked: Asked) -> Any:
    """The first other requirement of the plan."""
    known = re.findall(r"^requirement (\S+): ", asked.data, re.MULTILINE)
    others = [each for each in known if each != _item(asked)][:1]
    return {
        "patches": [
            _patch(asked, "links", type="relates", to=each, why="Both are about the same.")
            for each in others
        ]
    }


def _patch(asked: Asked, name: str, **more: Any) -> dict[str, Any]:
    return {"item": _item(asked), "field": name, **more}


def _review(asked: Asked) -> Any:
    """Criteria that contradict themselves, and vague words."""
    return {"findings": [*_contradictions(asked.data), *_vague(asked.data)]}


def _contradictions(data: str) -> Iterator[dict[str, Any]]:
    for match in _ALL_TWICE.finditer(data):
        yield {
            "kind": "contradiction",
            "quotes": [{"item": _item_at(data, match.start()), "text": match[0]}],
            "problem": "The first delivery has nothing that it could be a duplicate of: if all of"
            " them are deduplicated, none is ever carried out.",
            "suggestion": "Say that the first one is carried out and the others are duplicates.",
        }


def _vague(data: str) -> Iterator[dict[str, Any]]:
    for match in list(_VAGUE.finditer(data))[:5]:
        item = _item_at(data, match.start())
        if item:
            yield {
                "kind": "ambiguity",
                "quotes": [{"item": item, "text": match[0]}],
                "problem": f"“{match[0]}” means something else to each reader.",
                "suggestion": "Give a figure, or name what is observed.",
            }


def _item_at(data: str, place: int) -> str:
    """The id of the item in whose text a place is."""
    heads = [each for each in _HEAD.finditer(data) if each.start() < place]
    return heads[-1][2] if heads else ""


ANSWERS: Final[dict[str, Script]] = {
    "WordingDraft": _wording,
    "CriteriaDraft": _criteria,
    "DependenciesDraft": _dependencies,
    "LinksDraft": _links,
    "ReviewReport": _review,
}
