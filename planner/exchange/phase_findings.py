"""What contradicts itself about the phases of a foreign plan."""

from collections.abc import Iterable, Iterator

from planner.exchange.finding import finding, listed
from planner.exchange.foreign.found import FoundPhase, FoundPlan, Source
from planner.exchange.foreign.statewords import State
from planner.exchange.foreign.titles import comparable
from planner.model.ids import number_key
from planner.model.problem import Place, Problem, Severity
from planner.trace.rule import Rule

_HEAD = "== ROADMAP.md\n# Roadmap: Kiosk\n"
_DOOR = "### Phase 1: Door\n**Goal**: It opens.\n"
_BELL = "### Phase 2: Bell\n**Goal**: It rings.\n"
_BELL_AFTER = "### Phase 2: Bell\n**Depends on**: Phase 1\n"
_DOOR_AFTER = "### Phase 1: Door\n**Depends on**: Phase 2\n"

NOT_LISTED = Rule(
    id="import-phase-not-listed",
    group="import",
    title="Phase with a section but no entry in the checklist",
    severity=Severity.HINT,
    why="Tools that read the checklist do not see the phase; it was often added or inserted late.",
    good=_HEAD + "- [ ] **Phase 1: Door** - opens\n\n### Phase 1: Door\n**Goal**: It opens.\n",
    bad=_HEAD
    + "- [ ] **Phase 1: Door** - opens\n\n### Phase 1: Door\n**Goal**: It opens.\n"
    + "### Phase 2: Bell\n**Goal**: It rings.\n",
    hint="add an entry to the checklist, or import as it is: nothing is lost",
)
NO_DETAILS = Rule(
    id="import-phase-without-details",
    group="import",
    title="Entry in the checklist without a section",
    severity=Severity.HINT,
    why="Goal, criteria and dependencies of the phase are not known.",
    good=_HEAD + "- [ ] **Phase 1: Door** - opens\n\n### Phase 1: Door\n**Goal**: It opens.\n",
    bad=_HEAD
    + "- [ ] **Phase 1: Door** - opens\n- [ ] **Phase 2: Bell** - rings\n\n"
    + "### Phase 1: Door\n**Goal**: It opens.\n",
    hint="write a section with the goal of the phase",
)
ONLY_IN_TABLE = Rule(
    id="import-phase-only-in-table",
    group="import",
    title="Phase that only a table row names",
    severity=Severity.HINT,
    why="It was imported, but there is nothing about it except the row.",
    good=_HEAD + "- [x] Phase 1: Door\n\n| Phase | Status |\n|---|---|\n| 1. Door | Complete |\n",
    bad=_HEAD
    + "- [x] Phase 1: Door\n\n| Phase | Status |\n|---|---|\n| 1. Door | Complete |\n"
    + "| 2. Bell | Not started |\n",
    hint="give it a section or an entry in the checklist, or drop the row",
)
TWICE = Rule(
    id="import-phase-twice",
    group="import",
    title="Phase with two sections",
    severity=Severity.WARNING,
    why="Two sections under one number may say different things; the first one was taken.",
    good=_HEAD + _DOOR + _BELL,
    bad=_HEAD + "### Phase 1: Door\n**Goal**: It opens.\n### Phase 1: Bell\n**Goal**: It rings.\n",
    hint="renumber one of them, or merge their texts",
)
DUPLICATE_ROW = Rule(
    id="import-duplicate-row",
    group="import",
    title="Two rows for the same thing",
    severity=Severity.WARNING,
    why="Only one of them is kept up to date; the first one was taken.",
    good=_HEAD + "- [x] Phase 1: Door\n\n| Phase | Status |\n|---|---|\n| 1. Door | Complete |\n",
    bad=_HEAD
    + "- [x] Phase 1: Door\n\n| Phase | Status |\n|---|---|\n| 1. Door | Complete |\n"
    + "| 1. Door | Complete |\n",
    hint="drop one of the rows",
)
NAME_DIFFERS = Rule(
    id="import-phase-name-differs",
    group="import",
    title="Phase with two names",
    severity=Severity.HINT,
    why="Heading, checklist and table name the phase differently; the heading was taken.",
    good=_HEAD + "- [ ] **Phase 1: Door** - opens\n\n### Phase 1: Door\n**Goal**: It opens.\n",
    bad=_HEAD + "- [ ] **Phase 1: Gate** - opens\n\n### Phase 1: Door\n**Goal**: It opens.\n",
    hint="use one name in all places",
)
BOX_AND_STATUS = Rule(
    id="import-box-status",
    group="import",
    title="Checkbox of a phase contradicts the progress table",
    severity=Severity.WARNING,
    why="Nobody can tell whether the phase is done; the table was taken.",
    good=_HEAD + "- [x] Phase 1: Door\n\n| Phase | Status |\n|---|---|\n| 1. Door | Complete |\n",
    bad=_HEAD + "- [ ] Phase 1: Door\n\n| Phase | Status |\n|---|---|\n| 1. Door | Complete |\n",
    hint="tick the box, or correct the row",
)
SHIFTED_ROW = Rule(
    id="import-shifted-row",
    group="import",
    title="Row with cells in the wrong columns",
    severity=Severity.WARNING,
    why="The values stand under other headers; they were taken by their form.",
    good=_HEAD
    + "- [x] Phase 1: Door\n\n| Phase | Milestone | Plans | Status | Completed |\n"
    + "|---|---|---|---|---|\n| 1. Door | v1.0 | 2/2 | Complete | 2026-01-02 |\n",
    bad=_HEAD
    + "- [x] Phase 1: Door\n\n| Phase | Milestone | Plans | Status | Completed |\n"
    + "|---|---|---|---|---|\n| 1. Door | 2/2 | Complete | 2026-01-02 | - |\n",
    hint="put each value under its header",
)
DEPENDS_MISSING = Rule(
    id="import-depends-missing",
    group="import",
    title="Dependency on a phase that is not there",
    severity=Severity.WARNING,
    why="The dependency was kept as text only.",
    good=_HEAD + "### Phase 1: Door\n**Depends on**: Nothing\n",
    bad=_HEAD + "### Phase 1: Door\n**Depends on**: Phase 0\n",
    hint="name a phase of this roadmap, or write Nothing",
)
DEPENDS_LATER = Rule(
    id="import-depends-later",
    group="import",
    title="Dependency on a phase with a later number",
    severity=Severity.HINT,
    why="The order of the numbers is not the order of the work.",
    good=_HEAD
    + "### Phase 1: Door\n**Goal**: It opens.\n### Phase 2: Bell\n**Depends on**: Phase 1\n",
    bad=_HEAD
    + "### Phase 1: Door\n**Depends on**: Phase 2\n### Phase 2: Bell\n**Goal**: It rings.\n",
    hint="renumber, or check whether the dependency is meant",
)
CYCLE = Rule(
    id="import-cycle",
    group="import",
    title="Phases that wait for each other",
    severity=Severity.ERROR,
    why="None of them can ever start.",
    good=_HEAD
    + "### Phase 1: Door\n**Goal**: It opens.\n### Phase 2: Bell\n**Depends on**: Phase 1\n",
    bad=_HEAD + _DOOR_AFTER + _BELL_AFTER,
    hint="take out one of the dependencies",
)
ASSUMED_MILESTONE = Rule(
    id="import-milestone-assumed",
    group="import",
    title="Phases outside of the only milestone",
    severity=Severity.HINT,
    why="They were counted to the milestone, because the plan has no other; others stand in it.",
    good=_HEAD + "## Milestone 1: Shop\n" + _DOOR + _BELL,
    bad=_HEAD + _DOOR + "## Milestone 1: Shop\n" + _BELL,
    hint="put them below the milestone, or move them out of it after the import",
)
STRUCK = Rule(
    id="import-phase-struck-done",
    group="import",
    title="Phase struck out, but ticked",
    severity=Severity.WARNING,
    why="It is either dropped or done; where no table tells, it was taken as dropped.",
    good=_HEAD + "- [x] Phase 1: Door\n- [ ] ~~Phase 2: Bell~~\n",
    bad=_HEAD + "- [x] Phase 1: Door\n- [x] ~~Phase 2: Bell~~\n",
    hint="take the strike or the tick away",
)
RULES = (
    NOT_LISTED,
    NO_DETAILS,
    ONLY_IN_TABLE,
    TWICE,
    DUPLICATE_ROW,
    NAME_DIFFERS,
    BOX_AND_STATUS,
    SHIFTED_ROW,
    DEPENDS_MISSING,
    DEPENDS_LATER,
    CYCLE,
    ASSUMED_MILESTONE,
    STRUCK,
)


