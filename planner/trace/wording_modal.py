"""Rules about the verb and what is hung on it: should, be able to, in order to, it."""

import re

from planner.trace.wording_check import (
    HINT,
    WARNING,
    Case,
    Found,
    Hit,
    Phrases,
    found_hit,
    positions,
    wording_rule,
)
from planner.trace.wording_text import Prose
from planner.trace.wording_verbs import BASE_VERBS, STATING, is_participle

_WEAK = Phrases(
    {
        "should": 'write "shall" if it binds; else make it a note',
        "may": 'write "can" for a possibility, "shall" for a duty',
        "might": "say in which case it happens",
        "could": 'write "can" or "shall"',
        "would": 'write "shall", and the condition in front',
        "will": 'write "shall"',
        "ought": 'write "shall"',
    }
)


def weak_modals(prose: Prose) -> list[Found]:
    """Each `should`, `may`, `will` …, nouns such as the month left out."""
    return [one for one in _WEAK.find(prose) if not _is_noun(prose, one)]


def _weak_modal(prose: Prose, _case: Case) -> Hit | None:
    found = weak_modals(prose)
    return found_hit(prose, found, "weak modal verb:") if found else None


def _is_noun(prose: Prose, one: Found) -> bool:
    """Whether the word is the month or a noun: `in May`, `a will`."""
    word = prose.tokens[one.start]
    if word == "may":
        return prose.words(one.start, one.stop) != "may"
    return word == "will" and one.start > 0 and prose.tokens[one.start - 1] in ("a", "the", "at")


_ABLE = Phrases(
    dict.fromkeys(
        (
            "able to",
            "capable of",
            "ability to",
            "designed to",
            "intended to",
            "meant to",
            "responsible for",
            "supposed to",
        ),
        "",
    )
)
_LETTING = ("allow", "allows", "allowing", "enable", "enables", "enabling", "permit", "permits")


def _superfluous(prose: Prose, _case: Case) -> Hit | None:
    found = _ABLE.find(prose)
    if found:
        return _shortened(prose, found)
    for word in _LETTING:
        for index in positions(prose.tokens, word):
            if "to" in prose.tokens[index + 2 : index + 5]:
                stop = prose.tokens.index("to", index + 2) + 1
                words = prose.words(index, stop)
                who = " ".join(prose.tokens[index + 1 : stop - 1])
                return Hit(
                    prose.offset(index),
                    f'superfluous: "{words}"',
                    f'say what happens: "{who} can …", or "the system shall …"',
                )
    return None


def _shortened(prose: Prose, found: list[Found]) -> Hit:
    hit = found_hit(prose, found, "superfluous:")
    one = found[0]
    verb = prose.tokens[one.stop] if one.stop < len(prose.tokens) else ""
    before = prose.tokens[max(0, one.start - 2) : one.start]
    if prose.tokens[one.start] == "able" and verb in BASE_VERBS and before[-1:] == ("be",):
        return Hit(hit.offset, hit.message, f'write "{before[0]} {verb}"')
    return hit


_PURPOSE = Phrases(
    (
        "in order to",
        "in order that",
        "so that",
        "so as to",
        "to ensure",
        "to make sure",
        "for the purpose of",
        "thereby",
        "thus enabling",
        "thus allowing",
        "with the goal of",
        "with the aim of",
    )
)
_RESULTS = frozenset({"enabling", "allowing", "ensuring"})
_ENABLING = re.compile(r"[,—–-]\s+(?:thereby\s+|thus\s+)?(?:enabling|allowing|ensuring)\b")


def _purpose(prose: Prose, _case: Case) -> Hit | None:
    found = _PURPOSE.find(prose)
    if found:
        return found_hit(prose, found, "purpose inside the statement:")
    match = None if _RESULTS.isdisjoint(prose.vocabulary) else _ENABLING.search(prose.low)
    if match is None:
        return None
    return Hit(match.start(), f'purpose inside the statement: "{match[0].lstrip(",—– -")}"')


