"""The questions that come with the planner, read from the TOML files beside this module.

Each file but `phases.toml` is one domain.  An addition is written as a list `[title, requirement,
criterion]`, with its type and its phase behind them where they are not the usual ones.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from planner.interview.questions import Addition, Domain, Option, PhaseSeed, Probes, Question

GATE = "subject"
"""Questions `subject.<domain>` ask whether a project touches a domain at all."""


@lru_cache(maxsize=1)
def built_in() -> Probes:
    """The questions of the planner."""
    folder = files("planner.interview") / "probes"
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".toml"))
    texts = {each: (folder / each).read_text("utf-8") for each in names}
    return read_probes(texts)


def read_probes(texts: Mapping[str, str]) -> Probes:
    """The probes in TOML texts by name of the file.  Raises KeyError and TypeError for wrong data.

    Only data that ships with the planner comes here, and a test reads all of it.
    """
    phases: tuple[PhaseSeed, ...] = ()
    domains: list[tuple[int, Domain]] = []
    questions: dict[str, list[Question]] = {}
    for name, text in texts.items():
        data = tomllib.loads(text)
        if name == "phases.toml":
            phases = tuple(PhaseSeed(**_tupled(each)) for each in data["phase"])
            continue
        place, domain = data["domain"].pop("place"), Domain(**_tupled(data["domain"]))
        domains.append((place, domain))
        questions[domain.id] = [_question(domain, each) for each in data["question"]]
    titles = {each.key: each.title for each in phases}
    ordered = [domain for _, domain in sorted(domains, key=lambda row: row[0])]
    asked = [each for domain in ordered for each in questions[domain.id]]
    gates = [_gate(each) for each in ordered if not each.always]
    told = (_affecting(each, titles, ordered) for each in (*asked, *gates))
    return Probes(tuple(ordered), phases, tuple(told))


def _question(domain: Domain, data: Mapping[str, Any]) -> Question:
    rest = {key: value for key, value in data.items() if key not in {"id", "option", "adds"}}
    options = tuple(_option(each) for each in data.get("option", ()))
    made = Question(
        id=f"{domain.id}.{data['id']}",
        domain=domain.id,
        options=options,
        adds=tuple(Addition(*each) for each in data.get("adds", ())),
        **_tupled(rest),
    )
    if not made.option(made.assume) and made.assume:
        raise KeyError(f"{made.id} assumes {made.assume!r}, which is none of its options")
    return made


def _option(data: Mapping[str, Any]) -> Option:
    rest = {key: value for key, value in data.items() if key != "adds"}
    return Option(adds=tuple(Addition(*each) for each in data.get("adds", ())), **_tupled(rest))


def _affecting(
    question: Question, titles: Mapping[str, str], domains: Iterable[Domain]
) -> Question:
    """The question with what its answers change, where the data does not say it."""
    if question.affects:
        return question
    home = next((each.phase for each in domains if each.id == question.domain), "")
    adds = (*question.adds, *(add for each in question.options for add in each.adds))
    phases = dict.fromkeys(add.phase or question.phase or home for add in adds)
    affects = [f"phase {titles[each]}: requirements, criteria" for each in phases]
    if question.constraint or any(each.constraint for each in question.options):
        affects.append("milestone: constraints")
    if any(each.out for each in question.options):
        affects.append("milestone: out of scope")
    if any(each.opens for each in question.options):
        affects.append(f"phase {titles[home]}: whether there is one")
    return replace(question, affects=tuple(affects))


def _gate(domain: Domain) -> Question:
    """Whether the first release touches a domain of which the brief says nothing."""
    matter = domain.title.lower()
    return Question(
        id=f"{GATE}.{domain.id}",
        domain=domain.id,
        topic=domain.title,
        text=f"Does the first release have to do with {matter}?",
        why="Your text does not mention it. Said now it costs a line; found later, a phase.",
        options=(
            Option("yes", "Yes: ask me about it", opens=domain.id),
            Option(
                "no",
                "No, and the plan should say so",
                because="A plan that names what it leaves out needs no second discussion.",
                out=f"{domain.title}: not in this release.",
                closes=domain.id,
            ),
        ),
        impact=2,
        uncertainty=1,
    )


def _tupled(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(each) if isinstance(each, list) else each for key, each in data.items()}
