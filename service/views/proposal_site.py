"""`/proposals/<slug>/site/`: the site as it would be with a proposal, with a bar that says so."""

from pathlib import Path
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, request

from planner.render import templates
from service.errors import NotFoundError, ServiceError
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.failures import NoRevisionError
from service.previews import Preview
from service.services import services
from service.views.pages import page
from service.views.proposal_slugs import PROPOSAL, teach
from service.views.proposals import proposal_page
from service.views.site import TYPES, file_answer, locate, open_file

blueprint = Blueprint("proposal_site", __name__)
_INDEX: Final = "index.html"
_LOOK_S: Final = 2
# The bar comes behind the link that skips to the content, where a page has one.
_PLACES: Final = (b'<header class="top">', b"</body>")
# A page of the site is far below; what is larger is shown without the bar.
_LONGEST_PAGE: Final = 8 * 1024 * 1024


@guarded(Zone.PAGE, Scope.READ)
def show(slug: str, path: str = "") -> Response:
    """A file of the preview; while it is built, a page that says so and looks again."""
    del path  # without the slash at its end
    try:
        preview = services().previews.of(slug)
    except NoRevisionError:
        # It says what became of the proposal.
        return proposal_page(slug)
    if preview.state != "ready":
        return _wait(slug, preview)
    base = f"/proposals/{slug}/site"
    asked = request.path.removeprefix(base)
    if not asked:
        return _moved(f"{base}/")
    return _file(slug, preview.folder, asked)


def _file(slug: str, folder: Path, asked: str) -> Response:
    place = locate(folder, asked)
    if place is None:
        raise NotFoundError("no page of the preview has this address")
    named_as_folder = asked.endswith("/")
    if place.is_dir():
        if not named_as_folder:
            return _moved(f"{request.path}/")
        place /= _INDEX
    elif named_as_folder:
        raise NotFoundError("no page of the preview has this address")
    found = open_file(place)
    if found is None:
        raise NotFoundError(
            "no page of the preview has this address", "the proposal may have changed meanwhile"
        )
    if found.suffix != ".html" or found.size > _LONGEST_PAGE:
        return file_answer(found, 200)
    with found.file:
        text = found.file.read()
    bar = templates.render("service/_preview_bar.html", slug=slug).encode()
    mark = next((each for each in _PLACES if each in text), b"")
    answer = Response(text.replace(mark, bar + mark, 1), content_type=TYPES[".html"])
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _wait(slug: str, preview: Preview) -> Response:
    if request.path.endswith((".css", ".js", ".json", ".svg")):
        raise _NotBuiltError("the preview is being built", "look again in a moment")
    making = preview.state == "making"
    answer = page(
        "preview_wait.html",
        title="Building the preview" if making else "No preview",
        section="proposals",
        styles=("proposals.css",),
        status=202 if making else 503,
        slug=slug,
        making=making,
        failure=preview.failure,
    )
    if making:
        answer.headers["Refresh"] = str(_LOOK_S)
    return answer


class _NotBuiltError(ServiceError):
    """A part of a page that is not there yet."""

    status = 503
    code = "unavailable"


def _moved(path: str) -> Response:
    """The address of a folder ends with a slash, or its relative links would lead astray."""
    answer = Response(status=308)
    answer.location = quote(path)
    answer.headers["Cache-Control"] = "no-store"
    return answer


teach(blueprint)
# Twice: a converter that takes slashes leaves none to be put right at the end.
add_route(blueprint, f"{PROPOSAL}/site", show, "GET", name="top")
add_route(blueprint, f"{PROPOSAL}/site/", show, "GET", name="home")
add_route(blueprint, f"{PROPOSAL}/site/<path:path>", show, "GET")
