"""Briefs: from a sentence, from a README, from the plan that is there."""

import re

from planner.interview.state import Brief
from planner.model.items import PlanTree

_FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<[^>\n]{1,400}>")
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])")
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_MOST = 60_000
_TITLE = 80
_STATEMENT = 400


def from_idea(text: str, title: str = "", plan: PlanTree | None = None) -> Brief:
    """A brief from an idea in a sentence or a few."""
    said = " ".join(text[:_MOST].split())
    return Brief(said, title, said[:_STATEMENT], "idea", plan)


def from_readme(text: str, plan: PlanTree | None = None) -> Brief:
    """A brief from the text of a README: its title, its first paragraph, and all of its prose."""
    plain = _prose(text[:_MOST])
    heading = _HEADING.search(plain)
    title = heading[1].strip()[:_TITLE] if heading is not None else ""
    paragraphs = [" ".join(each.split()) for each in re.split(r"\n\s*\n", _HEADING.sub("", plain))]
    first = next((each for each in paragraphs if len(each) >= 20), "")
    statement = " ".join(_SENTENCE.split(first)[:3])[:_STATEMENT]
    return Brief(" ".join(plain.split()), title, statement, "readme", plan)


def from_plan(tree: PlanTree, text: str = "") -> Brief:
    """A brief from a plan: its gaps are asked about, and what `text` wants added."""
    said = " ".join(text[:_MOST].split())
    return Brief(said, tree.plan.title, tree.plan.statement, "plan", tree)


def looks_like_readme(text: str) -> bool:
    """Whether a text is a document rather than a sentence."""
    return text.count("\n") > 3 or _HEADING.search(text) is not None


def _prose(text: str) -> str:
    """The text without code, badges, tags and addresses."""
    for pattern in (_FENCE, _COMMENT, _IMAGE):
        text = pattern.sub(" ", text)
    return _TAG.sub(" ", _LINK.sub(r"\1", text)).replace("`", "")
