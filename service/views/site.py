"""The built site: files of one folder, to whoever may read the plan."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import quote

from flask import Blueprint, Flask, Response, request
from werkzeug.routing import PathConverter

from service.errors import NotFoundError, UnavailableError
from service.guard.current import principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planner_wire import NO_PLAN
from service.services import services
from service.views.start import start_page

blueprint = Blueprint("site", __name__)

TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
# Kept, but asked for again each time: what may be read today may be closed tomorrow.
_ASK_AGAIN: Final = "private, no-cache"
_INDEX: Final = "index.html"
_MISSING: Final = "404.html"
_PIECE_BYTES: Final = 256 * 1024
_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class SitePathConverter(PathConverter):
    """Every path but those of the two interfaces: an unknown one of theirs is none of ours."""

    regex = r"(?!(?:api|admin)(?:/|$))[^/].*?"


@dataclass(frozen=True, slots=True)
class Found:
    """An open file of the site, with what is said about it."""

    file: BinaryIO
    size: int
    etag: str
    suffix: str


def register(app: Flask) -> None:
    """Serve the site below `/`."""
    app.url_map.converters["site"] = SitePathConverter
    app.register_blueprint(blueprint)


@guarded(Zone.SITE, Scope.READ)
def page(path: str = "") -> Response:
    """A file of the site, or its page for what is not there."""
    del path  # without the slash at its end
    if _may_begin_here():
        return start_page()
    folder = services().planner.site
    place = locate(folder, request.path)
    if place is None:
        return _nothing(folder)
    named_as_folder = request.path.endswith("/")
    if _is_folder(place):
        if not named_as_folder:
            return _with_slash(request.path)
        place /= _INDEX
    elif named_as_folder:
        return _nothing(folder)
    found = open_file(place)
    return file_answer(found, 200) if found is not None else _nothing(folder)


def locate(folder: Path, path: str) -> Path | None:
    """The place in the folder that a path of an address names; None for one that names none.

    A path that would lead out, or to a hidden file, names none; nor does one through a link, since
    a build makes none: someone else put it there.
    """
    if "\0" in path or "\\" in path:
        return None
    parts = path.strip("/").split("/") if path != "/" else []
    if "//" in path or any(part.startswith(".") for part in parts):
        return None
    place = folder.joinpath(*parts)
    try:
        return place if place.resolve() == folder.resolve().joinpath(*parts) else None
    except (OSError, RuntimeError):  # too long a name; links in a circle
        return None


def _is_folder(place: Path) -> bool:
    try:
        return stat.S_ISDIR(place.stat().st_mode)
    except OSError:
        return False


def open_file(place: Path) -> Found | None:
    """Open an ordinary file, not through a link; None when there is none."""
    try:
        descriptor = os.open(place, _OPEN)
    except OSError:
        return None
    file = os.fdopen(descriptor, "rb", buffering=0)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        file.close()
        return None
    # A build leaves files alone that stay the same, and replaces the others by new ones.
    etag = f"{status.st_mtime_ns:x}-{status.st_ino:x}-{status.st_size:x}"
    return Found(file, status.st_size, etag, place.suffix)


def file_answer(found: Found, status: int) -> Response:
    """The answer that sends an open file, and closes it."""
    if status == 200 and request.if_none_match.contains(found.etag):
        found.file.close()
        answer = Response(status=304)
    elif request.method == "HEAD" or not found.size:
        found.file.close()
        answer = Response(status=status)
        answer.content_length = found.size
    else:
        answer = Response(_pieces(found), status)
        answer.call_on_close(found.file.close)
        answer.content_length = found.size
    answer.content_type = TYPES.get(found.suffix, "application/octet-stream")
    answer.headers["Cache-Control"] = _ASK_AGAIN
    if status == 200:
        answer.set_etag(found.etag)
    epoch = services().planner.epoch
    if found.suffix == ".html" and epoch:
        # The page's script compares it with the build that is announced to it.
        answer.headers["Server-Timing"] = f'build;desc="{epoch}"'
    return answer


def _pieces(found: Found) -> Iterator[bytes]:
    """The file in pieces: a slow reader must not hold all of a large one in memory."""
    left = found.size
    while left > 0 and (piece := found.file.read(min(left, _PIECE_BYTES))):
        left -= len(piece)
        yield piece


def _with_slash(path: str) -> Response:
    """The address of a folder ends with a slash, or its relative links would lead astray."""
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    answer = Response(status=308)
    answer.location = f"{quote(path)}/{query}"
    answer.headers["Cache-Control"] = _ASK_AGAIN
    return answer


def _nothing(folder: Path) -> Response:
    """There is no such page; or there is no page at all yet.

    Raises UnavailableError, NotFoundError (answered as JSON).
    """
    status = services().planner.status()
    if not status.ready:
        failure = status.failure
        if failure is None:
            raise UnavailableError("the site is being built", 2)
        if principal() is None:
            # With SITE_PUBLIC: the reason names folders of this machine.
            raise UnavailableError("there is no site", 10)
        if _asks_to_begin(failure.code):
            return start_page()
        raise UnavailableError(f"there is no site: {failure.message}", 10, failure.hint)
    wanted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    missing = open_file(folder / _MISSING) if wanted == "text/html" else None
    if missing is None:
        raise NotFoundError("no page of the plan has this address")
    return file_answer(missing, 404)


def _may_begin_here() -> bool:
    """Whether somebody who may add to it looks at the first page of a plan without any item."""
    if not _is_first_page():
        return False
    built, who = services().planner.status().built, principal()
    is_empty = built is not None and not built.items
    return is_empty and who is not None and who.may(Scope.PROPOSE)


def _asks_to_begin(code: str) -> bool:
    """Whether a person looks at the first page, and there is no plan to show."""
    return code == NO_PLAN and _is_first_page()


def _is_first_page() -> bool:
    if request.path != "/":
        return False
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


add_route(blueprint, "/", page, "GET", name="home")
add_route(blueprint, "/<site:path>", page, "GET")
