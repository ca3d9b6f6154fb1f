"""What the pages of an edit hand on to each other, in hidden fields: nothing typed is lost between.

Each of them carries the whole edit and all choices, so that any of them can be sent again, after a
failure or a restart, from the page that is open.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from pydantic import ValidationError

from service.errors import BadRequestError
from service.planning.desk import HERE, Target
from service.planning.edits import AnyEdit, edit_from
from service.planning.records import PreviewRecord
from service.views.session import own_path

BRANCH = "branch"
NEW = "new"
_PROPOSAL = "proposal:"
_LONGEST = 20_000
_NONCE = re.compile(r"[0-9A-Za-z_-]{16,64}")


def new_nonce() -> str:
    """A name for one sending of a form: the same form sent twice is saved once."""
    return secrets.token_urlsafe(16)


def is_nonce(text: str) -> bool:
    """Whether it can be one of ours."""
    return _NONCE.fullmatch(text) is not None


def shown_of(seen: PreviewRecord) -> str:
    """A digest of the changes that a preview shows: what somebody looked at, and nothing else."""
    rows = ((each.path, each.change, each.diff) for each in seen.files)
    return hashlib.sha256(repr(tuple(rows)).encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Sending:
    """An edit on its way from its form to the plan.

    `proposal` is the slug of the proposal that the person works in (empty: the branch); `back` the
    address of the form; `message` that of the commit (empty: the planner's own); `where` what was
    chosen (`branch`, `new`, or `proposal:SLUG`; empty: nothing yet), `title` that of a new
    proposal; `looked` names what the person was shown (see `shown_of`), `branch` the branch that it
    was on (empty: nothing yet); `interview` is the id of the interview that it comes from (empty:
    none); `nonce` names this sending.
    """

    edit: AnyEdit
    proposal: str = ""
    back: str = ""
    message: str = ""
    where: str = ""
    title: str = ""
    looked: str = ""
    branch: str = ""
    interview: str = ""
    nonce: str = field(default_factory=new_nonce)

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Self:
        """What a form holds.  Raises BadRequestError where it is none of ours."""
        nonce = form.get("nonce", "")
        return cls(
            edit=_edit_of(form.get("operation", "")),
            proposal=form.get("proposal", "").strip(),
            back=own_path(form["back"]) if form.get("back") else "",
            message=form.get("message", "").replace("\r\n", "\n").strip()[:_LONGEST],
            where=form.get("where", ""),
            title=form.get("title", "").strip(),
            looked=form.get("looked", ""),
            branch=form.get("branch", ""),
            interview=form.get("interview", "")[:64],
            nonce=nonce if is_nonce(nonce) else new_nonce(),
        )

    def hidden(self) -> dict[str, str]:
        """The same as fields of a form."""
        return {
            "operation": self.edit.model_dump_json(),
            "proposal": self.proposal,
            "back": self.back,
            "message": self.message,
            "where": self.where,
            "title": self.title,
            "looked": self.looked,
            "branch": self.branch,
            "interview": self.interview,
            "nonce": self.nonce,
        }

    @property
    def seen_on(self) -> Target:
        """What the edit is looked at on."""
        return Target(proposal=self.proposal) if self.proposal else HERE

    @property
    def chosen_proposal(self) -> str:
        """The slug of the open proposal that was chosen; else empty."""
        return self.where.removeprefix(_PROPOSAL) if self.where.startswith(_PROPOSAL) else ""

    def choice(self, *, to_branch: bool = True) -> str:
        """Where it is to be saved, or would be without a choice; `to_branch`: that is allowed."""
        if self.where and (to_branch or self.where != BRANCH):
            return self.where
        if self.proposal:
            return f"{_PROPOSAL}{self.proposal}"
        return BRANCH if to_branch else NEW


def _edit_of(text: str) -> AnyEdit:
    try:
        return edit_from(text)
    except ValidationError as error:
        raise BadRequestError(
            "this form holds no edit of the plan", "go back to the form and send it again"
        ) from error
