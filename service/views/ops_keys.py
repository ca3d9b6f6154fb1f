"""`/ops/keys`: administrators see, make, rotate and revoke keys."""

import re
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from service.clock import stamp
from service.errors import ServiceError
from service.guard import custody
from service.guard.current import known_principal
from service.guard.keys import new_holder
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.views.admin_keys import KeyRequest, shown
from service.views.pages import page

blueprint = Blueprint("ops_keys", __name__)
# Python refuses to read a number of thousands of digits.
_NUMBER = re.compile(r"[0-9]{1,9}")
_MEANINGS = (
    (Scope.READ, "Read the plan, its data and the state of the service"),
    (Scope.PROPOSE, "Propose changes of the plan, on branches"),
    (Scope.EDIT, "Change the plan"),
    (Scope.OPERATE, "Start, watch and cancel executions"),
    (Scope.ADMIN, "Everything, keys and the audit log included"),
)
# In the order of the form: the first that is wrong gets the focus.
_WRONG = {
    "person": "The name is one line of 1 to 100 characters, without < and >.",
    "email": "The e-mail address is empty, or has the form ada@example.org.",
    "label": "The label is one line of 1 to 100 characters, without < and >.",
    "expires_in_days": "The number of days is empty, or from 1 to 3650.",
    "scopes": "Choose at least one thing that the key may do.",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form of a new key."""

    person: str = ""
    email: str = ""
    label: str = ""
    days: str = ""
    scopes: tuple[str, ...] = (Scope.READ.value,)

    @classmethod
    def of(cls, form: MultiDict[str, str]) -> "Typed":
        """What a person sent."""
        person, email, label, days = (
            form.get(name, "").strip() for name in ("person", "email", "label", "days")
        )
        return cls(person, email, label, days, tuple(form.getlist("scopes")))

    def checked(self) -> KeyRequest:
        """The same as the API takes it.  Raises pydantic's ValidationError."""
        days = int(self.days) if _NUMBER.fullmatch(self.days) else self.days or None
        return KeyRequest.model_validate(
            {
                "person": self.person,
                "email": self.email,
                "label": self.label,
                "scopes": self.scopes,
                "expires_in_days": days,
            }
        )


@dataclass(frozen=True, slots=True)
class Made:
    """A new key, to be shown once."""

    label: str
    text: str
    note: str = ""


@guarded(Zone.PAGE, Scope.ADMIN)
def keys() -> Response:
    """All keys, and the form of a new one."""
    return _page()


@guarded(Zone.PAGE, Scope.ADMIN)
def make() -> Response:
    """Make a key and show it once; what was typed stays in the form when it is not right."""
    typed = Typed.of(request.form)
    try:
        asked = typed.checked()
    except ValidationError as error:
        wrong = {str(each["loc"][0]) for each in error.errors()}
        errors = {name: words for name, words in _WRONG.items() if name in wrong}
        return _page(typed, errors=errors, status=400)
    holder = new_holder(asked.label, asked.person, asked.email, asked.scopes, asked.expires_in_days)
    key, text = custody.make_key(holder)
    return _page(made=Made(key.holder.label, text))


@guarded(Zone.PAGE, Scope.ADMIN)
def rotate(key_id: str) -> Response:
    """Make the successor of a key and show it once."""
    try:
        key, text = custody.rotate(key_id)
    except ServiceError as error:
        return _page(failed=error, status=error.status)
    note = "The old key goes on working for 24 hours."
    return _page(made=Made(key.holder.label, text, note))


@guarded(Zone.PAGE, Scope.ADMIN)
def revoke(key_id: str) -> AnyResponse:
    """End a key."""
    try:
        custody.revoke(key_id)
    except ServiceError as error:
        return _page(failed=error, status=error.status)
    return redirect(url_for("ops_keys.keys", revoked=key_id), 303)


def _page(
    typed: Typed | None = None,
    *,
    made: Made | None = None,
    errors: dict[str, str] | None = None,
    failed: ServiceError | None = None,
    status: int = 200,
) -> Response:
    now = stamp()
    found = [shown(key, now) for key in custody.list_keys()]
    revoked = next((key for key in found if key.id == request.args.get("revoked")), None)
    return page(
        "keys.html",
        title="Keys",
        section="keys",
        status=status,
        keys=sorted(found, key=lambda key: key.state != "valid"),
        own=known_principal().key_id,
        made=made,
        errors=errors or {},
        failed=failed,
        revoked=revoked if revoked is not None and revoked.state == "revoked" else None,
        typed=typed or Typed(),
        scopes=_MEANINGS,
    )


add_route(blueprint, "/ops/keys", keys, "GET")
add_route(blueprint, "/ops/keys", make, "POST")
add_route(blueprint, "/ops/keys/<key_id>/rotate", rotate, "POST")
add_route(blueprint, "/ops/keys/<key_id>/revoke", revoke, "POST")
