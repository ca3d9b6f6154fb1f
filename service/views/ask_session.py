"""`/ask/<id>`: a round of questions, and the draft that grows beside them.

All of it are forms; with a script, answers are saved in place.  What a person typed is never lost:
a card that cannot be taken is shown again with the reason, and the others are saved.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.clock import stamp
from service.drafting.applying import edited_by
from service.errors import BadRequestError, ConflictError, ServiceError
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.interview import sessions
from service.interview.answering import LONGEST, Sent, cards_in, clean
from service.interview.desk import Way
from service.interview.records import InterviewRecord, PartRecord
from service.interview.runs import MOST_PROPOSED
from service.interview.sessions import DEPTHS, Decided, Given, Session
from service.planning.failures import NotPossibleError, RefusedEditError
from service.services import services
from service.views.ask_begin import begin_plan, consent_page
from service.views.ask_model import Wish, estimate_of, help_of
from service.views.edit_review import review_page
from service.views.pages import page

blueprint = Blueprint("ask_session", __name__)
_SCRIPTS: Final = ("api.js", "run-stream.js", "ask.js")
_STYLES: Final = ("ask.css",)
_MOST_KEYS: Final = 1000
_WISHES: Final[tuple[Wish, ...]] = ("ask", "draft")
_DECISIONS: Final = {
    "accept": "accepted", "save": "accepted", "take": "accepted", "drop": "dropped", "undo": "",
}  # fmt: skip
_NOT_OURS: Final = ("this is no form of this service", "open the page again")


@dataclass(frozen=True, slots=True)
class Refused:
    """A card that was sent and could not be taken: what stood in it, and why."""

    sent: Sent
    message: str


def stored(session_id: str) -> Session:
    """An interview.  Raises NotFoundError."""
    return services().database.read(lambda db: sessions.get(db, session_id))


@guarded(Zone.PAGE, Scope.PROPOSE)
def interview(session_id: str) -> Response:
    """The page."""
    return show(session_id)


def show(
    session_id: str,
    *,
    refused: Mapping[str, Refused] | None = None,
    error: ServiceError | None = None,
    editing: str = "",
) -> Response:
    """The page, with what could not be taken; `editing` is the key of the part to be changed."""
    session = stored(session_id)
    found = services().interviews.interview(session)
    assistance = help_of(session, found)
    if session.execution and not assistance.execution:
        # What the model brought was taken over just now.
        session = stored(session_id)
        found = services().interviews.interview(session)
    wish = next((each for each in _WISHES if request.args.get("model") == each), None)
    wants_model = wish if assistance.on else None
    status = error.status if error is not None else (422 if refused else 200)
    return page(
        "ask/session.html",
        title=session.title,
        section="ask",
        status=status,
        scripts=_SCRIPTS,
        styles=_STYLES,
        session=session,
        found=found,
        tree=_tree(found.parts),
        accepted=sum(each.decision == "accepted" for each in found.parts),
        undecided=sum(not each.decision for each in found.parts),
        assumed=[each for each in found.parts if each.kind == "assumption" and not each.asked],
        refused=refused or {},
        error=error,
        editing=editing or request.args.get("edit", ""),
        longest=LONGEST,
        help=assistance,
        estimate=estimate_of(session, found, wants_model) if wants_model else "",
        wants_model=wants_model,
        most_proposed=MOST_PROPOSED,
        kept=_kept(),
    )


def _kept() -> int:
    text = request.args.get("kept", "")
    return int(text) if text.isdecimal() and len(text) < 4 else 0


def _tree(parts: tuple[PartRecord, ...]) -> list[tuple[PartRecord, list[PartRecord]]]:
    """Parts with those that belong to them."""
    below: dict[str, list[PartRecord]] = {}
    for each in parts:
        if each.under:
            below.setdefault(each.under, []).append(each)
    return [(each, below.get(each.key, [])) for each in parts if not each.under]


@guarded(Zone.PAGE, Scope.PROPOSE)
def send_answers(session_id: str) -> AnyResponse:
    """Save the answers of a round, or do what one of its buttons says."""
    session = stored(session_id)
    do = request.form.get("do", "next")
    _refuse_done(session)
    if do in ("stop", "go-on"):
        state = "stopped" if do == "stop" else "open"
        services().database.write(lambda db: sessions.set_state(db, session_id, state))
    elif do == "again":
        services().database.write(lambda db: sessions.set_passed(db, session_id, ()))
    elif do.startswith("depth:"):
        depth = do.removeprefix("depth:")
        if depth not in DEPTHS:
            raise BadRequestError(*_NOT_OURS)
        services().database.write(lambda db: sessions.set_depth(db, session_id, depth))
    elif do in ("next", "keep"):
        return _answered(session, move_on=do == "next")
    else:
        raise BadRequestError(*_NOT_OURS)
    return redirect(f"/ask/{session_id}", 303)


def _answered(session: Session, *, move_on: bool) -> AnyResponse:
    """Save what was answered; with `move_on`, cards left empty come back later."""
    refused: dict[str, Refused] = {}
    passed = list(session.passed)
    kept = 0
    for sent in cards_in(request.form):
        try:
            kept += _save(session.id, sent)
        except NotPossibleError as error:
            _, _, message = error.message.rpartition(": ")
            said = f"{message or error.message}: {error.hint}" if error.hint else error.message
            refused[sent.question] = Refused(sent, said)
            continue
        if sent.how == "open" and move_on:
            passed.append(sent.question)
    if move_on and not refused:
        services().database.write(lambda db: sessions.set_passed(db, session.id, passed))
    if refused:
        return show(session.id, refused=refused)
    return redirect(f"/ask/{session.id}?kept={kept}" if kept else f"/ask/{session.id}", 303)


def _save(session_id: str, sent: Sent) -> int:
    """Save one answer and return how many were new.

    Each is checked on what is answered by then: one answer may make another question needless.
    """
    who, text = known_principal().person, ""
    how, value = sent.how, sent.value
    if how != sessions.REOPENED:
        session = stored(session_id)
        made = services().interviews.checked(session, sent.question, how, value)
        how, value, text = made["how"], made["value"], made["question"]
    given = Given(sent.question, text, how, value, who, stamp())
    added = services().database.write(lambda db: sessions.answer(db, session_id, given))
    return int(added)


@guarded(Zone.PAGE, Scope.PROPOSE)
def send_draft(session_id: str) -> AnyResponse:
    """Accept, change or drop a part of the draft, or look at what the accepted ones would do."""
    session = stored(session_id)
    _refuse_done(session)
    do, _, key = request.form.get("do", "").partition(":")
    found = services().interviews.interview(session)
    if do == "review":
        return _reviewed(session, found)
    if do == "accept-all":
        keys = [each.key for each in found.parts if not each.decision][:_MOST_KEYS]
        _decide(session_id, keys, "accepted")
        return redirect(f"/ask/{session_id}#draft", 303)
    part = next((each for each in found.parts if each.key == key), None)
    if part is None:
        raise ConflictError(
            "this part of the draft is not there any more: an answer has changed",
            "look at the draft again",
        )
    if do == "edit":
        return show(session_id, editing=key)
    if do == "refuse":
        services().database.write(lambda db: sessions.drop_offer(db, session_id, key))
        return redirect(f"/ask/{session_id}#part-{_place(part, found)}", 303)
    decision = _DECISIONS.get(do)
    if decision is None:
        raise BadRequestError(*_NOT_OURS)
    keys = [key]
    if decision:
        keys = _with_home(part, found, decision)
    changes, written = _texts(do, part, session)
    _decide(session_id, [each for each in keys if each != key], decision)
    _decide(session_id, [key], decision, changes, written)
    return redirect(f"/ask/{session_id}#part-{_place(part, found)}", 303)


def _with_home(part: PartRecord, found: InterviewRecord, decision: str) -> list[str]:
    """The part, and what it cannot be without.

    A requirement that is accepted needs its phase and the milestone; with a phase that is dropped
    goes what it delivers.
    """
    if decision == "dropped":
        return [part.key, *(each.key for each in found.parts if each.under == part.key)]
    homes = [part.under] if part.under else []
    if part.kind not in ("milestone", "change"):
        homes += [each.key for each in found.parts if each.kind == "milestone"]
    known = {each.key: each for each in found.parts}
    return [part.key, *(key for key in homes if known[key].decision != "accepted")]


def _texts(
    do: str, part: PartRecord, session: Session
) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """The new texts of a part and which model wrote them; None: they stay as they are."""
    if do == "undo":
        return {}, {}
    if do == "save":
        changes = _changes(part, session)
        return changes, _edited(part, changes, session.decisions.get(part.key))
    if do == "take":
        offered = session.offers.get(part.key, {})
        decided = session.decisions.get(part.key)
        changes = {**(decided.changes if decided is not None else {}), **offered}
        before = decided.written if decided is not None else {}
        return changes, {**before, **dict.fromkeys(offered, _offerer(part.key, session))}
    return None, None


def _offerer(key: str, session: Session) -> str:
    """The model whose words are offered for a part."""
    # Of words that were offered before this was kept, only a single model is known for sure.
    alone = session.models[0] if len(session.models) == 1 else "unknown"
    return session.offer_models.get(key, alone)


def _edited(
    part: PartRecord, changes: Mapping[str, str], decided: Decided | None
) -> dict[str, str] | None:
    """Which model wrote the texts, where people have changed some of its words since."""
    before = decided.changes if decided is not None else {}
    written = dict(decided.written) if decided is not None else {}
    if part.model:
        written = {**dict.fromkeys(changes, part.model), **written}
    if not written:
        return None
    who = known_principal().person
    return {
        name: model if changes.get(name) == before.get(name) else edited_by(model, who)
        for name, model in written.items()
    }


def _changes(part: PartRecord, session: Session) -> dict[str, str]:
    """The texts that people put in the place of the draft's own.  Raises BadRequestError."""
    decided = session.decisions.get(part.key)
    changed = dict(decided.changes) if decided is not None else {}
    for each in part.fields:
        text = clean(request.form.get(f"f.{each.name}", each.value)).strip()
        if len(text) > LONGEST:
            raise BadRequestError(
                f"{each.label} has {len(text):,} characters", f"at most {LONGEST:,}"
            )
        if text != each.value.strip():
            changed[each.name] = text
    return changed


