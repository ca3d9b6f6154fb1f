"""What a foreign plan says about itself as a whole: name, overview, totals, state file."""

import re
from collections.abc import Iterator

from planner.exchange.foreign.blocks import phase_around, section_of
from planner.exchange.foreign.fieldlines import field_line
from planner.exchange.foreign.found import Header, Prose, Stated
from planner.exchange.foreign.labels import FieldName
from planner.exchange.foreign.ledger import Fate, Ledger
from planner.exchange.foreign.lines import Document, Line, LineKind
from planner.exchange.foreign.scanning import scan
from planner.exchange.foreign.sectionwords import SectionKind
from planner.exchange.foreign.statewords import iso_date
from planner.model.problem import Place

_TITLE = re.compile(
    r"(?:[^\w]*)(?:project\s+)?(?:roadmap|requirements|requisitos|anforderungen|路线图|路線図)\s*"
    r"(?:[:：—–|-]+|for\b)\s*(?P<name>.+)",
    re.IGNORECASE,
)
_TITLE_BEHIND = re.compile(
    r"(?P<name>.+?)\s*(?:[:：—–-]+\s*)?(?:project\s+)?roadmap\s*", re.IGNORECASE
)
_FOOTER = re.compile(r"\*[^*].*[^*]\*|_[^_].*[^_]_")
_TOTAL = re.compile(
    r"(?P<what>[\w. /-]{0,60}?)(?:requirements?|reqs)(?P<tail>[^:：|]{0,40})[:：]\W*"
    r"(?P<n>\d{1,5})(?!\d|[-/.]\d|\s*/)(?P<more>[^|]{0,200})",
    re.IGNORECASE,
)
_MAPPED = re.compile(r"\W*mapped[^:：]{0,40}[:：]\W*(\d{1,5})", re.IGNORECASE)
_UNMAPPED = re.compile(r"\W*(?:unmapped|orphan\w*)[^:：]{0,40}[:：]\W*(\d{1,5})", re.IGNORECASE)
_PHASES = re.compile(r"\W*(?:total\s+)?phases\s*[:：]\W*(\d{1,4})\s*$", re.IGNORECASE)
_RATIO = re.compile(
    r"\W*(?:coverage|mapped)[^:：\d]{0,30}[:：]\W*(\d{1,5})\s*/\s*(\d{1,5})", re.IGNORECASE
)
_STATE_KEY = re.compile(r"(\s*)([A-Za-z_][\w ]{0,40})\s*:\s*(.*)")
_MAX_FOOTER = 15
_STATE_BYTES = 16_384


def claim_footers(document: Document, ledger: Ledger) -> None:
    """Keep lines such as `*Last updated: …*` and what stands behind the last rule as notes."""
    last_rule = last_heading = 0
    for line in document.lines:
        if line.kind is LineKind.RULE:
            last_rule = line.number
        elif line.kind is LineKind.HEADING:
            last_heading = line.number
        elif (
            line.kind is LineKind.TEXT
            and _FOOTER.fullmatch(line.body)
            and (phase_around(line) is None or _is_after_rule(document, line))
        ):
            ledger.claim(document.path, line, Fate.NOTE)
    tail = [line for line in document.lines[last_rule:] if line.kind is not LineKind.BLANK]
    only_text = all(line.kind is LineKind.TEXT for line in tail)
    if last_rule > last_heading and len(tail) <= _MAX_FOOTER and only_text:
        ledger.claim_all(document.path, tail, Fate.NOTE)


def _is_after_rule(document: Document, line: Line) -> bool:
    number = line.number - 1
    while number > 0:
        before = document.at(number)
        if before.kind is LineKind.RULE:
            return True
        if before.kind is not LineKind.BLANK and not _FOOTER.fullmatch(before.body):
            return False
        number -= 1
    return False


def title_of(document: Document) -> tuple[str, int]:
    """The name of the plan in the first heading, without the word roadmap; its line."""
    for line in document.lines[:200]:
        if line.kind is LineKind.HEADING and line.heading is not None and line.heading.level == 1:
            title = line.body.strip(" *_`")
            for pattern in (_TITLE, _TITLE_BEHIND):
                match = pattern.fullmatch(title)
                if match:
                    return match["name"].strip(" *_`"), line.number
            return title, line.number
    return "", 0


