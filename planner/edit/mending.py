"""All mends that need nobody's choice, made one after the other until none is left.

`planner check --fix` makes them in the files of the work tree: nothing is committed, so that a
person looks at them, and at their own changes, in one diff.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from planner.build.examining import Examiner
from planner.build.loading import load_folder
from planner.build.memory import Memory
from planner.edit.fix import Fix
from planner.edit.fixes import FIXERS, fixes_for
from planner.edit.origins import settled_files
from planner.edit.state import PlanState
from planner.errors import StoreError, UsageError
from planner.model.problem import Problem, Severity
from planner.store.atomic import write_file
from planner.store.disk import standing
from planner.store.filebytes import blob_id
from planner.store.folder import PlanFolder
from planner.trace.fixable import FIXABLE
from planner.trace.names import build_names

_MOST_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Applied:
    """A fix that was made, and the problem that it mends."""

    problem: Problem
    fix: Fix


@dataclass(frozen=True, slots=True)
class Mended:
    """A plan after mending: `plan.changed` are the files, `old` their bytes before."""

    plan: PlanState
    applied: tuple[Applied, ...]
    old: Mapping[str, bytes] = field(default_factory=dict)


def mended(plan: PlanState, examiner: Examiner | None = None) -> Mended:
    """Make every certain fix of a plan.  One that would bring an error is left out."""
    first, applied = plan, []
    refused: set[tuple[str, str, str]] = set()
    examiner = examiner or Examiner()
    for _ in range(_MOST_ROUNDS):
        problems = examiner.examine(plan.loaded).problems
        batch = _batch(plan, problems, refused)
        if not batch:
            break
        plan, done = _applied(plan, batch, _errors(problems), examiner)
        applied += done
        refused |= {_key(each.problem) for each in batch if each not in done}
    return Mended(plan, tuple(applied), first.data(plan.changed))


def _key(problem: Problem) -> tuple[str, str, str]:
    return problem.path, problem.rule, problem.message


def _batch(
    plan: PlanState, problems: Iterable[Problem], refused: set[tuple[str, str, str]]
) -> list[Applied]:
    """Certain fixes that touch a file each, so that none disturbs another."""
    batch: list[Applied] = []
    touched: set[str] = set()
    for problem in problems:
        may = problem.rule in FIXERS and FIXABLE[problem.rule].certain
        if not may or problem.path in touched or _key(problem) in refused:
            continue
        fix = next((each for each in fixes_for(plan, problem) if each.certain), None)
        if fix is None:
            continue
        files = fix.operation.draft(plan).files.keys()
        if touched.isdisjoint(files):
            touched |= files
            batch.append(Applied(problem, fix))
    return batch


def _applied(
    plan: PlanState, batch: Sequence[Applied], before: Counter[tuple[str, str]], examiner: Examiner
) -> tuple[PlanState, list[Applied]]:
    """The plan with the fixes of the batch; where they bring errors, with those that do not."""
    files: dict[str, bytes | None] = {}
    for each in batch:
        files.update(each.fix.operation.draft(plan).files)
    # A text that is mended is another one than that which somebody approved.
    after = plan.with_files(settled_files(plan, files))
    if not _errors(examiner.examine(after.loaded).problems) - before:
        return after, list(batch)
    if len(batch) == 1:
        return plan, []
    half = len(batch) // 2
    plan, done = _applied(plan, batch[:half], before, examiner)
    plan, more = _applied(plan, batch[half:], before, examiner)
    return plan, done + more


def _errors(problems: Iterable[Problem]) -> Counter[tuple[str, str]]:
    return Counter(
        (each.path, each.rule)
        for each in problems
        if each.severity is Severity.ERROR and not each.waived
    )


# -- in the work tree -------------------------------------------------------------------------


def files_as_they_are(folder: PlanFolder, memory: Memory) -> PlanState:
    """The plan in the files, uncommitted changes included; git is not needed.

    Raises UsageError for a bare repository, StoreError when the files cannot be read.
    """
    if folder.repository is not None and folder.repository.bare:
        raise UsageError(
            f"{folder.folder} is a bare repository: it has no files to mend",
            "mend them in a clone, or one by one with `planner edit`",
        )
    loaded = load_folder(folder, "", memory)
    form = folder.repository.object_format if folder.repository is not None else "sha1"
    texts = {}
    for path, known in memory.known.items():
        data = standing(folder.folder, path).data
        if data is None or blob_id(data, form) != known.blob:
            raise StoreError(f"{path} changed while it was read", "try again")
        texts[path] = data
    return PlanState(folder, "", loaded, memory.known, build_names(loaded.tree), texts=texts)


def write_mended(done: Mended) -> tuple[str, ...]:
    """Write what was mended into the files.

    Returns the paths that somebody else changed since they were read: those are left as they are.
    Raises OutputError when a file cannot be written.
    """
    folder = done.plan.folder.folder
    left = []
    for path, data in sorted(done.plan.changed.items()):
        if data is None or standing(folder, path).data != done.old[path]:
            left.append(path)
        else:
            write_file(folder / path, data)
    return tuple(left)
