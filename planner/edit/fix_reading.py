"""Fixes for what is wrong in a file itself: keys, headings, values, ids of criteria."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from planner.codec import criteria, criterion_blocks
from planner.codec.body import SectionSpan, sections_of, text_span
from planner.codec.checks import near
from planner.codec.finding import BadValueError
from planner.codec.layout import layout_of
from planner.codec.normal import normal_value
from planner.codec.source import Source, Splice, apply, decode
from planner.edit.fix import Case, Fix, Fixer, criterion_at, setting
from planner.edit.rewriting import ReplaceText
from planner.model.fields import FIELDS, FRONT_KEYS, Field, kind_of
from planner.model.fieldtypes import Choice, Date, Ref
from planner.model.items import CRITERION_STATUSES, Milestone, Phase
from planner.trace.suggest import Suggestions

_SURE = 0.85
"""How alike two words must be (0 to 1) so that one is surely a slip of the pen for the other."""
_NEAR = 0.7
_KEY = re.compile(r"([\"']?)([^\s\"':#-][^\"':]*)\1[ \t]*:")
_BULLET = re.compile(r"[ \t]*[-*+][ \t]+([A-Za-z][\w-]*)[ \t]*:[ \t]*")
_HEADING = re.compile(r"[ ]{0,3}##[ \t]+(.+?)[ \t]*#*[ \t]*$")
_STRAY = re.compile(r"([ ]{0,3})[-*+][ \t]+(\S.*?)[ \t]*$")
_BAD_MARK = re.compile(r"\{#[^{}]*\}[ \t]*$")
_DAY = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")


def _source(case: Case) -> Source:
    return decode(case.plan.data([case.item.path])[case.item.path])


def _line(source: Source, number: int) -> tuple[int, str]:
    """Where a line (from 1) begins, and the line without its end."""
    lines = source.text.split("\n")
    start = sum(len(each) + 1 for each in lines[: number - 1])
    return start, lines[number - 1] if 0 < number <= len(lines) else ""


def _rewriting(
    case: Case, source: Source, label: str, splices: Sequence[Splice], *, certain: bool = False
) -> Fix:
    """The fix that changes the text of the file."""
    item = case.item
    text = apply(source, splices).decode("utf-8")
    return Fix(label, ReplaceText(item.id, kind_of(item), text, item.blob), certain)


# -- keys and headings ------------------------------------------------------------------------


def _unknown_key(case: Case) -> Iterator[Fix]:
    """A key of the front matter, a heading, or the key of a bullet below a criterion."""
    source = _source(case)
    start, line = _line(source, case.problem.line)
    kind, phase = kind_of(case.item), isinstance(case.item, Phase)
    heading, bullet, key = _HEADING.match(line), _BULLET.match(line), _KEY.match(line)
    if heading:
        found, known = heading.span(1), _headings(kind)
        taken = {each.heading.casefold() for each in case.item.sections}
    elif bullet and phase and criterion_at_line(case):
        found, known = bullet.span(1), list(criteria.KEYS)
        taken = _bullet_keys(case)
    elif key:
        found, known = key.span(2), list(FRONT_KEYS[kind])
        taken = {each for each in known if _holds(case, FRONT_KEYS[kind][each].name)}
    else:
        return
    word = line[slice(*found)]
    guess = near(word, known, _NEAR)
    if guess and guess.casefold() not in {each.casefold() for each in taken}:
        certain = near(word, [guess], _SURE) == guess
        splice = Splice(start + found[0], start + found[1], guess)
        yield _rewriting(case, source, f"write `{guess}`", [splice], certain=certain)


def _headings(kind: str) -> list[str]:
    known = [field.key for field in FIELDS[kind] if field.home == "body" and field.key]
    return [*known, criteria.HEADING] if kind == "phase" else known


def _holds(case: Case, name: str) -> bool:
    return name in case.item.lines


def criterion_at_line(case: Case) -> str:
    """The id of the criterion that the problem is about, or empty."""
    return criterion_at(case.item, case.problem.line) if isinstance(case.item, Phase) else ""


def _bullet_keys(case: Case) -> set[str]:
    """The keys that a criterion may have once and has already."""
    assert isinstance(case.item, Phase)
    wanted = criterion_at_line(case)
    found = next((each for each in case.item.criteria if each.id == wanted), None)
    return set(found.lines) & {"check", "level", "status"} if found is not None else set()


def _duplicate_section(case: Case) -> Iterator[Fix]:
    """The text of the later section behind that of the first one."""
    source = _source(case)
    start, _ = _line(source, case.problem.line)
    spans = sections_of(source.text, layout_of(kind_of(case.item), source.text).body)
    later = next((each for each in spans if each.start == start), None)
    if later is None:
        return
    first = next(each for each in spans if each.heading.casefold() == later.heading.casefold())
    if first is later:
        return
    both = [_text(source, first), _text(source, later)]
    joined = "\n\n".join(each for each in both if each)
    if first.heading.casefold() == criteria.HEADING.casefold():
        joined = "\n".join(each for each in both if each)
    splices = [
        Splice(first.text, first.end, f"\n{joined}\n" + ("\n" if first.end < later.start else "")),
        Splice(later.start, later.end, ""),
    ]
    if first.end == later.start:
        below = "\n" if later.end < len(source.text) else ""
        splices = [Splice(first.text, later.end, f"\n{joined}\n{below}")]
    yield _rewriting(case, source, "put both texts under the first heading", splices)


def _text(source: Source, span: SectionSpan) -> str:
    part = text_span(source.text, span.text, span.end)
    return source.text[part.start : part.end]


# -- criteria ---------------------------------------------------------------------------------


def _without_id(case: Case) -> Iterator[Fix]:
    """The ids that the criteria of the phase are read with, written down."""
    assert isinstance(case.item, Phase)
    source = _source(case)
    lines = {each.line: each.id for each in case.item.criteria}
    bare = [each for each in _entries(source) if not each[1]]
    if case.problem.line not in {line for line, _ in bare}:
        return
    splices, ids = [], []
    for number, _ in bare:
        start, line = _line(source, number)
        ids.append(f"{{#{lines[number]}}}")
        end = start + len(line.rstrip(" \t"))
        splices.append(Splice(end, start + len(line), f" {ids[-1]}"))
    yield _rewriting(case, source, f"write {', '.join(ids)}", splices, certain=True)


def _entries(source: Source) -> list[tuple[int, str]]:
    """Line and written id (empty: none) of each criterion."""
    found = _criteria_lines(source)
    if found is None:
        return []
    above, lines = found
    return [(above + each.first + 1, each.id) for each in criterion_blocks.blocks_of(lines).entries]


def _criteria_lines(source: Source) -> tuple[int, list[str]] | None:
    """How many lines are above the section of criteria, and its own."""
    heading = criteria.HEADING.casefold()
    for span in sections_of(source.text, layout_of("phase", source.text).body):
        if span.heading.casefold() == heading:
            above = source.text.count("\n", 0, span.text)
            return above, source.text[span.text : span.end].split("\n")
    return None


def _duplicate_criterion(case: Case) -> Iterator[Fix]:
    """A fresh id for the second one; the first one keeps what refers to it."""
    source = _source(case)
    start, _ = _line(source, case.problem.line)
    mark = re.compile(r"\{#(c[1-9]\d{0,8})\}").search(source.text, start)
    if mark is not None:
        fresh = _fresh(case, source)
        splice = Splice(mark.start(1), mark.end(1), fresh)
        yield _rewriting(case, source, f"call the second one {fresh}", [splice])


def _fresh(case: Case, source: Source) -> str:
    assert isinstance(case.item, Phase)
    used = [int(each.id[1:]) for each in case.item.criteria]
    return f"c{max([criteria.highest_id([source.text]), *used]) + 1}"


def _malformed(case: Case) -> Iterator[Fix]:
    """A bullet beside the numbered entries, or an id that is none."""
    assert isinstance(case.item, Phase)
    source = _source(case)
    start, line = _line(source, case.problem.line)
    held = next((each for each in case.item.criteria if each.line == case.problem.line), None)
    bad, stray = _BAD_MARK.search(line), _STRAY.match(line)
    if held is not None and bad is not None:
        splice = Splice(start + bad.start(), start + len(line), f"{{#{held.id}}}")
        yield _rewriting(case, source, f"write {{#{held.id}}}", [splice])
    elif stray is not None and _is_stray(source, case.problem.line):
        number = 1 + sum(each.line < case.problem.line for each in case.item.criteria)
        text, _ = criterion_blocks.split_mark(stray[2])
        new = f"{stray[1]}{number}. {text} {{#{_fresh(case, source)}}}"
        splice = Splice(start, start + len(line), new)
        yield _rewriting(case, source, "make it a criterion", [splice])


def _is_stray(source: Source, line: int) -> bool:
    """Whether the line is a bullet that belongs to no entry."""
    found = _criteria_lines(source)
    return found is not None and line - 1 - found[0] in criterion_blocks.blocks_of(found[1]).stray


# -- values -----------------------------------------------------------------------------------


def _bad_value(case: Case) -> Iterator[Fix]:
    key = case.problem.message.partition(":")[0]
    field = FRONT_KEYS[kind_of(case.item)].get(key)
    if field is not None and field.name in case.item.lines and not _below_criterion(case, field):
        yield from _bad_field(case, field)
    elif key == "status" and criterion_at_line(case):
        yield from _bad_status(case)


def _below_criterion(case: Case, field: Field) -> bool:
    first = min((each.line for each in getattr(case.item, "criteria", ())), default=0)
    return 0 < first <= case.problem.line and case.item.lines[field.name] < first


def _bad_field(case: Case, field: Field) -> Iterator[Fix]:
    raw = dict(case.item.extra).get(field.key, "").strip().strip("\"'")
    better = next(
        (make(case, field, raw) for type, make in _BETTER.items() if isinstance(field.type, type)),
        None,
    )
    if better is None or not raw:
        return
    value, certain = better
    try:
        normal_value(field, value)
    except BadValueError:
        return
    if value:
        yield setting(case.item, f"write {value}", {field.name: value}, certain=certain)


def _option(_case: Case, field: Field, raw: str) -> tuple[str, bool]:
    assert isinstance(field.type, Choice)
    guess = near(raw, field.type.options, _NEAR)
    return guess, bool(guess) and near(raw, [guess], _SURE) == guess


def _day(_case: Case, _field: Field, raw: str) -> tuple[str, bool]:
    """2026/3/1 is the first of March; 1.3.2026 might be the third of January."""
    match = _DAY.fullmatch(raw)
    return (f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}", True) if match else ("", False)


def _id(case: Case, field: Field, raw: str) -> tuple[str, bool]:
    assert isinstance(field.type, Ref)
    return Suggestions(case.plan.tree).near(raw, [field.type.kind]), False


_BETTER: Mapping[type, Callable[[Case, Field, str], tuple[str, bool]]] = {
    Choice: _option,
    Date: _day,
    Ref: _id,
}


def _bad_status(case: Case) -> Iterator[Fix]:
    """The status of a criterion."""
    source = _source(case)
    start, line = _line(source, case.problem.line)
    bullet = _BULLET.match(line)
    if bullet is None:
        return
    guess = near(line[bullet.end() :].strip(), CRITERION_STATUSES, _NEAR)
    if guess:
        splice = Splice(start + bullet.end(), start + len(line), guess)
        yield _rewriting(case, source, f"write {guess}", [splice], certain=True)


def _missing_field(case: Case) -> Iterator[Fix]:
    """The title of a phase or milestone, from the words of its id."""
    item = case.item
    if isinstance(item, Phase | Milestone) and not item.title and "title" in case.problem.message:
        words = item.id if isinstance(item, Milestone) else re.sub(r"[-_]+", " ", item.id)
        title = words[:1].upper() + words[1:] if isinstance(item, Phase) else words
        yield setting(item, f"call it “{title}”", {"title": title})


READING_FIXES: Mapping[str, Fixer] = {
    "bad-value": _bad_value,
    "missing-field": _missing_field,
    "unknown-key": _unknown_key,
    "duplicate-section": _duplicate_section,
    "criterion-without-id": _without_id,
    "duplicate-criterion": _duplicate_criterion,
    "malformed-criterion": _malformed,
}
