"""Foreign status words as statuses of the plan; which source wins where they differ."""

from planner.exchange.foreign.found import FoundPhase, FoundRequirement, Source
from planner.exchange.foreign.labels import words
from planner.exchange.foreign.numbering import is_parked
from planner.exchange.foreign.statewords import STANDARD_STATUSES, State, state_of
from planner.model.items import PRIORITIES

_PHASE = {
    State.DONE: "done",
    State.ACTIVE: "active",
    State.BLOCKED: "active",
    State.DEFERRED: "deferred",
    State.DROPPED: "dropped",
    State.PENDING: "",
}
_REQUIREMENT = {
    State.DONE: "done",
    State.ACTIVE: "in-progress",
    State.BLOCKED: "blocked",
    State.DEFERRED: "deferred",
    State.DROPPED: "dropped",
    State.PENDING: "approved",
}
_MILESTONE = {
    State.DONE: "shipped",
    State.ACTIVE: "active",
    State.BLOCKED: "active",
    State.DROPPED: "dropped",
}
_PRIORITY_WORDS = {
    "must": "must", "high": "must", "critical": "must", "p0": "must", "mandatory": "must",
    "should": "should", "medium": "should", "p1": "should",
    "could": "could", "low": "could", "p2": "could", "nice": "could", "optional": "could",
    "wont": "wont", "won't": "wont", "p3": "wont",
}  # fmt: skip


def phase_status(phase: FoundPhase) -> tuple[str, str]:
    """Status of a phase and the word it came from: the table before the rest.

    A parked phase of which nothing else is said is deferred.
    """
    status, word = _stated_status(phase)
    return ("deferred" if not status and is_parked(phase.key) else status), word


def _stated_status(phase: FoundPhase) -> tuple[str, str]:
    for row in phase.rows:
        if row.state is not None and not row.duplicate:
            return _of_phase(row.state, row.status), row.status
    for section in phase.details:
        state = state_of(section.status)
        if state is not None:
            return _of_phase(state, section.status), section.status
    for source in (Source.LIST, Source.HEADING):
        for each in phase.by(source):
            if each.struck:
                return "dropped", ""
            if each.box is False and each.state is State.ACTIVE:
                return "active", ""
            if each.box is not None:
                return ("done" if each.box else ""), ""
            if each.state is not None:
                return _PHASE[each.state], ""
    return "", ""


def phase_word_status(word: str) -> str | None:
    """The status of a phase that a word alone tells; None where it tells none."""
    state = state_of(word)
    return None if state is None else _of_phase(state, word)


def _of_phase(state: State, word: str) -> str:
    if state is State.PENDING:
        return "planned" if words(word).startswith("planned") else ""
    return _PHASE[state]


def requirement_status(found: FoundRequirement, word: str) -> str:
    """Status of a requirement: the table's word, else the box, else its section."""
    if found.struck:
        return "dropped"
    deferred = found.section == "deferred"
    has_text = bool(found.text or found.title)
    for each in (word, found.status):
        status = requirement_word_status(each, deferred=deferred, has_text=has_text)
        if status is not None:
            return status
    if found.box:
        return "done"
    if deferred:
        return "deferred"
    return "approved" if found.text else "draft"


def requirement_word_status(word: str, *, deferred: bool, has_text: bool) -> str | None:
    """The status of a requirement that a word alone tells; None where it tells none."""
    state = state_of(word)
    if state is State.PENDING:
        return "deferred" if deferred else "approved" if has_text else "draft"
    return None if state is None else _REQUIREMENT[state]


def milestone_status(state: State | None, *, current: bool) -> str:
    """Status of a milestone; `current` is what STATE.md says where the roadmap says nothing."""
    if state is None:
        return "active" if current else "planned"
    return _MILESTONE.get(state, "planned")


def priority(word: str) -> str:
    """A priority word as one of the plan's, or empty."""
    plain = word.casefold().strip("*_` ")
    return plain if plain in PRIORITIES else _PRIORITY_WORDS.get(plain, "")


def is_plain_word(word: str) -> bool:
    """Whether a status word says no more than the status it became."""
    return words(word) in STANDARD_STATUSES or not word.strip()
