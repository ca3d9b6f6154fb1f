"""`/review/<milestone or phase>`: what reviews found, with filters, dismissals and a new review."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from service.assistant.jobs import Estimate
from service.drafting.drafter import Drafter, Review
from service.drafting.findings import KINDS, Place, is_stale
from service.drafting.records import KeptFinding
from service.errors import ServiceError
from service.guard.audit import note
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.services import services
from service.views.edit_addresses import form_address
from service.views.item_page import page_of
from service.views.pages import page

blueprint = Blueprint("reviews", __name__)
STATES: Final = ("open", "dismissed", "stale", "all")
_LONGEST_REASON: Final = 1_000
_NO_REASON: Final = "Say why this finding is dismissed: others read it here."


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding as the page lists it."""

    kept: KeptFinding
    stale: bool

    @property
    def state(self) -> str:
        """`dismissed`, `stale` or `open`; what was dismissed stays so when its text changes."""
        if self.kept.dismissed:
            return "dismissed"
        return "stale" if self.stale else "open"

    @property
    def kind(self) -> str:
        """What it is called."""
        return KINDS.get(self.kept.finding.kind, self.kept.finding.kind)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings the address asks for; what is not right counts as not given."""

    state: str = "open"
    kind: str = ""
    item: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> "Wanted":
        """What stands in a query."""
        state, kind = args.get("state", "open"), args.get("kind", "")
        return cls(
            state=state if state in STATES else "open",
            kind=kind if kind in KINDS else "",
            item=args.get("item", "").strip()[:210],
        )

    def fits(self, shown: ShownFinding) -> bool:
        """Whether a finding is wanted."""
        found = shown.kept.finding
        return (
            self.state in ("all", shown.state)
            and self.kind in ("", found.kind)
            and (not self.item or self.item in {each.item for each in found.places})
        )

    def address(self, ref: str) -> str:
        """The address that asks for this."""
        given = {
            "state": self.state if self.state != "open" else "",
            "kind": self.kind,
            "item": self.item,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{review_address(ref)}?{query}" if query else review_address(ref)


def review_address(ref: str, below: str = "") -> str:
    """The address of the review of a milestone or phase, or of what is `below` it."""
    return f"/review/{quote(ref, safe='')}{below}"


def drafter() -> Drafter:
    """What asks and takes in, of the service that serves this request."""
    parts = services()
    return Drafter(parts.database, parts.plan, parts.assistant, parts.executions)


def shown_findings(review: Review) -> tuple[ShownFinding, ...]:
    """All findings with whether the plan still says what they quote."""
    now = review.scope.by_name()
    return tuple(ShownFinding(each, is_stale(each.finding.places, now)) for each in review.findings)


@guarded(Zone.PAGE, Scope.READ)
def show_review(ref: str) -> Response:
    """What reviews found, and what runs."""
    return _page(ref)


def _page(ref: str, *, failed: ServiceError | None = None, wrong: str = "") -> Response:
    review = drafter().review(ref)
    wanted = Wanted.of(request.args)
    every = shown_findings(review)
    assistant = services().assistant
    may_write = known_principal().may(Scope.PROPOSE)
    status = failed.status if failed is not None else 400 if wrong else 200
    return page(
        "drafting/review.html",
        title=f"Review of {review.scope.title}",
        status=status,
        scripts=("api.js", "run-stream.js", "draft-run.js", "review-export.js"),
        styles=("drafting.css",),
        it=review,
        found=tuple(each for each in every if wanted.fits(each)),
        counts={state: sum(_is(each, state) for each in every) for state in STATES},
        wanted=wanted,
        kinds=KINDS,
        items=_items(every),
        assistant=assistant,
        estimate=_estimate(ref) if may_write and _asks(assistant.on) else "",
        asks=may_write and _asks(assistant.on),
        may_write=may_write,
        failed=failed,
        wrong=wrong,
        here=review_address(review.scope.id),
        filtered=wanted.address(review.scope.id),
        form_of=_form_of,
        page_of=page_of,
    )


def _asks(on: bool) -> bool:
    return on and request.args.get("ask") == "1"


def _estimate(ref: str) -> str:
    """What a review would take, in words; a provider that does not answer is said so."""
    try:
        found: Estimate = drafter().estimate(ref)
    except ServiceError as error:
        return f"How much it would take is not known: {error.message}."
    return f"{found.words[:1].upper()}{found.words[1:]}."


def _is(shown: ShownFinding, state: str) -> bool:
    return state in ("all", shown.state)


def _items(every: Iterable[ShownFinding]) -> tuple[str, ...]:
    return tuple(sorted({place.item for each in every for place in each.kept.finding.places}))


def _form_of(place: Place) -> str:
    """The form of an item at the field where the words stand."""
    return f"{form_address(place.kind, place.item)}#f.{place.at.partition('.')[0]}"


@guarded(Zone.PAGE, Scope.PROPOSE)
def start_review(ref: str) -> AnyResponse:
    """Begin a review, and show how it goes on."""
    try:
        run = drafter().begin_review(ref, known_principal())
    except ServiceError as error:
        if error.status == 404:
            raise
        return _page(ref, failed=error)
    note("review.start", "ok", target=run.item, execution=run.execution)
    return redirect(review_address(run.item), 303)


@guarded(Zone.PAGE, Scope.PROPOSE)
def cancel_review(ref: str) -> AnyResponse:
    """Cancel the review that runs."""
    review = drafter().review(ref)
    if review.running is not None:
        try:
            drafter().cancel(review.running.execution, known_principal())
        except ServiceError as error:
            return _page(ref, failed=error)
        note("review.cancel", "ok", target=review.scope.id, execution=review.running.execution)
    return redirect(review_address(review.scope.id), 303)


@guarded(Zone.PAGE, Scope.PROPOSE)
def dismiss_finding(ref: str, finding: str) -> AnyResponse:
    """Dismiss a finding with a reason, or let it stand again."""
    again = request.form.get("do") == "restore"
    reason = "" if again else " ".join(request.form.get("reason", "").split())[:_LONGEST_REASON]
    if not again and not reason:
        return _page(ref, wrong=_NO_REASON)
    drafter().dismiss(ref, finding, reason, known_principal())
    note("review.restore" if again else "review.dismiss", "ok", target=ref, finding=finding)
    return redirect(Wanted.of(request.args).address(ref), 303)


add_route(blueprint, "/review/<ref>", show_review, "GET")
add_route(blueprint, "/review/<ref>", start_review, "POST")
add_route(blueprint, "/review/<ref>/cancel", cancel_review, "POST")
add_route(blueprint, "/review/<ref>/findings/<finding>", dismiss_finding, "POST")
