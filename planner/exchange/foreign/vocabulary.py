"""The words of foreign plans: field labels, section titles, states, in several languages."""

import re
from enum import StrEnum

_MARKUP = str.maketrans(dict.fromkeys("*_`~", " "))
_NOTE = re.compile(r"\([^()]{0,200}\)|\[[^\[\]]{0,200}\]")
_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
_NOT_WORD = re.compile(r"[^\w\s/&-]+")


class FieldName(StrEnum):
    """A field of a phase that has a home in the plan."""

    GOAL = "goal"
    DEPENDS = "depends-on"
    REQUIREMENTS = "requirements"
    CRITERIA = "success-criteria"
    PLANS = "plans"
    STATUS = "status"
    VERIFICATION = "verification"
    MILESTONE = "milestone"
    COMPLETED = "completed"


_LABELS: dict[FieldName, tuple[str, ...]] = {
    FieldName.GOAL: (
        "goal", "goals", "phase goal", "objective", "objectives", "ziel", "objetivo", "objectif",
        "obiettivo", "meta", "doel", "cel", "цель", "目标", "目標", "목표",
    ),
    FieldName.DEPENDS: (
        "depends on", "depends", "dependencies", "dependency", "prerequisites", "prerequisite",
        "depende de", "dependências", "dependencias", "dépend de", "dépendances", "dipende da",
        "dipendenze", "hängt ab von", "abhängig von", "abhängigkeiten", "afhankelijk van",
        "zależy od", "зависит от", "зависимости", "依赖", "依赖于", "依存", "의존",
    ),
    FieldName.REQUIREMENTS: (
        "requirements", "requirement", "reqs", "req", "req ids", "req-ids", "requirement ids",
        "requirements covered", "requirements addressed", "requirements mapped",
        "mapped requirements", "covered requirements", "covers", "requisitos", "requirement(s)",
        "anforderungen", "exigences", "requisiti", "vereisten", "wymagania", "требования", "需求",
        "要件", "요구사항",
    ),
    FieldName.CRITERIA: (
        "success criteria", "success criterion", "acceptance criteria", "exit criteria",
        "completion criteria", "done when", "definition of done", "critérios de sucesso",
        "criterios de éxito", "criterios de exito", "erfolgskriterien", "critères de succès",
        "critères de réussite", "criteri di successo", "succescriteria", "kryteria sukcesu",
        "критерии успеха", "成功标准", "成功基準", "성공 기준",
    ),
    FieldName.PLANS: (
        "plans", "plan", "planned work", "planos", "planes", "pläne", "piani", "计划",
    ),
    FieldName.STATUS: ("status", "state", "estado", "statut", "stato", "статус", "状态", "상태"),
    FieldName.VERIFICATION: ("verification level", "verification", "nível de verificação"),
    FieldName.MILESTONE: ("milestone", "release", "marco", "meilenstein", "jalon", "里程碑"),
    FieldName.COMPLETED: ("completed", "completed on", "shipped", "concluído em", "completado"),
}  # fmt: skip
LABELS: dict[str, FieldName] = {word: name for name, words in _LABELS.items() for word in words}


def words(text: str) -> str:
    """Text in lower case without marks, markup and outer signs, blanks folded."""
    return " ".join(_NOT_WORD.sub(" ", text.translate(_MARKUP)).split()).casefold()


def label_of(text: str) -> FieldName | None:
    """The field that a label names, if it is a known one."""
    plain = " ".join(text.translate(_MARKUP).split()).casefold().strip(" :：.")
    found = LABELS.get(plain)
    return found if found is not None else LABELS.get(_NOTE.sub(" ", plain).strip(" :：."))


class SectionKind(StrEnum):
    """What a section of a roadmap is about."""

    PHASES = "phases"
    MILESTONES = "milestones"
    PROGRESS = "progress"
    OVERVIEW = "overview"
    DEPENDENCIES = "dependencies"
    COVERAGE = "coverage"
    NEXT = "next"
    CONSTRAINTS = "constraints"
    OUT = "out of scope"
    BACKLOG = "backlog"
    REQUIREMENTS = "requirements"
    NOTES = "notes"


