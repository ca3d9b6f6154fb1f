"""Everything that changes a plan, as the command line and the service use it.

Apart from `planner.workspace`, so that building and checking need not load it.
"""

from pathlib import Path

from planner.edit.approval import ApprovalRule, may_approve
from planner.edit.bulk import Together
from planner.edit.claiming import SetClaims
from planner.edit.creating import Create
from planner.edit.draft import Draft, ItemClash, Operation
from planner.edit.editor import Editor, Opened, Saved, Unsaved
from planner.edit.fields import Restore, SetFields, move_requirement, settled_text
from planner.edit.fix import Fix
from planner.edit.fixes import fixes_for
from planner.edit.impact import Affected, deletion_of, everything_about, impact_of, touched_by
from planner.edit.mending import Applied, Mended, files_as_they_are, mended, write_mended
from planner.edit.once import Done, Once, RepeatedError
from planner.edit.ordering import ReorderPhases
from planner.edit.origins import Approve
from planner.edit.past import Past, Version, blame
from planner.edit.preview import FileChange, Preview
from planner.edit.proposals import Overlap, Proposal, Proposals
from planner.edit.references import Reference
from planner.edit.renaming import Delete, Rename
from planner.edit.rewriting import ReplaceText
from planner.store.commits import Person
from planner.workspace import Workspace

__all__ = [
    "Affected",
    "Applied",
    "ApprovalRule",
    "Approve",
    "Create",
    "Delete",
    "Done",
    "Draft",
    "Editor",
    "FileChange",
    "Fix",
    "ItemClash",
    "Mended",
    "Once",
    "Opened",
    "Operation",
    "Overlap",
    "Past",
    "Person",
    "Preview",
    "Proposal",
    "Proposals",
    "Reference",
    "Rename",
    "ReorderPhases",
    "RepeatedError",
    "ReplaceText",
    "Restore",
    "Saved",
    "SetClaims",
    "SetFields",
    "Together",
    "Unsaved",
    "Version",
    "blame",
    "deletion_of",
    "everything_about",
    "files_as_they_are",
    "fixes_for",
    "impact_of",
    "may_approve",
    "mended",
    "move_requirement",
    "open_editor",
    "settled_text",
    "touched_by",
    "write_mended",
]


def open_editor(
    opened: Workspace,
    *,
    state: Path | None = None,
    committer: Person | None = None,
    approval: ApprovalRule = ApprovalRule.NONE,
) -> Editor:
    """Everything that changes an open plan, see `planner.edit.editor`.

    `state` is the folder for the lock and the journal of saves (default: in the repository),
    `committer` who commits for the authors, `approval` what the branch that is checked out asks of
    a change.  Raises UsageError for a plan of another format.
    """
    folder, memory, examiner = opened.editable()
    return Editor(folder, memory, examiner, state=state, committer=committer, approval=approval)
