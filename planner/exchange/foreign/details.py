"""The detail section of a phase: goal, dependencies, criteria, plans, and all the rest."""

import re
from dataclasses import dataclass, field

from planner.exchange.foreign.fieldlines import FieldLine, field_line
from planner.exchange.foreign.found import FoundCriterion, PhaseDetails, PlanEntry, Sighting
from planner.exchange.foreign.grids import plain, split_row
from planner.exchange.foreign.labels import FieldName, label_of
from planner.exchange.foreign.ledger import Fate, Ledger
from planner.exchange.foreign.lines import Document, Line, LineKind, is_delimiter
from planner.exchange.foreign.statewords import box_state, iso_date
from planner.exchange.foreign.titles import leading_marks
from planner.model.problem import Place

_PLAN_ID = re.compile(r"[*`]*(?:\d+[A-Za-z]?|[A-Z])(?:\.\d+[A-Za-z]?)*-(?:PLAN-)?\d+\b")
_PLANS_SAID = re.compile(r"(\d{1,4})\s+plans?\b", re.IGNORECASE)
_PLANS_RATIO = re.compile(r"(\d{1,4})\s*/\s*(\d{1,4})")
_WAVE = re.compile(r"\W*(?:wave|welle|onda)\s*\d", re.IGNORECASE)
_CRITERION_COLUMNS = ("criterion", "criteria", "success criterion", "description", "what", "truth")


@dataclass(slots=True)
class _Criterion:
    line: int
    indent: int = 0
    numbered: bool = True
    text: list[str] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)
    met: bool | None = None


@dataclass(slots=True)
class _Draft:
    """Values gathered so far; lives only while one section is read."""

    goal: list[str] = field(default_factory=list)
    goal_line: int = 0
    depends: list[tuple[str, int]] = field(default_factory=list)
    criteria: list[_Criterion] = field(default_factory=list)
    criteria_value: tuple[str, int] | None = None
    plans: list[PlanEntry] = field(default_factory=list)
    plan_lines: list[int] = field(default_factory=list)
    plans_text: tuple[str, int] = ("", 0)
    requirements: list[str] = field(default_factory=list)
    requirements_line: int = 0
    bullets: list[int] = field(default_factory=list)
    simple: dict[FieldName, tuple[str, int]] = field(default_factory=dict)
    body: list[int] = field(default_factory=list)


def read_details(document: Document, ledger: Ledger, phase: Sighting, end: int) -> PhaseDetails:
    """Read the section of `phase` from the line below its heading to line `end`."""
    reader = _Reader(document, ledger)
    for number in range(phase.place.line + 1, end + 1):
        if not ledger.is_claimed(document.path, number):
            reader.take(document.at(number))
    return reader.result(phase)


