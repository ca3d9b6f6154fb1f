"""The security headers of every answer: errors, redirects, 304 and streams included.

flask-talisman forms them, once: asked on each request it costs more than the rest of Flask.  It
does not get to decide about https either: it would believe any `X-Forwarded-Proto`, and answer a
POST over http with a redirect.  So Strict-Transport-Security is set by the setting HSTS and by
what a trusted proxy says.
"""

from collections.abc import Iterable
from typing import Any, Final

from flask import Flask
from flask_talisman import Talisman

from service.guard.address import https_of
from service.settings import Settings
from service.wsgi_types import Application, Environ, StartResponse

# Nothing is allowed but what pages of ours use.  No inline script or style, no eval, no frame.
CONTENT_SECURITY_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# What no page of ours needs of a browser.
_UNUSED_FEATURES: Final = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "fullscreen",
    "geolocation", "gyroscope", "hid", "identity-credentials-get", "magnetometer", "microphone",
    "midi", "payment", "picture-in-picture", "publickey-credentials-get", "screen-wake-lock",
    "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_TWO_YEARS_S: Final = 2 * 365 * 24 * 3600
_HSTS: Final = ("Strict-Transport-Security", f"max-age={_TWO_YEARS_S}; includeSubDomains")
# What Talisman has no option for.
_MORE: Final = (
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Permitted-Cross-Domain-Policies", "none"),
)
_POLICY: Final = "Content-Security-Policy"
_OF_THE_BODY: Final = {"Content-Type", "Content-Length"}


def register(app: Flask, settings: Settings) -> None:
    """Set the headers on each answer of `app`.

    A view may set a Content-Security-Policy of its own, for a file that is no page of ours.
    """
    app.wsgi_app = _Headed(app.wsgi_app, settings)  # type: ignore[method-assign]  # Flask's own way


class _Headed:
    """A layer round the WSGI app: a hook of Flask would check each header anew, for each answer."""

    def __init__(self, app: Application, settings: Settings) -> None:
        self._app = app
        self._proxies = settings.trusted_proxies
        self._auto = settings.hsts == "auto"
        always = settings.hsts == "always"
        self._headers = [*_formed_by_talisman(), *_MORE, *([_HSTS] if always else [])]
        self._without_policy = [each for each in self._headers if each[0] != _POLICY]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            own = any(name == _POLICY for name, _ in headers)
            headers.extend(self._without_policy if own else self._headers)
            if self._auto and https_of(environ, self._proxies):
                headers.append(_HSTS)
            return start_response(status, headers, exc_info)

        return self._app(environ, start)


def _formed_by_talisman() -> list[tuple[str, str]]:
    """What Talisman adds to an answer, found by asking an app that has nothing else."""
    probe = Flask("probe", static_folder=None, template_folder=None)
    Talisman(
        probe,
        force_https=False,
        strict_transport_security=False,
        frame_options="DENY",
        content_security_policy=dict(CONTENT_SECURITY_POLICY),
        # A link out of a plan must not tell its address to the other site.
        referrer_policy="same-origin",
        permissions_policy=dict.fromkeys(_UNUSED_FEATURES, "()"),
    )
    answer = probe.test_client().get("/")
    return [(name, value) for name, value in answer.headers if name not in _OF_THE_BODY]
