"""What the model is asked to answer: patches to named fields, and findings that quote a text.

The titles of these models are how a scripted model tells them apart.  What they allow is only the
form of an answer; whether item, field and quote are real is judged against the plan, in
`service.drafting.offers` and `service.drafting.findings`.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from service.api.models import Model

Name = Annotated[str, StringConstraints(min_length=1, max_length=210)]
Sentence = Annotated[str, StringConstraints(max_length=2_000)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=40_000)]
FindingKind = Literal["ambiguity", "contradiction", "missing-case", "untestable", "wrong-level"]
MOST_PATCHES = 12
MOST_FINDINGS = 40


class TextPatch(Model):
    """Another text for one field of one item."""

    item: Name
    """The id of the item, as it was given."""
    field: Name
    """The name of the field, one of those that were offered."""
    text: LongText
    """The whole new text of the field."""
    why: Sentence
    """What it mends, in one sentence."""


class CriterionPatch(Model):
    """A success criterion, new or in the place of one that is there."""

    item: Name
    """The id of the phase, as it was given."""
    field: Name
    """The name of the field, one of those that were offered."""
    replaces: Annotated[str, StringConstraints(max_length=60)]
    """The id of the criterion that it takes the place of; empty: it is a further one."""
    text: LongText
    """What must be observed: one thing, in one sentence."""
    verifies: list[Name]
    """Ids of the requirements that it verifies."""
    check: Sentence
    """How it is tried: a command, or steps."""
    why: Sentence
    """Why it is needed, in one sentence."""


class DependencyPatch(Model):
    """A phase that must, or had better, come first."""

    item: Name
    """The id of the phase that depends, as it was given."""
    field: Name
    """The name of the field, one of those that were offered."""
    phase: Name
    """The id of the phase that comes first."""
    soft: bool
    """Whether it is only advice."""
    reason: Sentence
    """Why it must come first, in one sentence."""


class LinkPatch(Model):
    """A relation of a requirement to another item."""

    item: Name
    """The id of the requirement, as it was given."""
    field: Name
    """The name of the field, one of those that were offered."""
    type: Literal["relates", "depends-on", "refines", "conflicts", "replaces"]
    to: Name
    """The id of the other item."""
    why: Sentence
    """What connects them, in one sentence."""


class WordingDraft(Model):
    """Texts for fields of one item."""

    patches: Annotated[list[TextPatch], Field(max_length=MOST_PATCHES)]


class CriteriaDraft(Model):
    """Success criteria for one phase."""

    patches: Annotated[list[CriterionPatch], Field(max_length=MOST_PATCHES)]


class DependenciesDraft(Model):
    """Dependencies of one phase."""

    patches: Annotated[list[DependencyPatch], Field(max_length=MOST_PATCHES)]


class LinksDraft(Model):
    """Links of one requirement."""

    patches: Annotated[list[LinkPatch], Field(max_length=MOST_PATCHES)]


Draft = WordingDraft | CriteriaDraft | DependenciesDraft | LinksDraft
Patch = TextPatch | CriterionPatch | DependencyPatch | LinkPatch


class Quote(Model):
    """A place in the plan, by its words."""

    item: Name
    """The id of the item that says it."""
    text: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    """The words themselves, copied exactly."""


class FoundWeakness(Model):
    """A weakness of a plan."""

    kind: FindingKind
    quotes: Annotated[list[Quote], Field(min_length=1, max_length=4)]
    """The words that show it; of a contradiction all that contradict each other."""
    problem: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    """What is wrong, and what it could lead to, in a sentence or two."""
    suggestion: Sentence
    """How it could be mended, in a sentence."""


class ReviewReport(Model):
    """The weaknesses of a milestone or a phase."""

    findings: Annotated[list[FoundWeakness], Field(max_length=MOST_FINDINGS)]
