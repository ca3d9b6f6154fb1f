"""A synthetic plan of N requirements, the same for every run, as files of ours and of Hugo's.

N requirements in N/10 phases and N/100 milestones; bodies of about 60 words, 0 to 3 links each,
two criteria a phase, a hard dependency on the phase before and sometimes a soft one further back.
"""

import random
from dataclasses import dataclass
from pathlib import Path

_WORDS = [
    "the",
    "service",
    "records",
    "each",
    "request",
    "with",
    "its",
    "answer",
    "and",
    "keeps",
    "the",
    "order",
    "of",
    "events",
    "so",
    "that",
    "a",
    "reader",
    "finds",
    "them",
    "again",
    "by",
    "name",
    "date",
    "owner",
    "or",
    "state",
    "after",
    "a",
    "restart",
    "while",
    "other",
    "work",
    "goes",
    "on",
    "in",
    "the",
    "same",
    "process",
    "and",
    "the",
    "queue",
    "holds",
    "what",
    "could",
    "not",
    "be",
    "written",
    "at",
    "once",
    "until",
    "the",
    "disk",
    "answers",
    "again",
    "for",
    "every",
    "client",
    "that",
    "asked",
    "within",
    "the",
    "window",
    "of",
    "the",
    "plan",
]
_VERBS = ("store", "return", "reject", "list", "log", "sign", "show", "count", "export", "verify")
_THINGS = ("request", "token", "session", "record", "report", "event", "file", "key", "page", "job")
_STATUSES = ("done", "in-progress", "approved", "approved", "draft")


@dataclass(frozen=True, slots=True)
class SyntheticRequirement:
    """One requirement: its texts and the ids it points to."""

    id: str
    phase: str
    status: str
    links: tuple[str, ...]
    title: str
    text: str
    rationale: str


def requirement_id(number: int) -> str:
    """The id of the requirement of that number: `REQ-00001`."""
    return f"REQ-{number:05d}"


def requirements(count: int) -> list[SyntheticRequirement]:
    """The requirements of a plan of `count`."""
    rng = random.Random(count)
    rows = []
    for number in range(1, count + 1):
        verb, thing = rng.choice(_VERBS), rng.choice(_THINGS)
        links = rng.sample(range(1, number), min(rng.randint(0, 3), number - 1))
        rows.append(
            SyntheticRequirement(
                id=requirement_id(number),
                phase=f"phase-{(number - 1) // 10 + 1:04d}",
                status=rng.choice(_STATUSES),
                links=tuple(requirement_id(target) for target in sorted(links)),
                title=f"{verb.capitalize()} {thing} {number}",
                text=f"When a client sends {thing} {number}, the service shall {verb} it within "
                f"{rng.randint(50, 900)} ms.",
                rationale=" ".join(rng.choices(_WORDS, k=46)).capitalize() + ".",
            )
        )
    return rows


def write_plan(folder: Path, count: int) -> None:
    """Write the plan as a content folder."""
    for name in ("milestones", "phases", "requirements"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "plan.yaml").write_text("title: Synthetic plan\nstatement: |\n  A plan to measure.\n")
    for number in range(1, max(count // 100, 1) + 1):
        (folder / "milestones" / f"v{number}.0.md").write_text(
            f"---\ntitle: Release {number}\nstatus: planned\n---\n\nWhat release {number} brings.\n"
        )
    for number in range(1, max(count // 10, 1) + 1):
        _write_phase(folder / "phases" / f"phase-{number:04d}.md", number)
    for row in requirements(count):
        links = f"links: [{', '.join(row.links)}]\n" if row.links else ""
        proof = "proof: [tests/test_it.py]\n" if row.status == "done" else ""
        (folder / "requirements" / f"{row.id}.md").write_text(
            f"---\ntitle: {row.title}\nphase: {row.phase}\nstatus: {row.status}\npriority: must\n"
            f"owner: ada\n{links}{proof}---\n\n{row.text}\n\n## Rationale\n\n{row.rationale}\n"
        )


def _write_phase(path: Path, number: int) -> None:
    depends = ""
    if (number - 1) % 10:
        depends = f"depends_on:\n  - phase-{number - 1:04d}\n"
        if number % 10 > 4:
            depends += (
                f"  - phase: phase-{number - 3:04d}\n    soft: true\n    reason: shares code\n"
            )
    first = (number - 1) * 10 + 1
    ids = [requirement_id(first + offset) for offset in range(10)]
    path.write_text(
        f"---\ntitle: Phase {number}\nnumber: '{number:03d}'\n"
        f"milestone: v{(number - 1) // 10 + 1}.0\n"
        f"{depends}verification: proxy\n---\n\nThe goal of phase {number} is reached.\n\n"
        f"## Success criteria\n\n"
        f"1. The first five requests return status 200. {{#c1}}\n"
        f"   - verifies: {', '.join(ids[:5])}\n"
        f"2. The last five requests return status 200. {{#c2}}\n"
        f"   - verifies: {', '.join(ids[5:])}\n"
    )


def edit_one(folder: Path, count: int, turn: int) -> None:
    """Change the title of one requirement in the middle of the plan."""
    path = folder / "requirements" / f"{requirement_id(count // 2)}.md"
    lines = path.read_text().splitlines(keepends=True)
    lines[1] = f"title: Edited title {turn}\n"
    path.write_text("".join(lines))
