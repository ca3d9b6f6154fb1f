"""Files of a plan as items: bytes in, an item or an unreadable file out, and what is wrong.

Nothing is raised for a bad file and nothing is dropped: what cannot be read as the value of its
field stays in the file, is reported with its line, and is kept as source text in `Item.extra`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from planner.codec import criteria
from planner.codec.body import SectionSpan, sections_of, text_span
from planner.codec.checks import MOST_GUESSES, meant, near
from planner.codec.claims import read_claims
from planner.codec.finding import BadValueError, Finding, problem_of, shown
from planner.codec.frontmatter import (
    Collection,
    FrontMatterError,
    Node,
    Scalar,
    is_null,
    parse,
)
from planner.codec.layout import Layout, LayoutError, is_ignored, kind_of_path, layout_of
from planner.codec.source import DecodeError, decode
from planner.codec.spans import Front
from planner.codec.values import Reader, reader_of, unknown_keys
from planner.model.claims import claims_as_text, is_ledger
from planner.model.fields import BODY_HEADINGS, FIELDS, FRONT_KEYS, KINDS, Field
from planner.model.ids import is_id, slug
from planner.model.items import (
    RESEARCH_TOPICS,
    Item,
    Milestone,
    Phase,
    Plan,
    PlanTree,
    Requirement,
    Research,
    Section,
    Unreadable,
)
from planner.model.problem import Problem

__all__ = [
    "ItemRead",
    "assemble",
    "implied_topic",
    "kind_of_path",
    "read_item",
    "unknown_file",
]

_SHOWN_TEXT = 1 << 16


@dataclass(frozen=True, slots=True)
class ItemRead:
    """One file, read: exactly one of `item` and `unreadable` is set."""

    item: Item | None
    unreadable: Unreadable | None
    problems: tuple[Problem, ...]


class _Key(NamedTuple):
    """How a key of the front matter is read; `nested`: its entries have keys of their own."""

    name: str
    field: Field
    read: Reader
    nested: bool


def _keys(kind: str) -> dict[str, _Key]:
    nested = {"depends_on", "links", "provenance"}
    return {
        key: _Key(field.name, field, reader_of(field), field.name in nested)
        for key, field in FRONT_KEYS[kind].items()
    }


_KEYS = {kind: _keys(kind) for kind in KINDS}
_REQUIRED = {kind: [field for field in rows if field.required] for kind, rows in FIELDS.items()}
_SECTIONS = {
    kind: {heading: field.name for heading, field in rows.items() if heading}
    for kind, rows in BODY_HEADINGS.items()
}
_LEADS = {kind: rows[""].name for kind, rows in BODY_HEADINGS.items() if "" in rows}


def read_item(path: str, data: bytes, blob: str = "") -> ItemRead:
    """Read the file at `path` (relative to the plan folder, see `kind_of_path`).

    `blob` is the git blob id of `data`, kept with the item.  Raises ValueError for a path that
    holds no item; everything that is wrong with the content is a problem.
    """
    known = kind_of_path(path)
    if known is None:
        raise ValueError(f"{path} is no file of an item")
    kind, item_id = known
    if not (is_id(item_id) or (kind == "research" and all(map(is_id, item_id.split("/"))))):
        return _unreadable(kind, item_id, path, data, blob, [_bad_id(kind, item_id)])
    try:
        source = decode(data)
        if is_ledger(path):
            return _ledger(path, item_id, source.text, blob)
        layout = layout_of(kind, source.text)
        front = source.text[layout.front : layout.front_end]
        root = parse(front, layout.front_line) if front else None
    except (DecodeError, LayoutError) as error:
        return _unreadable(kind, item_id, path, data, blob, [error.finding])
    except FrontMatterError as error:
        return _unreadable(kind, item_id, path, data, blob, error.findings)
    reader = _ItemReader(kind, item_id, source.text, layout, root)
    item = reader.read(path, blob)
    return ItemRead(
        item, None, tuple([problem_of(finding, path, item_id) for finding in reader.findings])
    )


def _ledger(path: str, item_id: str, text: str, blob: str) -> ItemRead:
    """The claims of a research run.  Raises FrontMatterError."""
    claims, findings = read_claims(text)
    item = Research(
        id=item_id,
        path=path,
        title="Claims",
        run=item_id.partition("/")[0],
        text=claims_as_text(claims),
        claims=claims,
        lines={f"claims.{each.id}": each.line for each in claims},
        blob=blob,
    )
    problems = tuple([problem_of(finding, path, item_id) for finding in findings])
    return ItemRead(item, None, problems)


def _unreadable(
    kind: str, item_id: str, path: str, data: bytes, blob: str, findings: Iterable[Finding]
) -> ItemRead:
    text = data[: 4 * _SHOWN_TEXT].decode("utf-8", "replace")[:_SHOWN_TEXT]
    problems = tuple(problem_of(finding, path, item_id) for finding in findings)
    return ItemRead(None, Unreadable(item_id, kind, path, text, blob), problems)


def _bad_id(kind: str, item_id: str) -> Finding:
    bare = item_id.rpartition("/")[2]
    better = slug(bare)
    hint = f"rename the file, for example to {better}.md" if better else "rename the file"
    return Finding(
        "bad-id",
        0,
        f"the file name {shown(bare)} cannot be the id of a {kind}",
        f"{hint}: letters, digits, and between them . - _",
    )


class _ItemReader:
    """Reads one item whose front matter could be parsed."""

    def __init__(
        self, kind: str, item_id: str, text: str, layout: Layout, root: Collection | None
    ) -> None:
        self.findings: list[Finding] = []
        self._kind = kind
        self._id = item_id
        self._text = text
        self._layout = layout
        self._root = root
        self._values: dict[str, Any] = {}
        self._lines: dict[str, int] = {}
        self._bad: set[str] = set()
        self._strange_headings = 0

    def read(self, path: str, blob: str) -> Item:
        extra = self._read_front(self._root) if self._root is not None else ()
        sections = self._read_body()
        values = self._values
        if self._kind == "research":
            values["run"] = self._id.partition("/")[0]
            values.setdefault("topic", implied_topic(self._id))
        for field in _REQUIRED[self._kind]:
            if not values.get(field.name) and field.name not in self._bad:
                self._missing(field)
        return KINDS[self._kind](
            id=self._id,
            path=path,
            sections=sections,
            extra=extra,
            lines=self._lines,
            blob=blob,
            **values,
        )

    def _read_front(self, root: Collection) -> tuple[tuple[str, str], ...]:
        """Read the known keys; returns the others, and those with bad values, as source text."""
        keys = _KEYS[self._kind]
        first_line = self._layout.front_line
        values, lines = self._values, self._lines
        others: list[tuple[Scalar, Node]] = []
        for key, node in root.pairs():
            known = keys.get(key.value)
            if known is None:
                others.append((key, node))
                self._unknown_key(key)
                continue
            name = known.name
            lines[name] = first_line + key.start_mark.line
            if is_null(node):
                continue
            try:
                values[name] = known.read(node, name, first_line, lines)
            except BadValueError as error:
                others.append((key, node))
                self._bad.add(name)
                line = error.line or lines[name]
                message = f"{known.field.key}: {error.message}"
                self.findings.append(Finding("bad-value", line, message, error.hint))
                continue
            if known.nested:
                self.findings += unknown_keys(known.field, node, first_line)
        if not others:
            return ()
        front = Front(self._text, self._layout.front, self._layout.front_end, root)
        return tuple((key.value, front.source_of(key, node)) for key, node in others)

    def _unknown_key(self, key: Scalar) -> None:
        self.findings.append(
            Finding(
                "unknown-key",
                self._layout.front_line + key.start_mark.line,
                f"the key {shown(key.value)} means nothing in a {self._kind}",
                self._guess(key.value),
            )
        )

    def _guess(self, key: str) -> str:
        known = _KEYS[self._kind] if len(self.findings) < MOST_GUESSES else ()
        return meant(key, known, "it is kept as it is")

    def _read_body(self) -> tuple[Section, ...]:
        text, layout = self._text, self._layout
        if self._kind == "research":
            self._take_text("text", layout.body, len(text), layout.body_line)
            return ()
        if layout.body >= len(text):
            return ()
        spans = sections_of(text, layout.body)
        if self._kind in _LEADS:
            end = spans[0].start if spans else len(text)
            self._take_text(_LEADS[self._kind], layout.body, end, layout.body_line)
        line, position = layout.body_line, layout.body
        sections = []
        for span in spans:
            line += text.count("\n", position, span.start)
            position = span.start
            sections.append(self._section(span, line))
        return tuple(sections)

    def _take_text(self, name: str, start: int, end: int, line: int) -> str:
        """Read `text[start:end]`, which begins at `line`, as the field `name`."""
        span = text_span(self._text, start, end)
        value = self._text[span.start : span.end]
        if value:
            self._values[name] = value
            self._lines[name] = line + self._text.count("\n", start, span.start)
        return value

    def _section(self, span: SectionSpan, line: int) -> Section:
        folded = span.heading.casefold()
        name = _SECTIONS[self._kind].get(folded, "")
        if self._kind == "phase" and folded == criteria.HEADING.casefold():
            name = "criteria"
        if not name or name in self._lines:
            if name:
                self._again(span.heading, line, self._lines[name])
            else:
                self._unknown_heading(span.heading, line)
            text = text_span(self._text, span.text, span.end)
            return Section(span.heading, self._text[text.start : text.end], line)
        self._lines[name] = line
        text_line = line + 1
        if name != "criteria":
            return Section(
                span.heading, self._take_text(name, span.text, span.end, text_line), line
            )
        lines = self._text[span.text : span.end].split("\n")
        found, findings = criteria.read_criteria(lines, text_line)
        self._values["criteria"] = found
        self.findings += findings
        part = text_span(self._text, span.text, span.end)
        return Section(span.heading, self._text[part.start : part.end], line)

    def _again(self, heading: str, line: int, first: int) -> None:
        self.findings.append(
            Finding(
                "duplicate-section",
                line,
                f"the heading {shown(heading)} occurs twice; this text is not read as {heading}",
                "put both texts under the first heading",
                (first,),
            )
        )

    def _unknown_heading(self, heading: str, line: int) -> None:
        """Any heading may be there; one that looks like a slip of the pen is worth a hint."""
        self._strange_headings += 1
        if self._strange_headings > MOST_GUESSES:
            return
        known = [field.key for field in FIELDS[self._kind] if field.home == "body" and field.key]
        if self._kind == "phase":
            known.append(criteria.HEADING)
        guess = near(heading, known, 0.85)
        if guess:
            text = f"the heading {shown(heading)} means nothing in a {self._kind}"
            hint = f"did you mean `## {guess}`?"
            self.findings.append(Finding("unknown-key", line, text, hint))

    def _missing(self, field: Field) -> None:
        if field.home == "front":
            line, place = self._lines.get(field.name, 1), f"a line `{field.key}: …`"
        else:
            line, place = self._layout.body_line, "it below the front matter"
        text = f"the {self._kind} has no {field.label.casefold()}"
        self.findings.append(Finding("missing-field", line, text, f"write {place}: {field.help}"))


def implied_topic(item_id: str) -> str:
    """The topic of a research document that names none: its file name, if that is a topic."""
    name = item_id.rpartition("/")[2].casefold()
    return name if name in RESEARCH_TOPICS else "other"


def unknown_file(path: str) -> Problem | None:
    """A hint for a file that holds no item, or None for files that may well lie there."""
    if kind_of_path(path) is not None or is_ignored(path):
        return None
    if path == "plan.yml":
        hint = "rename it to plan.yaml"
    elif path.casefold().endswith((".md", ".markdown")):
        hint = (
            "items are milestones/<id>.md, phases/<id>.md, requirements/<id>.md and"
            " research/<run>/<topic>.md"
        )
    else:
        hint = "move it out of the plan folder, or into one whose name begins with a dot"
    return problem_of(
        Finding("unknown-file", 0, "this file is no part of the plan", hint), path, ""
    )


def assemble(reads: Iterable[ItemRead]) -> tuple[PlanTree, tuple[Problem, ...]]:
    """The plan of all files, each kind sorted by path, and all problems of reading them.

    Without a readable `plan.yaml` the plan is one without a title; without any that is a problem.
    """
    found: dict[type[Item], list[Any]] = {cls: [] for cls in KINDS.values()}
    unreadable: list[Unreadable] = []
    problems: list[Problem] = []
    for read in reads:
        problems += read.problems
        if read.item is not None:
            found[type(read.item)].append(read.item)
        elif read.unreadable is not None:
            unreadable.append(read.unreadable)
    for items in found.values():
        items.sort(key=lambda item: item.path)
    unreadable.sort(key=lambda each: each.path)
    if not found[Plan] and not any(each.kind == "plan" for each in unreadable):
        hint = "write plan.yaml with at least `title: …`"
        finding = Finding("no-plan", 0, "the folder has no plan.yaml", hint)
        problems.append(problem_of(finding, "plan.yaml", "plan"))
    problems.sort(key=lambda each: (each.path, each.line, each.rule))
    tree = PlanTree(
        plan=found[Plan][0] if found[Plan] else Plan(id="plan", title=""),
        milestones=tuple(found[Milestone]),
        phases=tuple(found[Phase]),
        requirements=tuple(found[Requirement]),
        research=tuple(found[Research]),
        unreadable=tuple(unreadable),
    )
    return tree, tuple(problems)
