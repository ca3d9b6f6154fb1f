"""What an import has to say, as data for `--json` and as lines for people."""

from collections.abc import Iterator

from planner.exchange.finding import counted
from planner.exchange.gsd import Imported
from planner.model.problem import Problem, Severity

_SHOWN = 10


def as_json(imported: Imported) -> dict[str, object]:
    """Counts, problems and unread lines: the object that `planner import --json` prints."""
    counts = imported.counts
    return {
        "phases": counts.phases,
        "requirements": counts.requirements,
        "mapped": counts.mapped,
        "milestones": counts.milestones,
        "criteria": counts.criteria,
        "problems": [_problem(each) for each in imported.problems],
        "unread": [
            {"path": each.path, "line": each.line, "text": each.text} for each in imported.unread
        ],
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "path": problem.path,
        "line": problem.line,
        "rule": problem.rule,
        "severity": str(problem.severity),
        "message": problem.message,
        "hint": problem.hint,
        "item": problem.item,
        "related": [{"path": each.path, "line": each.line} for each in problem.related],
    }


def as_lines(imported: Imported) -> Iterator[str]:
    """Counts, then every problem with its hint, then the lines that found no place."""
    counts = imported.counts
    yield (
        f"{counts.phases} phases, {counts.requirements} requirements ({counts.mapped} mapped), "
        f"{counts.milestones} milestones, {counts.criteria} success criteria"
    )
    for problem in imported.problems:
        place = f"{problem.path}:{problem.line}" if problem.line else problem.path
        yield f"{place}: {problem.severity} {problem.rule} {problem.message}"
        others = ", ".join(f"{each.path}:{each.line}" for each in problem.related[:_SHOWN])
        if others:
            yield f"  see also: {others}"
        if problem.hint:
            yield f"  hint: {problem.hint}"
    if imported.unread:
        yield f"{counted(len(imported.unread), 'line')} found no place:"
    for line in imported.unread:
        yield f"  {line.path}:{line.line}: {line.text.strip()[:160]}"


def has_errors(imported: Imported) -> bool:
    """Whether the plan has problems that make the command fail."""
    return any(problem.severity is Severity.ERROR for problem in imported.problems)
