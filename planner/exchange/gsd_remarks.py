"""What an import kept under `As imported`, written back to where it came from.

Every remark is written only where it is read back as the plan stands now: a plan that was changed
after its import is exported as it is, not as it was.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from planner.exchange.foreign.dependencies import dependencies_in, reads_as_soft
from planner.exchange.foreign.idlists import KnownIds
from planner.exchange.foreign.mapping import ids_of_line
from planner.exchange.foreign.numbering import PhaseKeys, number_id
from planner.exchange.gsd import read_source
from planner.exchange.phase_items import IMPORTED, UNDEFINED
from planner.exchange.standing import phase_word_status, requirement_word_status
from planner.exchange.verbatim import one_line
from planner.model.items import Item, Milestone, Phase, Requirement

_RATIO = re.compile(r"\d+/\d+")
_LACKED = re.compile(r"Phase (\S+), which the roadmap lacks")


@dataclass(frozen=True, slots=True)
class Remarks:
    """The rows of the section, as label and value."""

    rows: tuple[tuple[str, str], ...]

    def all(self, label: str) -> list[str]:
        """The values of every row with this label."""
        return [value for name, value in self.rows if name == label]

    def first(self, label: str) -> str:
        """The value of the first row with this label, or empty."""
        return next(iter(self.all(label)), "")

    @property
    def plans_done(self) -> str:
        """`2/3`, where the source counted plans."""
        return next((each for each in self.all("Plans") if _RATIO.fullmatch(each)), "")

    @property
    def plans_words(self) -> str:
        """What the source said about plans, where that is no count."""
        return next((each for each in self.all("Plans") if not _RATIO.fullmatch(each)), "")


def imported_text(item: Item) -> str:
    """The text of the section `As imported`."""
    return next((each.text for each in item.sections if each.heading == IMPORTED), "")


def remarks_of(item: Item) -> Remarks:
    """The rows of the section `As imported` of an item."""
    rows = []
    for row in imported_text(item).splitlines():
        label, _, value = row.removeprefix("- ").partition(": ")
        rows.append((label, value))
    return Remarks(tuple(rows))


def phase_word(remarks: Remarks, status: str) -> str:
    """The status word of the source, if it still means `status`."""
    word = remarks.first("Status")
    return word if word and phase_word_status(word) == status else ""


def depends_texts(phase: Phase, remarks: Remarks, numbers: Mapping[str, str]) -> list[str]:
    """What stands behind `Depends on`: one text, or several entries of a list."""
    by_id = {phase_id.casefold(): number for phase_id, number in numbers.items()}
    words, wanted = [], []
    for each in phase.depends_on:
        number = by_id.get(each.phase.casefold())
        if number is None:
            continue
        reason = one_line(each.reason)
        wanted.append((number_id(number), reason, each.soft))
        if each.soft and not reads_as_soft(reason, number_id(number)):
            reason = f"optional: {reason}" if reason else "optional"
        words.append(f"Phase {number} ({reason})" if reason else f"Phase {number}")
    plain = ", ".join(words) or "Nothing"
    said = remarks.all("Depends on")
    known = PhaseKeys(map(number_id, numbers.values()))
    for texts in (said, [plain, *said]) if said else ():
        found = dependencies_in(texts, known)
        if [(each.key, one_line(each.reason), each.soft) for each in found] == wanted:
            return texts
    return [plain]


def requirements_words(
    remarks: Remarks, wanted: Sequence[str], known: KnownIds, assigned: Set[str]
) -> str:
    """What stands behind `Requirements`; prose may mention what is `assigned` somewhere."""
    said = remarks.first("Requirements")
    if said:
        ids = ids_of_line(said, known)
        if sorted(ids.firm) == sorted(wanted) and set(ids.loose) <= assigned:
            return said
    return ", ".join(wanted) or "None"


def undefined_ids(remarks: Remarks, known: KnownIds) -> list[str]:
    """Ids that the source assigned to a phase and that still stand for no requirement."""
    here = {each.casefold() for each in known.texts}
    names = remarks.first(UNDEFINED).split(", ")
    return [each for each in names if each and each.casefold() not in here]


def requirement_word(requirement: Requirement, remarks: Remarks) -> str:
    """The status word of the source, if it still means the status of the requirement."""
    word = remarks.first("Status")
    deferred = requirement.status == "deferred"
    has_text = bool(requirement.text or requirement.title)
    status = requirement_word_status(word, deferred=deferred, has_text=has_text)
    return word if word and status == requirement.status else ""


def lacked_phases(remarks: Remarks, numbers: Iterable[str]) -> list[str]:
    """Phases that the source assigned a requirement to and that are still not there."""
    here = set(map(number_id, numbers))
    found = map(_LACKED.fullmatch, (label for label, _ in remarks.rows))
    return [each[1] for each in found if each is not None and number_id(each[1]) not in here]


def milestone_bullet(milestone: Milestone) -> str:
    """The list entry of the source, if it is read back as the milestone that stands in the plan."""
    text = imported_text(milestone).partition("\n\n")[0]
    if not text.startswith(("- ", "* ", "+ ")):
        return ""
    roadmap = f"# Roadmap\n\n## Milestones\n\n{text}\n"
    found = read_source({"ROADMAP.md": roadmap.encode()}).tree.milestones
    if len(found) != 1:
        return ""
    here, back = (
        (each.id, each.title, each.status, each.shipped, each.created)
        for each in (milestone, found[0])
    )
    return text if here == back else ""
