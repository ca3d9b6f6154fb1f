"""What a page of the service says first, when a save led to it."""

from flask import request

from service.errors import ServiceError
from service.guard.current import principal
from service.planning.saving import saved_before
from service.views.edit_sending import is_nonce


def saved_notice() -> str:
    """What became of the form whose name the address carries, for whoever sent it; else empty."""
    nonce = request.args.get("saved", "")
    if not is_nonce(nonce) or principal() is None:
        return ""
    try:
        saved = saved_before(nonce)
    except ServiceError:
        return ""
    if saved is None:
        return ""
    if not saved.commit:
        return "Nothing to change: the plan says that already."
    return f"Saved as {saved.commit[:7]} on {saved.branch}."
