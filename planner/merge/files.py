"""Three-way merge of the file of an item: field by field, onto their bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.codec.editing import edit_text
from planner.codec.reading import read_item
from planner.errors import EditError
from planner.merge.criteria import with_free_ids
from planner.merge.fields import Clash, How, MergedField, field_types, merge_field
from planner.merge.texts import merge_texts

WHOLE_FILE = ""


@dataclass(frozen=True, slots=True)
class MergedFile:
    """What came of two versions of a file.

    `data` is the merged file; where something clashes, theirs with all that did not clash.
    `changes` are the fields set in it, `fields` how each field that you changed came out,
    `clashes` what only a person can settle.
    """

    data: bytes
    changes: Mapping[str, object]
    fields: tuple[MergedField, ...]
    clashes: tuple[Clash, ...]

    @property
    def by_word(self) -> bool:
        """Whether a text was merged within its lines, so that a person should look."""
        return any(each.how is How.WORD for each in self.fields)


def merge_files(path: str, base: bytes, theirs: bytes, yours: bytes, to: str = "") -> MergedFile:
    """Merge two versions of the file at `path`; `to` is where theirs is now, if it moved.

    Comments, keys and sections that no field describes stay as theirs has them; where you changed
    such a thing as well, the file as a whole is tried line by line, and clashes if that fails.
    """
    to = to or path
    items = [read_item(at, data).item for at, data in ((path, base), (to, theirs), (path, yours))]
    was, their, your = items
    if was is None or their is None or your is None or type(was) is not type(their):
        return _whole(to, base, theirs, yours)
    types = field_types(your)
    names = [name for name in types if getattr(was, name) != getattr(your, name)]
    if not _is_edit(path, base, yours, {name: getattr(your, name) for name in names}):
        return _whole(to, base, theirs, yours)
    your = with_free_ids(was, their, your, (base, theirs, yours))
    merged = [
        merge_field(name, types[name], *(getattr(each, name) for each in (was, their, your)))
        for name in names
    ]
    changes = {each.name: each.value for each in merged if each.value != getattr(their, each.name)}
    clashes = tuple(clash for each in merged for clash in each.clashes)
    try:
        data = edit_text(to, theirs, changes)
    except EditError:
        return _whole(to, base, theirs, yours)
    return MergedFile(data, changes, tuple(merged), clashes)


def _is_edit(path: str, base: bytes, yours: bytes, changes: Mapping[str, object]) -> bool:
    """Whether the fields are all that differs: no comment, no unknown key or section."""
    try:
        return edit_text(path, base, changes) == yours
    except EditError:
        return False


def _whole(path: str, base: bytes, theirs: bytes, yours: bytes) -> MergedFile:
    """Merge by line what cannot be merged by field; the result must be an item that can be read."""
    texts = [data.decode("utf-8", "surrogateescape") for data in (base, theirs, yours)]
    merged = merge_texts(*texts)
    how = How.WORD if merged.by_word else How.LINE
    data = merged.text.encode("utf-8", "surrogateescape")
    if merged.clean and read_item(path, data).item is not None:
        return MergedFile(data, {}, (MergedField(WHOLE_FILE, "", how),), ())
    was, their, your = (data.decode("utf-8", "replace") for data in (base, theirs, yours))
    clash = Clash(WHOLE_FILE, was, their, your, pieces=merged.pieces)
    return MergedFile(theirs, {}, (MergedField(WHOLE_FILE, "", How.CLASH, (clash,)),), (clash,))
