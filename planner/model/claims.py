"""What a research run claims: `research/<run>/claims.yaml`, claim by claim."""

from dataclasses import dataclass, field

CONFIDENCES = ("high", "medium", "low")
CLAIM_STATUSES = ("unverified", "verified", "disputed", "overturned")
LEDGER = "claims"
"""The file `claims.yaml` of a run is the research document `<run>/claims`."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a claim was found: `quote` is the passage, `fetched` the day on which it was read."""

    url: str
    title: str = ""
    quote: str = ""
    fetched: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim; `id` (`c1`, `c2` …) is unique in its run.

    `valid_until` is the last day on which it is taken to hold (empty: it has none).
    """

    id: str
    text: str
    confidence: str = "low"
    status: str = "unverified"
    valid_until: str = ""
    sources: tuple[Source, ...] = ()
    line: int = field(default=0, compare=False)

    def doubt(self, day: str) -> str:
        """Why nothing can rest on it on `day` (empty: no day is known), in words; or empty."""
        if self.status == "overturned":
            return "is overturned"
        if day and self.valid_until and self.valid_until < day:
            return f"was valid until {self.valid_until}"
        return ""


def is_ledger(path: str) -> bool:
    """Whether a file of the plan (or the id of a document) is the claims of a run."""
    return path.startswith("research/") and path.endswith(f"/{LEDGER}.yaml")


def claims_as_text(claims: tuple[Claim, ...]) -> str:
    """The claims as Markdown: what searching and comparing see of them."""
    return "\n".join(
        f"- {each.id} ({each.confidence}, {each.status}{_until(each)}): {each.text}"
        for each in claims
    )


def _until(claim: Claim) -> str:
    return f", valid until {claim.valid_until}" if claim.valid_until else ""
