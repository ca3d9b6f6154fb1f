"""The one door to YAML: text to a tree of nodes in which every scalar is still text.

The parser's events are read one by one, so nothing is ever expanded and nesting is cut off before
it can cost anything: aliases, anchors, tags, merge keys and duplicate keys are findings.  NEL, LS
and PS are ordinary characters, as in YAML 1.2 and in the line numbers of editors.
"""

import re
from typing import TYPE_CHECKING, Any, cast

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from planner.codec.finding import Finding, shown

MAX_DEPTH = 16

if TYPE_CHECKING:

    class Mark:
        """A place in the text, all numbers from 0."""

        index: int
        line: int
        column: int

    class Scalar:
        """A text: its `style` is empty for plain, or one of `'`, `"`, `|`, `>`."""

        value: str
        style: str
        start_mark: Mark
        end_mark: Mark

else:
    # At run time a scalar is the parser's own event: there are too many of them to copy each.
    Scalar = ScalarEvent

# What means that nothing is set: YAML's null, and an empty text.
NULLS = frozenset({"", "~", "null", "Null", "NULL"})

_SUSPECT = re.compile("[&*!<]")
_BREAKS = "\x85\u2028\u2029"
_BREAK = re.compile(f"[{_BREAKS}]")
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HINTS = (
    (re.compile("mapping values are not allowed"), "a value that holds `: ` goes into quotes"),
    (re.compile("sequence entries"), "a list begins on a line of its own, below its key"),
    (re.compile("block|simple key"), "check the indentation: one key a line, a blank after `:`"),
    (re.compile("quoted scalar"), "close the quotes; inside '…' a quote is written twice"),
    (re.compile("flow"), "close the bracket, and put a comma between entries"),
)


class Collection:
    """A mapping or a sequence.

    `items` are the entries of a sequence; for a mapping keys (always `Scalar`) and values in turn.
    `flow` tells `[a, b]` and `{a: b}` from block style.  Marks are as those of a scalar; the end of
    a block collection is where the next thing starts.
    """

    __slots__ = ("end_mark", "flow", "items", "mapping", "start_mark")

    def __init__(self, mapping: bool, flow: bool, start_mark: "Mark") -> None:
        self.mapping = mapping
        self.flow = flow
        self.start_mark = start_mark
        self.end_mark = start_mark
        self.items: list[Node] = []

    def pairs(self) -> list[tuple[Scalar, "Node"]]:
        """The entries of a mapping."""
        return list(zip(cast("list[Scalar]", self.items[::2]), self.items[1::2], strict=True))


Node = Scalar | Collection


