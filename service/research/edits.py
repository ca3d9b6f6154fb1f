"""From findings to edits of the plan: the documents with their ledger, and drafts of requirements.

An edit is what a form makes; it goes to the page of the review, and a person saves it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from service.planning.edits import AnyEdit, edit_from_values
from service.research.claims import Claim
from service.research.reading import Document, Findings
from service.research.records import Run

BASED_ON: Final = "based-on"
_LONGEST_TITLE: Final = 90
# States that speak against a claim, the stronger one last.
_DOUBTS: Final = ("disputed", "overturned")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A requirement that a person drafts from a claim: `text` is what they wrote or left."""

    claim: Claim
    text: str


def run_edit(
    run: Run,
    findings: Findings,
    known: Mapping[str, str],
    ledger: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> AnyEdit:
    """All documents of a run and its claims as one commit.

    `known` are the ids of the plan's documents with the blobs that were read: those are set anew.
    `ledger` are the claims that the plan has by id: what people made of them stays, unless the run
    has more doubt of one than they have.
    """
    edits = [_document(run, each, known) for each in findings.documents]
    if findings.claims:
        claims = [_onto(claim_values(each), ledger.get(each.id)) for each in findings.claims]
        edits.append({"op": "claims", "run": run.name, "set": claims})
    subject = f"Add the research {run.name}"
    return edit_from_values({"op": "together", "edits": edits, "subject": subject})


def claim_values(claim: Claim) -> dict[str, Any]:
    """A claim as the plan's ledger holds it."""
    return {
        "id": claim.id,
        "text": claim.text,
        "confidence": claim.confidence.lower(),
        "status": claim.status,
        "valid_until": claim.valid_until,
        "sources": [
            {"url": each.url, "quote": each.quote, "fetched": each.fetched_at[:10]}
            for each in claim.sources
        ],
    }


def _onto(found: dict[str, Any], known: Mapping[str, Any] | None) -> dict[str, Any]:
    """A claim upon the one that the plan has (None: none)."""
    if known is None:
        return found
    doubt = _DOUBTS.index(found["status"]) if found["status"] in _DOUBTS else -1
    present = known.get("status", "")
    if doubt <= (_DOUBTS.index(present) if present in _DOUBTS else -1):
        return {"id": found["id"]}
    return {name: found[name] for name in ("id", "status", "confidence")}


def drafts_edit(
    run: Run, wanted: Sequence[Wanted], *, phase: str, category: str, findings: Findings
) -> AnyEdit:
    """Drafts of requirements that say on which claims they rest."""
    edits = [_requirement(run, each, phase, category, findings) for each in wanted]
    count = len(edits)
    noun = "requirement" if count == 1 else "requirements"
    subject = f"Draft {count} {noun} from the research {run.name}"
    return edit_from_values({"op": "together", "edits": edits, "subject": subject})


def _document(run: Run, document: Document, known: Mapping[str, str]) -> dict[str, Any]:
    item = f"{run.name}/{document.topic}"
    fields: dict[str, Any] = {
        "title": document.title,
        "topic": document.topic,
        "date": run.at[:10],
        "sources": list(document.sources),
        "text": document.text.strip("\n"),
        "provenance": {"text": _origin(run, document.model)},
    }
    if item in known:
        blob = known[item]
        return {"op": "set", "kind": "research", "id": item, "changes": fields, "blob": blob}
    return {"op": "create", "kind": "research", "id": item, "fields": fields}


def _requirement(
    run: Run, wanted: Wanted, phase: str, category: str, findings: Findings
) -> dict[str, Any]:
    claim = wanted.claim
    document = findings.document(claim.topic)
    text = " ".join(wanted.text.split())
    fields: dict[str, Any] = {
        "title": _title(text),
        "phases": [phase] if phase else [],
        "status": "draft",
        "links": [{"to": f"{run.name}/{claim.id}", "type": BASED_ON}],
        "text": text,
        "rationale": f"It rests on what the research {run.name} found: {claim.text}",
    }
    model = document.model if document is not None else ""
    # What a person wrote anew is theirs; the claim behind it is not.
    fields["provenance"] = {
        **({"text": _origin(run, model)} if text == claim.text else {}),
        "rationale": _origin(run, model),
    }
    return {"op": "create", "kind": "requirement", "fields": fields, "category": category}


def _origin(run: Run, model: str) -> dict[str, str]:
    """Who had it written, and by which model."""
    origin = {"by": run.person.person, "session": run.name, "question": run.brief.decision}
    origin["question"] = " ".join(origin["question"].split())[:200]
    return {**origin, "model": model} if model else origin


def _title(text: str) -> str:
    if len(text) <= _LONGEST_TITLE:
        return text.rstrip(".")
    return f"{text[:_LONGEST_TITLE].rpartition(' ')[0]} …"
