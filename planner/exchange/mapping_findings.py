"""What contradicts itself about requirements and the phases they belong to."""

from collections.abc import Iterator, Mapping

from planner.exchange.finding import finding, listed
from planner.exchange.foreign.found import FoundPlan, FoundRequirement, Source, Tie
from planner.exchange.foreign.statewords import State, state_of
from planner.model.problem import Place, Problem, Severity
from planner.trace.rule import Rule

_ROADMAP = (
    "== ROADMAP.md\n# Roadmap: Kiosk\n### Phase 1: Door\n**Requirements**: DOOR-01\n"
    "### Phase 2: Bell\n**Requirements**: BELL-01\n"
)
_REQUIREMENTS = (
    "== REQUIREMENTS.md\n# Requirements: Kiosk\n## v1 Requirements\n- [ ] **DOOR-01**: It opens\n"
    "- [ ] **BELL-01**: It rings\n## Traceability\n| Requirement | Phase | Status |\n"
    "|---|---|---|\n"
)
_ROWS = "| DOOR-01 | Phase 1 | Pending |\n| BELL-01 | Phase 2 | Pending |\n"
_GOOD = _ROADMAP + _REQUIREMENTS + _ROWS

SEVERAL_PHASES = Rule(
    id="import-several-phases",
    group="import",
    title="Requirement assigned to several phases",
    severity=Severity.WARNING,
    why="Nobody knows which phase delivers it; all of them were kept.",
    good=_GOOD,
    bad=_GOOD.replace("DOOR-01\n###", "DOOR-01, BELL-01\n###"),
    hint="assign it to the one phase that completes it",
)
LINE_AND_TABLE = Rule(
    id="import-line-table-differ",
    group="import",
    title="Roadmap and traceability table name different phases",
    severity=Severity.WARNING,
    why="One of them was not kept up to date; the roadmap was taken for the phase.",
    good=_GOOD,
    bad=_GOOD.replace("| BELL-01 | Phase 2", "| BELL-01 | Phase 1"),
    hint="correct the row, or the Requirements line of the phase",
)
NOT_ON_LINE = Rule(
    id="import-not-on-phase-line",
    group="import",
    title="Requirement in the table, on no phase of the roadmap",
    severity=Severity.WARNING,
    why="Whoever works by the roadmap does not see it; the phase of the table was taken.",
    good=_GOOD,
    bad=_GOOD.replace("- [ ] **BELL-01**", "- [ ] **BELL-02**: It stops\n- [ ] **BELL-01**")
    + "| BELL-02 | Phase 2 | Pending |\n",
    hint="add it to the Requirements line of the phase",
)
NOT_IN_TABLE = Rule(
    id="import-not-in-table",
    group="import",
    title="Current requirement missing from the traceability table",
    severity=Severity.WARNING,
    why="The table claims to be complete.",
    good=_GOOD,
    bad=_ROADMAP + _REQUIREMENTS + "| DOOR-01 | Phase 1 | Pending |\n",
    hint="add a row for it",
)
UNMAPPED = Rule(
    id="import-unmapped",
    group="import",
    title="Current requirement that no phase delivers",
    severity=Severity.WARNING,
    why="It is wanted now, and nobody will work on it.",
    good=_GOOD,
    bad=_GOOD.replace("- [ ] **BELL-01**", "- [ ] **BELL-02**: It stops\n- [ ] **BELL-01**"),
    hint="assign it to a phase, or move it to the deferred ones",
)
UNDEFINED = Rule(
    id="import-undefined-id",
    group="import",
    title="Requirement assigned but never defined",
    severity=Severity.WARNING,
    why="Nobody knows what it says; no requirement was made of it.",
    good=_GOOD,
    bad=_GOOD.replace("**Requirements**: BELL-01", "**Requirements**: BELL-01, BELL-02"),
    hint="write the requirement, or correct the id",
)
NO_TEXT = Rule(
    id="import-no-text",
    group="import",
    title="Requirement without a text",
    severity=Severity.WARNING,
    why="The roadmap names the id only; its text is to be found nowhere.",
    good=_GOOD,
    bad=_ROADMAP,
    hint="write the text of the requirement into its file after the import",
)
UNKNOWN_PHASE = Rule(
    id="import-unknown-phase",
    group="import",
    title="Phase of the mapping that the roadmap lacks",
    severity=Severity.WARNING,
    why="The requirement was imported without a phase.",
    good=_GOOD,
    bad=_GOOD.replace("| BELL-01 | Phase 2", "| BELL-01 | Phase 7"),
    hint="correct the number of the phase",
)
BOX_AND_STATUS = Rule(
    id="import-requirement-box-status",
    group="import",
    title="Checkbox of a requirement contradicts its status",
    severity=Severity.WARNING,
    why="Nobody can tell whether it is done; the status of the table was taken.",
    good=_GOOD,
    bad=_GOOD.replace("| BELL-01 | Phase 2 | Pending", "| BELL-01 | Phase 2 | Complete"),
    hint="tick the box, or correct the row",
)
DEFINED_TWICE = Rule(
    id="import-id-twice",
    group="import",
    title="Id defined twice",
    severity=Severity.WARNING,
    why="Two texts under one id; the first one was taken, the other kept as a note.",
    good=_GOOD,
    bad=_GOOD.replace("- [ ] **BELL-01**", "- [ ] **DOOR-01**: It shuts\n- [ ] **BELL-01**"),
    hint="give one of them a new id",
)
DUPLICATE_TRACE_ROW = Rule(
    id="import-duplicate-trace-row",
    group="import",
    title="Two rows for one requirement",
    severity=Severity.WARNING,
    why="Only one of them is kept up to date.",
    good=_GOOD,
    bad=_GOOD + "| BELL-01 | Phase 2 | Pending |\n",
    hint="drop one of the rows",
)
STRUCK = Rule(
    id="import-struck-done",
    group="import",
    title="Struck out, but marked as done or at work",
    severity=Severity.WARNING,
    why="It is either dropped or done; it was taken as dropped.",
    good=_GOOD.replace("- [ ] **BELL-01**: It rings", "- [ ] ~~**BELL-01**: It rings~~"),
    bad=_GOOD.replace("- [ ] **BELL-01**: It rings", "- [x] ~~**BELL-01**: It rings~~"),
    hint="take the strike or the mark away",
)
TEXTS_DIFFER = Rule(
    id="import-texts-differ",
    group="import",
    title="Roadmap words a requirement otherwise than its definition",
    severity=Severity.WARNING,
    why="Nobody knows which text holds; the definition was taken, the other kept as a note.",
    good=_GOOD,
    bad=_GOOD.replace("**Requirements**: BELL-01", "**Requirements**:\n- BELL-01: It hums"),
    hint="use one text in both places, or name the id alone in the roadmap",
)
RULES = (
    SEVERAL_PHASES,
    LINE_AND_TABLE,
    NOT_ON_LINE,
    NOT_IN_TABLE,
    UNMAPPED,
    UNDEFINED,
    NO_TEXT,
    UNKNOWN_PHASE,
    BOX_AND_STATUS,
    DEFINED_TWICE,
    DUPLICATE_TRACE_ROW,
    STRUCK,
    TEXTS_DIFFER,
)
ROADMAP_SOURCES = frozenset({Source.LINE, Source.BULLET, Source.PROSE, Source.TAIL})
TABLE_SOURCES = frozenset({Source.TRACE})


