"""The frame of every page that the service itself makes: one look with the site."""

import re
from dataclasses import dataclass

from flask import Response, make_response, request
from markupsafe import Markup

from planner.render import templates
from service.guard.current import principal
from service.guard.principal import Scope
from service.services import services
from service.views.saved_notice import saved_notice

BRAND = "Agented"
_FORMS = re.compile(r"/edit/|/research/(?:new|[^/]+/propose)/?\Z")
_KEPT = "private, no-cache"


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation, for who has `scope`; where room is short, only `first` stay."""

    name: str
    path: str
    label: str
    scope: Scope = Scope.READ
    first: bool = False


_NAV = (
    Place("plan", "/", "Plan", first=True),
    Place("ask", "/ask", "Ask", Scope.PROPOSE, first=True),
    Place("research", "/research/new", "Research", Scope.PROPOSE, first=True),
    Place("proposals", "/proposals", "Proposals", first=True),
    Place("executions", "/ops/executions", "Executions"),
    Place("deliveries", "/ops/deliveries", "Deliveries"),
    Place("triggers", "/ops/triggers", "Triggers"),
    Place("assistant", "/ops/assistant", "Assistant"),
    Place("keys", "/ops/keys", "Keys", Scope.ADMIN),
    Place("audit", "/ops/audit", "Audit", Scope.ADMIN),
    Place("docs", "/docs", "API"),
)


def page(
    template: str,
    *,
    title: str,
    section: str = "",
    status: int = 200,
    scripts: tuple[str, ...] = (),
    styles: tuple[str, ...] = (),
    **values: object,
) -> Response:
    """The page that `service/<template>` makes of `values`, in the frame.

    `scripts` and `styles` are files of its own, in `templates/service-assets`.  The navigation
    shows what the person who asks may open.  Pages of forms are kept by the browser alone, so that
    its way back brings what was typed; all others by nobody.
    """
    who = principal()
    # Browsers that do not say where a request comes from prove by it that a form is ours.
    token = services().identity.tokens.form(who.session_id) if who and who.session_id else ""
    body = templates.render(f"service/{template}", form_token=token, **values)
    html = templates.render(
        "service/frame.html",
        title=title,
        brand=BRAND,
        section=section,
        scripts=scripts,
        styles=styles,
        notice=saved_notice(),
        rehearsal=services().assistant.notice,
        nav=[each for each in _NAV if who and who.may(each.scope)],
        who=who,
        form_token=token,
        body=Markup(body),  # noqa: S704 - made by a template that escapes
    )
    answer = make_response(html, status)
    answer.headers["Cache-Control"] = _KEPT if _FORMS.match(request.path) else "no-store"
    return answer
