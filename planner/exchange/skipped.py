"""Files of a `.planning` folder that are no part of the plan: said, not passed over."""

from collections.abc import Iterator, Mapping

from planner.exchange.finding import counted, finding, listed
from planner.model.problem import Place, Problem, Severity
from planner.trace.rule import Rule

SKIPPED = Rule(
    id="import-not-read",
    group="import",
    title="Files that are no part of the plan",
    severity=Severity.HINT,
    why="Roadmap, requirements, project and research are taken; the rest stays where it is.",
    good="== ROADMAP.md\n# Roadmap: Kiosk\n### Phase 1: Door\n",
    bad="== ROADMAP.md\n# Roadmap: Kiosk\n### Phase 1: Door\n== MILESTONES.md\n# Milestones\n",
    hint="keep the folder beside the plan; archived milestones can be imported one by one",
)
RULES = (SKIPPED,)
_READ = {"ROADMAP.md", "REQUIREMENTS.md", "PROJECT.md"}


def skipped_findings(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """One finding for each folder, and one for all files at the top, that were not read."""
    groups: dict[str, list[str]] = {}
    for path in sorted(files):
        if path in _READ or (path.startswith("research/") and path.endswith(".md")):
            continue
        folder, slash, _ = path.partition("/")
        groups.setdefault(folder + slash if slash else "", []).append(path)
    for name, paths in groups.items():
        count = f"{counted(len(paths), 'file')} of {name}" if name else counted(len(paths), "file")
        verb = "is" if len(paths) == 1 else "are"
        message = f"{count} {verb} not imported: {listed(paths, 3)}"
        yield finding(SKIPPED, Place(paths[0]), message)
