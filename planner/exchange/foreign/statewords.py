"""Status words, marks and boxes of foreign plans, in several languages, and dates."""

import re
from enum import StrEnum

from planner.exchange.foreign.labels import MARKUP, NOTE

_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


class State(StrEnum):
    """A status word, normalised."""

    DONE = "done"
    PENDING = "pending"
    ACTIVE = "active"
    DEFERRED = "deferred"
    BLOCKED = "blocked"
    DROPPED = "dropped"


_STATES: tuple[tuple[State, tuple[str, ...]], ...] = (
    (
        State.PENDING,
        (
            "not started", "not complete", "not done", "not yet", "incomplete", "to do", "todo",
            "não iniciad", "no iniciad", "nicht begonnen", "non commencé", "à faire", "未开始",
            "未完成", "未着手",
        ),
    ),
    (
        State.DROPPED,
        ("dropped", "removed", "cancelled", "canceled", "won't", "wont", "obsolete", "abandoned",
         "superseded", "rejected", "skipped", "verworfen", "cancelad"),
    ),
    (
        State.DEFERRED,
        ("deferred", "on hold", "failed", "postponed", "parked", "paused", "adiad", "推迟"),
    ),
    (State.BLOCKED, ("blocked", "bloquead", "blockiert", "阻塞")),
    (
        State.DONE,
        (
            "complete", "done", "shipped", "validated", "delivered", "released", "finished",
            "closed", "archived", "satisfied", "implemented", "concluíd", "concluid", "completad",
            "hecho", "feito", "erledigt", "abgeschlossen", "fertig", "terminé", "fini", "klaar",
            "ukończ", "готово", "заверш", "已完成", "完成", "完了", "완료",
        ),
    ),
    (
        State.ACTIVE,
        (
            "in progress", "in-progress", "inprogress", "active", "partial", "ongoing", "started",
            "executing", "current", "wip", "underway", "in flight", "in-flight",
            "em andamento", "en curso", "in arbeit", "en cours", "in corso", "进行中", "进展",
            "進行中", "진행",
        ),
    ),
    (
        State.PENDING,
        (
            "pending", "planned", "planning", "open", "ready", "upcoming", "proposed", "approved",
            "pendente", "pendiente", "offen", "ausstehend", "geplant", "prévu", "待办", "计划",
            "待定", "대기", "tbd", "next",
        ),
    ),
)  # fmt: skip
_STEM = re.compile(
    r"(?<![^\W\d_])(?:"
    + "|".join(
        f"(?P<s{at}>{'|'.join(map(re.escape, stems))})" for at, (_, stems) in enumerate(_STATES)
    )
    + ")"
)
_PART = re.compile(r"(?<![\d/])(\d{1,4})\s*(?:/|of)\s*(\d{1,4})(?![\d/])[^.;]{0,20}$")
_MARKS: dict[str, State] = {
    "✅": State.DONE, "✓": State.DONE, "✔": State.DONE, "☑": State.DONE, "🟢": State.DONE,
    "🚧": State.ACTIVE, "🔄": State.ACTIVE, "🟡": State.ACTIVE, "🔨": State.ACTIVE,
    "🔧": State.ACTIVE, "🔵": State.ACTIVE,
    "📋": State.PENDING, "🔲": State.PENDING, "⚫": State.PENDING, "⬜": State.PENDING,
    "⏳": State.PENDING, "🔜": State.PENDING, "⚪": State.PENDING,
    "⏸": State.DEFERRED, "🔴": State.BLOCKED, "❌": State.DROPPED,
}  # fmt: skip
STANDARD_STATUSES = {
    "pending", "in progress", "complete", "blocked", "not started", "planned", "deferred", "done",
    "shipped", "active", "dropped", "-", "—", "",
}  # fmt: skip


def state_of(text: str) -> State | None:
    """The state that a cell, a field or a mark tells, or None."""
    plain = _DATE.sub(" ", text.casefold().translate(MARKUP))
    outside = " ".join(NOTE.sub(" ", plain).split())
    for body in (outside, " ".join(plain.split())):
        found = _stem_state(body)
        if found is not None:
            return found
        for mark, state in _MARKS.items():
            if mark in body:
                return state
    return None


def mark_state(sign: str) -> State | None:
    """The state that one sign tells (✅ 🚧 📋 …)."""
    return _MARKS.get(sign)


def _stem_state(body: str) -> State | None:
    """The state of the first word that tells one; `3/6 plans complete` is not complete."""
    match = _STEM.search(body)
    if match is None:
        return None
    state = _STATES[int((match.lastgroup or "s0")[1:])][0]
    part = _PART.search(body, 0, match.start()) if state is State.DONE else None
    if part and int(part[1]) < int(part[2]):
        return State.ACTIVE if int(part[1]) else State.PENDING
    return state


def iso_date(text: str) -> str:
    """The first ISO date in a text, or empty; other dates stay text."""
    match = _DATE.search(text)
    return match[0] if match else ""


def box_state(mark: str) -> bool | None:
    """Whether a box `[x]` is ticked; None where there is no box."""
    return None if not mark else mark in "xX✓✔"