def phase_findings(plan: FoundPlan) -> Iterator[Problem]:
    """Everything that heading, checklist, table and dependencies say against each other."""
    has_list = any(each.by(Source.LIST) for each in plan.phases)
    has_headings = any(
        not sighting.archived for each in plan.phases for sighting in each.by(Source.HEADING)
    )
    keys = {each.key: each for each in plan.phases}
    for phase in plan.phases:
        yield from _presence(phase, has_list=has_list, has_headings=has_headings)
        yield from _names(phase)
        yield from _states(phase)
        yield from _dependencies(phase, keys)
    yield from _cycles(plan.phases)
    yield from _assumed(plan.phases)


def _presence(phase: FoundPhase, *, has_list: bool, has_headings: bool) -> Iterator[Problem]:
    headings, entries = phase.by(Source.HEADING), phase.by(Source.LIST)
    name = f"phase {phase.number}"
    if len(headings) > 1:
        yield finding(
            TWICE,
            headings[1].place,
            f"{name} has {len(headings)} sections; the first one is at line "
            f"{headings[0].place.line}",
            item=phase.number,
            related=[each.place for each in headings],
        )
    if headings and not entries and has_list:
        yield finding(NOT_LISTED, headings[0].place, f"{name} is not in the checklist")
    loose = [each for each in entries if not each.archived]
    if loose and not headings and has_headings:
        yield finding(NO_DETAILS, loose[0].place, f"{name} has no section")
    if not headings and not entries:
        yield finding(ONLY_IN_TABLE, phase.place, f"{name} is named by a table row only")


