"""Rules about the text as such: placeholders, length, full stops, doubled words."""

import re
from collections.abc import Iterator
from operator import eq

from planner.trace.wording_check import ERROR, HINT, WARNING, Case, Hit, shortened, wording_rule
from planner.trace.wording_lists import word_list
from planner.trace.wording_text import FILLER, Prose

_MARKER = re.compile(
    r"(?<![\w-])(?:TBD|TBC|TBA|TODO|FIXME|XXX)(?![\w-])"
    r"|\?\?\?+"
    r"|\[\s*(?:NEEDS[ _]CLARIFICATION|TO BE (?:DEFINED|DECIDED|DETERMINED)|(?:[Ii]nsert|[Yy]our|"
    r"[Dd]escribe|[Ff]ill in|[Pp]laceholder)\b)[^\]\n]{0,200}\]?"
    r"|[Ll]orem ipsum"
    r"|\b[Tt]o be (?:determined|decided|confirmed|defined|specified|announced)(?=\s*(?:[.,;)]|$))"
    r"|待定|待补充|未定|미정|추후 결정"
)
# A plan may speak about such markers: `no TODO remains`, `the TODO list`.
_SPOKEN_BEFORE = re.compile(
    r"\b(?:no|without|zero|any|every|each|all|find|finds|remove|removes)\s+$"
)
_SPOKEN_AFTER = re.compile(
    r"\s*(?:/\s*\w+\s+)?(?:comments?|markers?|lists?|items?|apps?|entries)\b"
)


def _placeholder(prose: Prose, _case: Case) -> Hit | None:
    for match in _MARKER.finditer(prose.text):
        low = prose.low
        if _SPOKEN_AFTER.match(low, match.end()) or _spoken_before(low, match.start()):
            continue
        return Hit(match.start(), f'placeholder: "{shortened(match[0])}"')
    return None


def _spoken_before(low: str, start: int) -> bool:
    before = re.sub(
        r"(?:todo|fixme|xxx|tbd|tbc)\s*(?:,|or|and|/)\s*", "", low[max(0, start - 40) : start]
    )
    return _SPOKEN_BEFORE.search(before) is not None


_LONG = 40


def _long_text(prose: Prose, _case: Case) -> Hit | None:
    count = len(prose.tokens)
    return Hit(0, f"{count} words") if count > _LONG else None


def _one_sentence(prose: Prose, _case: Case) -> Hit | None:
    if not prose.has_inner_stop():
        return None
    sentences = [start for start, text in prose.sentences() if text.strip()]
    if len(sentences) < 2:
        return None
    return Hit(sentences[1], f"{len(sentences)} sentences")


def _final_stop(prose: Prose, _case: Case) -> Hit | None:
    text = prose.raw.rstrip()
    if not text or text[-1] in ".!?:)|`。！？" or text[-1] == FILLER:
        return None
    last = text.rsplit("\n", 1)[-1].lstrip()
    if last.startswith(("-", "*", "|", "+")) or last[:1].isdigit():
        return None
    return Hit(len(text) - 1, "no full stop at the end of the sentence")


_DOUBLED = re.compile(r"\b([a-z]{2,}) +\1\b(?!-)")
_MAY_DOUBLE = frozenset(["that", "had", "is", "do", "bye", "many", "very"])


def doubled_words(prose: Prose) -> Iterator[re.Match[str]]:
    """Each word with its repetition; its first group is the word."""
    if any(map(eq, prose.tokens, prose.tokens[1:])):
        for match in _DOUBLED.finditer(prose.low):
            if match[1] not in _MAY_DOUBLE:
                yield match


def _doubled_word(prose: Prose, _case: Case) -> Hit | None:
    for match in doubled_words(prose):
        return Hit(match.start(), f'doubled word: "{match[0]}"', f'write "{match[1]}" once')
    return None


RULES = (
    wording_rule(
        "placeholder",
        "Placeholder",
        on={
            "requirement": ERROR,
            "draft": WARNING,
            "criterion": ERROR,
            "goal": ERROR,
            "milestone": WARNING,
            "plan": WARNING,
        },
        why="Something is promised that nobody has decided.",
        hint="decide it and write it down, or set the status back to draft",
        good="The server shall keep 30 days of logs.",
        bad="The server shall keep TBD days of logs.",
        check=_placeholder,
        words=frozenset(
            word_list(
                """
                tbd tbc tba todo fixme xxx needs needs_clarification insert your describe fill
                placeholder lorem determined decided confirmed defined specified announced
                """
            )
        ),
        marks="?[待未미추",
        any_language=True,
    ),
    wording_rule(
        "long-text",
        "Long text",
        on={"requirement": HINT, "criterion": HINT},
        why="Above 40 words a statement usually holds two, or reasons that belong elsewhere.",
        hint="split it, or move reasons and details to other sections",
        good="The server shall log each request.",
        bad=(
            "The server shall log each request with the time at which it came in and the path that"
            " was asked for and the name of the person who asked and the code of the answer and the"
            " number of bytes that were sent back to that person."
        ),
        check=_long_text,
    ),
    wording_rule(
        "one-sentence",
        "More than one sentence",
        on={"requirement": HINT},
        why="A reader cannot tell which of the sentences binds.",
        hint='keep the statement; move the rest to "## Rationale" or "## Notes"',
        good="The server shall log each request.",
        bad="The server shall log each request. Logs help when something breaks.",
        check=_one_sentence,
        marks=".!?",
    ),
    wording_rule(
        "final-stop",
        "No full stop",
        on={"requirement": HINT},
        why="A sentence without its end may have been cut.",
        hint="end the sentence with a full stop",
        good="The server shall log each request.",
        bad="The server shall log each request",
        check=_final_stop,
        words=frozenset({"shall", "must"}),
    ),
    wording_rule(
        "doubled-word",
        "Doubled word",
        on={"requirement": HINT, "criterion": HINT, "goal": HINT},
        why="Usually a slip; sometimes a word is missing between the two.",
        hint="delete one of the two, or add the missing word",
        good="The server shall log each request.",
        bad="The server shall log the the request.",
        check=_doubled_word,
    ),
)