def _decide(
    session_id: str,
    keys: list[str],
    decision: str,
    changes: Mapping[str, str] | None = None,
    written: Mapping[str, str] | None = None,
) -> None:
    who = known_principal().person

    def work(db: sqlite3.Connection) -> None:
        sessions.decide(
            db, session_id, keys, who, decision=decision, changes=changes, written=written
        )
        if changes is not None:
            for key in keys:
                sessions.drop_offer(db, session_id, key)

    services().database.write(work)


def _place(part: PartRecord, found: InterviewRecord) -> int:
    return next(n for n, each in enumerate(found.parts) if each.key == part.key)


def _reviewed(session: Session, found: InterviewRecord) -> AnyResponse:
    """The review of what was accepted; where no plan is in git yet, how to begin one."""
    if not any(each.decision == "accepted" for each in found.parts):
        error = ConflictError("no part of the draft is accepted yet", "accept some of it first")
        return show(session.id, error=error)
    standing = services().interviews.standing()
    if standing.plan != "own" or not standing.repository or not standing.committed:
        return consent_page(standing, session, found.title)
    return review_of(session, found)


@guarded(Zone.PAGE, Scope.EDIT)
def begin(session_id: str) -> AnyResponse:
    """Make what the review needs, with the consent of the person: a repository, a plan in it."""
    session = stored(session_id)
    _refuse_done(session)
    standing = services().interviews.standing()
    if request.form.get("agreed") != "yes":
        return consent_page(standing, session, request.form.get("title", "")[:200], refused=True)
    if not (standing.plan == "own" and standing.committed):
        way: Way = "adopt" if standing.plan == "own" else "empty"
        begin_plan(way, title=clean(request.form.get("title", ""))[:200], init=True)
    return review_of(session, services().interviews.interview(session))


