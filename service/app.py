"""The factory: it puts the parts together and does nothing slow."""

from flask import Flask

from service.db.backup import back_up_before_upgrade
from service.db.database import Database
from service.db.retention import Retention
from service.db.upgrade import prepare
from service.drain import Drain
from service.events.receiving import Receiver
from service.guard import cors, gate, headers, limits, shape
from service.guard.first_key import open_identity
from service.guard.identity import identity_of
from service.guard.limits import Limits
from service.lean_app import LeanApp
from service.observability import components, edge
from service.observability.greenlets import watch_greenlets
from service.observability.metrics import Metrics
from service.observability.redact import redactor
from service.observability.reports import open_reports
from service.planner_link import PlannerLink
from service.planner_wire import Opening
from service.planning.desk import PlanDesk
from service.planning.idempotency import Requests
from service.previews import Previews
from service.services import Services
from service.settings import CONTENT_DIR, Settings
from service.state import State, open_state, secret_key
from service.stream_places import Streams
from service.views import (
    admin_audit,
    admin_keys,
    admin_remote,
    api_plan,
    api_plan_edits,
    api_plan_items,
    api_plan_proposals,
    assets,
    debug,
    documents,
    edit_delete,
    edit_forms,
    edit_new,
    edit_order,
    edit_rename,
    edit_review,
    edit_save,
    edit_saved,
    edit_settle,
    edit_table,
    events,
    failures,
    health,
    history,
    ops_audit,
    ops_keys,
    ops_remote,
    plan_diff,
    proposal_settle,
    proposal_site,
    proposals,
    script,
    session,
    sign_in,
    site,
    stream_tokens,
    triggers,
    webhooks,
)
from service.views.failure_page import failure_page

MAX_BODY_BYTES = 1024 * 1024
_BLUEPRINTS = (
    health,
    assets,
    debug,
    documents,
    sign_in,
    session,
    stream_tokens,
    admin_keys,
    admin_audit,
    ops_keys,
    ops_audit,
    admin_remote,
    ops_remote,
    triggers,
    webhooks,
    events,
    api_plan,
    api_plan_items,
    api_plan_edits,
    api_plan_proposals,
    edit_forms,
    edit_new,
    edit_rename,
    edit_delete,
    edit_order,
    edit_review,
    edit_save,
    edit_saved,
    edit_settle,
    edit_table,
    proposals,
    proposal_settle,
    proposal_site,
    history,
    plan_diff,
    script,
)


def create_app(settings: Settings, planner: PlannerLink | None = None) -> Flask:
    """Make the app; `planner` is another way to the plan than that of the settings.

    Raises ConfigurationError when the service must not start like this.
    """
    state = open_state(settings)
    app = LeanApp("service", static_folder=None, template_folder=None)
    secret = str(secret_key(settings, state))
    redactor.hide(secret)
    app.config.update(SECRET_KEY=secret, MAX_CONTENT_LENGTH=MAX_BODY_BYTES)
    # The edit of a whole table is one field of a form.
    app.config.update(MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES)
    app.url_map.merge_slashes = False
    parts = _make_parts(settings, state, secret, planner or _planner_of(settings, state))
    parts.attach(app)
    open_reports(settings)
    watch_greenlets()
    components.watch(parts)
    _guard(app, parts)
    for each in _BLUEPRINTS:
        app.register_blueprint(each.blueprint)
    site.register(app)
    edge.attach(app, settings, parts.metrics)
    parts.retention.start()
    return app


def _make_parts(settings: Settings, state: State, secret: str, planner: PlannerLink) -> Services:
    prepare(state.database, back_up_before_upgrade)
    database = Database(state.database)
    identity = identity_of(database, state, secret)
    open_identity(settings, state, identity)
    plan = PlanDesk(planner)
    return Services(
        settings=settings,
        state=state,
        database=database,
        retention=Retention(database),
        drain=Drain(),
        identity=identity,
        receiver=Receiver(database),
        planner=planner,
        plan=plan,
        previews=Previews(state.previews, planner.opening, planner.environment, plan.tip),
        requests=Requests(database),
        streams=Streams(),
        metrics=Metrics(),
    )


def _planner_of(settings: Settings, state: State) -> PlannerLink:
    return PlannerLink(
        Opening.of(
            site=state.site,
            caches=state.cache,
            epoch=state.epoch,
            plan=settings.content_dir,
            variable=CONTENT_DIR,
            public_url=settings.public_url,
            remote=settings.git_remote,
            fetch_seconds=settings.git_fetch_seconds,
            approval=settings.plan_approval,
        )
    )


def _guard(app: Flask, parts: Services) -> None:
    """What comes before and after each view, in this order: the limits first, the gate last."""
    settings = parts.settings
    failures.register(app, failure_page)
    headers.register(app, settings)
    shape.attach(app)
    limits.attach(app, Limits(settings, parts.metrics))
    cors.register(app, settings)
    gate.register(app)
