"""What the templates of fields look up: `templates/service/edit/_fields.html`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from service.forms.choices import Choices
from service.forms.filled import Filled
from service.forms.findings import Found
from service.forms.sheet import CRITERION_STATES, LINK_KINDS, SHEETS, Box

_TALLEST: Final = 24
_PER_LINE: Final = 84
_NOUNS: Final = {
    "refs": "Phase",
    "dependencies": "Dependency",
    "links": "Link",
    "waivers": "Waiver",
    "provenance": "Origin",
    "criteria": "Criterion",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A form to be drawn.

    `places` are the findings by the name that they stand at; `refused_at` the name of the field
    that the planner did not take, with its message and hint; `focus` that of the field or row to
    go on with.
    """

    filled: Filled
    choices: Choices
    places: Mapping[str, Sequence[Found]] = field(default_factory=dict)
    refused_at: str = ""
    refused: str = ""
    hint: str = ""
    focus: str = ""
    link_kinds: tuple[str, ...] = LINK_KINDS
    criterion_states: tuple[str, ...] = CRITERION_STATES

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The fields that the form shows."""
        known = {*self.filled.texts, *self.filled.rows}
        return tuple(box for box in SHEETS[self.filled.kind] if box.name in known)

    @property
    def blank(self) -> Mapping[str, Mapping[str, str]]:
        """The parts of a new row of each list."""
        return {box.name: dict.fromkeys(box.parts, "") for box in self.boxes if box.parts}

    def noun(self, box: Box) -> str:
        """What one row of a list is called."""
        return _NOUNS[box.widget]

    def one(self, box: Box) -> str:
        """The same in a sentence: `a link`, `an origin`."""
        noun = self.noun(box).lower()
        return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"

    def height(self, text: str, least: int) -> int:
        """Rows of a text area in which the text is seen at once, within reason."""
        lines = sum(1 + len(line) // _PER_LINE for line in text.split("\n"))
        return min(max(lines + (1 if least > 2 else 0), least), _TALLEST)