def read_header(document: Document, ledger: Ledger) -> Header:
    """The top of a roadmap: title, fields before the first section, overview, constraints."""
    title, line = title_of(document)
    if line:
        ledger.claim(document.path, line, Fate.ITEM)
    project = milestone = created = ""
    place: Place | None = None
    for each in _preamble(document):
        found = field_line(each)
        if found is None:
            continue
        if found.name is FieldName.MILESTONE and not milestone:
            milestone, place = found.value, Place(document.path, each.number)
        elif found.label.casefold() in {"project", "projekt", "projeto", "proyecto"}:
            project = found.value
        elif found.label.casefold() in {"created", "defined"}:
            created = iso_date(found.value)
        else:
            continue
        ledger.claim(document.path, each, Fate.ITEM)
    return Header(
        title=project or title,
        headline=title,
        statement=_statement(document, ledger),
        milestone_line=milestone,
        milestone_place=place,
        created=created,
        constraints=_sections(document, ledger, SectionKind.CONSTRAINTS),
        out_of_scope=_sections(document, ledger, SectionKind.OUT),
    )


def _preamble(document: Document) -> Iterator[Line]:
    """Lines before the first heading of level 2 or deeper."""
    for line in document.lines:
        if line.kind is LineKind.HEADING and line.heading is not None and line.heading.level > 1:
            return
        if line.kind in {LineKind.TEXT, LineKind.ITEM}:
            yield line


def _statement(document: Document, ledger: Ledger) -> tuple[Prose, ...]:
    """The overview section, else the prose before the first section."""
    found = _sections(document, ledger, SectionKind.OVERVIEW)
    if found:
        return found
    lines: list[Line] = []
    last, prose = 0, False
    for line in _preamble(document):
        if line.number != last + 1:
            prose = not (
                line.body.startswith((">", "**", "__"))
                or field_line(line) is not None
                or any(_stated(line))
            )
        last = line.number
        if prose and line.kind is LineKind.TEXT and not ledger.is_claimed(document.path, line):
            lines.append(line)
    if not lines:
        return ()
    ledger.claim_all(document.path, lines, Fate.BODY)
    return (Prose("", document.path, tuple(line.number for line in lines)),)


def _sections(document: Document, ledger: Ledger, kind: SectionKind) -> tuple[Prose, ...]:
    """Sections of a kind, as far as nobody else has read their lines."""
    found: dict[int, tuple[str, list[int]]] = {}
    for line in document.lines:
        if line.heading is None or line.kind in {LineKind.RULE, LineKind.TAG, LineKind.OVERLONG}:
            continue
        if section_of(line) is not kind or phase_around(line) is not None:
            continue
        top = line.heading
        while top.parent is not None and top.parent.level > 1:
            top = top.parent
        if line.number == top.line:
            ledger.claim(document.path, line, Fate.SYNTAX)
        elif not ledger.is_claimed(document.path, line) and line.kind is not LineKind.BLANK:
            found.setdefault(top.line, (top.title, []))[1].append(line.number)
            ledger.claim(document.path, line, Fate.BODY)
    return tuple(Prose(title, document.path, tuple(lines)) for title, lines in found.values())


def stated_totals(document: Document, ledger: Ledger) -> list[Stated]:
    """Numbers that the plan states about itself, anywhere outside of phases."""
    found: list[Stated] = []
    for line in document.lines:
        if line.kind not in {LineKind.TEXT, LineKind.ITEM} or phase_around(line) is not None:
            continue
        if ledger.fate(document.path, line.number) in {Fate.ITEM, Fate.BODY}:
            continue
        stated = list(_stated(line))
        for what, count in stated:
            found.append(Stated(what, count, Place(document.path, line.number)))
        if stated:
            ledger.claim(document.path, line, Fate.DERIVED)
    return found


def _stated(line: Line) -> Iterator[tuple[str, int]]:
    text = line.body.replace("*", "").replace("_", " ")
    if len(text) > 400 or not any(sign.isdigit() for sign in text):
        return
    ratio = _RATIO.match(text)
    if ratio:
        yield "mapped", int(ratio[1])
        yield "coverage total", int(ratio[2])
        return
    for pattern, what in ((_UNMAPPED, "unmapped"), (_MAPPED, "mapped"), (_PHASES, "phases")):
        match = pattern.match(text)
        if match:
            yield what, int(match[1])
            return
    match = _TOTAL.match(text)
    if match and "phase" not in match["what"].casefold() + match["tail"].casefold():
        more = match["more"].strip()
        if not more or more.startswith(("total", "(", "✓", "✅", "—", "-", "|")):
            yield f"requirements {match['what'].strip().casefold()}".strip(), int(match["n"])


def read_state(data: bytes) -> dict[str, str]:
    """The front matter of STATE.md as flat keys (`progress.total_phases`), values as written."""
    found: dict[str, str] = {}
    above = ""
    for line in scan("STATE.md", data[:_STATE_BYTES]).lines:
        if line.kind is not LineKind.FRONT:
            break
        match = _STATE_KEY.fullmatch(line.raw[:500])
        if match is None:
            continue
        value = match[3].strip().strip("\"'")
        if match[1]:
            found.setdefault(f"{above}.{match[2]}", value)
        else:
            above = match[2]
            found.setdefault(above, value)
    return found
