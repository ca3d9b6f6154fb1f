"""`POST /api/stream-tokens`: for programs whose reader of streams cannot send headers."""

from typing import Annotated

from flask import Blueprint, current_app, request
from pydantic import Field, StringConstraints
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from service.api.models import Model, Stamp
from service.api.operation import operation
from service.clock import after
from service.errors import BadRequestError, ForbiddenError
from service.guard.current import known_principal
from service.guard.policy import Policy, Zone, policy_of
from service.guard.principal import Scope
from service.guard.tokens import STREAM_S, Bearer
from service.services import services

blueprint = Blueprint("stream_tokens", __name__)


class StreamTokenRequest(Model):
    """For which stream a token is wanted."""

    path: Annotated[
        str,
        StringConstraints(pattern=r"^/[!-.0-~][!-~]*$", max_length=500),
        Field(examples=["/api/events"]),
    ]
    """The address of the stream, such as `/api/events`, without a query."""


class StreamToken(Model):
    """A token that opens one stream once, as `?token=…`."""

    token: str
    expires_at: Stamp
    expires_in: int = Field(ge=1, le=60)
    """Seconds until the stream must have been opened; it may stay open for longer."""


@operation(
    blueprint,
    "POST",
    "/api/stream-tokens",
    scope=Scope.READ,
    body=StreamTokenRequest,
    returns=StreamToken,
    status=201,
    tag="Access",
    summary="Make a token that opens a stream",
)
def make_stream_token(body: StreamTokenRequest) -> StreamToken:
    """For an EventSource, which cannot send `X-API-Key`.

    The token goes in the query of this one address, opens it once, and ends with the key or session
    that asked for it.  After a broken connection a new one is needed.
    """
    policy = _policy_at(body.path)
    if policy is None or policy.zone is not Zone.STREAM:
        raise BadRequestError(
            "the path is not the address of a stream", "the documents at /docs list the streams"
        )
    who = known_principal()
    if policy.scope is not None and not who.may(policy.scope):
        raise ForbiddenError(f"this stream needs a key with the scope {policy.scope}")
    tokens = services().identity.tokens
    return StreamToken(
        token=tokens.stream(Bearer(who.key_id, who.session_id), body.path),
        expires_at=after(seconds=STREAM_S),
        expires_in=STREAM_S,
    )


def _policy_at(path: str) -> Policy | None:
    """What the view at `path` demands; None when there is none."""
    urls = current_app.url_map.bind_to_environ(request.environ)
    try:
        endpoint, _ = urls.match(path, "GET")
    except (HTTPException, RequestRedirect):
        return None
    return policy_of(current_app.view_functions[endpoint])