class FrontMatterError(Exception):
    """The text is no YAML that a plan may hold; `findings` say why."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings[0].message)
        self.findings = findings


def is_null(node: Node) -> bool:
    """Whether nothing is said: `~` or `null` without quotes, or nothing at all."""
    return type(node) is Scalar and node.value in NULLS and not (node.style and node.value)


def parse(text: str, first_line: int = 1) -> Collection | None:
    """The mapping that `text` (with LF line ends) is, or None where it holds nothing but comments.

    `first_line` is the line of the file where `text` begins.  Raises FrontMatterError.
    """
    swaps: dict[str, str] = {}
    if not text.isascii() and _BREAK.search(text):
        swaps = _stand_ins(text)
        for mark, other in swaps.items():
            text = text.replace(mark, other)
    suspect = _SUSPECT.search(text) is not None
    try:
        root = _compose(text, first_line, suspect)
    except YAMLError as error:
        raise FrontMatterError([_explained(error, text, first_line)]) from None
    if root is None or (is_null(root) and not root.start_mark.index < root.end_mark.index):
        return None
    if swaps:
        _swap_back(root, {other: mark for mark, other in swaps.items()})
    if type(root) is not Collection or not root.mapping:
        raise FrontMatterError([_no_mapping(root, first_line)])
    return root


def _compose(text: str, first_line: int, suspect: bool) -> Node | None:
    """The tree of the one document in `text`.  Raises YAMLError and FrontMatterError."""
    next_event = CParser(text).get_event
    findings: list[Finding] = []
    roots: list[Node] = []
    items = roots
    stack: list[Collection] = []
    while True:
        event: Any = next_event()
        kind = type(event)
        if kind is ScalarEvent:
            if suspect:
                findings += _marks(event, first_line)
            items.append(event)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if suspect:
                findings += _marks(event, first_line)
            node = Collection(kind is MappingStartEvent, event.flow_style, event.start_mark)
            items.append(node)
            stack.append(node)
            items = node.items
            if len(stack) > MAX_DEPTH:
                findings.append(_too_deep(event, first_line))
                break
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            node = stack.pop()
            node.end_mark = event.end_mark
            if node.mapping:
                _check_keys(node, first_line, findings)
            items = stack[-1].items if stack else roots
        elif kind is StreamEndEvent:
            break
        else:
            findings += _rare(event, first_line, items, again=bool(roots))
    if findings:
        raise FrontMatterError(findings)
    return roots[0] if roots else None


def _rare(event: Any, first_line: int, items: "list[Node]", *, again: bool) -> list[Finding]:
    """Findings for events that a good file does not have; `again`: a document was read before."""
    kind = type(event)
    if kind is AliasEvent:
        # Only to keep keys and values in step: the file is not read any further.
        items.append(cast("Scalar", ScalarEvent(None, None, (True, True), "", event.start_mark)))
        return _marks(event, first_line)
    if kind is not DocumentStartEvent:
        return []
    line = first_line + event.start_mark.line
    if again:
        text = "a second YAML document begins here"
        return [Finding("bad-yaml", line, text, "there is one mapping of keys in a file")]
    if event.tags:
        text = "the directive %TAG is not used in a plan"
        return [Finding("yaml-tag", line, text, "delete it")]
    return []


def _marks(event: Any, first_line: int) -> list[Finding]:
    """Findings for what YAML can hang on a node."""
    line = first_line + event.start_mark.line
    plain = "a plan is plain text: write the value itself"
    if type(event) is AliasEvent:
        return [
            Finding(
                "yaml-alias",
                line,
                f"the alias {shown(f'*{event.anchor}')} is not used in a plan",
                f"{plain} (text that begins with `*` goes into quotes)",
            )
        ]
    findings = []
    if event.anchor is not None:
        text = f"the anchor {shown(f'&{event.anchor}')} is not used in a plan"
        hint = "delete it (text that begins with `&` goes into quotes)"
        findings.append(Finding("yaml-anchor", line, text, hint))
    tag = getattr(event, "tag", None)
    if tag is not None:
        text = f"the tag {shown(tag)} is not used in a plan"
        hint = "delete it: each field has its type (text that begins with `!` goes into quotes)"
        findings.append(Finding("yaml-tag", line, text, hint))
    return findings


def _check_keys(node: Collection, first_line: int, findings: list[Finding]) -> None:
    seen: dict[str, int] = {}
    for key in node.items[::2]:
        line = first_line + key.start_mark.line
        if type(key) is not Scalar:
            text = "a list or mapping stands where a key is due"
            findings.append(Finding("bad-yaml", line, text, "a key is one word: `key: value`"))
            continue
        name = key.value
        if name == "<<" and not key.style:
            text = "the merge key `<<` is not used in a plan"
            hint = "write the keys themselves here"
            findings.append(Finding("yaml-merge", line, text, hint))
        elif name in seen:
            text = f"the key {shown(name)} occurs twice; the first is in line {seen[name]}"
            hint = "keep one of the two; until then the file is not changed by the planner"
            findings.append(Finding("duplicate-key", line, text, hint, (seen[name],)))
        else:
            seen[name] = line


def _too_deep(event: Any, first_line: int) -> Finding:
    return Finding(
        "bad-yaml",
        first_line + event.start_mark.line,
        f"lists and mappings are nested more than {MAX_DEPTH} deep",
        "no field of a plan needs that; close a bracket, or check the indentation",
    )


def _no_mapping(root: Node, first_line: int) -> Finding:
    line = first_line + root.start_mark.line
    if type(root) is Scalar:
        text = f"{shown(root.value)} stands where `key: value` lines are due"
        return Finding("bad-yaml", line, text, "a blank follows the colon: `title: My plan`")
    text = "a list stands where `key: value` lines are due"
    return Finding("bad-yaml", line, text, "begin with the keys, for example `title: My plan`")


def _explained(error: YAMLError, text: str, first_line: int) -> Finding:
    """What the parser says, with the line where it helps most."""
    control = _CONTROL.search(text)
    if control is not None:
        line = first_line + text.count("\n", 0, control.start())
        message = f"the control character {shown(control[0])} is not allowed in YAML"
        return Finding("bad-yaml", line, message, "delete it, or write it as \\x… in double quotes")
    if not isinstance(error, MarkedYAMLError):
        return Finding("bad-yaml", first_line, f"not valid YAML: {error}", "check it by eye")
    what = error.problem or "unknown error"
    told = f"{error.context or ''} {what}"
    mark = error.problem_mark
    if error.context_mark is not None and ("end of stream" in what or "end of document" in what):
        mark = error.context_mark
    last = text.rstrip("\n").count("\n")
    line = first_line + (min(mark.line, last) if mark is not None else 0)
    if "cannot start any token" in what and mark is not None:
        return _bad_start(text[mark.index : mark.index + 1], line)
    hint = next((hint for pattern, hint in _HINTS if pattern.search(told)), "check the line by eye")
    return Finding("bad-yaml", line, f"not valid YAML: {told.strip()}", hint)


def _bad_start(character: str, line: int) -> Finding:
    if character == "\t":
        return Finding("bad-yaml", line, "a tab is used as indentation", "indent with blanks")
    return Finding(
        "bad-yaml",
        line,
        f"not valid YAML: a value cannot begin with {shown(character)}",
        "put the whole value into quotes",
    )


def _stand_ins(text: str) -> dict[str, str]:
    """For each line break of YAML 1.1 that is none in 1.2, a private character not in `text`."""
    free = (chr(code) for code in range(0xF0000, 0xFFFFD) if chr(code) not in text)
    return {mark: next(free) for mark in _BREAKS}


def _swap_back(node: Node, swaps: dict[str, str]) -> None:
    stack: list[Node] = [node]
    while stack:
        each = stack.pop()
        if type(each) is Collection:
            stack += each.items
        elif type(each) is Scalar:
            for other, mark in swaps.items():
                each.value = each.value.replace(other, mark)
