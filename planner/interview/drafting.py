"""From answers to a draft: the same answers make the same draft, in whatever order they came."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from planner.interview import asking
from planner.interview.draft import (
    PHASE,
    Draft,
    DraftAssumption,
    DraftChange,
    DraftCriterion,
    DraftLine,
    DraftMilestone,
    DraftPhase,
    DraftRequirement,
)
from planner.interview.effects import Effects, digest, effects_of, ended, filled
from planner.interview.gap_effects import changes_of
from planner.interview.minting import Minted
from planner.interview.probes import built_in
from planner.interview.proposal import Proposal
from planner.interview.proposing import changes_in_plan, seeds_of, standing
from planner.interview.questions import Addition, PhaseSeed, Probes, Question
from planner.interview.state import Interview

MILESTONE = "milestone"
_SYSTEM = "the system"
_PERSON = "user"
_VOWELS = re.compile(r"[aeioAEIO]|[uU](?!s[eu]|ni|ti)")


def draft(state: Interview, probes: Probes | None = None) -> Draft:
    """What the answers so far would write."""
    return _Drafting(state, probes or built_in()).made()


class _Drafting:
    """One pass over the questions that are asked, in their order."""

    def __init__(self, state: Interview, probes: Probes) -> None:
        self._state = state
        self._probes = probes
        self._proposed = standing(state)
        self._seeds = {each.key: each for each in (*probes.phases, *seeds_of(self._proposed))}
        questions = asking.active(state, probes)
        self._caused = [(each, effects_of(each, state.answers.get(each.id))) for each in questions]
        self._set = {name: value for _, made in self._caused for name, value in made.sets}
        self._names = _names(self._set)
        self._requirements: list[DraftRequirement] = []
        self._criteria: defaultdict[str, list[DraftCriterion]] = defaultdict(list)
        self._sources: defaultdict[str, list[str]] = defaultdict(list)
        self._constraints: list[DraftLine] = []
        self._out: list[DraftLine] = []

    def made(self) -> Draft:
        """The draft."""
        for question, effects in self._caused:
            self._add(question, effects)
        for each in self._proposed:
            self._add_proposed(each)
        changes = self._changes()
        probing = bool(self._state.brief.text.strip())
        if not probing:
            return Draft(changes=changes)
        minted = Minted(self._state.brief.plan)
        milestone = self._milestone(minted)
        phases = self._phases(minted)
        return Draft(
            title=self._title(),
            statement=self._statement(),
            milestone=milestone,
            phases=phases,
            requirements=self._with_ids(minted, phases),
            assumptions=self._assumptions(phases),
            changes=changes,
        )

    # -- parts ----------------------------------------------------------------------------

    def _add(self, question: Question, made: Effects) -> None:
        lines = made.lines or ("",)
        for line in lines:
            tag = f"{made.tag}/{digest(line)}" if line else made.tag
            for number, addition in enumerate(made.additions, 1):
                self._add_one(question, made, addition, f"{question.id}/{tag}/{number}", line)
        if made.constraint:
            key = f"{question.id}/{made.tag}/constraint"
            self._constraints.append(DraftLine(key, self._fill(made.constraint, made), question.id))
        if made.out:
            key = f"{question.id}/{made.tag}/out"
            self._out.append(DraftLine(key, self._fill(made.out, made), question.id))

    def _add_one(
        self, question: Question, made: Effects, addition: Addition, key: str, line: str
    ) -> None:
        phase = addition.phase or question.phase or self._phase_of(question)
        self._requirements.append(
            DraftRequirement(
                key=key,
                id="",
                title=self._fill(addition.title, made, line),
                text=self._fill(addition.text, made, line),
                type=addition.type,
                priority="must" if question.must else "should",
                rationale=ended(question.why),
                phase=phase,
                source=question.id,
                own_words=addition.own_words,
            )
        )
        text = self._fill(addition.criterion, made, line)
        self._criteria[phase].append(DraftCriterion(f"{key}/criterion", text, (key,), question.id))
        if question.id not in self._sources[phase]:
            self._sources[phase].append(question.id)

    def _add_proposed(self, each: Proposal) -> None:
        """A proposed requirement, or a criterion of requirements that are there."""
        phase = each.phase.removeprefix(PHASE)
        if each.kind == "phase" or phase not in self._seeds:
            return
        if each.kind == "requirement":
            self._requirements.append(
                DraftRequirement(
                    key=each.key,
                    id="",
                    title=each.title,
                    text=each.text,
                    type=each.type,
                    priority=each.priority,
                    rationale=each.rationale,
                    phase=phase,
                    source=each.source,
                )
            )
        else:
            known = {one.key for one in self._requirements}
            verifies = tuple(key for key in each.verifies if key in known)
            if not verifies:
                return
            made = DraftCriterion(each.key, each.text, verifies, each.source)
            self._criteria[phase].append(made)
        if each.source and each.source not in self._sources[phase]:
            self._sources[phase].append(each.source)

    def _fill(self, text: str, made: Effects, line: str = "") -> str:
        return filled(text, {**self._names, "value": made.value, "line": line})

    def _phase_of(self, question: Question) -> str:
        domain = self._probes.domain(question.domain)
        known = domain.phase if domain is not None else question.domain
        return known if known in self._seeds else self._probes.phases[0].key

    def _title(self) -> str:
        return self._set.get("title") or self._state.brief.title

    def _statement(self) -> str:
        return self._set.get("statement") or self._state.brief.statement

    def _milestone(self, minted: Minted) -> DraftMilestone:
        title = self._set.get("milestone", "First release")
        return DraftMilestone(
            key=MILESTONE,
            id=minted.milestone(title),
            title=title,
            overview=ended(self._set.get("success") or self._statement() or "The first release"),
            target=self._set.get("target", ""),
            constraints=tuple(self._constraints),
            out_of_scope=tuple(self._out),
            sources=tuple(
                question.id
                for question, made in self._caused
                if any(name in {"milestone", "success", "target"} for name, _ in made.sets)
            ),
        )

    def _phases(self, minted: Minted) -> tuple[DraftPhase, ...]:
        present = {each.phase for each in self._requirements}
        seeds = sorted((self._seeds[key] for key in present), key=lambda seed: seed.order)
        return tuple(
            DraftPhase(
                key=f"{PHASE}{seed.key}",
                id=minted.phase(seed.title),
                number=minted.number(),
                title=seed.title,
                goal=self._goal(seed),
                depends_on=tuple(f"{PHASE}{each}" for each in self._after(seed, present)),
                criteria=tuple(self._criteria[seed.key]),
                sources=tuple(self._sources[seed.key]),
            )
            for seed in seeds
        )

    def _goal(self, seed: PhaseSeed) -> str:
        own = any(seed.key == each.key for each in self._probes.phases)
        return filled(seed.goal, self._names) if own else seed.goal

    def _after(self, seed: PhaseSeed, present: set[str]) -> tuple[str, ...]:
        """What a phase needs; one that is not there stands for what that one needs."""
        found: list[str] = []
        for key in seed.after:
            if key in present:
                found.append(key)
            elif key in self._seeds:
                found += self._after(self._seeds[key], present)
        return tuple(dict.fromkeys(found))

    def _with_ids(
        self, minted: Minted, phases: Iterable[DraftPhase]
    ) -> tuple[DraftRequirement, ...]:
        order = {each.key: place for place, each in enumerate(phases)}
        made = [replace(each, phase=f"{PHASE}{each.phase}") for each in self._requirements]
        made.sort(key=lambda each: order[each.phase])
        return tuple(replace(each, id=minted.requirement(self._category(each))) for each in made)

    def _category(self, made: DraftRequirement) -> str:
        """How its id begins: by the matter of its question, else by that of its phase."""
        asked = (each.domain for each, _ in self._caused if each.id == made.source)
        domain = self._probes.domain(next(asked, ""))
        if domain is None:
            bare = made.phase.removeprefix(PHASE)
            domain = next((each for each in self._probes.domains if each.phase == bare), None)
        return domain.category if domain is not None else "APP"

    def _assumptions(self, phases: tuple[DraftPhase, ...]) -> tuple[DraftAssumption, ...]:
        if not phases:
            return ()
        keys = {each.key for each in phases}
        made = []
        for question, effects in self._caused:
            if effects.assumed:
                own = f"{PHASE}{question.phase or self._phase_of(question)}"
                made.append(
                    DraftAssumption(
                        key=f"{question.id}/assumption",
                        text=self._fill(effects.assumed, effects),
                        before=own if own in keys else phases[0].key,
                        owner=self._state.owner,
                        source=question.id,
                        asked=effects.asked,
                    )
                )
        return tuple(made)

    def _changes(self) -> tuple[DraftChange, ...]:
        plan = self._state.brief.plan
        if plan is None:
            return ()
        answered = (
            change
            for question, _ in self._caused
            if question.target is not None and question.id in self._state.answers
            for change in changes_of(plan, question, self._state.answers[question.id])
        )
        return (*answered, *changes_in_plan(plan, self._proposed))


def _names(known: Mapping[str, str]) -> dict[str, str]:
    person = known.get("person") or _PERSON
    article = "an" if _VOWELS.match(person) else "a"
    return {"system": _SYSTEM, "person": person, "a person": f"{article} {person}"}
