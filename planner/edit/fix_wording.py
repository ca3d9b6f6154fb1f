"""Fixes for the wording of a text: each is tried, and offered only if the rule is silent then."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from planner.edit.fix import Case, Fix, Fixer, criteria_with, setting, spliced
from planner.model.fields import kind_of
from planner.model.items import Phase, Requirement
from planner.model.problem import Problem, Severity
from planner.trace import wording_check
from planner.trace.wording import WordingTerms, check_text, checked_texts, collect_terms
from planner.trace.wording_grammar import doubled_words
from planner.trace.wording_modal import weak_modals
from planner.trace.wording_number import STANDARD_UNITS, UNITS_TO_SPACE
from planner.trace.wording_term import unknown_acronyms
from planner.trace.wording_text import Prose, read_prose
from planner.trace.wording_vague import ESCAPES
from planner.trace.wording_verbs import BASE_VERBS

_NEVER_TWICE = frozenset(
    ["the", "an", "of", "to", "and", "or", "shall", "must", "with", "from", "for", "each", "be"]
)
"""Words that are never meant twice in a row; of another one a second word may be missing."""


@dataclass(frozen=True, slots=True)
class _Better:
    """A text without what the rule found."""

    label: str
    text: str
    certain: bool = False


_Mend = Callable[[Prose], Iterator[_Better]]


# -- words ------------------------------------------------------------------------------------


def _doubled(prose: Prose) -> Iterator[_Better]:
    found = list(doubled_words(prose))
    parts = [(each.start(), each.end(), prose.raw[each.start() : each.end(1)]) for each in found]
    certain = all(each[1] in _NEVER_TWICE for each in found)
    words = ", ".join(dict.fromkeys(each[1] for each in found))
    yield _Better(f"write “{words}” once", spliced(prose.raw, parts), certain)


_BINDING = dict.fromkeys(("should", "will", "would", "ought", "may", "could"), "shall")
_POSSIBLE = {**_BINDING, "may": "can", "could": "can"}


def _modal(prose: Prose) -> Iterator[_Better]:
    """`shall`; where something may only be possible, `can` is offered first."""
    found = [prose.tokens[one.start] for one in weak_modals(prose)]
    if {"may", "could"} & set(found):
        yield from _instead_of_weak(prose, _POSSIBLE)
    yield from _instead_of_weak(prose, _BINDING)


def _instead_of_weak(prose: Prose, words: Mapping[str, str]) -> Iterator[_Better]:
    parts = []
    for one in weak_modals(prose):
        old = prose.tokens[one.start]
        if old not in words:
            return
        start = prose.offset(one.start)
        end = start + len(old)
        if old == "ought":
            end += len(re.match(r"\s+to\b|", prose.low[end:])[0])  # type: ignore[index]
        parts.append((start, end, _cased(prose.raw[start:end], words[old])))
    if parts:
        names = ", ".join(dict.fromkeys(new.lower() for _, _, new in parts))
        yield _Better(f"write “{names}”", spliced(prose.raw, parts))


def _cased(old: str, new: str) -> str:
    return new.capitalize() if old[:1].isupper() else new


_ABLE = re.compile(r"\b(shall|must|can|will|should)(\s+)be\s+able\s+to\s+([a-z-]+)\b")


def _infinitive(prose: Prose) -> Iterator[_Better]:
    found = [each for each in _ABLE.finditer(prose.low) if each[3] in BASE_VERBS]
    parts = [(each.end(2), each.start(3), "") for each in found]
    if parts:
        yield _Better(
            "use the verb itself",
            spliced(prose.raw, parts),
            certain=all(each[1] in ("shall", "must") for each in found),
        )


def _universal(prose: Prose) -> Iterator[_Better]:
    """`any request` is each one; before a plural another word is needed, too."""
    found = list(re.finditer(r"\bany\b(?=\s+[a-z-]+)", prose.low))
    parts = [(each.start(), each.end(), _cased(prose.raw[each.start()], "each")) for each in found]
    plural = any(re.match(r"\s+[a-z-]*s\b", prose.low[each.end() :]) for each in found)
    if parts and not plural:
        yield _Better("write “each”", spliced(prose.raw, parts))


_CLAUSE_START = ("if", "when", "where", "wherever", "whenever", "as")


def _escape(prose: Prose) -> Iterator[_Better]:
    """The clause and the blank or comma before it."""
    parts = []
    for one in ESCAPES.find(prose):
        if prose.tokens[one.start] not in _CLAUSE_START:
            return
        start = prose.offset(one.start)
        end = prose.offset(one.stop - 1) + len(prose.tokens[one.stop - 1])
        before = len(prose.low[:start].rstrip(" \n"))
        if not before:
            return
        cut = before - 1 if prose.low[before - 1] == "," else before
        parts.append((cut, end, ""))
    if parts:
        yield _Better("leave the clause out", spliced(prose.raw, parts))


def _slash(prose: Prose) -> Iterator[_Better]:
    """Both readings of `a/b`; `and/or` says `or`."""
    found = list(re.finditer(r"(?<![\w/.~@#<&-])[A-Za-z]+(/)(?:or\b|[a-z]{2,})", prose.text))
    for word in ("and", "or"):
        parts = [
            (each.start(), each.end(), "or")
            if each[0].lower() == "and/or"
            else (each.start(1), each.end(1), f" {word} ")
            for each in found
        ]
        if parts and not (word == "and" and all(each[2] == "or" for each in parts)):
            yield _Better(f"write “{word}”", spliced(prose.raw, parts))


_IF_COMMA = re.compile(r"\s*if\b[^,]*,(?!\s*then\b)\s*")


def _then(prose: Prose) -> Iterator[_Better]:
    match = _IF_COMMA.match(prose.low)
    if match:
        place = [(match.end(), match.end(), "then ")]
        yield _Better("write “then”", spliced(prose.raw, place), certain=True)


def _stop(prose: Prose) -> Iterator[_Better]:
    yield _Better("add the full stop", prose.raw.rstrip() + ".", certain=True)


# -- numbers ----------------------------------------------------------------------------------


_BARE_DOT = re.compile(r"(?:(?<=[\s(])|^)\.(?=[0-9])")
_SHORT_UNIT = re.compile(
    rf"(?<![\w.-])\.?[0-9]+(?:[.,][0-9]+)*( ?)({'|'.join(STANDARD_UNITS)})(?![\w-])"
)
_TIGHT = re.compile(
    rf"(?<![\w.-])\.?[0-9]+(?:[.,][0-9]+)*()(?:{'|'.join(sorted(UNITS_TO_SPACE))})(?![\w-])"
)


def _style(prose: Prose) -> Iterator[_Better]:
    """All of it at once: the parts never overlap, since a unit is short or tight."""
    parts = [(each.start(), each.start(), "0") for each in _BARE_DOT.finditer(prose.low)]
    parts += [
        (each.start(1), each.end(2), f" {STANDARD_UNITS[each[2]]}")
        for each in _SHORT_UNIT.finditer(prose.low)
    ]
    parts += [(each.start(1), each.end(1), " ") for each in _TIGHT.finditer(prose.low)]
    if parts:
        yield _Better("write it as SI does", spliced(prose.raw, sorted(parts)), certain=True)


_BETWEEN = re.compile(r"\bbetween\s+([0-9][0-9.,]*(?:\s?[a-z%]+)?)\s+and\s+(?=[0-9])")


def _bounds(prose: Prose) -> Iterator[_Better]:
    found = list(_BETWEEN.finditer(prose.low))
    parts = [
        (each.start(), each.end(), f"at least {prose.raw[slice(*each.span(1))]} and at most ")
        for each in found
    ]
    if parts:
        yield _Better("write “at least … and at most …”", spliced(prose.raw, parts))


_MENDS: Mapping[str, _Mend] = {
    "ears-form": _then,
    "weak-modal": _modal,
    "superfluous-infinitive": _infinitive,
    "escape-clause": _escape,
    "universal": _universal,
    "range-without-bounds": _bounds,
    "number-style": _style,
    "slash": _slash,
    "final-stop": _stop,
    "doubled-word": _doubled,
}


# -- from a text to a fix ---------------------------------------------------------------------


def _place(case: Case, terms: WordingTerms) -> tuple[str, int, wording_check.Case] | None:
    """The text that the problem is about: the one on which the rule says the same."""
    for text, line, part in checked_texts(case.item, terms):
        if text and any(_same(each, case.problem) for each in check_text(text, line, part)):
            return text, line, part
    return None


def _same(one: Problem, other: Problem) -> bool:
    return (one.rule, one.line, one.message) == (other.rule, other.line, other.message)


def _mending(mend: _Mend) -> Fixer:
    def fixer(case: Case) -> Iterator[Fix]:
        found = _place(case, WordingTerms())
        if found is None:
            return
        text, _, part = found
        before = list(check_text(text, 0, part))
        offered = set()
        for better in mend(read_prose(text)):
            if better.text in offered or _is_worse(before, check_text(better.text, 0, part), case):
                continue
            offered.add(better.text)
            yield _saying(case, part, better.label, better.text, certain=better.certain)

    return fixer


def _is_worse(before: Iterable[Problem], after: Iterable[Problem], case: Case) -> bool:
    """Whether the rule still speaks, or there is an error that was not there."""
    known = {each.rule for each in before}
    return any(
        each.rule == case.problem.rule
        or (each.severity is Severity.ERROR and each.rule not in known)
        for each in after
    )


def _saying(
    case: Case, part: wording_check.Case, label: str, text: str, *, certain: bool = False
) -> Fix:
    """The fix that gives this text to the part of the item."""
    if part.criterion is not None:
        assert isinstance(case.item, Phase)
        changes = criteria_with(case.item, part.criterion.id, text=text)
        return setting(case.item, f"{part.criterion.id}: {label}", changes, certain=certain)
    name = {"requirement": "text", "phase": "goal"}[kind_of(case.item)]
    return setting(case.item, label, {name: text}, certain=certain)


def _sentences(case: Case) -> Iterator[Fix]:
    """The first sentence stays; the others are notes."""
    requirement = case.item
    if not isinstance(requirement, Requirement):
        return
    prose = read_prose(requirement.text)
    stop = next(prose.inner_stops(), None)
    if stop is not None:
        rest = requirement.text[stop[1] :]
        notes = "\n\n".join(each for each in (requirement.notes, rest) if each)
        changes = {"text": requirement.text[: stop[0]].rstrip(), "notes": notes}
        yield setting(requirement, "move the rest to the notes", changes)


def _acronyms(case: Case) -> Iterator[Fix]:
    """All unknown ones of the text, as terms that need no explanation here."""
    found = _place(case, collect_terms(case.plan.tree))
    if found is not None:
        words = dict.fromkeys(each[0] for each in unknown_acronyms(read_prose(found[0]), found[2]))
        plan = case.plan.tree.plan
        label = f"add {', '.join(words)} to the glossary of the plan"
        yield setting(plan, label, {"glossary": (*plan.glossary, *words)})


def _constraint(case: Case) -> Iterator[Fix]:
    if isinstance(case.item, Requirement):
        yield setting(case.item, "call it a constraint", {"type": "constraint"})


WORDING_FIXES: Mapping[str, Fixer] = {
    **{rule: _mending(mend) for rule, mend in _MENDS.items()},
    "one-sentence": _sentences,
    "undefined-acronym": _acronyms,
    "solution": _constraint,
}
