"""What a save would do, for a person to look at: files, words, checks before and after."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from planner.build.examining import Examiner
from planner.edit.draft import Draft
from planner.edit.origins import Trailers, settled_files, trailers_of
from planner.edit.state import PlanState
from planner.model.items import Item
from planner.model.problem import Problem, Severity
from planner.trace.difference import Change, compare

_MOST_IN_MESSAGE = 12


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that changes: its bytes before and after (None: no file), and the unified diff."""

    path: str
    old: bytes | None
    new: bytes | None
    diff: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft, and what would come of it at the commit `base` of `branch`.

    `changes` says it in terms of the plan; `new_problems` are those that it brings, `fixed` those
    that it mends; `message` is the message that the commit gets by default; `after` the plan as it
    would be; `trailers` what the commit says of models and approvals.
    """

    branch: str
    base: str
    draft: Draft
    files: tuple[FileChange, ...]
    changes: tuple[Change, ...]
    new_problems: tuple[Problem, ...]
    fixed: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    message: str
    after: PlanState = field(repr=False, compare=False)
    trailers: Trailers = ()

    @property
    def new_errors(self) -> tuple[Problem, ...]:
        """The errors among the new problems."""
        return tuple(
            each
            for each in self.new_problems
            if each.severity is Severity.ERROR and not each.waived
        )


def preview(branch: str, plan: PlanState, draft: Draft, examiner: Examiner) -> Preview:
    """Look at a draft that was made on `plan`."""
    before = examiner.examine(plan.loaded).problems
    old = plan.data([path for path in draft.files if path in plan.known])
    files = {path: data for path, data in draft.files.items() if old.get(path) != data}
    files = settled_files(plan, files)
    after = plan.with_files(files) if files else plan
    now = examiner.examine(after.loaded).problems
    changes = compare(plan.tree, after.tree)
    return Preview(
        branch=branch,
        base=plan.commit,
        draft=draft,
        files=tuple(
            FileChange(path, old.get(path), data, unified_diff(path, old.get(path), data))
            for path, data in sorted(files.items())
        ),
        changes=changes,
        new_problems=_without(now, before),
        fixed=_without(before, now),
        problems=now,
        message=default_message(draft.subject, changes),
        after=after,
        trailers=trailers_of(
            (_item_at(plan, path), _item_at(after, path)) for path in sorted(files)
        ),
    )


def _item_at(plan: PlanState, path: str) -> Item | None:
    known = plan.known.get(path)
    return known.read.item if known is not None else None


def unified_diff(path: str, old: bytes | None, new: bytes | None) -> str:
    """The raw change of a file as `git diff` shows it, bytes that are no UTF-8 replaced."""
    rows = difflib.unified_diff(
        _lines(old),
        _lines(new),
        f"a/{path}" if old is not None else "/dev/null",
        f"b/{path}" if new is not None else "/dev/null",
        lineterm="",
    )
    return "".join(f"{row}\n" for row in rows)


def _lines(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", "replace").replace("\r\n", "\n").splitlines()


def _without(problems: Iterable[Problem], others: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems that are not among the others, wherever in their file they stand."""
    known = {(each.path, each.rule, each.message, each.waived) for each in others}
    return tuple(
        each for each in problems if (each.path, each.rule, each.message, each.waived) not in known
    )


def default_message(subject: str, changes: Iterable[Change]) -> str:
    """The message of a commit: what changed, in words."""
    sentences = list(dict.fromkeys(change.sentence for change in changes))
    if len(sentences) == 1 and len(sentences[0]) <= 72:
        return sentences[0]
    if not sentences:
        return subject
    shown = [f"- {each}" for each in sentences[:_MOST_IN_MESSAGE]]
    if len(sentences) > _MOST_IN_MESSAGE:
        shown.append(f"- and {len(sentences) - _MOST_IN_MESSAGE} more")
    return "\n".join([subject, "", *shown])
