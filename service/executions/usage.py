"""What an agent says of itself at its end: tokens, cost, and why it failed.  Pure.

The agents print one JSON object a line.  What each of them calls its last event changes over time;
what is not understood is no error, and gives no figures.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

_LONGEST: Final = 200_000
# What no agent uses up; greater numbers are none, and no column would take them.
_MOST_TOKENS: Final = 10**15
# Failures that may pass by themselves.  Words have bounds: a `429` in an address is none.
_PASSING: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (
        "rate_limit",
        re.compile(
            r"\brate[ _-]?limit(?:ed|_error)?\b|\btoo many requests\b|\bRESOURCE_EXHAUSTED\b"
            r"|\bstatus(?: code)?[ :=\"]{1,4}429\b|\b429 too many\b",
            re.IGNORECASE,
        ),
    ),
    (
        "overloaded",
        re.compile(
            r"\boverloaded(?:_error)?\b|\bstatus(?: code)?[ :=\"]{1,4}(?:502|503|529)\b"
            r"|\bservice unavailable\b|\bbad gateway\b",
            re.IGNORECASE,
        ),
    ),
    (
        "network",
        re.compile(
            r"\bECONN(?:REFUSED|RESET|ABORTED)\b|\bETIMEDOUT\b|\bEAI_AGAIN\b"
            r"|\bconnection (?:refused|reset|timed out)\b",
            re.IGNORECASE,
        ),
    ),
)
TRANSIENT: Final = frozenset(name for name, _ in _PASSING)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run used, as far as it was said; `error` is its own word for why it failed."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    error: str = ""


class UsageReader:
    """Collects the figures of one run from its lines."""

    def __init__(self, talks: str) -> None:
        """`talks` is how the command talks, see `service.executions.commands.Command`."""
        self._talks = talks
        self._in = 0
        self._out = 0
        self._cost = 0.0
        self._seen = self._priced = False
        self._error = ""

    def read(self, lines: Iterable[str]) -> None:
        """Look at more lines of standard output."""
        if self._talks == "text":
            return
        for line in lines:
            # Most lines are long messages; only those that may carry figures are parsed.
            if line.startswith("{") and len(line) <= _LONGEST and _may_count(line):
                self._event(line)

    @property
    def usage(self) -> Usage:
        """What was said so far."""
        return Usage(
            self._in if self._seen else None,
            self._out if self._seen else None,
            self._cost if self._priced else None,
            self._error,
        )

    def _event(self, line: str) -> None:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            return
        kind = event.get("type")
        if self._talks == "claude" and kind == "result":
            self._count(event.get("usage"), replace=True)
            self._price(event.get("total_cost_usd"), replace=True)
            if event.get("is_error"):
                self._error = str(event.get("result") or event.get("subtype") or "")[:500]
        elif self._talks == "codex" and kind == "turn.completed":
            self._count(event.get("usage"))
        elif self._talks == "gemini" and kind == "result":
            self._count(event.get("stats"), replace=True)
        elif self._talks == "opencode" and kind == "step_finish":
            part = event.get("part") or {}
            if isinstance(part, dict):
                self._count(part.get("tokens"))
                self._price(part.get("cost"))
        if kind in ("error", "turn.failed"):
            self._error = json.dumps(event.get("error") or event.get("message") or "")[:500]

    def _count(self, values: Any, *, replace: bool = False) -> None:
        if not isinstance(values, dict):
            return
        came = _sum(values, ("input_tokens", "input", "cache_creation_input_tokens",
                             "cache_read_input_tokens"))  # fmt: skip
        went = _sum(values, ("output_tokens", "output"))
        self._in = min(came if replace else self._in + came, _MOST_TOKENS)
        self._out = min(went if replace else self._out + went, _MOST_TOKENS)
        self._seen = True

    def _price(self, value: Any, *, replace: bool = False) -> None:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6:
            self._cost = float(value) if replace else self._cost + float(value)
            self._priced = True


def _may_count(line: str) -> bool:
    head = line[:400]
    return any(each in head for each in ('"result"', '"turn.', '"step_finish"', '"error"'))


def _sum(values: dict[str, Any], names: Iterable[str]) -> int:
    found = (values.get(name) for name in names)
    return sum(
        each
        for each in found
        if isinstance(each, int) and not isinstance(each, bool) and 0 <= each <= _MOST_TOKENS
    )


def failure_of(code: int | None, error: str, tail: Iterable[str]) -> str:
    """A word for why a run failed: `rate_limit`, `overloaded`, `network`, or `exit`.

    Its own structured error counts first, then the last lines that it printed.  Ask it of runs that
    failed only: what a successful run says about limits means nothing.
    """
    for text in (error, *tail):
        for name, pattern in _PASSING:
            if text and pattern.search(text[:4000]):
                return name
    return "exit" if code is not None else "signal"
