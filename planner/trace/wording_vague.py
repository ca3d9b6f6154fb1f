"""Rules about words that leave open what is meant: vague words, escapes, lists without an end."""

import re

from planner.trace.wording_check import (
    ERROR,
    HINT,
    WARNING,
    Case,
    Found,
    Hit,
    Phrases,
    found_hit,
    phrase_check,
    wording_rule,
)
from planner.trace.wording_lists import phrase_list
from planner.trace.wording_text import Prose

# The advice, and the words that it is for.
_VAGUE_TERMS = {
    "say how fast, for example: within 200 ms for 95 of 100 requests": """
        fast; quick; quickly; swift; swiftly; rapid; rapidly; speedy; performant;
        good performance; high performance; low latency
    """,
    "say what a person does and how long it takes, for example: in at most 3 clicks": """
        easy; easily; intuitive; intuitively; user-friendly; convenient; conveniently; effortless;
        effortlessly; straightforward; ergonomic; painless; hassle-free; seamless; seamlessly;
        smooth; smoothly; frictionless; easy-to-use
    """,
    "give the number or the limit": """
        several; various; numerous; plenty; sufficiently; adequately; countless; a few; a lot of;
        lots of; a number of; a couple of
    """,
    "name the faults it survives and what happens then": """
        robust; robustly; resilient; fault-tolerant; bulletproof; graceful; gracefully
    """,
    "name the value, the list or the standard that decides": """
        appropriate; appropriately; suitable; suitably; adequate; sufficient; reasonable;
        reasonably; acceptable; satisfactory; proper; optimal; optimally; relevant; meaningful;
        meaningfully; sensible
    """,
    "give the size with its unit, for example: 50 MB": """
        large files; very large; large documents; large datasets; significant; significantly;
        substantial; substantially; considerable; minimal; huge; lightweight; approximately;
        roughly; nearly
    """,
    "name the property that a reader can check": """
        nice; nicely; beautiful; elegant; modern; polished; sleek; state-of-the-art; world-class;
        high-quality; powerful; flexible; flexibly; versatile; scalable; efficient; efficiently;
        effective; effectively; reliable; reliably; professional; rich; concise; cleanly;
        securely; human-readable; human-friendly; production-ready; production-grade;
        enterprise-grade; well-documented; well-tested; maintainable; extensible; clear error;
        clear errors; clear message; clear messages; full functionality
    """,
}
_VAGUE = Phrases(
    {phrase: advice for advice, phrases in _VAGUE_TERMS.items() for phrase in phrase_list(phrases)}
)


def _vague(prose: Prose, _case: Case) -> Hit | None:
    found = [one for one in _VAGUE.find(prose) if not _is_term(prose, one)]
    return found_hit(prose, found, "vague:") if found else None


def _is_term(prose: Prose, one: Found) -> bool:
    """Whether the word is part of an escape clause (reported there) or of a fixed expression."""
    before = prose.tokens[one.start - 1] if one.start else ""
    after = prose.tokens[one.stop] if one.stop < len(prose.tokens) else ""
    word = prose.tokens[one.stop - 1]
    if word in ("appropriate", "suitable", "reasonable"):
        return before in ("as", "if", "where", "when", "wherever")
    return (word, after) in _FIXED


_FIXED = frozenset(
    {
        ("rich", "text"),
        ("rich", "html"),
        ("quick", "start"),
        ("quick", "reply"),
        ("fast", "forward"),
    }
)

ESCAPES = Phrases(
    phrase_list(
        """
    if possible; where possible; when possible; wherever possible; whenever possible;
    as far as possible; as much as possible; where practical; if practical; as practical;
    as far as practicable; as appropriate; if appropriate; where appropriate;
    when appropriate; as applicable; if applicable; where applicable; when applicable;
    if feasible; where feasible; when feasible; as feasible; to the extent; or equivalent;
    or similar; or comparable; if necessary; where necessary; as necessary; when necessary;
    if needed; where needed; as needed; when needed; if required; where required;
    best effort; best-effort; ideally; preferably; nice to have; nice-to-have;
    if time permits; if desired; at your discretion; where reasonable; if reasonable;
    as reasonable; strive to; strives to; endeavour to; endeavor to
        """
    )
)
_OPEN_ENDED = Phrases(
    (
        "etc",
        "and so on",
        "and so forth",
        "such as",
        "including but not limited to",
        "but not limited to",
        "not limited to",
        "and more",
        "and others",
        "and the like",
        "among others",
        "et cetera",
    )
)
# The ellipsis of a text that trails off; inside code it is masked, before a letter it is a cut.
_TRAILING = re.compile(r"[\w)](?:\s*)(?:\.\.\.|…)(?=\s*(?:[).;,]|$))")


def _open_ended(prose: Prose, _case: Case) -> Hit | None:
    found = [
        one
        for one in _OPEN_ENDED.find(prose)
        # "and more than 5" counts, it does not trail off
        if prose.tokens[one.stop : one.stop + 1] != ("than",)
    ]
    if found:
        return found_hit(prose, found, "open-ended:")
    text = prose.text
    match = _TRAILING.search(text) if "..." in text or "…" in text else None
    if match is None:
        return None
    return Hit(match.start(), "open-ended: the list trails off in dots")


RULES = (
    wording_rule(
        "vague-term",
        "Vague term",
        on={"requirement": WARNING, "criterion": WARNING, "goal": HINT},
        why="Two readers measure it differently, so nobody can say whether it is met.",
        hint="put a number, a limit or a named property in its place",
        good="The search page shall answer within 200 ms.",
        bad="The search page shall answer quickly.",
        check=_vague,
        words=_VAGUE.words,
    ),
    wording_rule(
        "escape-clause",
        "Escape clause",
        on={"requirement": ERROR, "criterion": WARNING, "goal": HINT},
        why="It leaves it to the builder whether the thing is built at all.",
        hint="name the condition under which it holds, or leave the clause out",
        good="When the disk is full, the server shall refuse uploads.",
        bad="The server shall refuse uploads if possible.",
        check=phrase_check(ESCAPES, "escape clause:"),
        words=ESCAPES.words,
    ),
    wording_rule(
        "open-ended",
        "Open-ended list",
        on={"requirement": ERROR, "criterion": WARNING, "goal": HINT},
        why="A list without an end can be neither finished nor tested.",
        hint="name every member of the list, or the place that lists them",
        good="The importer shall read CSV and JSON files.",
        bad="The importer shall read CSV, JSON, etc.",
        check=_open_ended,
        words=_OPEN_ENDED.words,
        marks="….",
    ),
)