def mapping_findings(plan: FoundPlan) -> Iterator[Problem]:
    """Everything that definitions, phase lines and tables say against each other."""
    ties: dict[str, list[Tie]] = {}
    for tie in plan.ties:
        ties.setdefault(tie.requirement, []).append(tie)
    by_id = {each.id.casefold(): each for each in plan.requirements}
    for each in plan.repeated:
        first = by_id[each.id.casefold()]
        yield finding(
            DEFINED_TWICE,
            each.place,
            f"{each.id} is defined again; the first time at line {first.place.line}",
            item=each.id,
            related=[first.place],
        )
    for each in plan.retold:
        first = by_id[each.id.casefold()]
        yield finding(
            TEXTS_DIFFER,
            each.place,
            f"{each.id} reads {each.text[:60]!r} here, but {first.text[:60]!r} in "
            f"{first.place.path} at line {first.place.line}",
            item=each.id,
            related=[first.place],
        )
    yield from _struck(plan)
    detailed = {
        section.key: section.requirements_line
        for phase in plan.phases
        for section in phase.details
        if section.requirements_line
    }
    for name, mine in ties.items():
        yield from _one(name, mine, detailed)
    yield from _undefined(plan, ties)
    yield from _unknown_phases(plan)
    yield from _current(plan, ties)
    yield from _trace_rows(plan)


def _struck(plan: FoundPlan) -> Iterator[Problem]:
    struck = {each.id: each for each in plan.requirements if each.struck}
    for each in struck.values():
        if each.box:
            message = f"{each.id} is struck out, but [x]"
            yield finding(STRUCK, each.place, message, item=each.id)
    for row in plan.trace_rows:
        if state_of(row.status) not in {State.DONE, State.ACTIVE, State.BLOCKED}:
            continue
        for one in (struck[name] for name in row.ids if name in struck):
            message = f"{one.id} is struck out, but {row.status!r} at line {row.place.line}"
            yield finding(STRUCK, one.place, message, item=one.id, related=[row.place])