_EXACT: dict[str, SectionKind] = {
    "phases": SectionKind.PHASES,
    "fases": SectionKind.PHASES,
    "phasen": SectionKind.PHASES,
    "fasi": SectionKind.PHASES,
    "roadmap": SectionKind.PHASES,
    "milestones": SectionKind.MILESTONES,
    "releases": SectionKind.MILESTONES,
    "marcos": SectionKind.MILESTONES,
    "meilensteine": SectionKind.MILESTONES,
    "progress": SectionKind.PROGRESS,
    "progresso": SectionKind.PROGRESS,
    "progreso": SectionKind.PROGRESS,
    "fortschritt": SectionKind.PROGRESS,
    "status": SectionKind.PROGRESS,
    "overview": SectionKind.OVERVIEW,
    "visão geral": SectionKind.OVERVIEW,
    "überblick": SectionKind.OVERVIEW,
    "概述": SectionKind.OVERVIEW,
    "summary": SectionKind.OVERVIEW,
    "vision": SectionKind.OVERVIEW,
    "introduction": SectionKind.OVERVIEW,
    "what this is": SectionKind.OVERVIEW,
    "core value": SectionKind.OVERVIEW,
    "goal": SectionKind.OVERVIEW,
    "coverage": SectionKind.COVERAGE,
    "coverage map": SectionKind.COVERAGE,
    "next": SectionKind.NEXT,
    "next milestone": SectionKind.NEXT,
    "upcoming": SectionKind.NEXT,
    "requirements": SectionKind.REQUIREMENTS,
    "v1 requirements": SectionKind.REQUIREMENTS,
    "notes": SectionKind.NOTES,
}
_PARTS: tuple[tuple[str, SectionKind], ...] = (
    ("out of scope", SectionKind.OUT),
    ("non-goal", SectionKind.OUT),
    ("phase detail", SectionKind.PHASES),
    ("phase structure", SectionKind.PHASES),
    ("phase overview", SectionKind.PHASES),
    ("phase list", SectionKind.PHASES),
    ("phase checklist", SectionKind.PHASES),
    ("phase breakdown", SectionKind.PHASES),
    ("phase summary", SectionKind.PHASES),
    ("detalhes das fases", SectionKind.PHASES),
    ("archived milestones", SectionKind.MILESTONES),
    ("shipped milestones", SectionKind.MILESTONES),
    ("completed milestones", SectionKind.MILESTONES),
    ("milestone overview", SectionKind.MILESTONES),
    ("milestone summary", SectionKind.MILESTONES),
    ("milestone list", SectionKind.MILESTONES),
    ("milestone history", SectionKind.MILESTONES),
    ("progress", SectionKind.PROGRESS),
    ("dependenc", SectionKind.DEPENDENCIES),
    ("execution order", SectionKind.DEPENDENCIES),
    ("critical path", SectionKind.DEPENDENCIES),
    ("parallel", SectionKind.DEPENDENCIES),
    ("abhängigkeit", SectionKind.DEPENDENCIES),
    ("traceability", SectionKind.COVERAGE),
    ("requirement coverage", SectionKind.COVERAGE),
    ("requirements coverage", SectionKind.COVERAGE),
    ("requirement mapping", SectionKind.COVERAGE),
    ("requirements mapping", SectionKind.COVERAGE),
    ("coverage validation", SectionKind.COVERAGE),
    ("next step", SectionKind.NEXT),
    ("next action", SectionKind.NEXT),
    ("constraint", SectionKind.CONSTRAINTS),
    ("backlog", SectionKind.BACKLOG),
    ("parking lot", SectionKind.BACKLOG),
    ("deferred", SectionKind.BACKLOG),
    ("someday", SectionKind.BACKLOG),
    ("future", SectionKind.BACKLOG),
    ("ideas", SectionKind.BACKLOG),
    ("risk", SectionKind.NOTES),
    ("decision", SectionKind.NOTES),
    ("research", SectionKind.NOTES),
    ("assumption", SectionKind.NOTES),
    ("tech debt", SectionKind.NOTES),
    ("debt", SectionKind.NOTES),
    ("changelog", SectionKind.NOTES),
    ("history", SectionKind.NOTES),
    ("reference", SectionKind.NOTES),
    ("glossary", SectionKind.NOTES),
    ("expertise", SectionKind.NOTES),
    ("planning input", SectionKind.NOTES),
    ("open question", SectionKind.NOTES),
    ("success metric", SectionKind.NOTES),
    ("quality gate", SectionKind.NOTES),
    ("phase numbering", SectionKind.NOTES),
    ("follow-up", SectionKind.NOTES),
    ("uat", SectionKind.NOTES),
)


def section_kind(title: str) -> SectionKind | None:
    """What a section with this heading is about; None for a heading that nobody has seen."""
    plain = words(_NOTE.sub(" ", title))
    if plain in _EXACT:
        return _EXACT[plain]
    return next((kind for part, kind in _PARTS if part in plain), None)


class RequirementSection(StrEnum):
    """The class of a section of requirements."""

    CURRENT = "current"
    DEFERRED = "deferred"
    OUT = "out of scope"
    TRACEABILITY = "traceability"
    OTHER = "other"


_DEFERRED = (
    "deferred", "future", "later", "backlog", "someday", "reserved", "nice to have", "adiado",
    "futuro", "zurückgestellt", "zukünftig", "reporté", "推迟", "延后",
)  # fmt: skip
_OUT = (
    "out of scope", "out-of-scope", "non-goal", "excluded", "not in scope", "anti-requirement",
    "fora do escopo", "fora de escopo", "fuera de alcance", "fuera del alcance", "hors périmètre",
    "außerhalb", "nicht im umfang", "buiten scope", "范围外", "範囲外",
)  # fmt: skip
_TRACE = (
    "traceability", "rastreabilidade", "trazabilidad", "traçabilité", "rückverfolgbarkeit",
    "requirement mapping", "requirements mapping", "phase mapping", "coverage map", "可追溯",
    "追溯", "トレーサビリティ",
)  # fmt: skip
_OTHER = (
    "acceptance criteria", "decision", "risk", "assumption", "glossary", "definition of done",
    "constraint", "open question", "success metric", "reference", "changelog", "validation",
    "overview", "introduction", "notes", "planning input",
)  # fmt: skip


