"""What researchers are asked to answer: rows of the parts of their document, and claims.

What these models allow is only the form of an answer.  Whether a source is one that was really
read, and how sure a claim may call itself, is judged in `service.research.claims`.
"""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, cast

from pydantic import Field, StringConstraints, create_model

from service.api.models import MadeModel, Model
from service.research.parts import RESEARCHERS, SUMMARY, TOPICS, Part

_BRACE: Final = re.compile(r"\{(?=\s*\")")
_LONGEST: Final = 1_000_000
MOST_ROWS: Final = 40
MOST_CLAIMS: Final = 60
MOST_SOURCES: Final = 8
Fact = Annotated[str, StringConstraints(max_length=4_000)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Confidence = Literal["HIGH", "MEDIUM", "LOW"]


class Cited(Model):
    """Where a claim was read."""

    url: Annotated[str, StringConstraints(max_length=2_000)]
    """Address of the page, exactly as it was searched or fetched."""
    quote: Annotated[str, StringConstraints(max_length=2_000)]
    """The words of the page that say it, copied exactly."""
    official: bool
    """Whether who makes or governs the thing says so on their own page."""


class FoundClaim(Model):
    """One statement that can be true or false by itself."""

    key: Key
    """A short name, unique in the answer, such as `c1`."""
    text: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    """The statement, in one sentence, understandable without the rest."""
    confidence: Confidence
    """HIGH: an official source says it. MEDIUM: several sources agree. LOW: one, or memory."""
    load_bearing: bool
    """Whether the decision would be another one if this were false."""
    sources: Annotated[list[Cited], Field(max_length=MOST_SOURCES)]
    """The pages that say it; none for what you only remember."""
    good_for_days: Annotated[int, Field(ge=1, le=3_650)]
    """After how many days somebody should look again."""


class Report(Model):
    """What every researcher answers."""

    finding: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    """The answer in short, for who has one minute."""
    claims: Annotated[list[FoundClaim], Field(max_length=MOST_CLAIMS)]
    """All statements of fact that the document rests on."""
    not_found: Annotated[list[Fact], Field(max_length=MOST_ROWS)]
    """What was looked for and not found: that is a result, too."""


class Verdict(Model):
    """What came of an attempt to refute a claim."""

    claim: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    """Id of the claim, as it was given."""
    outcome: Literal["stands", "disputed", "overturned"]
    why: Fact
    """What speaks for or against it."""
    sources: Annotated[list[Cited], Field(max_length=MOST_SOURCES)]


class _SummaryReport(Report):
    """With the outcome of the attempts to refute what the decision hangs on."""

    verdicts: Annotated[list[Verdict], Field(max_length=10)]


_KeyList = Annotated[list[Annotated[str, StringConstraints(max_length=80)]], Field(max_length=12)]


def _row_model(topic: str, part: Part) -> type[Model]:
    columns: dict[str, Any] = {
        each.name: (Fact, Field(description=each.help)) for each in part.columns
    }
    claims = (_KeyList, Field(description="keys of the claims that it rests on"))
    name = f"{topic.title()}{part.name.title().replace('_', '')}"
    if part.shape == "block":
        return cast(type[Model], create_model(name, __base__=MadeModel, **columns))
    return cast(type[Model], create_model(name, __base__=MadeModel, **columns, claims=claims))


def _report_model(topic: str, base: type[Report]) -> type[Report]:
    """The model of a topic's answer; its title (`StackReport` …) is how answers are told apart."""
    rows: dict[str, Any] = {
        part.name: (
            Annotated[list[_row_model(topic, part)], Field(max_length=MOST_ROWS)],  # type: ignore[misc]
            Field(description=f"{part.heading}: {part.help}"),
        )
        for part in TOPICS[topic].parts
    }
    name, bases = f"{topic.title()}Report", (base, MadeModel)
    return cast(type[Report], create_model(name, __base__=bases, **rows))


REPORTS: Final[Mapping[str, type[Report]]] = MappingProxyType(
    {
        **{name: _report_model(name, Report) for name in RESEARCHERS},
        SUMMARY.name: _report_model(SUMMARY.name, _SummaryReport),
    }
)
"""The model of the answer by topic."""


def rows_of(report: Report, part: Part) -> list[dict[str, Any]]:
    """The rows of a part: the facts by column, and (but for blocks) `claims`."""
    return [each.model_dump() for each in getattr(report, part.name)]


def verdicts_of(report: Report) -> list[Verdict]:
    """The outcome of the attempts to refute; none of a report of another topic."""
    return list(report.verdicts) if isinstance(report, _SummaryReport) else []


def report_in(topic: str, text: str) -> Report:
    """The report in an answer: the first JSON object that says what was found.

    An answer that was read on the web comes in pieces, with words around it.  Raises ValueError
    (pydantic's ValidationError is one) when there is none of the form.
    """
    decoder = json.JSONDecoder()
    for start in _BRACE.finditer(text[:_LONGEST]):
        try:
            values, _ = decoder.raw_decode(text, start.start())
        except (json.JSONDecodeError, RecursionError):
            continue
        if isinstance(values, dict) and "finding" in values:
            return REPORTS[topic].model_validate(values, strict=False)
    raise ValueError("there is no report in the answer")
