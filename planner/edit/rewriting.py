"""An edit of the text of a file, for what no field of an item holds: a wrong key, a heading."""

from dataclasses import dataclass

from planner.codec.reading import ItemRead, read_item
from planner.edit.draft import Draft
from planner.edit.fields import item_clashes
from planner.edit.state import PlanState
from planner.errors import EditError
from planner.merge.files import merge_files
from planner.model.ids import path_of
from planner.model.problem import Problem, Severity


@dataclass(frozen=True, slots=True)
class ReplaceText:
    """Make the file of the item `id` hold `text`, which must be readable as an item.

    `blob` is what the file was when the text was made: what others changed since is merged field
    by field.  Without it the text takes the place of whatever is there.
    """

    id: str
    kind: str
    text: str
    blob: str = ""

    def draft(self, plan: PlanState) -> Draft:
        """The file with its new text.

        Raises EditError when the text cannot be read, or brings errors that the old one has not.
        """
        item = plan.find(self.kind, self.id) if self.blob else plan.item(self.id, self.kind)
        if item is None:
            raise EditError(f"there is no {self.kind} {self.id!r} any more", "open it again")
        subject = f"Change {item.id}"
        theirs = plan.data([item.path])[item.path]
        yours = self.text.encode("utf-8", "surrogatepass")
        base = theirs if self.blob in {"", item.blob} else plan.blob(self.blob)
        _refuse_worse(path_of(self.kind, self.id), base, yours)
        if base is theirs:
            return Draft({item.path: yours}, item.id, self.kind, subject)
        merged = merge_files(path_of(self.kind, self.id), base, theirs, yours, item.path)
        clashes = item_clashes(item, self.kind, base, theirs, yours, merged)
        fields = {item.id: merged.fields}
        files = {item.path: merged.data}
        return Draft(files, item.id, self.kind, subject, merged=fields, clashes=clashes)


def _refuse_worse(path: str, old: bytes, new: bytes) -> None:
    """Raise EditError for a text that is no item, or has more errors than the old one."""
    read = read_item(path, new)
    known = {(each.rule, each.message) for each in _errors(read_item(path, old))}
    for problem in _errors(read):
        if read.item is None or (problem.rule, problem.message) not in known:
            raise EditError(
                f"{path}:{problem.line}: the new text is not right: {problem.message}",
                problem.hint,
            )


def _errors(read: ItemRead) -> list[Problem]:
    return [each for each in read.problems if each.severity is Severity.ERROR]
