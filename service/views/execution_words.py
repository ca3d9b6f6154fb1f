"""How executions read on pages: states with their marks, spans of time, sizes, money."""

from typing import Final

from service.executions.records import State

# The class that gives a state its mark; none depends on colour alone.
MARKS: Final = {
    State.QUEUED: "is-planned",
    State.RUNNING: "is-active",
    State.SUCCEEDED: "is-done",
    State.FAILED: "is-error",
    State.CANCELLED: "is-off is-deferred",
    State.TIMED_OUT: "is-warning",
    State.INTERRUPTED: "is-blocked",
}
SOURCES: Final = {
    "webhook": "a webhook",
    "github": "GitHub",
    "schedule": "its schedule",
    "manual": "a person",
    "replay": "a person, again",
    "retry": "a retry",
}


def span(milliseconds: int | None) -> str:
    """`0.4 s`, `12 s`, `3 min 5 s`, `2 h 14 min`; empty for None."""
    if milliseconds is None:
        return ""
    seconds = milliseconds / 1000
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def money(dollars: float | None) -> str:
    """`$0.0042`, `$1.50`; empty for None."""
    if dollars is None:
        return ""
    return f"${dollars:.2f}" if dollars >= 1 or dollars == 0 else f"${dollars:.4f}"


def size(count: int) -> str:
    """`912 bytes`, `3.4 KiB`, `50.0 MiB`."""
    if count < 1024:
        return f"{count} bytes"
    if count < 1024 * 1024:
        return f"{count / 1024:.1f} KiB"
    return f"{count / 1024 / 1024:.1f} MiB"


def word(state: State) -> str:
    """The state as a word of a sentence."""
    return state.value.replace("_", " ")