def _one(name: str, ties: list[Tie], detailed: Mapping[str, int]) -> Iterator[Problem]:
    lines = _by_phase(ties, ROADMAP_SOURCES)
    table = _by_phase(ties, TABLE_SOURCES)
    for side, other in ((lines, table), (table, lines)):
        if len(side) > 1:
            yield finding(
                SEVERAL_PHASES,
                next(iter(side.values())),
                f"{name} is assigned to phases {listed(side)}",
                item=name,
                related=(*side.values(), *other.values()),
            )
    if lines and table and not (lines.keys() <= table.keys() or table.keys() <= lines.keys()):
        yield finding(
            LINE_AND_TABLE,
            next(iter(table.values())),
            f"{name} belongs to phase {listed(table)} here, but to phase {listed(lines)} "
            "in the roadmap",
            item=name,
            related=lines.values(),
        )
    elif table and not lines:
        phase = next((key for key in table if key in detailed), None)
        if phase is not None:
            yield finding(
                NOT_ON_LINE,
                table[phase],
                f"{name} is not on the Requirements line of phase {phase}",
                item=name,
                related=[Place("ROADMAP.md", detailed[phase])],
            )


def _by_phase(ties: list[Tie], sources: frozenset[Source]) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for tie in ties:
        if tie.source in sources:
            found.setdefault(tie.phase, tie.place)
    return found


def _undefined(plan: FoundPlan, ties: Mapping[str, list[Tie]]) -> Iterator[Problem]:
    defined = {each.id.casefold() for each in plan.requirements}
    named = {name: [tie.place for tie in mine] for name, mine in ties.items()}
    for row in plan.trace_rows:
        for name in row.ids:
            named.setdefault(name, []).append(row.place)
    for name, places in named.items():
        if name.casefold() in defined:
            continue
        if plan.has_texts:
            message = f"{name} is assigned to a phase, but no requirement has this id"
            yield finding(UNDEFINED, places[0], message, item=name, related=places)
        elif name in ties:
            message = f"{name} has no text: the plan names its id only"
            yield finding(NO_TEXT, places[0], message, item=name, related=places)


def _unknown_phases(plan: FoundPlan) -> Iterator[Problem]:
    known = {each.key for each in plan.phases}
    unknown: dict[str, list[Tie]] = {}
    for tie in plan.ties:
        if tie.phase not in known:
            unknown.setdefault(tie.phase, []).append(tie)
    for key, ties in unknown.items():
        names = listed(dict.fromkeys(tie.requirement for tie in ties))
        yield finding(
            UNKNOWN_PHASE,
            ties[0].place,
            f"the roadmap has no phase {key}, to which {names} is assigned",
            related=[tie.place for tie in ties],
        )


def _current(plan: FoundPlan, ties: Mapping[str, list[Tie]]) -> Iterator[Problem]:
    tabled = {name.casefold() for row in plan.trace_rows for name in row.ids}
    tied = {name.casefold() for name in ties}
    table = plan.trace_rows[0].place if plan.trace_rows else None
    for each in plan.requirements:
        if not each.text and not each.title:
            yield finding(NO_TEXT, each.place, f"{each.id} has no text", item=each.id)
        if each.section != "current" or each.struck:
            continue
        if each.id.casefold() not in tied and plan.phases:
            yield finding(UNMAPPED, each.place, f"no phase delivers {each.id}", item=each.id)
        if table is not None and each.id.casefold() not in tabled:
            yield finding(
                NOT_IN_TABLE,
                each.place,
                f"{each.id} has no row in the table at line {table.line}",
                item=each.id,
                related=[table],
            )


def _trace_rows(plan: FoundPlan) -> Iterator[Problem]:
    boxes: dict[str, FoundRequirement] = {
        each.id: each for each in plan.requirements if each.box is not None and not each.struck
    }
    seen: dict[tuple[str, str], Place] = {}
    for row in plan.trace_rows:
        state = state_of(row.status)
        for name in row.ids:
            first = seen.setdefault((name, row.place.path), row.place)
            if first != row.place:
                yield finding(
                    DUPLICATE_TRACE_ROW,
                    row.place,
                    f"{name} has a row already, at line {first.line}",
                    item=name,
                    related=[first],
                )
            defined = boxes.get(name)
            if defined is None or state is None or defined.box is (state is State.DONE):
                continue
            mark = "[x]" if defined.box else "[ ]"
            yield finding(
                BOX_AND_STATUS,
                defined.place,
                f"{name} is {mark} here, but {row.status!r} at line {row.place.line}",
                item=name,
                related=[row.place],
            )
