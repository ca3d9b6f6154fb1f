"""The rules of the import, as rows for lists and waivers.

The findings, their reasons and their examples belong to `planner.exchange.rules`, which lies above
this package; here stands what a list of all rules shows of them.
"""

from planner.trace.finding import ERROR, HINT, WARNING, table
from planner.trace.rule import Rule

_ROWS = (
    ("import-encoding", ERROR, "File that is not UTF-8"),
    ("import-unclosed", WARNING, "Fence, comment or block that is never closed"),
    ("import-long-line", WARNING, "Line too long to look into"),
    ("import-no-phases", ERROR, "Plan without phases"),
    ("import-phase-range", HINT, "Several phases behind one line"),
    ("import-no-id", WARNING, "Requirements without an id"),
    ("import-bad-range", WARNING, "Range of ids that makes no sense"),
    ("import-unread", WARNING, "Lines that found no place"),
    ("import-depends-text", HINT, "Dependency in words"),
    ("import-phase-unread", WARNING, "Line that looks like a phase, not read as one"),
    ("import-phase-not-listed", HINT, "Phase with a section but no entry in the checklist"),
    ("import-phase-without-details", HINT, "Entry in the checklist without a section"),
    ("import-phase-only-in-table", HINT, "Phase that only a table row names"),
    ("import-phase-twice", WARNING, "Phase with two sections"),
    ("import-duplicate-row", WARNING, "Two rows for the same thing"),
    ("import-phase-name-differs", HINT, "Phase with two names"),
    ("import-box-status", WARNING, "Checkbox of a phase contradicts the progress table"),
    ("import-shifted-row", WARNING, "Row with cells in the wrong columns"),
    ("import-depends-missing", WARNING, "Dependency on a phase that is not there"),
    ("import-depends-later", HINT, "Dependency on a phase with a later number"),
    ("import-cycle", ERROR, "Phases that wait for each other"),
    ("import-milestone-assumed", HINT, "Phases outside of the only milestone"),
    ("import-phase-struck-done", WARNING, "Phase struck out, but ticked"),
    ("import-several-phases", WARNING, "Requirement assigned to several phases"),
    ("import-line-table-differ", WARNING, "Roadmap and traceability table name different phases"),
    ("import-not-on-phase-line", WARNING, "Requirement in the table, on no phase of the roadmap"),
    ("import-not-in-table", WARNING, "Current requirement missing from the traceability table"),
    ("import-unmapped", WARNING, "Current requirement that no phase delivers"),
    ("import-undefined-id", WARNING, "Requirement assigned but never defined"),
    ("import-no-text", WARNING, "Requirement without a text"),
    ("import-unknown-phase", WARNING, "Phase of the mapping that the roadmap lacks"),
    ("import-requirement-box-status", WARNING, "Checkbox of a requirement contradicts its status"),
    ("import-id-twice", WARNING, "Id defined twice"),
    ("import-duplicate-trace-row", WARNING, "Two rows for one requirement"),
    ("import-struck-done", WARNING, "Struck out, but marked as done or at work"),
    ("import-texts-differ", WARNING, "Roadmap words a requirement otherwise than its definition"),
    ("import-plan-count", HINT, "Number of plans differs from the plans listed"),
    ("import-progress-count", HINT, "Progress of a phase differs from its ticked plans"),
    ("import-stated-total", WARNING, "A total that the plan states is wrong"),
    ("import-state-phases", HINT, "STATE.md counts other phases than the roadmap"),
    ("import-not-read", HINT, "Files that are no part of the plan"),
)

IMPORT_RULES: dict[str, Rule] = table(
    Rule(
        id=rule_id,
        group="import",
        title=title,
        severity=severity,
        why="Found when a plan of another form is imported, or read without importing it.",
        good="",
        bad="",
        hint="mend it in the source, or in the plan after the import",
    )
    for rule_id, severity, title in _ROWS
)
