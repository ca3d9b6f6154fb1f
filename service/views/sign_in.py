"""`GET /login`: where a person turns a key, or a link made on the host, into a session."""

from flask import Blueprint, Response, request

from service.guard.current import principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.sign_in_link import holder_of
from service.services import services
from service.views.pages import page
from service.views.session import own_path

blueprint = Blueprint("sign_in", __name__)
_LONGEST = 200


@guarded(Zone.OPEN, limit="sign-in")
def sign_in() -> Response:
    """The form.  Whoever is signed in already goes on; a link only shows whom it would sign in."""
    wanted = own_path(request.args.get("next", ""))
    link = request.args.get("link", "")[:_LONGEST]
    if link:
        return _by_link(link, wanted)
    who = principal()
    if who is not None and who.session_id:
        return Response(status=303, headers={"Location": wanted, "Cache-Control": "no-store"})
    return sign_in_page(wanted)


def _by_link(link: str, wanted: str) -> Response:
    holder = services().database.read(lambda db: holder_of(db, link))
    if holder is None:
        return sign_in_page(
            wanted, notice="This link was used before, or it is too old. Sign in with your key."
        )
    return sign_in_page(wanted, link=link, person=holder.holder.person)


def sign_in_page(
    wanted: str, *, error: str = "", notice: str = "", link: str = "", person: str = ""
) -> Response:
    """The page with the form; after signing in it goes on to `wanted`."""
    return page(
        "login.html",
        title="Sign in",
        next=wanted,
        error=error,
        notice=notice,
        link=link,
        person=person,
    )


add_route(blueprint, "/login", sign_in, "GET")
