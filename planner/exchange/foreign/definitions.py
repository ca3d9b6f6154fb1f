"""A requirement at the start of a list item, a heading, a paragraph or a table row."""

import re
from dataclasses import dataclass

from planner.exchange.foreign.grids import Grid
from planner.exchange.foreign.idlists import (
    KnownIds,
    is_id_shape,
    is_known_name,
    is_marked_id,
    read_ids,
    split_id,
)
from planner.exchange.foreign.statewords import State, box_state
from planner.exchange.foreign.titles import leading_marks, unlink

_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*(?:\.\d+)*(?![\w])")
_SEPARATOR = re.compile(r"\s*(?:[:：]|—|–|--|-(?=\s)|\.(?=\s))\s*")
_LISTING = re.compile(
    r"\s*(?:[,/&+~\u2010-\u2015]|\.{2,3}|\u2026|-(?=[A-Z])|(?:to|through|and)\s)\s*[A-Z\d]"
)
_CLOSERS = re.compile(r"[*_`~\]]*")

ID_COLUMNS = (
    "id", "req", "req id", "req-id", "reqs", "requirement id", "requirement-id", "requirement",
    "requirements", "requirement(s)", "code",
    "req #", "req#", "ref", "#", "requisito", "requisitos",
    "anforderung", "anforderungen", "exigence", "требование", "需求", "要件", "요구사항",
)  # fmt: skip
TEXT_COLUMNS = (
    "description", "text", "statement", "summary", "title", "feature", "what", "details", "name",
    "requirement", "requirement text", "behavior", "behaviour", "capability", "descrição",
    "descripción", "beschreibung", "描述", "说明", "説明",
)  # fmt: skip
PHASE_COLUMNS = (
    "phase", "phases", "phase(s)", "assigned phase", "mapped phase", "phase #", "target phase",
    "roadmap phase", "fase", "fases", "phasen", "faza", "фаза", "этап", "阶段", "階段", "フェーズ",
    "단계", "étape", "etapa",
)  # fmt: skip
STATUS_COLUMNS = ("status", "state", "estado", "statut", "stato", "статус", "状态", "상태")


@dataclass(frozen=True, slots=True)
class Definition:
    """Ids at the start of a text, the short title inside the bold, the text behind."""

    ids: tuple[str, ...]
    title: str
    text: str
    box: bool | None
    struck: bool
    emphasised: bool


def definition(text: str, known: KnownIds, *, marked_only: bool = False) -> Definition | None:
    """Read `**AUTH-01**: text` in its spellings; None where no id stands at the start.

    A bare word needs a separator behind it; with `marked_only` it never counts.
    """
    body = unlink(text) if "](" in text else text
    marks = leading_marks(body)
    match = _TOKEN.match(marks.rest)
    if match is None:
        return None
    token, rest = match[0], marks.rest[match.end() :]
    opening = body[: len(body) - len(marks.rest)]
    if marks.box:
        opening = opening.replace(f"[{marks.box}]", "", 1)
    emphasised = any(sign in opening for sign in "*_`[")
    if not _is_definition(token, rest, known, emphasised, bool(marks.box), marked_only):
        return None
    inside, closed, behind = rest.partition("**") if "**" in opening else (rest, "", "")
    ids: tuple[str, ...] = (token,)
    if closed and _LISTING.match(inside):
        ids = read_ids(token + inside, known).firm or ids
        inside = ""
    elif not closed and _LISTING.match(rest) and not emphasised:
        return None
    if marks.struck:
        inside, behind, rest = (part.replace("~~", "") for part in (inside, behind, rest))
    title = ""
    if closed:
        title = inside[_end(_CLOSERS, inside) :].strip().strip(":：—–- ").strip()
        behind_text = _after(behind)
    else:
        behind_text = _after(rest[_end(_CLOSERS, rest) :])
    box = box_state(marks.box)
    if box is None and marks.state is State.DONE:
        box = True  # `- ✓ **AUTH-01**: text`, as lists of what is validated have it
    return Definition(ids, title, behind_text, box, marks.struck, emphasised)


def _is_definition(
    token: str, rest: str, known: KnownIds, emphasised: bool, boxed: bool, marked_only: bool
) -> bool:
    if token in known.texts:
        return emphasised or not marked_only
    key = split_id(token)
    prefix_known = key is not None and key[0] in known.prefixes
    tail = rest[_end(_CLOSERS, rest) :]
    colon = tail.lstrip()[:1] in {":", "："} or rest[:1] in {":", "："}
    if not emphasised:
        if marked_only or not is_id_shape(token):
            return False
        separated = _SEPARATOR.match(tail) is not None
        return colon or (separated and (prefix_known or not is_known_name(token)))
    if not is_marked_id(token):
        return False
    if is_id_shape(token):
        return prefix_known or colon or not is_known_name(token)
    return boxed or colon or prefix_known


def _after(text: str) -> str:
    body = text.lstrip("*_`~] ")
    match = _SEPARATOR.match(body)
    return (body[match.end() :] if match else body).strip()


def _end(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0


@dataclass(frozen=True, slots=True)
class RequirementColumns:
    """Where a table about requirements keeps id, text, phase, status and priority (-1: nowhere)."""

    id: int
    text: int
    phase: int
    status: int
    priority: int

    @property
    def defines(self) -> bool:
        """Whether the table says what the requirements are, not only where they go."""
        return self.text >= 0


def requirement_columns(grid: Grid) -> RequirementColumns | None:
    """The columns of a table whose rows are requirements; None for any other table."""
    first = next((at for at, word in enumerate(grid.header) if word in ID_COLUMNS), -1)
    if first < 0:
        return None
    phase = grid.column(*PHASE_COLUMNS)
    if 0 <= phase < first:
        return None
    text = next(
        (at for at, word in enumerate(grid.header) if at != first and word in TEXT_COLUMNS), -1
    )
    if text < 0 and phase < 0 and len(grid.header) > first + 1:
        text = first + 1
    return RequirementColumns(
        id=first,
        text=text,
        phase=phase,
        status=grid.column(*STATUS_COLUMNS),
        priority=grid.column("priority", "prio", "prioridade", "prioridad", "moscow"),
    )


def id_cell(text: str, known: KnownIds) -> tuple[str, ...]:
    """The ids of a cell that holds ids and nothing else (struck, bold or ranged); else empty."""
    body = unlink(text).replace("~~", "").strip()
    marks = leading_marks(body)
    match = _TOKEN.match(marks.rest)
    if match is None:
        return ()
    token = match[0]
    rest = marks.rest[match.end() :].strip(" *_`]")
    if not rest or rest[:1] in "([":
        fine = token in known.texts or is_id_shape(token)
        marked = any(sign in body for sign in "*`") and is_marked_id(token)
        return (token,) if fine or marked else ()
    return read_ids(marks.rest, known).firm
