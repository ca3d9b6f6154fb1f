"""Rules about time and degree: when, how much more, always, all, not."""

import re

from planner.trace.wording_check import (
    HINT,
    WARNING,
    Case,
    Found,
    Hit,
    Phrases,
    found_hit,
    wording_rule,
)
from planner.trace.wording_lists import word_list
from planner.trace.wording_text import Prose

_INDEFINITE = Phrases(
    (
        *word_list(
            """
            eventually soon shortly promptly immediately instantly instantaneously periodically
            occasionally frequently sometimes
            """
        ),
        "as soon as possible",
        "timely manner",
        "from time to time",
        "at some point",
        "in the future",
        "at a later time",
        "later on",
        "in due course",
        "in real time",
        "in real-time",
        "near real-time",
        "on a regular basis",
    )
)
_EVENT_WORDS = frozenset({"until", "before", "after"})
# `before and after`, `as before`, `the day after` compare two states or are complete.
_COMPLETE = ("and ", "or ", "as ", "than ", "like ", "day ", "days ", "week ", "month ", "ever ")


def _indefinite(prose: Prose, _case: Case) -> Hit | None:
    found = [one for one in _INDEFINITE.find(prose) if not _names_moment(prose, one)]
    if found:
        return found_hit(prose, found, "names no moment:")
    return _dangling(prose)


def _dangling(prose: Prose) -> Hit | None:
    """`before` or `until` as the last word of a sentence."""
    for word in prose.vocabulary & _EVENT_WORDS:
        for start in prose.places(word):
            ends = prose.after(start + len(word)) in ("", ".", ";", ")")
            if ends and not prose.low.endswith(_COMPLETE, 0, start):
                return Hit(start, f'no event or time follows "{word}"')
    return None


def _names_moment(prose: Prose, one: Found) -> bool:
    """Whether the moment stands behind: `immediately after the login`, `soon (within 5 s)`."""
    after = prose.tokens[one.stop : one.stop + 3]
    return bool(after) and (
        after[0] in ("after", "before", "when", "upon", "once", "following")
        or any(token[0].isdigit() for token in after)
    )


_ABSOLUTE = Phrases(
    (
        *word_list(
            """
            never always guaranteed foolproof perfect perfectly flawless flawlessly
            """
        ),
        *["absolutely", "bug-free", "error-free", "unbreakable"],
        "at all times",
        "under all circumstances",
        "in all cases",
        "zero downtime",
        "no downtime",
        "without fail",
    )
)
_ALL_OF_IT = re.compile(r"(?<![\d.])100\s?(?:%|percent\b)")
_CONDITIONS = frozenset(
    word_list(
        """
        than if when while whenever unless until except where without before after during within
        """
    )
)


def _absolute(prose: Prose, _case: Case) -> Hit | None:
    if prose.vocabulary & _CONDITIONS:
        return None
    found = _ABSOLUTE.find(prose)
    if found:
        return found_hit(prose, found, "absolute without a condition:")
    match = _ALL_OF_IT.search(prose.low) if "100" in prose.low else None
    return Hit(match.start(), f'absolute without a condition: "{match[0]}"') if match else None


_UNIVERSAL = Phrases(("all", "any", "both"))
_COUNTS = frozenset(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])


def _universal(prose: Prose, _case: Case) -> Hit | None:
    found = [one for one in _UNIVERSAL.find(prose) if not _is_exact(prose, one)]
    return found_hit(prose, found, "universal:") if found else None


def _is_exact(prose: Prose, one: Found) -> bool:
    """Whether the word says how many or belongs to another: `all 5`, `at all`, `without any`."""
    before = prose.tokens[one.start - 1] if one.start else ""
    after = prose.tokens[one.stop] if one.stop < len(prose.tokens) else ""
    return before in ("at", "not", "without") or after[:1].isdigit() or after in _COUNTS


_MEASURES = word_list(
    """
    efficient efficiently reliable reliably readable robust flexible secure securely usable
    stable accurate accurately precise responsive performant scalable maintainable intuitive
    convenient detailed complex simple important relevant appropriate suitable user-friendly
    consistent compact concise
    """
)
_COMPARISON = Phrases(
    (
        *word_list(
            """
            better faster slower easier simpler quicker cheaper cleaner nicer smarter stronger
            richer smoother worse improved enhanced best worst fastest easiest simplest cheapest
            cleanest quickest strongest
            """
        ),
        *(
            f"{more} {measure}"
            for more in ("more", "less", "most", "least")
            for measure in _MEASURES
        ),
    )
)
_SET_EXPRESSIONS = frozenset(
    ["practice", "practices", "match", "effort", "case", "fit", "known", "guess"]
)


def _comparison(prose: Prose, _case: Case) -> Hit | None:
    baseline = prose.last_value()
    found = [
        one
        for one in _COMPARISON.find(prose)
        if not _SET_EXPRESSIONS & set(prose.tokens[one.stop : one.stop + 1]) and baseline < one.stop
    ]
    return found_hit(prose, found, "compared with nothing:") if found else None


_NEGATION = Phrases(("not", "cannot", "can't", "doesn't", "don't", "isn't", "aren't", "won't"))


def _negation(prose: Prose, _case: Case) -> Hit | None:
    found = [
        one
        for one in _NEGATION.find(prose)
        if prose.tokens[one.stop : one.stop + 1] not in (("only",), ("found",))
    ]
    return found_hit(prose, found, "negative:") if found else None


RULES = (
    wording_rule(
        "indefinite-time",
        "Indefinite time",
        on={"requirement": WARNING, "criterion": WARNING, "goal": HINT},
        why="Without an event or a time nobody knows when to look, so it is never late.",
        hint="name the event that starts the clock and the longest time allowed",
        good="The page shall show the new line within 2 s after the server has written it.",
        bad="The page shall eventually show the new line.",
        check=_indefinite,
        words=_INDEFINITE.words | _EVENT_WORDS,
    ),
    wording_rule(
        "absolute",
        "Absolute",
        on={"requirement": WARNING, "criterion": WARNING},
        why="What must hold always and for everything can be refuted but never shown.",
        hint="name the condition under which it holds, or the rate that is enough",
        good="While the database is reachable, the service shall answer 999 of 1000 requests.",
        bad="The service shall always answer.",
        check=_absolute,
        words=_ABSOLUTE.words,
        marks="1",
    ),
    wording_rule(
        "universal",
        "Universal word",
        on={"requirement": HINT},
        why='"All" may mean each one or the whole together; "any" may mean one or each.',
        hint='write "each" (one by one), or give the list or the number',
        good="The server shall log each request.",
        bad="The server shall log any request.",
        check=_universal,
        words=_UNIVERSAL.words,
    ),
    wording_rule(
        "comparison",
        "Comparison without a baseline",
        on={"requirement": WARNING, "criterion": WARNING, "goal": HINT},
        why="Better than what?  Without the value of today nobody can tell when it is reached.",
        hint="name what it is compared with and by how much, for example: 20 % below 300 ms",
        good="The build shall be faster than 3 s.",
        bad="The build shall be faster.",
        check=_comparison,
        words=_COMPARISON.words,
    ),
    wording_rule(
        "negation",
        "Negative statement",
        on={"requirement": HINT},
        why="That something does not happen cannot be shown by trying it once.",
        hint="say what happens instead, if you can",
        good="If the key is wrong, then the server shall answer 401.",
        bad="The server shall not accept a wrong key.",
        check=_negation,
        words=_NEGATION.words,
    ),
)
