"""What the scripted researchers answer: a report of each form, on the pages of the rehearsal.

The claims show each rule: an official source, two sources, one source, memory, and a page that was
never read.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from service.assistant.rehearsal.events import PAGES
from service.assistant.rehearsal.scripts import Asked, Script

_OFFICIAL: Final = {
    "url": PAGES[0][0],
    "quote": "a sentence that stands there",
    "official": True,
}
_MEASURED: Final = {"url": PAGES[1][0], "quote": "what was measured", "official": False}
_NEVER_READ: Final = {
    "url": "https://never-read.example.net/page",
    "quote": "nobody opened this",
    "official": True,
}


def _claim(key: str, text: str, confidence: str, *sources: Any, bears: bool = False) -> Any:
    return {
        "key": key,
        "text": text,
        "confidence": confidence,
        "load_bearing": bears,
        "sources": list(sources),
        "good_for_days": 90,
    }


def _stack(_asked: Asked) -> str:
    return _said(
        finding="The scripted library fits: it is small, kept, and used by others.",
        claims=[
            _claim("c1", "The scripted library has a release in 2026.", "HIGH", _OFFICIAL,
                   _MEASURED, bears=True),
            _claim("c2", "It reads a file of 10 MB in 80 ms.", "HIGH", _MEASURED),
            _claim("c3", "Most teams already know it.", "HIGH", _NEVER_READ),
        ],
        not_found=["No page says which version will be the last for Python 3.11."],
        core=[{"name": "scripted", "version": "4.2", "purpose": "reading files",
               "why": "it is kept by its makers", "claims": ["c1", "c2"]}],
        helpers=[],
        tools=[{"name": "checker", "purpose": "types", "claims": []}],
        install=[{"text": "pip install scripted"}],
        alternatives=[{"name": "other", "instead_of": "scripted", "wins_when": "files are tiny",
                       "claims": []}],
        avoid=[{"name": "old-scripted", "why": "nobody keeps it", "instead": "scripted",
                "claims": ["c3"]}],
        together=[],
    )  # fmt: skip


def _features(_asked: Asked) -> str:
    feature = {"needs": "", "release": "first", "value": "high", "cost": "low", "claims": ["f1"]}
    return _said(
        finding="Everybody expects search; hardly anybody has undo.",
        claims=[_claim("f1", "Two of two products have a search.", "MEDIUM", _OFFICIAL, _MEASURED)],
        not_found=[],
        expected=[{"name": "Search", "why": "people look for what they know", **feature}],
        apart=[{"name": "Undo", "why": "mistakes are cheap", **feature, "claims": []}],
        left_out=[{"name": "A chat", "why": "nobody reads it twice", "instead": "comments",
                   "claims": []}],
        others=[],
    )  # fmt: skip


def _architecture(_asked: Asked) -> str:
    return _said(
        finding="One process and files are enough up to a hundred people.",
        claims=[_claim("a1", "A file lock serves 100 writers a second.", "MEDIUM", _MEASURED,
                       bears=True)],
        not_found=[],
        drawing=[{"text": "browser -> service -> files"}],
        pieces=[{"name": "Service", "duty": "answers", "talks_to": "files", "claims": []}],
        layout=[],
        patterns=[],
        flows=[{"text": "A form becomes a commit.", "claims": ["a1"]}],
        scale=[{"at": "100 writers", "breaks": "the lock", "remedy": "a queue", "claims": ["a1"]}],
        avoid=[],
        outside=[],
        order=[{"step": "Files", "why": "all rests on them", "needs": "", "claims": []}],
    )  # fmt: skip


def _pitfalls(_asked: Asked) -> str:
    return _said(
        finding="Most such projects fail at half-written files.",
        claims=[_claim("p1", "A crash between two writes leaves half a file.", "HIGH", _OFFICIAL,
                       _MEASURED, bears=True)],
        not_found=["Nobody says how often that happens."],
        critical=[{"name": "Half a file", "why": "two writes", "avoid": "write, then rename",
                   "signs": "empty files", "phase": "the first one", "claims": ["p1"]}],
        debt=[],
        joining=[],
        speed=[],
        security=[],
        people=[],
        unfinished=[{"text": "It saves, but nobody pulled the plug.", "claims": []}],
        recovery=[],
    )  # fmt: skip


def _summary(_asked: Asked) -> str:
    return _said(
        finding="Build on the scripted library, and write files whole.",
        claims=[],
        not_found=[],
        verdicts=[{"claim": "c2", "outcome": "disputed", "why": "another page measures 200 ms",
                   "sources": [_MEASURED]}],
        phases=[{"title": "Safe files", "reason": "all rests on it", "covers": "saving",
                 "avoids": "half a file", "more": "no", "claims": ["c1"]}],
        confidence=[{"area": "Stack", "level": "HIGH", "why": "an official page", "claims": []}],
        gaps=[{"text": "Speed on other machines.", "claims": []}],
    )  # fmt: skip


def _said(**report: Any) -> str:
    """An answer as such a model gives it: a few words, then the report."""
    return f"I have read what there is. Here is the report.\n{json.dumps(report)}"


ANSWERS: Final[Mapping[str, Script]] = {
    "StackReport": _stack,
    "FeaturesReport": _features,
    "ArchitectureReport": _architecture,
    "PitfallsReport": _pitfalls,
    "SummaryReport": _summary,
}
