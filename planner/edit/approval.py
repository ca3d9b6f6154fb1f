"""Who may bring a proposal to the main branch: anybody, or only somebody who did not write it.

People are told apart by what a commit says of them.  Two are the same person when their e-mails
are equal, or their names are, whatever the case: a person with two keys that share a name or an
e-mail cannot approve their own work with the other one.  So names that are equal by chance are
told apart by an addition in the key.  An approver needs an e-mail: without one, nobody could say
that two keys are not one person.
"""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from planner.edit.fate import TRAILER as PROPOSAL
from planner.errors import ApprovalError, UsageError
from planner.store.commits import Person, signed_by

APPROVED_BY = "Approved-by"
FOR_TRAILERS = ("On-behalf-of", "Co-authored-by")
"""Trailers of a commit that name somebody whose work it is, too: an agent writes for a person."""


class ApprovalRule(StrEnum):
    """What the main branch asks of a change: nothing, or another person's approval."""

    NONE = "none"
    OTHER = "other"


class Written(Protocol):
    """Something that people wrote: `authors` and `helpers` are all of them."""

    @property
    def authors(self) -> tuple[Person, ...]:
        """Who wrote it."""

    @property
    def helpers(self) -> tuple[Person, ...]:
        """Who else took part: those it was written for or with, and who committed it."""


def may_approve(proposal: Written, approver: Person, rule: ApprovalRule) -> str:
    """Why `approver` may not bring the proposal to the main branch; empty: they may."""
    if rule is ApprovalRule.NONE:
        return ""
    if not _email(approver):
        return "whoever approves needs an e-mail, so that it is clear who they are"
    for each in (*proposal.authors, *proposal.helpers):
        if same_person(each, approver):
            return f"{shown(approver)} took part in it as {shown(each)}"
    return ""


def refuse_own(proposal: Written, approver: Person, rule: ApprovalRule, slug: str) -> None:
    """Raise ApprovalError where `may_approve` has a reason."""
    reason = may_approve(proposal, approver, rule)
    if reason:
        hint = "ask somebody else to look at it and merge it"
        if not _email(approver):
            hint = "give the key an e-mail, or ask somebody else to merge it"
        raise ApprovalError(f"the proposal {slug} needs another person's approval: {reason}", hint)


def refuse_direct(rule: ApprovalRule, branch: str, main: str) -> None:
    """Raise ApprovalError for a save to the main branch where it takes proposals only."""
    if rule is ApprovalRule.OTHER and branch == main:
        raise ApprovalError(
            f"the branch {main} takes changes from proposals only, so nothing was saved",
            "save it on a proposal, and ask somebody else to merge that",
        )


def same_person(one: Person, other: Person) -> bool:
    """Whether two names of commits are one person, as far as they tell."""
    emails, names = (_email(one), _email(other)), (_name(one), _name(other))
    return (emails[0] != "" and emails[0] == emails[1]) or (names[0] != "" and names[0] == names[1])


def _email(person: Person) -> str:
    return unicodedata.normalize("NFKC", person.email).strip(" <>\t").casefold()


def _name(person: Person) -> str:
    return " ".join(unicodedata.normalize("NFKC", person.name).split()).casefold()


def shown(person: Person) -> str:
    """`Name <e-mail>`, or what there is of both."""
    if not person.name or not person.email:
        return person.name or person.email
    return f"{person.name} <{person.email}>"


def person_of(text: str) -> Person:
    """The person that a trailer names: `Name <e-mail>`, a name alone, or an e-mail alone."""
    name, sign, rest = text.partition("<")
    if sign:
        return Person(name.strip(), rest.partition(">")[0].strip())
    bare = text.strip()
    return Person("", bare) if "@" in bare and " " not in bare else Person(bare, "")


def approval_trailers(
    approver: Person, slug: str, more: Iterable[tuple[str, str]] = ()
) -> tuple[tuple[str, str], ...]:
    """The trailers of the commit that merges a proposal.

    Raises UsageError for an approver without a name.
    """
    if not _name(approver):
        raise UsageError("whoever merges a proposal needs a name", "give one")
    # As the commit itself has it: without signs that could begin another name.
    name = signed_by(approver).decode().removesuffix(" <>")
    own = {APPROVED_BY.casefold(), PROPOSAL.casefold()}
    others = (each for each in more if each[0].casefold() not in own)
    return (*others, (APPROVED_BY, name), (PROPOSAL, slug))