def requirement_section(title: str) -> RequirementSection:
    """The class of a section of REQUIREMENTS.md; deferred is stronger than out of scope."""
    plain = words(title)
    if any(word in plain for word in _DEFERRED):
        return RequirementSection.DEFERRED
    if any(word in plain for word in _OUT):
        return RequirementSection.OUT
    if plain in {"coverage", "requirement coverage", "requirements coverage"}:
        return RequirementSection.TRACEABILITY
    if any(word in plain for word in _TRACE):
        return RequirementSection.TRACEABILITY
    if any(word in plain for word in _OTHER):
        return RequirementSection.OTHER
    return RequirementSection.CURRENT


class State(StrEnum):
    """A status word, normalised."""

    DONE = "done"
    PENDING = "pending"
    ACTIVE = "active"
    DEFERRED = "deferred"
    BLOCKED = "blocked"
    DROPPED = "dropped"


_STATES: tuple[tuple[State, tuple[str, ...]], ...] = (
    (
        State.PENDING,
        (
            "not started", "not complete", "not done", "not yet", "incomplete", "to do", "todo",
            "não iniciad", "no iniciad", "nicht begonnen", "non commencé", "à faire", "未开始",
            "未完成", "未着手",
        ),
    ),
    (
        State.DROPPED,
        ("dropped", "removed", "cancelled", "canceled", "won't", "wont", "obsolete", "abandoned",
         "superseded", "rejected", "skipped", "verworfen", "cancelad"),
    ),
    (State.DEFERRED, ("deferred", "on hold", "postponed", "parked", "paused", "adiad", "推迟")),
    (State.BLOCKED, ("blocked", "failed", "bloquead", "blockiert", "阻塞")),
    (
        State.DONE,
        (
            "complete", "done", "shipped", "validated", "delivered", "released", "finished",
            "closed", "archived", "satisfied", "implemented", "concluíd", "concluid", "completad",
            "hecho", "feito", "erledigt", "abgeschlossen", "fertig", "terminé", "fini", "klaar",
            "ukończ", "готово", "заверш", "已完成", "完成", "完了", "완료",
        ),
    ),
    (
        State.ACTIVE,
        (
            "in progress", "in-progress", "inprogress", "active", "partial", "ongoing", "started",
            "executing", "current", "wip", "underway", "em andamento", "en curso", "in arbeit",
            "en cours", "in corso", "进行中", "进展", "進行中", "진행",
        ),
    ),
    (
        State.PENDING,
        (
            "pending", "planned", "planning", "open", "ready", "upcoming", "proposed", "approved",
            "pendente", "pendiente", "offen", "ausstehend", "geplant", "prévu", "待办", "计划",
            "待定", "대기", "tbd", "next",
        ),
    ),
)  # fmt: skip
_MARKS: dict[str, State] = {
    "✅": State.DONE, "✓": State.DONE, "✔": State.DONE, "☑": State.DONE, "🟢": State.DONE,
    "🚧": State.ACTIVE, "🔄": State.ACTIVE, "🟡": State.ACTIVE, "🔨": State.ACTIVE,
    "🔧": State.ACTIVE, "🔵": State.ACTIVE,
    "📋": State.PENDING, "🔲": State.PENDING, "⚫": State.PENDING, "⬜": State.PENDING,
    "⏳": State.PENDING, "🔜": State.PENDING, "⚪": State.PENDING,
    "⏸": State.DEFERRED, "🔴": State.BLOCKED, "❌": State.DROPPED,
}  # fmt: skip
STANDARD_STATUSES = {
    "pending", "in progress", "complete", "blocked", "not started", "planned", "deferred", "done",
    "shipped", "active", "dropped", "-", "—", "",
}  # fmt: skip


def state_of(text: str) -> State | None:
    """The state that a cell, a field or a mark tells, or None."""
    plain = _DATE.sub(" ", text.casefold().translate(_MARKUP))
    outside = " ".join(_NOTE.sub(" ", plain).split())
    for body in (outside, " ".join(plain.split())):
        found = _stem_state(body)
        if found is not None:
            return found
        for mark, state in _MARKS.items():
            if mark in body:
                return state
    return None


def _stem_state(body: str) -> State | None:
    best: tuple[int, State] | None = None
    for state, stems in _STATES:
        for stem in stems:
            at = body.find(stem)
            if (
                at >= 0
                and (at == 0 or not body[at - 1].isalpha())
                and (best is None or at < best[0])
            ):
                best = (at, state)
    return best[1] if best else None


def iso_date(text: str) -> str:
    """The first ISO date in a text, or empty; other dates stay text."""
    match = _DATE.search(text)
    return match[0] if match else ""


def box_state(mark: str) -> bool | None:
    """Whether a box `[x]` is ticked; None where there is no box."""
    return None if not mark else mark in "xX✓✔"
