"""Saving the plan for whoever asks: may they, in whose name, once only, and noted in the audit log.

Forms and the JSON API both come through here.  It belongs to the request under way.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import gevent

from service.errors import ForbiddenError
from service.guard import audit
from service.guard.current import known_principal
from service.guard.principal import Scope
from service.planning.authors import author_of
from service.planning.desk import HERE, Target
from service.planning.edits import AnyEdit
from service.planning.idempotency import Keyed, Outcome, UnderWayError
from service.planning.records import SavedRecord
from service.services import services

# How long somebody waits for a request that is under way, and how often it is looked for, in s.
_WAIT_S: Final = 90.0
_LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How an edit is to be saved: the message (empty: the planner's own) and where to.

    `reviewed` tells that what was merged word by word has been looked at.  `key` names the request:
    sent again with the same key, it is not saved again (empty: it has no name).  `untraced`: git
    need not tell that it was saved, since a second time it would change nothing.  `trailers` are
    lines at the end of the commit's message.
    """

    message: str = ""
    target: Target = HERE
    reviewed: bool = False
    key: str = ""
    untraced: bool = False
    trailers: tuple[tuple[str, str], ...] = ()


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


def saved_before(key: str) -> SavedRecord | None:
    """What came of a request that whoever asks sent with this key; None: nothing is known of it.

    Waits while it is under way.
    """
    requests = services().requests
    asked = Keyed.of(known_principal().key_id, key, "")
    deadline = time.monotonic() + _WAIT_S
    while requests.under_way(asked) and time.monotonic() < deadline:
        gevent.sleep(_LOOK_S)
    return requests.answered(asked)


def save_or_wait(edit: AnyEdit, wish: Wish) -> Outcome:
    """As `save`; a request that is sent a second time while it is under way waits for its answer.

    Of a form that was sent by two clicks a browser shows the second answer alone.
    """
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            return save(edit, wish)
        except UnderWayError:
            if time.monotonic() > deadline:
                raise
            gevent.sleep(_LOOK_S)


def merge(
    slug: str,
    *,
    message: str = "",
    settled: Mapping[str, str | None],
    upon: Mapping[str, str] | None = None,
    tip: str = "",
    reviewed: bool = False,
) -> Outcome:
    """Merge a proposal in the name of whoever approves it; `upon` and `tip` as `PlanDesk.merge`.

    Raises ForbiddenError where this person may not, and as `PlanDesk.merge` does.
    """
    require_may_save(HERE)
    outcome = services().plan.merge(
        slug,
        author_of(known_principal()),
        message=message,
        settled=settled,
        upon=upon,
        tip=tip,
        reviewed=reviewed,
    )
    if isinstance(outcome, SavedRecord):
        _note("plan.merge", outcome, slug)
    return outcome


def close(slug: str, *, tip: str = "") -> str:
    """Close a proposal unmerged; the ref under which its commits stay.

    Raises ForbiddenError where this person may not, and as `PlanDesk.close` does.
    """
    require_may_save(HERE)
    kept = services().plan.close(slug, tip)
    audit.note("plan.close", "ok", target=slug, kept=kept)
    return kept


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
        trailers=wish.trailers,
        once=(asked.token, asked.content) if asked and not wish.untraced else None,
    )
    if isinstance(outcome, SavedRecord):
        _note("plan.save", outcome, outcome.id)
    return outcome


def _note(action: str, saved: SavedRecord, target: str) -> None:
    audit.note(action, "ok", target=target, commit=saved.commit, branch=saved.branch)
