"""`/admin/keys`: the keys as JSON.  No answer but that to their making holds the text of one."""

from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field, StringConstraints

from service.api.models import Identifier, Model, Stamp
from service.api.operation import operation
from service.clock import stamp
from service.guard import custody
from service.guard import keys as records
from service.guard.principal import Scope

blueprint = Blueprint("admin_keys", __name__)
Line = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=records.LINE.pattern)]
Mail = Annotated[
    str, StringConstraints(max_length=records.LONGEST_MAIL, pattern=records.MAIL.pattern)
]
ScopeName = Literal["read", "propose", "edit", "operate", "admin"]


class Key(Model):
    """A key, without its text."""

    id: Identifier
    prefix: str
    """How its text begins; empty for the operator's own key (AGENTED_API_KEY)."""
    label: str
    person: str
    """Whose key it is: the author of what is done with it."""
    email: str
    scopes: tuple[ScopeName, ...]
    state: Literal["valid", "expired", "revoked"]
    origin: Literal["setting", "first", "made", "local"]
    """Imported from the setting, made at the first start, by a person, or for a local session."""
    created_at: Stamp
    expires_at: Stamp | None
    last_used_at: Stamp | None
    """To about a minute."""
    revoked_at: Stamp | None
    replaces: Identifier | None
    """The key that was rotated for this one."""


class Keys(Model):
    """All keys, newest first."""

    keys: tuple[Key, ...]


class NewKey(Model):
    """A new key: the only answer that ever holds its text."""

    key: Key
    text: str
    """What goes in `X-API-Key`.  It cannot be shown again."""


class KeyRequest(Model):
    """Whose key it shall be, and what it may do."""

    label: Line
    """What it is for, such as `laptop` or `CI`: one line, without `<` and `>`."""
    person: Line
    """Whose key it is: one line, without `<` and `>`."""
    email: Mail = ""
    """Empty, or of the form `ada@example.org`."""
    scopes: Annotated[tuple[ScopeName, ...], Field(min_length=1, max_length=5)]
    expires_in_days: int | None = Field(default=None, ge=1, le=records.LONGEST_DAYS)
    """Days until it ends; without: never."""


class RotateRequest(Model):
    """How the old key ends."""

    overlap_seconds: int = Field(default=custody.OVERLAP_S, ge=0, le=30 * 24 * 3600)
    """For how long the old key goes on working beside the new one."""


def shown(key: records.Key, now: str) -> Key:
    """A key as the API shows it at the time `now`."""
    who = key.holder
    return Key.model_validate(
        {
            "id": key.id,
            "prefix": records.shown_prefix(key),
            "label": who.label,
            "person": who.person,
            "email": who.email,
            "scopes": tuple(scope.value for scope in Scope if scope in who.scopes),
            "state": "revoked" if key.revoked_at else "valid" if key.live(now) else "expired",
            "origin": key.origin.value,
            "created_at": key.created_at,
            "expires_at": who.expires_at,
            "last_used_at": key.last_used_at,
            "revoked_at": key.revoked_at,
            "replaces": key.replaces,
        }
    )


@operation(
    blueprint,
    "GET",
    "/admin/keys",
    scope=Scope.ADMIN,
    returns=Keys,
    tag="Keys",
    summary="List the keys",
)
def list_keys() -> Keys:
    """All keys, the dead ones too, newest first."""
    now = stamp()
    return Keys(keys=tuple(shown(key, now) for key in custody.list_keys()))


@operation(
    blueprint,
    "POST",
    "/admin/keys",
    scope=Scope.ADMIN,
    body=KeyRequest,
    returns=NewKey,
    status=201,
    tag="Keys",
    summary="Make a key",
)
def make_key(body: KeyRequest) -> NewKey:
    """The answer holds the text of the key, once and for all."""
    holder = records.new_holder(
        body.label, body.person, body.email, body.scopes, body.expires_in_days
    )
    return _new(custody.make_key(holder))


@operation(
    blueprint,
    "POST",
    "/admin/keys/<key_id>/rotate",
    scope=Scope.ADMIN,
    body=RotateRequest,
    returns=NewKey,
    status=201,
    fails=(409,),
    tag="Keys",
    summary="Replace a key",
)
def rotate_key(key_id: Identifier, body: RotateRequest) -> NewKey:
    """Make a key for the same person with the same scopes; the old one ends after a while."""
    return _new(custody.rotate(key_id, body.overlap_seconds))


@operation(
    blueprint,
    "POST",
    "/admin/keys/<key_id>/revoke",
    scope=Scope.ADMIN,
    returns=Key,
    fails=(409,),
    tag="Keys",
    summary="Revoke a key",
)
def revoke_key(key_id: Identifier) -> Key:
    """The key opens nothing from now on; its sessions end at once, its streams within seconds."""
    return shown(custody.revoke(key_id), stamp())


def _new(made: tuple[records.Key, str]) -> NewKey:
    return NewKey(key=shown(made[0], stamp()), text=made[1])
