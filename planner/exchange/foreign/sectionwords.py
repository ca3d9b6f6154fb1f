"""Titles of sections in foreign plans, and what the sections are about."""

from enum import StrEnum

from planner.exchange.foreign.labels import NOTE, words


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
    ("coverage summary", SectionKind.COVERAGE),
    ("需求覆盖", SectionKind.COVERAGE),
    ("需求映射", SectionKind.COVERAGE),
    ("cobertura", SectionKind.COVERAGE),
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
    plain = words(NOTE.sub(" ", title))
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
    "不包含", "不在范围", "暂不", "wykluczone", "вне рамок", "범위 외",
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
