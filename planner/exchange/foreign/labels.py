"""Labels of fields in foreign plans, in several languages, and the plain words of a text."""

import re
from enum import StrEnum

MARKUP = str.maketrans(dict.fromkeys("*_`~", " "))
NOTE = re.compile(r"[(（][^()（）]{0,200}[)）]|\[[^\[\]]{0,200}\]")
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
        "obiettivo", "meta", "doel", "cel", "цель", "目标", "目的", "目標", "목표", "목적",
    ),
    FieldName.DEPENDS: (
        "depends on", "depends", "dependencies", "dependency", "prerequisites", "prerequisite",
        "depende de", "dependências", "dependencias", "dépend de", "dépendances", "dipende da",
        "dipendenze", "hängt ab von", "abhängig von", "abhängigkeiten", "afhankelijk van",
        "zależy od", "зависит от", "зависимости", "依赖", "依赖于", "依赖关系",
        "前置条件", "依存", "依存関係", "의존", "의존성", "의존 관계", "선행 단계",
    ),
    FieldName.REQUIREMENTS: (
        "requirements", "requirement", "reqs", "req", "req ids", "req-ids", "requirement ids",
        "requirements covered", "requirements addressed", "requirements mapped",
        "mapped requirements", "covered requirements", "covers", "requisitos", "requirement(s)",
        "anforderungen", "exigences", "requisiti", "vereisten", "wymagania", "требования", "需求",
        "要件", "要求事項", "요구사항", "요구 사항",
    ),
    FieldName.CRITERIA: (
        "success criteria", "success criterion", "acceptance criteria", "exit criteria",
        "completion criteria", "done when", "definition of done", "acceptance",
        "critérios de sucesso", "criterios de éxito", "criterios de exito", "erfolgskriterien",
        "critères de succès", "critères de réussite", "criteri di successo", "succescriteria",
        "kryteria sukcesu", "критерии успеха", "成功标准", "验收", "验收标准",
        "验收条件", "成功基準", "完了条件", "성공 기준", "성공기준", "완료 기준",
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
    return " ".join(_NOT_WORD.sub(" ", text.translate(MARKUP)).split()).casefold()


def label_of(text: str) -> FieldName | None:
    """The field that a label names, if it is a known one."""
    plain = " ".join(text.translate(MARKUP).split()).casefold().strip(" :：.")
    found = LABELS.get(plain)
    return found if found is not None else LABELS.get(NOTE.sub(" ", plain).strip(" :：."))
