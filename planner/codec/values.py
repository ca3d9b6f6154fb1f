"""Nodes of the front matter as typed values: one reader per type of field.

A reader takes the node, the name of the field, the line of the file where the YAML begins, and the
dict of lines, into which it writes the line of each entry of a list (`name.0`, `name.1` …).  It
raises BadValueError, with the line, for what the field does not take.
"""

from collections.abc import Callable, Iterator

from planner.codec import checks
from planner.codec.body import plain_text
from planner.codec.finding import BadValueError, Finding, shown
from planner.codec.frontmatter import Collection, Node, Scalar, is_null
from planner.model.fields import Field
from planner.model.fieldtypes import (
    Choice,
    Date,
    Dependencies,
    FieldType,
    Line,
    Links,
    PhaseNumber,
    Provenances,
    Ref,
    Refs,
    Text,
    Waivers,
    Words,
)
from planner.model.items import LINK_TYPES, Dependency, Link, Provenance, Waiver

Reader = Callable[[Node, str, int, dict[str, int]], object]
_Entry = Callable[[Node, int], object]

DEPENDENCY_KEYS = ("phase", "soft", "reason")
LINK_KEYS = ("to", "type")
PROVENANCE_KEYS = (
    "by",
    "model",
    "session",
    "question",
    "approved",
    "approved_on",
    "hash",
)
_ENTRY_KEYS: dict[type[FieldType], tuple[str, ...]] = {
    Dependencies: DEPENDENCY_KEYS,
    Links: LINK_KEYS,
    Provenances: PROVENANCE_KEYS,
}


def reader_of(field: Field) -> Reader:
    """The reader of a field of the front matter."""
    kind = field.type
    if isinstance(kind, Dependencies):
        return _list_reader(_dependency)
    if isinstance(kind, Links):
        return _list_reader(_link)
    if isinstance(kind, Waivers):
        return _waivers
    if isinstance(kind, Provenances):
        return _provenances
    check = check_of(kind)
    if isinstance(field.default, tuple):
        return _list_reader(lambda node, first_line: _checked(check, node, first_line))

    def read_line(node: Node, _name: str, first_line: int, _lines: dict[str, int]) -> str:
        return _checked(check, node, first_line)

    return read_line


def check_of(kind: FieldType) -> Callable[[str], str]:
    """What one text of a field (or of an entry of its list) must pass.  Raises BadValueError."""
    match kind:
        case Text():
            return plain_text
        case Choice(options=options):
            return lambda text: checks.choice(text, options)
        case Date():
            return checks.calendar_day
        case PhaseNumber():
            return checks.phase_number
        case Ref(kind=of) | Refs(kind=of):
            return lambda text: checks.reference(text, of)
        case Words():
            return checks.entry
        case Line():
            return checks.line_of_text
    raise TypeError(f"{kind} is not made of single texts")


def unknown_keys(field: Field, node: Node, first_line: int) -> Iterator[Finding]:
    """Hints for keys within the entries of a list that mean nothing."""
    known = _ENTRY_KEYS.get(type(field.type))
    if known is None or type(node) is not Collection:
        return
    entries = node.items[1::2] if node.mapping else node.items
    strange = 0
    for each in entries:
        if type(each) is not Collection:
            continue
        for key, _ in each.pairs():
            if key.value not in known:
                strange += 1
                words = known if strange <= checks.MOST_GUESSES else ()
                yield Finding(
                    "unknown-key",
                    first_line + key.start_mark.line,
                    f"the key {shown(key.value)} means nothing in an entry of {field.key}",
                    checks.meant(key.value, words, f"the keys are {', '.join(known)}"),
                )


def _checked(check: Callable[[str], str], node: Node, first_line: int) -> str:
    """The text of a scalar, checked."""
    if type(node) is not Scalar:
        raise _wrong_kind(node, first_line, "one text")
    text = node.value
    if node.style in {"|", ">"} and check is not plain_text:
        text = text.rstrip("\n")
    try:
        return check(text)
    except BadValueError as error:
        error.line = first_line + node.start_mark.line
        raise


def _wrong_kind(node: Node, first_line: int, due: str, hint: str = "") -> BadValueError:
    if type(node) is Collection:
        what = "a mapping" if node.mapping else "a list"
    else:
        what = f"the text {shown(node.value)}" if type(node) is Scalar else "something else"
    default = "put text that looks like a list or mapping into quotes" if due == "one text" else ""
    line = first_line + node.start_mark.line
    return BadValueError(f"{what} stands where {due} is due", hint or default, line)


def _list_reader(entry: _Entry) -> Reader:
    def read_list(
        node: Node, name: str, first_line: int, lines: dict[str, int]
    ) -> tuple[object, ...]:
        if type(node) is Collection and not node.mapping:
            entries = node.items
        elif type(node) is Scalar:
            entries = [node] if node.value else []
        else:
            hint = "begin each entry with `- ` on a line of its own"
            raise _wrong_kind(node, first_line, "a list", hint)
        values = []
        for index, each in enumerate(entries):
            if is_null(each):
                line = first_line + each.start_mark.line
                raise BadValueError("an entry of the list is empty", "delete the entry", line)
            values.append(entry(each, first_line))
            lines[f"{name}.{index}"] = first_line + each.start_mark.line
        return tuple(values)

    return read_list


