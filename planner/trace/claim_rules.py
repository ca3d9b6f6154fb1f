"""Rules about claims of research, and about who wrote and approved a text."""

from collections.abc import Iterator

from planner.model.items import Research
from planner.model.problem import Problem
from planner.model.provenance import is_changed
from planner.trace.claims import EXPIRED_CLAIM, SUSPECT, claims_by_name, grounds_of
from planner.trace.finding import HINT, WARNING, finding, line_of, listed, table
from planner.trace.graph import Trace
from planner.trace.names import all_items
from planner.trace.rule import Rule

_RUN = """\
== research/lamps/claims.yaml
claims:
  - id: c1
    text: LEDs need no wick.
    confidence: high
    status: verified
    valid_until: 2999-12-31
    sources:
      - url: https://example.org/lamps
== requirements/LAMP-01.md
---
links:
  - {to: lamps/c1, type: based-on}
---
The lamp shall use LEDs.
"""
_SOURCES = "    sources:\n      - url: https://example.org/lamps\n"
_TEXT = """\
== requirements/LAMP-01.md
---
provenance:
  text: {by: Ada, model: model-x, approved: Ben, hash: 00133888aa55}
---
The lamp shall use LEDs.
"""

SUSPECT_CLAIM = Rule(
    id=SUSPECT,
    group="status",
    title="Rests on a claim that does not hold any more",
    severity={"requirement": WARNING, "phase": WARNING},
    why="What was found out has turned out wrong, or too old to rely on.",
    good=_RUN,
    bad=_RUN.replace("status: verified", "status: overturned"),
    hint="look into the claim again: correct it, or what rests on it",
)
UNSOURCED = Rule(
    id="claim-without-source",
    group="status",
    title="Claim of high confidence without a source",
    severity={"research": WARNING},
    why="Nobody can see where the confidence comes from.",
    good=_RUN,
    bad=_RUN.replace(_SOURCES, ""),
    hint="name a source, or lower the confidence",
)
EXPIRED = Rule(
    id=EXPIRED_CLAIM,
    group="status",
    title="Claim whose last day has passed",
    severity={"research": HINT},
    why="It was true when it was found; nobody has looked since.",
    good=_RUN,
    bad=_RUN.replace("2999-12-31", "2020-01-01"),
    hint="look again, and set another day or another status",
)
OUTDATED = Rule(
    id="provenance-outdated",
    group="status",
    title="Text that was changed since its provenance was written",
    severity=WARNING,
    why="Who approved the text that stood there has not seen this one.",
    good=_TEXT,
    bad=_TEXT.replace("use LEDs", "burn oil"),
    hint="approve the text anew, or take its line out of `provenance`",
)

CLAIM_RULES = table((SUSPECT_CLAIM, UNSOURCED, EXPIRED, OUTDATED))


def check_claims(trace: Trace, day: str = "") -> Iterator[Problem]:
    """Problems of claims on `day` (empty: no day is known, so none has passed), and of texts."""
    for document in trace.tree.research:
        yield from _claims(document, day)
    yield from _suspects(trace, day)
    yield from _provenance(trace)


def _claims(document: Research, day: str) -> Iterator[Problem]:
    for claim in document.claims:
        if claim.confidence == "high" and not claim.sources:
            message = f"{claim.id} is of high confidence, and has no source"
            yield finding(UNSOURCED, "research", document, message, line=claim.line)
        if claim.status != "overturned" and (doubt := claim.doubt(day)):
            message = f"{claim.id} {doubt}"
            yield finding(EXPIRED, "research", document, message, line=claim.line)


def _suspects(trace: Trace, day: str) -> Iterator[Problem]:
    known = claims_by_name(trace)
    if not known:
        return
    phases: dict[str, list[str]] = {}
    for requirement in trace.requirements:
        if not requirement.links or requirement.status == "dropped":
            continue
        suspect = False
        for ground in grounds_of(requirement, known):
            doubt = ground.claim.doubt(day)
            if doubt:
                suspect = True
                message = f"{requirement.id} rests on {ground.name}, which {doubt}"
                line = line_of(requirement, "links")
                yield finding(SUSPECT_CLAIM, "requirement", requirement, message, line=line)
        for phase_id in trace.phases_of_requirement.get(requirement.id, ()) if suspect else ():
            phases.setdefault(phase_id, []).append(requirement.id)
    for phase_id, names in phases.items():
        phase = trace.phase_by_id[phase_id]
        message = f"{phase.title or phase.id} delivers what rests on a claim that does not hold"
        hint = f"look at {listed(names)}"
        yield finding(SUSPECT_CLAIM, "phase", phase, message, hint=hint)


def _provenance(trace: Trace) -> Iterator[Problem]:
    for item in (trace.tree.plan, *all_items(trace.tree)):
        for index, entry in enumerate(item.provenance):
            if is_changed(item, entry):
                rest = f", which {entry.approved} approved" if entry.approved else ""
                message = (
                    f"{entry.field} is not the text any more that the provenance is about{rest}"
                )
                line = line_of(item, "provenance", index)
                yield finding(OUTDATED, "file", item, message, line=line)
