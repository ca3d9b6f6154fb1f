"""Saving the plan for whoever asks: may they, in whose name, once only, and noted in the audit log.

Forms and the JSON API both come through here.  It belongs to the request under way.
"""

from dataclasses import dataclass

from service.errors import ForbiddenError
from service.guard import audit
from service.guard.current import known_principal
from service.guard.principal import Scope
from service.planning.authors import author_of
from service.planning.desk import HERE, Target
from service.planning.edits import AnyEdit
from service.planning.idempotency import Keyed, Outcome
from service.planning.records import SavedRecord
from service.services import services


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How an edit is to be saved: the message (empty: the planner's own) and where to.

    `reviewed` tells that what was merged word by word has been looked at.  `key` names the request:
    sent again with the same key, it is not saved again (empty: it has no name).
    """

    message: str = ""
    target: Target = HERE
    reviewed: bool = False
    key: str = ""


def save(edit: AnyEdit, wish: Wish) -> Outcome:
    """Save an edit in the name of whoever asks; the site shows it when this returns.

    Raises ForbiddenError for a branch that this person may not save to, and as `PlanDesk.save` and
    `Requests.once` do.
    """
    require_may_save(wish.target)
    who = known_principal()
    if not wish.key:
        return _save(edit, wish, None)
    content = repr((edit.model_dump_json(), wish.message, wish.target, wish.reviewed))
    asked = Keyed.of(who.key_id, wish.key, content)
    return services().requests.once(asked, lambda: _save(edit, wish, asked))


def require_may_save(target: Target) -> None:
    """Raise ForbiddenError unless whoever asks may save there."""
    if not target.proposal and not known_principal().may(Scope.EDIT):
        raise ForbiddenError(
            "this key may propose changes only", "name a proposal that they shall go to"
        )


def _save(edit: AnyEdit, wish: Wish, asked: Keyed | None) -> Outcome:
    outcome = services().plan.save(
        edit,
        author_of(known_principal()),
        message=wish.message,
        target=wish.target,
        reviewed=wish.reviewed,
        once=(asked.token, asked.content) if asked else None,
    )
    if isinstance(outcome, SavedRecord):
        _note("plan.save", outcome)
    return outcome


def _note(action: str, saved: SavedRecord) -> None:
    audit.note(action, "ok", target=saved.id, commit=saved.commit, branch=saved.branch)
