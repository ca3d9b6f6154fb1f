"""The two addresses that take events of strangers: `POST /` and `/api/webhooks/github/`.

They are open: no key is asked for, and a wrong signature is 403, never 401.  Both read
`application/json` only.  A form or plain text is what a browser sends for a foreign page without
asking first; an unsigned trigger in an office network must not be fired by one.
"""

from functools import partial
from typing import Final

import structlog
from flask import Blueprint, request
from pydantic import Field

from service.api.body import parse_json, read_body, require_json
from service.api.models import Identifier, Model
from service.api.operation import Answered, operation
from service.errors import BadRequestError, ForbiddenError
from service.events.judging import (
    Admitted,
    Door,
    Incoming,
    Standard,
    awaited,
    challenge_of,
    json_object,
)
from service.events.matching import missing_field
from service.events.plan_repository import pushed_branch
from service.events.receiving import Receipt
from service.executions.journaling import MIB
from service.guard.address import client_address
from service.guard.policy import Zone
from service.observability.redact import redactor
from service.observability.request_id import request_id
from service.services import services

blueprint = Blueprint("webhooks", __name__)
_log = structlog.get_logger(__name__)
_GENERIC: Final = Door("webhook", always_signed=False)
_EVENT_LENGTH: Final = 64
_ID_LENGTH: Final = 200
_MOST_HEADERS: Final = 40
_HEADER_LENGTH: Final = 500
_OBJECT: Final = {
    "type": "object",
    "description": "Any JSON object, of at most 1 MiB unless the operator lets more in.",
}
# A push of GitHub tells of up to 2,048 commits, each with some twenty names.
_GITHUB_NAMES: Final = 50_000


class Accepted(Model):
    """An event that is durably recorded, and what it starts."""

    delivery_id: Identifier
    """Under this id the event is kept."""
    triggers: tuple[Identifier, ...]
    """The triggers that the event fires."""
    executions: tuple[Identifier, ...] = ()
    """What was queued, in the order of the triggers."""
    duplicate: bool = False
    """Whether it had come before: then the ids are those of the first time, and nothing starts."""


class Challenge(Model):
    """The answer to a sender that asks whether this address is ours."""

    challenge: str = Field(max_length=1000)


class Heard(Model):
    """An event of GitHub that starts nothing and is not kept."""

    message: str
    """`pong`, or `ignored`."""


@operation(
    blueprint,
    "POST",
    "/",
    zone=Zone.OPEN,
    scope=None,
    limit="webhook",
    status=202,
    returns=Accepted,
    more={200: Challenge | Accepted},
    reads=_OBJECT,
    headers={
        "X-Webhook-Signature-256": "`sha256=` and the lower-case hex HMAC-SHA256 of the raw body "
        "under a trigger's secret. Needed for triggers with a secret."
    },
    tag="Webhooks",
    summary="Send an event",
)
def receive() -> Answered:
    """Records the event and fires the triggers that it matches.

    A body of type `url_verification` is answered with its challenge and records nothing.
    """
    require_json()
    incoming = _incoming("X-Webhook-Signature-256", "", "webhook-id")
    challenge = challenge_of(incoming.raw, parse_json)
    if challenge:
        return Answered(Challenge(challenge=challenge), 200)
    admitted = _admitted(incoming, _GENERIC)
    payload = json_object(incoming.raw, parse_json)
    return _answer(services().receiver.accept(incoming, _GENERIC, admitted, payload))


@operation(
    blueprint,
    "POST",
    "/api/webhooks/github/",
    zone=Zone.OPEN,
    scope=None,
    limit="github",
    status=202,
    returns=Accepted,
    more={200: Heard | Accepted},
    reads=_OBJECT,
    headers={
        "X-Hub-Signature-256": "Signature by the secret in GITHUB_WEBHOOK_SECRET, as GitHub makes "
        "it. Always needed.",
        "X-GitHub-Event": "Name of the event. Always needed.",
    },
    tag="Webhooks",
    summary="Take an event of GitHub",
)
def receive_github() -> Answered:
    """Records pull requests and comments on them, and fires the triggers that they match.

    After a push to the plan's own repository (GIT_REMOTE) the plan is fetched; the answer does not
    wait for that.

    Set the webhook's content type to application/json. A ping is answered with `pong`; events of
    other kinds and actions are ignored.
    """
    require_json()
    event = request.headers.get("X-GitHub-Event", "")
    incoming = _incoming("X-Hub-Signature-256", event, "X-GitHub-Delivery")
    door = Door("github", always_signed=True, secret=services().settings.github_webhook_secret)
    admitted = _admitted(incoming, door)
    if not event or len(event) > _EVENT_LENGTH:
        raise BadRequestError("the header X-GitHub-Event is missing", "GitHub sends it")
    payload = json_object(incoming.raw, partial(parse_json, names=_GITHUB_NAMES))
    if event == "ping":
        return Answered(Heard(message="pong"), 200)
    of_plan = services().receiver.of_plan(payload)
    pushed = of_plan and pushed_branch(event, payload)
    if not pushed and not awaited(event, payload, admitted, of_plan=of_plan):
        admitted = services().receiver.current(incoming, door, admitted)
        if not awaited(event, payload, admitted, of_plan=of_plan):
            return Answered(Heard(message="ignored"), 200)
    if missing := missing_field(event, payload):
        raise BadRequestError(f"the payload lacks {missing}", "GitHub sends it")
    return _answer(services().receiver.accept(incoming, door, admitted, payload))


def _answer(receipt: Receipt) -> Answered:
    return Answered(
        Accepted(
            delivery_id=receipt.delivery_id,
            triggers=receipt.triggers,
            executions=receipt.executions,
            duplicate=receipt.duplicate,
        ),
        200 if receipt.duplicate else 202,
    )


def _admitted(incoming: Incoming, door: Door) -> Admitted:
    """Check the signature.  Raises ForbiddenError; who operates the service is told why."""
    try:
        return services().receiver.admit(incoming, door)
    except ForbiddenError:
        services().metrics.count("agented_refused_webhooks", "Webhooks with no right signature.")
        unset = door.always_signed and not door.secret
        _log.warning(
            "webhook refused",
            source=door.source,
            reason="no secret is set" if unset else "signature missing or wrong",
        )
        raise


def _incoming(header: str, event: str, id_header: str) -> Incoming:
    """The request as an event; the size is checked here, before anything is looked at."""
    return Incoming(
        event=event,
        raw=read_body(services().settings.webhook_body_mib * MIB),
        signature=_bytes(header),
        address=client_address(),
        request_id=request_id(),
        standard=Standard(
            _bytes("webhook-id"), _bytes("webhook-timestamp"), _bytes("webhook-signature")
        ),
        sender_id=request.headers.get(id_header, "")[:_ID_LENGTH],
        headers=_kept_headers(),
    )


def _bytes(header: str) -> bytes:
    # WSGI hands headers out as Latin-1, so this gives the bytes that were sent.
    return request.headers.get(header, "").encode("latin-1", "replace")


def _kept_headers() -> dict[str, str]:
    """The headers that a person may see later: without what is secret, and not without bound."""
    kept = redactor.mapping(dict(list(request.headers.items())[:_MOST_HEADERS]))
    return {str(name): str(value)[:_HEADER_LENGTH] for name, value in kept.items()}