class _Reader:
    def __init__(self, document: Document, ledger: Ledger) -> None:
        self._path = document.path
        self._ledger = ledger
        self._draft = _Draft()
        self._field: FieldName | None = None
        self._private = False
        self._blank = False
        self._header: tuple[str, ...] = ()

    def take(self, line: Line) -> None:
        if line.kind in {LineKind.BLANK, LineKind.OVERLONG}:
            self._blank = True
            return
        found = self._field_of(line)
        if found is not None:
            self._open(line, found)
        elif line.kind is LineKind.HEADING:
            self._field = None
            self._private = False
            self._keep(line)
        elif line.kind in {LineKind.RULE, LineKind.TAG}:
            self._field = None
        else:
            self._continue(line)
        self._blank = False

    def _field_of(self, line: Line) -> FieldLine | None:
        if line.kind is LineKind.ITEM and self._field is FieldName.CRITERIA:
            criteria = self._draft.criteria
            if criteria and line.indent > criteria[-1].indent:
                return None
        return field_line(line)

    def _open(self, line: Line, found: FieldLine) -> None:
        draft = self._draft
        self._field, self._private, self._header = found.name, found.name is None, ()
        number = line.number
        if found.name is None:
            self._keep(line)
            return
        self._ledger.claim(self._path, line, Fate.ITEM)
        if found.note and found.name is not FieldName.CRITERIA:
            draft.body.append(number)
        match found.name:
            case FieldName.GOAL:
                if draft.goal:
                    self._keep_again(line)
                    return
                draft.goal_line = number
                draft.goal.extend([found.value] if found.value else [])
            case FieldName.DEPENDS:
                draft.depends.extend([(found.value, number)] if found.value else [])
            case FieldName.CRITERIA:
                draft.criteria_value = (found.value, number) if found.value else None
            case FieldName.PLANS:
                if found.value and not draft.plans_text[0]:
                    draft.plans_text = (found.value, number)
            case FieldName.REQUIREMENTS:
                draft.requirements_line = draft.requirements_line or number
                draft.requirements.extend([found.value] if found.value else [])
            case _:
                if found.name in draft.simple:
                    self._keep_again(line)
                else:
                    draft.simple[found.name] = (found.value, number)

    def _keep_again(self, line: Line) -> None:
        """A field that was there before: its text is kept, the first value stands."""
        self._field, self._private = None, True
        self._draft.body.append(line.number)

    def _continue(self, line: Line) -> None:
        match self._field:
            case FieldName.CRITERIA:
                taken = self._criterion(line)
            case FieldName.PLANS:
                taken = self._plan(line)
            case FieldName.REQUIREMENTS:
                taken = self._requirement(line)
            case FieldName.DEPENDS:
                taken = self._dependency(line)
            case FieldName.GOAL:
                taken = self._goal(line)
            case None:
                taken = self._free(line)
            case _:
                taken = self._more(line)
        if not taken:
            if line.kind is not LineKind.ITEM or self._field is not None:
                self._field = None
            if not self._free(line):
                self._keep(line)

    def _free(self, line: Line) -> bool:
        if line.kind is LineKind.ITEM and not self._private:
            marks = leading_marks(line.body)
            if marks.box and _PLAN_ID.match(marks.rest):
                return self._plan(line)
        return False

    def _criterion(self, line: Line) -> bool:
        criteria = self._draft.criteria
        if line.kind is LineKind.TABLE:
            return self._criterion_row(line)
        if line.kind is LineKind.ITEM:
            return self._criterion_item(line)
        if not criteria:
            return False
        deep = line.indent > criteria[-1].indent
        if (self._blank and not deep) or line.kind not in {LineKind.TEXT, LineKind.FENCE}:
            return False
        if line.kind is LineKind.FENCE or criteria[-1].nested:
            criteria[-1].nested.append(line.raw)
        else:
            criteria[-1].text.append(line.body)
        return self._claimed(line)

    def _criterion_item(self, line: Line) -> bool:
        criteria = self._draft.criteria
        numbered = line.marker[:1].isdigit()
        marks = leading_marks(line.body)
        if marks.box and _PLAN_ID.match(marks.rest):
            return False
        if criteria and (line.indent > criteria[0].indent + 1 or criteria[0].numbered > numbered):
            if line.indent <= criteria[0].indent and self._blank:
                return False
            criteria[-1].nested.append(line.raw)
            return self._claimed(line)
        boxed = bool(marks.box) and line.body.startswith("[")
        text = line.body[3:].strip() if boxed else line.body
        box = box_state(marks.box) if boxed else None
        criteria.append(_Criterion(line.number, line.indent, numbered, [text], [], box))
        return self._claimed(line)

    def _criterion_row(self, line: Line) -> bool:
        cells = split_row(line.body)
        if is_delimiter(line.body):
            return bool(self._header) and self._claimed(line)
        if not self._header or self._blank:
            # Only a table that stands where the list would stand holds criteria.
            header = tuple(map(plain, cells))
            if self._draft.criteria or not any(map(_is_criterion_column, header)):
                return False
            self._header = header
            return self._claimed(line)
        column = next(
            (at for at, word in enumerate(self._header) if _is_criterion_column(word)), -1
        )
        text = cells[column] if -1 < column < len(cells) else cells[-1] if cells else ""
        if not text:
            return False
        rest = " | ".join(
            cell
            for at, cell in enumerate(cells)
            if cell not in {"", text} and not (at == 0 and cell.strip("#. ").isdigit())
        )
        nested = [rest] if rest else []
        self._draft.criteria.append(_Criterion(line.number, text=[text], nested=nested))
        return self._claimed(line)

    def _plan(self, line: Line) -> bool:
        draft = self._draft
        if line.kind is LineKind.ITEM:
            marks = leading_marks(line.body)
            if not draft.plans or line.indent == 0 or marks.box:
                place = Place(self._path, line.number)
                draft.plans.append(PlanEntry(marks.rest, box_state(marks.box), place))
        elif line.kind is LineKind.TEXT:
            if not _WAVE.match(line.body) and (self._blank or not draft.plan_lines):
                return False
        else:
            return False
        draft.plan_lines.append(line.number)
        self._ledger.claim(self._path, line, Fate.BODY)
        return True

    def _requirement(self, line: Line) -> bool:
        if line.kind in {LineKind.ITEM, LineKind.TABLE}:
            self._draft.bullets.append(line.number)
            return self._claimed(line)
        if line.kind is LineKind.TEXT and not (self._blank and self._draft.requirements):
            if self._draft.bullets:
                self._draft.bullets.append(line.number)
            else:
                self._draft.requirements.append(line.body)
            return self._claimed(line)
        return False

    def _dependency(self, line: Line) -> bool:
        if line.kind is LineKind.ITEM or (line.kind is LineKind.TEXT and not self._blank):
            depends = self._draft.depends
            if line.kind is LineKind.TEXT and depends:
                text, number = depends[-1]
                depends[-1] = (f"{text} {line.body}", number)
            else:
                depends.append((line.body, line.number))
            return self._claimed(line)
        return False

    def _goal(self, line: Line) -> bool:
        if line.kind is LineKind.TEXT and not (self._blank and self._draft.goal):
            self._draft.goal.append(line.body)
            return self._claimed(line)
        return False

    def _more(self, line: Line) -> bool:
        if self._field is None or line.kind is not LineKind.TEXT or self._blank:
            return False
        value, number = self._draft.simple[self._field]
        self._draft.simple[self._field] = (f"{value} {line.body}".strip(), number)
        return self._claimed(line)

    def _claimed(self, line: Line) -> bool:
        self._ledger.claim(self._path, line, Fate.ITEM)
        return True

    def _keep(self, line: Line) -> None:
        self._draft.body.append(line.number)
        self._ledger.claim(self._path, line, Fate.BODY)

    def result(self, phase: Sighting) -> PhaseDetails:
        draft = self._draft
        said, ratio = _plan_counts(draft.plans_text[0])
        status = draft.simple.get(FieldName.STATUS, ("", 0))
        criteria = self._criteria()
        return PhaseDetails(
            key=phase.key,
            place=phase.place,
            goal=" ".join(draft.goal),
            goal_line=draft.goal_line,
            depends=tuple(draft.depends),
            criteria=criteria,
            plans=tuple(draft.plans),
            plan_lines=tuple(draft.plan_lines),
            plans_text=draft.plans_text[0],
            plans_said=said,
            plans_ratio=ratio,
            plans_line=draft.plans_text[1],
            status=status[0],
            status_line=status[1],
            completed=iso_date(draft.simple.get(FieldName.COMPLETED, ("", 0))[0]),
            verification=draft.simple.get(FieldName.VERIFICATION, ("", 0))[0],
            milestone=draft.simple.get(FieldName.MILESTONE, ("", 0))[0],
            requirements_text=" ".join(draft.requirements),
            requirements_line=draft.requirements_line,
            requirement_bullets=tuple(draft.bullets),
            body=tuple(draft.body),
        )

    def _criteria(self) -> tuple[FoundCriterion, ...]:
        found = tuple(
            FoundCriterion(
                " ".join(each.text), Place(self._path, each.line), tuple(each.nested), each.met
            )
            for each in self._draft.criteria
        )
        value = self._draft.criteria_value
        if found or value is None:
            if value is not None:
                self._draft.body.insert(0, value[1])
            return found
        return (FoundCriterion(value[0], Place(self._path, value[1])),)


def _is_criterion_column(word: str) -> bool:
    return word in _CRITERION_COLUMNS or label_of(word) is FieldName.CRITERIA


def _plan_counts(text: str) -> tuple[int | None, tuple[int, int] | None]:
    ratio = _PLANS_RATIO.search(text)
    if ratio:
        return int(ratio[2]), (int(ratio[1]), int(ratio[2]))
    said = _PLANS_SAID.search(text)
    return (int(said[1]) if said else None), None
