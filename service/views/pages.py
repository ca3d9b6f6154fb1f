"""The frame of every page that the service itself makes: one look with the site."""

from flask import Response, make_response, request
from markupsafe import Markup

from planner.render import templates
from service.guard.current import principal
from service.guard.principal import Scope
from service.services import services
from service.views.saved_notice import saved_notice

BRAND = "Agented"
_FORMS = "/edit/"
_KEPT = "private, no-cache"
_NAV = (
    ("plan", "/", "Plan", Scope.READ),
    ("ask", "/ask", "Ask", Scope.PROPOSE),
    ("research", "/research/new", "Research", Scope.PROPOSE),
    ("proposals", "/proposals", "Proposals", Scope.READ),
    ("executions", "/ops/executions", "Executions", Scope.READ),
    ("deliveries", "/ops/deliveries", "Deliveries", Scope.READ),
    ("triggers", "/ops/triggers", "Triggers", Scope.READ),
    ("assistant", "/ops/assistant", "Assistant", Scope.READ),
    ("keys", "/ops/keys", "Keys", Scope.ADMIN),
    ("audit", "/ops/audit", "Audit", Scope.ADMIN),
    ("docs", "/docs", "API", Scope.READ),
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
        nav=[(name, path, label) for name, path, label, scope in _NAV if who and who.may(scope)],
        who=who,
        form_token=token,
        body=Markup(body),  # noqa: S704 - made by a template that escapes
    )
    answer = make_response(html, status)
    answer.headers["Cache-Control"] = _KEPT if request.path.startswith(_FORMS) else "no-store"
    return answer
