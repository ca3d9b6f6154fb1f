"""The one door to the templates, styles and scripts.

They lie in `planner/_data/templates` of an installed wheel and in `templates/` of a checkout.
Values are escaped unless they are `Markup`, and a name that a template uses but does not get is
an error.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any, Protocol

import jinja2
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from planner.render.markdown import line_to_html

_HERE = Path(__file__).resolve()
_FOLDERS = (_HERE.parents[1] / "_data" / "templates", _HERE.parents[2] / "templates")
# Styles and scripts that a site carries, and those that only pages of the service use.
SITE_ASSETS = "assets"
SERVICE_ASSETS = "service-assets"
# Styles and scripts carry a digest in their name, so that browsers may keep them for ever.
_DIGEST_LENGTH = 8
_TO_ESCAPE = re.compile("[&<>\"']")


def quick_escape(value: Any) -> Any:
    """`markupsafe.escape`, four times faster for the usual: plain text without special characters.

    Such a text is returned as it is, as a `str`.
    """
    kind = type(value)
    if kind is Markup or (kind is str and _TO_ESCAPE.search(value) is None):
        return value
    return escape(value)


class _Progressing(Protocol):
    @property
    def done(self) -> int: ...
    @property
    def started(self) -> int: ...
    @property
    def total(self) -> int: ...


class _Template(jinja2.Template):
    """A template whose compiled code escapes by `quick_escape`: half the time of an item's page."""

    @classmethod
    def from_code(
        cls,
        environment: jinja2.Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],
        uptodate: Callable[[], bool] | None = None,
    ) -> "jinja2.Template":
        """Load compiled code; its own name for escaping is bound anew."""
        made = super().from_code(environment, code, globals, uptodate)
        made.root_render_func.__globals__["escape"] = quick_escape
        return made


class _Environment(jinja2.Environment):
    template_class = _Template


class _Kept(jinja2.FileSystemBytecodeCache):
    """Compiled templates in a folder that may vanish or fill up at any time."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept, if it can be read: else it is compiled anew."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, where that is possible: a page never fails for its sake."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


@cache
def folder() -> Path:
    """The folder of the templates.  Raises FileNotFoundError when the installation lacks it."""
    for candidate in _FOLDERS:
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"no templates at {' or '.join(map(str, _FOLDERS))}: install anew")


@cache
def state_html(state: str) -> Markup:
    """The word for a state, with the class that gives it its mark; nothing for no state."""
    if not state:
        return Markup()
    return Markup('<span class="state is-{}">{}</span>').format(state, state.replace("-", " "))


@cache
def bar_html(done: int, started: int, total: int) -> Markup:
    """A bar of progress; the figures stand beside it, so it is hidden from readers."""
    full = 100 * done // total if total else 0
    begun = 100 * (done + started) // total if total else 0
    return Markup(
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-all" width="100" height="6"/>'
        '<rect class="bar-begun" width="{}" height="6"/>'
        '<rect class="bar-done" width="{}" height="6"/></svg>'
    ).format(begun, full)


def ticked(text: str) -> Markup:
    """A plain text whose parts between backticks are code."""
    if "`" not in text:
        return escape(text)
    parts = text.split("`")
    if len(parts) % 2 == 0:
        # The last backtick opens nothing.
        parts[-2:] = ["`".join(parts[-2:])]
    return Markup().join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def _line(text: str) -> Markup:
    """Markdown in a line."""
    return Markup(line_to_html(text))  # noqa: S704 - the Markdown door makes safe HTML


def _bar(card: _Progressing) -> Markup:
    return bar_html(card.done, card.started, card.total)


@cache
def _environment() -> _Environment:
    environment = _Environment(
        loader=jinja2.FileSystemLoader(folder()),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["state"] = state_html
    environment.filters["bar"] = _bar
    environment.globals["asset"] = asset_names()
    environment.globals["service_asset"] = asset_names(SERVICE_ASSETS)
    environment.filters["line"] = _line
    environment.filters["plural"] = plural
    environment.filters["begun"] = begun
    environment.filters["ticked"] = ticked
    environment.filters["thousands"] = thousands
    environment.filters["day"] = day
    environment.filters["short"] = short
    return environment


def plural(count: int, one: str, many: str = "") -> str:
    """`1 phase`, `3 phases`."""
    return f"{thousands(count)} {one if count == 1 else many or one + 's'}"


def begun(text: str) -> str:
    """The text as a sentence begins; names in it stay as they are written."""
    return f"{text[:1].upper()}{text[1:]}"


def thousands(count: int) -> str:
    """5,000."""
    return f"{count:,}"


def day(time: str) -> str:
    """The day of an RFC 3339 time."""
    return time[:10]


def short(commit: str) -> str:
    """The start of a commit id, as people quote it."""
    return commit[:8]


def keep_compiled(cache_folder: Path) -> None:
    """Keep compiled templates in an existing folder, for the next process.

    It must belong to the person alone: what lies in it is run.  Templates that were compiled
    before the call are not kept.
    """
    _environment().bytecode_cache = _Kept(str(cache_folder))


@cache
def template(name: str) -> jinja2.Template:
    """A template, compiled once."""
    return _environment().get_template(name)


def render(name: str, /, **values: object) -> str:
    """The text that the template `name` makes of `values`."""
    return template(name).render(values)


@cache
def _asset_files(place: str) -> Mapping[str, bytes]:
    files = sorted((folder() / place).iterdir())
    return {file.name: file.read_bytes() for file in files}


@cache
def asset_names(place: str = SITE_ASSETS) -> Mapping[str, str]:
    """Name of each style, script and image -> its path in a site (`assets/site.1a2b3c4d.css`)."""
    names = {}
    for name, data in _asset_files(place).items():
        stem, _, suffix = name.rpartition(".")
        digest = hashlib.sha256(data).hexdigest()[:_DIGEST_LENGTH]
        names[name] = f"assets/{stem}.{digest}.{suffix}"
    return names


def assets(place: str = SITE_ASSETS) -> dict[str, bytes]:
    """The files that pages use: path in the site -> bytes."""
    names = asset_names(place)
    return {names[name]: data for name, data in _asset_files(place).items()}
