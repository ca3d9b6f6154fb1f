"""The past of one item: its versions in words, and who last changed which field."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.build.loading import reads_of
from planner.codec.reading import assemble, read_item
from planner.edit.editor import Editor
from planner.merge.fields import field_types
from planner.model.items import Item, PlanTree
from planner.store.filebytes import blob_id
from planner.store.history import History, read_history, update_history
from planner.store.refs import need_tip
from planner.store.versions import read_versions
from planner.trace.difference import Change, compare


@dataclass(frozen=True, slots=True)
class Version:
    """An item as one commit left it.

    `blob` names its text (empty: the commit deleted it), for `planner.edit.fields.Restore`; `item`
    is None where it was deleted or cannot be read; `changes` say what the commit did to it.
    """

    commit: str
    time: str
    author: str
    subject: str
    path: str
    blob: str
    text: str
    item: Item | None
    changes: tuple[Change, ...]


class Past:
    """The past of the items of an editor's plan; keeps the history that it has read."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._history: History | None = None

    def versions(self, ref: str, kind: str = "", *, branch: str = "") -> tuple[Version, ...]:
        """All versions of an item, newest first, under its former names too.

        Raises EditError when there is no such item, RevisionError and StoreError as the store does.
        """
        editor = self._editor
        tip = need_tip(editor.repository, branch or editor.branch())
        plan = editor.at(tip)
        history = self._read(tip)
        rows = history.of(plan.item(ref, kind).path)
        commits = [history.commits[row.commit] for row in rows]
        now = [(commit.id, row.path) for commit, row in zip(commits, rows, strict=True)]
        old = [
            (f"{commit.id}^", row.old_path or row.path)
            for commit, row in zip(commits, rows, strict=True)
        ]
        data = read_versions(editor.folder, [*now, *old])
        found = []
        for index, (commit, row) in enumerate(zip(commits, rows, strict=True)):
            after, before = data[index], data[len(rows) + index]
            tree = _tree(row.path, after)
            found.append(
                Version(
                    commit=commit.id,
                    time=commit.time,
                    author=commit.author,
                    subject=commit.subject,
                    path=row.path,
                    blob=self._blob(after),
                    text=(after or b"").decode("utf-8", "replace"),
                    item=read_item(row.path, after).item if after is not None else None,
                    changes=compare(_tree(row.old_path or row.path, before), tree, plan.tree),
                )
            )
        return tuple(found)

    def _read(self, tip: str) -> History:
        folder = self._editor.folder
        if self._history is None:
            self._history = read_history(folder, tip)
        else:
            self._history = update_history(self._history, folder, tip)
        return self._history

    def _blob(self, data: bytes | None) -> str:
        if data is None:
            return ""
        return blob_id(data, self._editor.repository.object_format)


def _tree(path: str, data: bytes | None) -> PlanTree:
    return assemble(reads_of([(path, data)] if data is not None else []))[0]


def blame(versions: tuple[Version, ...]) -> Mapping[str, Version]:
    """The version that gave each field of an item the value that it has now.

    Fields with their default value that never had another are left out; so are versions in which
    the file could not be read.
    """
    readable = [each for each in versions if each.item is not None]
    if not readable or readable[0].item is None:
        return {}
    newest = readable[0].item
    found: dict[str, Version] = {}
    for name in field_types(newest):
        value = getattr(newest, name)
        since = readable[0]
        changed = False
        for older in readable[1:]:
            if getattr(older.item, name, None) != value:
                changed = True
                break
            since = older
        if changed or value:
            found[name] = since
    return found
