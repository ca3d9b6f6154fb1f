"""deploy/agented.service with the paths of one installation filled in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.errors import ConfigurationError
from service.shipped import shipped

# Below these the unit shows an empty folder, unless a path is bound into it.
# What ProtectHome= and PrivateTmp= hide from the service.
_HIDDEN: Final = tuple(Path(each) for each in ("/home", "/root", "/run/user", "/tmp", "/var/tmp"))  # noqa: S108 - named, not used
_USER: Final = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_PLACE: Final = re.compile(r"@([A-Z]+)@")


@dataclass(frozen=True, slots=True)
class Installation:
    """Where things lie.

    `folder` holds .env, `gunicorn` is the program, `programs` what is only read (the environment
    that gunicorn was installed into, the checkout), `writable` the repositories.
    """

    user: str
    folder: Path
    gunicorn: Path
    programs: tuple[Path, ...]
    writable: tuple[Path, ...]


def render_unit(place: Installation) -> str:
    """The unit file.  Raises ConfigurationError for what systemd could not read."""
    if not _USER.fullmatch(place.user):
        raise ConfigurationError(f"{place.user!r} is no name of a user; give another with --user")
    values = {
        "USER": place.user,
        "FOLDER": _path(place.folder),
        "GUNICORN": _word(place.gunicorn),
        "CONFIG": _word(shipped("gunicorn.conf.py")),
        "PATHS": "\n".join(_paths(place)),
    }
    template = shipped("deploy/agented.service").read_text("utf-8")
    return _PLACE.sub(lambda match: values.get(match[1], match[0]), template)


def _paths(place: Installation) -> Iterable[str]:
    for path in place.writable:
        yield f"{'BindPaths' if _is_hidden(path) else 'ReadWritePaths'}={_word(path)}"
    for path in (*place.programs, place.folder):
        if _is_hidden(path) and not any(path.is_relative_to(each) for each in place.writable):
            yield f"BindReadOnlyPaths={_word(path)}"


def _is_hidden(path: Path) -> bool:
    return any(path.is_relative_to(each) for each in _HIDDEN)


def _path(path: Path) -> str:
    """A path as the value of a whole line: only `%` means something there."""
    if not path.is_absolute() or not str(path).isprintable():
        raise ConfigurationError(f"{str(path)!r} cannot stand in a unit file; use a plain path")
    return str(path).replace("%", "%%")


def _word(path: Path) -> str:
    """A path as one word of a line."""
    text = _path(path)
    if re.search(r"""[\s"'\\;$:]""", text):
        raise ConfigurationError(
            f"{str(path)!r} cannot stand in a unit file; use a path without spaces and quotes"
        )
    return text