def review_of(session: Session, found: InterviewRecord) -> AnyResponse:
    """The page of the change, or the interview with what stops it."""
    if found.edit is None:
        error = ConflictError(
            found.problem or "what is accepted changes nothing in the plan",
            "accept more of the draft, or change what is wrong",
        )
        return show(session.id, error=error)
    edit = found.edit.model_copy(update={"subject": _subject(found)})
    try:
        return review_page(edit, back=f"/ask/{session.id}", interview=session.id)
    except (NotPossibleError, RefusedEditError) as error:
        return show(session.id, error=error)


def _subject(found: InterviewRecord) -> str:
    """The first line of the commit."""
    kinds = [each.kind for each in found.parts if each.decision == "accepted"]
    counted = [
        f"{count} {name}{'s' if count != 1 else ''}"
        for name in ("phase", "requirement", "change")
        if (count := kinds.count(name))
    ]
    return f"Plan {', '.join(counted)}" if counted else "Plan what was asked"


def _refuse_done(session: Session) -> None:
    if session.state == "done":
        raise ConflictError(
            "what was accepted here is in the plan already", "begin a new interview with the plan"
        )


@guarded(Zone.PAGE, Scope.PROPOSE)
def history(session_id: str) -> Response:
    """Who answered what, and when."""
    session = stored(session_id)
    return page("ask/history.html", title="History", section="ask", styles=_STYLES, session=session)


@guarded(Zone.PAGE, Scope.PROPOSE)
def delete(session_id: str) -> AnyResponse:
    """Delete an interview, answers and all."""
    services().database.write(lambda db: sessions.delete(db, session_id))
    return redirect("/ask", 303)


add_route(blueprint, "/ask/<session_id>", interview, "GET")
add_route(blueprint, "/ask/<session_id>", send_answers, "POST")
add_route(blueprint, "/ask/<session_id>/draft", send_draft, "POST")
add_route(blueprint, "/ask/<session_id>/begin", begin, "POST")
add_route(blueprint, "/ask/<session_id>/history", history, "GET")
add_route(blueprint, "/ask/<session_id>/delete", delete, "POST")
