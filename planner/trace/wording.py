"""Checks of the wording of one item: requirement text, goal, success criteria.

The rules are those of the INCOSE guide and of EARS as far as a program can decide them without
guessing; `planner.trace.wording_rules` lists them.  A check of an item is a pure function of the
item and of the terms that the plan explains, so its result can be kept per blob.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from planner.model.items import Item, Milestone, Phase, Plan, PlanTree, Requirement
from planner.model.problem import Problem
from planner.trace.wording_check import Case, Hit, WordingRule
from planner.trace.wording_rules import DISPATCH
from planner.trace.wording_term import defined_acronyms
from planner.trace.wording_text import read_prose


@dataclass(frozen=True, slots=True)
class WordingTerms:
    """The terms and acronyms that a plan explains, in the form in which texts use them."""

    glossary: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """The same text for the same terms: a part of the key of a cached result."""
        return hashlib.sha256("\n".join(sorted(self.glossary)).encode()).hexdigest()


_TERM_END = re.compile(r"\s*(?:[:=(—–]|\s-\s)")
_ID_PART = re.compile(r"[A-Z][A-Z0-9]+")


def collect_terms(tree: PlanTree) -> WordingTerms:
    """The terms of a plan: its glossary, what its plan, milestones and goals explain, id prefixes.

    An entry of the glossary is a term alone or with its meaning: `SSE`, `SSE: server-sent events`.
    """
    terms: set[str] = set()
    for entry in tree.plan.glossary:
        terms.add(_TERM_END.split(entry.strip(), maxsplit=1)[0].strip().strip("`*"))
        terms |= defined_acronyms(entry)
    for text in _explaining_texts(tree):
        terms |= defined_acronyms(text)
    for requirement in tree.requirements:
        terms.update(_ID_PART.findall(requirement.id))
    return WordingTerms(frozenset(terms))


def _explaining_texts(tree: PlanTree) -> Iterator[str]:
    yield tree.plan.statement
    for milestone in tree.milestones:
        yield milestone.overview
        yield milestone.constraints
    for phase in tree.phases:
        yield phase.goal


def check_item(item: Item, terms: WordingTerms) -> tuple[Problem, ...]:
    """What the wording rules say about `item`, in the order of its lines.

    Checked are the text of a requirement, the goal and the criteria of a phase, and for
    placeholders alone the texts of a milestone and of the plan.  A dropped item is not checked:
    nobody will build it.
    """
    problems = [
        problem
        for text, line, case in checked_texts(item, terms)
        if text
        for problem in check_text(text, line, case)
    ]
    problems.sort(key=lambda problem: (problem.line, problem.rule))
    return tuple(problems)


def checked_texts(item: Item, terms: WordingTerms) -> Iterator[tuple[str, int, Case]]:
    """The texts of an item that are checked, each with its first line (0: not known)."""
    if isinstance(item, Requirement):
        if item.status != "dropped":
            part = "draft" if item.status == "draft" else "requirement"
            yield item.text, _line(item, "text"), Case(part, item, glossary=terms.glossary)
    elif isinstance(item, Phase):
        if item.status != "dropped":
            yield item.goal, _line(item, "goal"), Case("goal", item, glossary=terms.glossary)
            for criterion in item.criteria:
                yield (
                    criterion.text,
                    criterion.line,
                    Case("criterion", item, criterion, terms.glossary),
                )
    elif isinstance(item, Milestone):
        for name in ("title", "overview", "constraints", "out_of_scope"):
            yield getattr(item, name), _line(item, name), Case("milestone", item)
    elif isinstance(item, Plan):
        for name in ("title", "statement"):
            yield getattr(item, name), _line(item, name), Case("plan", item)


def _line(item: Item, name: str) -> int:
    return item.lines.get(name, 0)


def check_text(text: str, line: int, case: Case) -> Iterator[Problem]:
    """What the rules say about one text, which begins at `line` of its file (0: not known)."""
    prose = read_prose(text)
    for check in DISPATCH[case.part].due(prose):
        hit = check.check(prose, case)
        if hit is not None:
            yield _problem(check, hit, prose.raw, line, case)


def _problem(check: WordingRule, hit: Hit, text: str, line: int, case: Case) -> Problem:
    rule = check.rule
    severity = rule.at(case.part)
    assert severity is not None, "a rule is only run on the parts that it names"
    below = text.count("\n", 0, max(0, hit.offset))
    where = f"{case.criterion.id}: " if case.criterion else ""
    return Problem(
        path=case.item.path,
        line=line + below if line else 0,
        rule=rule.id,
        severity=severity,
        message=where + hit.message,
        hint=hit.hint or rule.hint,
        item=case.item.id,
    )