def _parts(node: Collection, known: tuple[str, ...], first_line: int) -> dict[str, Scalar]:
    """The known keys of an entry that is a mapping; null ones are left out."""
    parts = {}
    for key, value in node.pairs():
        if key.value not in known or is_null(value):
            continue
        if type(value) is not Scalar:
            raise _wrong_kind(value, first_line, "one text")
        parts[key.value] = value
    return parts


def _required(parts: dict[str, Scalar], key: str, node: Node, first_line: int, hint: str) -> Scalar:
    if key not in parts:
        line = first_line + node.start_mark.line
        raise BadValueError(f"the entry has no `{key}`", hint, line)
    return parts[key]


def _dependency(node: Node, first_line: int) -> Dependency:
    line = first_line + node.start_mark.line
    if type(node) is not Collection:
        return Dependency(_checked(_phase_id, node, first_line), line=line)
    if not node.mapping:
        raise _wrong_kind(node, first_line, "a phase")
    parts = _parts(node, DEPENDENCY_KEYS, first_line)
    phase = _required(parts, "phase", node, first_line, "write `- phase: its-id`")
    return Dependency(
        _checked(_phase_id, phase, first_line),
        soft=_flag(parts["soft"], first_line) if "soft" in parts else False,
        reason=_line(parts, "reason", first_line),
        line=line,
    )


def _link(node: Node, first_line: int) -> Link:
    line = first_line + node.start_mark.line
    if type(node) is not Collection:
        return Link(_checked(_any_id, node, first_line), line=line)
    if not node.mapping:
        raise _wrong_kind(node, first_line, "an item")
    parts = _parts(node, LINK_KEYS, first_line)
    to = _required(parts, "to", node, first_line, "write `- {to: AUTH-04, type: depends-on}`")
    kind = _checked(_link_type, parts["type"], first_line) if "type" in parts else LINK_TYPES[0]
    return Link(_checked(_any_id, to, first_line), kind, line)


def _waivers(node: Node, name: str, first_line: int, lines: dict[str, int]) -> tuple[Waiver, ...]:
    hint = "write `rule: reason` on a line of its own, indented, below `waive:`"
    if type(node) is not Collection or not node.mapping:
        raise _wrong_kind(node, first_line, "a mapping from rule to reason", hint)
    waivers = []
    for index, (key, value) in enumerate(node.pairs()):
        line = first_line + key.start_mark.line
        if is_null(value) or (type(value) is Scalar and not value.value.strip()):
            text = f"the waiver of {shown(key.value)} has no reason"
            raise BadValueError(text, "write after the colon why the rule does not apply", line)
        rule = _checked(checks.key, key, first_line)
        waivers.append(Waiver(rule, _checked(checks.line_of_text, value, first_line), line))
        lines[f"{name}.{index}"] = line
    return tuple(waivers)


def _provenances(
    node: Node, name: str, first_line: int, lines: dict[str, int]
) -> tuple[Provenance, ...]:
    hint = "write `text: {by: who wrote it}` on a line of its own, indented, below `provenance:`"
    if type(node) is not Collection or not node.mapping:
        raise _wrong_kind(node, first_line, "a mapping from field to origin", hint)
    found = []
    for index, (key, value) in enumerate(node.pairs()):
        if type(value) is not Collection or not value.mapping:
            raise _wrong_kind(value, first_line, "a mapping with `by` and `approved`", hint)
        parts = _parts(value, PROVENANCE_KEYS, first_line)
        by = _checked(checks.entry, _required(parts, "by", key, first_line, hint), first_line)
        field = _checked(checks.key, key, first_line)
        found.append(
            Provenance(
                field,
                by,
                _line(parts, "approved", first_line),
                _line(parts, "model", first_line),
                _line(parts, "session", first_line),
                _line(parts, "question", first_line),
                _part(checks.calendar_day, parts, "approved_on", first_line),
                _part(checks.text_hash, parts, "hash", first_line),
            )
        )
        lines[f"{name}.{index}"] = first_line + key.start_mark.line
    return tuple(found)


def _line(parts: dict[str, Scalar], key: str, first_line: int) -> str:
    return _part(checks.line_of_text, parts, key, first_line)


def _part(check: Callable[[str], str], parts: dict[str, Scalar], key: str, first_line: int) -> str:
    return _checked(check, parts[key], first_line) if key in parts else ""


def _flag(node: Scalar, first_line: int) -> bool:
    try:
        return checks.flag(node.value)
    except BadValueError as error:
        error.line = first_line + node.start_mark.line
        raise


def _phase_id(text: str) -> str:
    return checks.reference(text, "phase")


def _any_id(text: str) -> str:
    return checks.reference(text, "")


def _link_type(text: str) -> str:
    return checks.choice(text, LINK_TYPES)