def _assumed(phases: Iterable[FoundPhase]) -> Iterator[Problem]:
    """One finding for all, where the milestone has phases of its own as well."""
    outside = [each for each in phases if each.assumed]
    own = [each for each in phases if each.milestone and not each.assumed]
    if outside and own:
        yield finding(
            ASSUMED_MILESTONE,
            outside[0].place,
            f"nothing says that phase {listed(each.number for each in outside)} belongs to "
            f"{outside[0].milestone}, the milestone of phase {listed(each.number for each in own)}",
            related=[each.place for each in outside],
        )


def _names(phase: FoundPhase) -> Iterator[Problem]:
    title = comparable(phase.title)
    for each in phase.sightings:
        other, whole = comparable(each.name), comparable(each.full)
        again = each.source is Source.HEADING and each is not phase.sightings[0]
        if other and whole != title and (again or not _alike(title, other)) and other != title:
            yield finding(
                NAME_DIFFERS,
                each.place,
                f"phase {phase.number} is called {each.name!r} here and {phase.title!r} elsewhere",
                related=[phase.place],
            )


def _alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _states(phase: FoundPhase) -> Iterator[Problem]:
    boxes = [each for each in phase.sightings if each.box is not None]
    for each in boxes:
        if each.struck and each.box:
            yield finding(STRUCK, each.place, f"phase {phase.number} is struck out, but [x]")
    for row in phase.rows:
        if row.duplicate:
            yield finding(
                DUPLICATE_ROW,
                row.place,
                f"a second row for phase {phase.number}",
                related=[phase.rows[0].place],
            )
        if row.shifted:
            yield finding(SHIFTED_ROW, row.place, f"the row of phase {phase.number} is shifted")
        for each in boxes:
            if row.state is None or row.duplicate or each.box is (row.state is State.DONE):
                continue
            mark = "[x]" if each.box else "[ ]"
            yield finding(
                BOX_AND_STATUS,
                each.place,
                f"phase {phase.number} is {mark} here, but {row.status!r} in the table "
                f"(line {row.place.line})",
                related=[row.place],
            )


def _dependencies(phase: FoundPhase, phases: dict[str, FoundPhase]) -> Iterator[Problem]:
    for each in phase.depends:
        target = phases.get(each.key)
        if target is None:
            yield finding(
                DEPENDS_MISSING,
                each.place,
                f"phase {phase.number} depends on phase {each.key}, which is not there",
                related=[phase.place],
            )
        elif number_key(target.number) > number_key(phase.number):
            yield finding(
                DEPENDS_LATER,
                each.place,
                f"phase {phase.number} depends on the later phase {target.number}",
                related=[target.place],
            )


def _cycles(phases: Iterable[FoundPhase]) -> Iterator[Problem]:
    """Each cycle once; found by walking along the first unfinished dependency."""
    by_key = {each.key: each for each in phases}
    finished: set[str] = set()
    for start in by_key:
        trail: list[str] = []
        on_trail: set[str] = set()
        stack = [(start, iter([each.key for each in by_key[start].depends]))]
        if start in finished:
            continue
        trail.append(start)
        on_trail.add(start)
        while stack:
            key, targets = stack[-1]
            target = next((each for each in targets if each in by_key), None)
            if target is None:
                stack.pop()
                trail.pop()
                on_trail.discard(key)
                finished.add(key)
            elif target in on_trail:
                yield _cycle(trail[trail.index(target) :], by_key)
            elif target not in finished:
                stack.append((target, iter([each.key for each in by_key[target].depends])))
                trail.append(target)
                on_trail.add(target)


def _cycle(keys: list[str], phases: dict[str, FoundPhase]) -> Problem:
    names = " -> ".join(phases[key].number for key in (*keys, keys[0]))
    places: list[Place] = [
        each.place
        for key, following in zip(keys, (*keys[1:], keys[0]), strict=True)
        for each in phases[key].depends
        if each.key == following
    ]
    return finding(CYCLE, places[0], f"phases wait for each other: {names}", related=places)
