"""What the planner found, as the records that leave its process."""

from collections.abc import Iterable
from typing import Any

from pydantic import JsonValue

from planner.codec.claims import as_plain
from planner.codec.plain_values import item_values, plain_value
from planner.codec.reading import read_item
from planner.editing import (
    FileChange,
    ItemClash,
    Opened,
    Preview,
    Reference,
)
from planner.model.fields import FIELDS
from planner.model.fieldtypes import Text
from planner.model.items import Item, Research
from planner.model.problem import Problem
from planner.render.reading import as_read
from planner.trace.difference import Change
from planner.trace.word_diff import Token, word_diff
from service.planning.placing import place_of
from service.planning.records import (
    ChangeRecord,
    ClashRecord,
    FieldClashRecord,
    FileRecord,
    ItemRecord,
    MergedRecord,
    PieceRecord,
    PreviewRecord,
    ProblemRecord,
    ReferenceRecord,
    TokenRecord,
)

# How much of one diff, and of all of them together, is handed over, in characters.
_LONGEST_DIFF = 200_000
_ALL_DIFFS = 4_000_000
_TEXT_FIELDS = frozenset(
    row.name for rows in FIELDS.values() for row in rows if isinstance(row.type, Text)
) | {"text", "title", "criteria", "check"}


def item_record(opened: Opened, problems: Iterable[Problem]) -> ItemRecord:
    """An item that was opened, with the problems of its file."""
    item = opened.item
    return ItemRecord(
        id=item.id,
        kind=opened.kind,
        title=item.title,
        path=item.path,
        blob=opened.blob,
        values=json_values(item),
        text=opened.text,
        branch=opened.branch,
        commit=opened.commit,
        references=tuple(map(reference_record, opened.references)),
        problems=tuple(
            problem_record(each, place_of(item, each))
            for each in problems
            if each.path == item.path
        ),
        uncommitted=opened.uncommitted,
        deleted=opened.deleted,
        claims=tuple(map(as_plain, item.claims)) if isinstance(item, Research) else (),
    )


def json_values(item: Item) -> dict[str, JsonValue]:
    """The fields of an item by name, of types that JSON has."""
    values: dict[str, JsonValue] = item_values(item)
    return values


def values_of_text(path: str, text: str | None) -> dict[str, JsonValue]:
    """The fields of an item whose file is `text`; empty when it cannot be read."""
    item = read_item(path, text.encode("utf-8", "replace")).item if text is not None else None
    return json_values(item) if item is not None else {}


def reference_record(found: Reference) -> ReferenceRecord:
    """A reference."""
    return ReferenceRecord(
        id=found.id, kind=found.kind, field=found.field, criterion=found.criterion
    )


def problem_record(found: Problem, at: str = "") -> ProblemRecord:
    """A finding; `at` is the field that it is about."""
    return ProblemRecord(
        path=found.path,
        line=found.line,
        rule=found.rule,
        severity=found.severity.value,
        message=found.message,
        hint=found.hint,
        item=found.item,
        waived=found.waived,
        at=at,
    )


def change_record(found: Change) -> ChangeRecord:
    """A change; that of a text with its word diff."""
    textual = found.old and found.new and found.field in _TEXT_FIELDS
    words = _words(found.old, found.new) if textual else ()
    return ChangeRecord(
        kind=found.kind.value,
        item_kind=found.item_kind,
        id=found.id,
        title=found.title,
        field=found.field,
        criterion=found.criterion,
        sentence=found.sentence,
        old=found.old,
        new=found.new,
        weaker=found.weaker,
        words=tuple(TokenRecord(kind=each.kind.value, text=each.text) for each in words),
    )


def _words(old: str, new: str) -> tuple[Token, ...]:
    """The word diff of two texts as readers see them; where only marks differ, of their source."""
    before, after = as_read(old), as_read(new)
    return word_diff(old, new) if before == after else word_diff(before, after)


def preview_record(seen: Preview) -> PreviewRecord:
    """What an edit would do."""
    draft = seen.draft
    own = {path for path in draft.files if draft.files[path] is not None}
    return PreviewRecord(
        id=draft.id,
        kind=draft.kind,
        branch=seen.branch,
        base=seen.base,
        message=seen.message,
        files=tuple(_file_records(seen.files)),
        changes=tuple(map(change_record, seen.changes)),
        new_problems=tuple(map(problem_record, seen.new_problems)),
        fixed=tuple(map(problem_record, seen.fixed)),
        item_problems=tuple(problem_record(each) for each in seen.problems if each.path in own),
        errors=sum(each.severity.value == "error" and not each.waived for each in seen.problems),
        merged=merged_records(seen),
        clashes=tuple(map(clash_record, draft.clashes)),
        notes=draft.notes,
        dangling=tuple(map(reference_record, draft.dangling)),
        made=draft.made,
    )


def merged_records(seen: Preview) -> tuple[MergedRecord, ...]:
    """The fields that others changed too."""
    return tuple(
        MergedRecord(item=item, field=each.name, how=each.how.value, value=plain_value(each.value))
        for item, fields in seen.draft.merged.items()
        for each in fields
    )


def _file_records(files: Iterable[FileChange]) -> Iterable[FileRecord]:
    left = _ALL_DIFFS
    for each in files:
        shown = each.diff[: min(_LONGEST_DIFF, left)]
        left -= len(shown)
        what = "deleted" if each.new is None else "added" if each.old is None else "changed"
        yield FileRecord.model_validate(
            {"path": each.path, "change": what, "diff": shown, "cut": len(shown) < len(each.diff)}
        )


def clash_record(found: ItemClash) -> ClashRecord:
    """What only a person can bring together."""
    return ClashRecord(
        id=found.id,
        kind=found.kind,
        path=found.path,
        blob=found.blob,
        base=found.base,
        theirs=found.theirs,
        yours=found.yours,
        clashes=tuple(
            FieldClashRecord(
                field=each.field,
                part=each.part,
                base=plain_value(each.base),
                theirs=plain_value(each.theirs),
                yours=plain_value(each.yours),
                pieces=tuple(
                    PieceRecord(
                        side=piece.side.value,
                        base=piece.base,
                        theirs=piece.theirs,
                        yours=piece.yours,
                    )
                    for piece in each.pieces
                ),
            )
            for each in found.clashes
        ),
        settled={name: plain_value(value) for name, value in found.settled.items()},
        theirs_values=values_of_text(found.path, found.theirs),
        yours_values=values_of_text(found.path, found.yours),
    )


def to_wire(record: Any) -> Any:
    """A record as plain data for the wire.  A lone surrogate, as of a file name, stays one."""
    return record.model_dump(mode="python")