_PRONOUNS = ("it", "they", "this", "these", "those", "them", "he", "she")
_POINTING = ("this", "these", "those")
_BREAK = re.compile(r"[.;:]\s")
_OPENING = ("if", "when", "while", "where", "unless", "until")


def _pronoun(prose: Prose, _case: Case) -> Hit | None:
    """A pronoun that opens a sentence, or the condition that opens the text."""
    tokens = prose.tokens
    breaks = _BREAK.search(prose.low) is not None
    for word in prose.vocabulary.intersection(_PRONOUNS):
        for index in positions(tokens, word):
            after = tokens[index + 1] if index + 1 < len(tokens) else ""
            if word in _POINTING and after not in STATING:
                continue
            if (
                index == 0
                or (index == 1 and tokens[0] in _OPENING)
                or (breaks and prose.before(prose.offset(index)) in (".", ";", ":"))
            ):
                return Hit(
                    prose.offset(index),
                    f'"{word}" has no noun to stand for in its clause',
                    "repeat the noun",
                )
    return None


def _passive(prose: Prose, _case: Case) -> Hit | None:
    """`shall be logged` without `by …`: nobody is told to do it."""
    tokens = prose.tokens
    for index in positions(tokens, "be"):
        if index == 0 or not _has_modal(tokens[max(0, index - 2) : index]):
            continue
        stop = index + 1
        while stop < len(tokens) and tokens[stop].endswith("ly"):
            stop += 1
        if stop == len(tokens) or not is_participle(tokens[stop]) or tokens[stop] in _STATES:
            continue
        if "by" in tokens[stop + 1 : stop + 9] or "using" in tokens[stop + 1 : stop + 9]:
            continue
        return Hit(
            prose.offset(index),
            f'passive without an agent: "{prose.words(index - 1, stop + 1)}"',
        )
    return None


def _has_modal(before: tuple[str, ...]) -> bool:
    return bool(before) and (
        before[-1] in ("shall", "must", "will", "should")
        or before in (("shall", "not"), ("must", "not"), ("shall", "also"), ("must", "also"))
    )


_STATES = frozenset(["based", "located", "limited", "composed", "related"])

RULES = (
    wording_rule(
        "weak-modal",
        "Weak modal verb",
        on={"requirement": WARNING, "criterion": HINT},
        why="Should, may and will leave open whether it binds.",
        hint='write "shall" for a duty, "can" for a possibility',
        good="The server shall log each request.",
        bad="The server should log each request.",
        check=_weak_modal,
        words=_WEAK.words,
    ),
    wording_rule(
        "superfluous-infinitive",
        "Superfluous infinitive",
        on={"requirement": WARNING, "criterion": HINT},
        why="Being able to do a thing is not doing it: the test is unclear.",
        hint="use the verb itself",
        good="The planner shall export the plan as CSV.",
        bad="The planner shall be able to export the plan as CSV.",
        check=_superfluous,
        words=_ABLE.words | frozenset(_LETTING),
    ),
    wording_rule(
        "purpose-phrase",
        "Purpose inside the statement",
        on={"requirement": WARNING, "criterion": HINT},
        why="The reason is not a duty; inside the sentence it reads as a second one.",
        hint='move the reason to "## Rationale"',
        good="The server shall write each delivery to the database.",
        bad="The server shall write each delivery to the database in order to survive a restart.",
        check=_purpose,
        words=_PURPOSE.words | _RESULTS,
    ),
    wording_rule(
        "pronoun",
        "Pronoun without a noun",
        on={"requirement": WARNING, "criterion": HINT},
        why="The statement is read alone; what the pronoun stood for is elsewhere.",
        hint="repeat the noun",
        good="The server shall log each request.",
        bad="It shall log each request.",
        check=_pronoun,
        words=frozenset(_PRONOUNS),
    ),
    wording_rule(
        "passive-voice",
        "Passive without an agent",
        on={"requirement": WARNING},
        why="Nobody is told to do it, so everybody believes that another part does.",
        hint='say who does it: "the <part> shall <verb> …", or add "by <part>"',
        good="The server shall log each request.",
        bad="Each request shall be logged.",
        check=_passive,
        words=frozenset({"be"}),
    ),
)
