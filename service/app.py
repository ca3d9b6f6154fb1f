"""The factory: it puts the parts together and does nothing slow."""

from contextlib import closing

from flask import Flask

from service.assistant.assistant import Assistant
from service.assistant.prices import read_prices
from service.db.backup import back_up_before_upgrade
from service.db.connection import connect, transaction
from service.db.database import Database
from service.db.retention import Retention
from service.db.seeds import seed_predefined_triggers
from service.db.upgrade import prepare
from service.drain import Drain
from service.events.dedup import Windows
from service.events.plan_repository import PlanRepository
from service.events.receiving import Receiver
from service.events.scheduler import Scheduler
from service.executions.assembly import make_runner
from service.executions.commands import CommandBuilder
from service.executions.indexer import Indexer
from service.executions.journaling import MIB
from service.executions.operator_commands import read_commands
from service.executions.prompts import PromptRenderer
from service.executions.service import ExecutionService
from service.executions.tool_health import ToolWatch
from service.guard import cors, gate, headers, limits, shape
from service.guard.first_key import open_identity
from service.guard.identity import identity_of
from service.guard.limits import Limits
from service.interview.desk import InterviewDesk
from service.lean_app import LeanApp
from service.notifications.github import GitHub
from service.notifications.notifier import Notifier
from service.notifications.sending import Sender
from service.observability import components, edge
from service.observability.greenlets import watch_greenlets
from service.observability.metrics import Metrics
from service.observability.redact import redactor
from service.observability.reports import open_reports
from service.planner_link import PlannerLink
from service.planner_wire import Opening
from service.planning.desk import PlanDesk
from service.planning.idempotency import Requests
from service.planning.plan_fetches import PlanFetches
from service.previews import Previews
from service.research.follower import Follower
from service.research.researcher import Researcher
from service.services import Services
from service.settings import CONTENT_DIR, Settings
from service.state import State, open_state, secret_key
from service.stream_places import Streams
from service.views import (
    admin_agents,
    admin_assistant,
    admin_audit,
    admin_deliveries,
    admin_executions,
    admin_history,
    admin_keys,
    admin_logs,
    admin_notifications,
    admin_remote,
    api_plan,
    api_plan_edits,
    api_plan_items,
    api_plan_proposals,
    api_reviews,
    approving,
    ask_pages,
    ask_run,
    ask_session,
    assets,
    debug,
    documents,
    edit_claims,
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
    ops_assistant,
    ops_audit,
    ops_deliveries,
    ops_executions,
    ops_keys,
    ops_remote,
    ops_triggers,
    plan_diff,
    proposal_settle,
    proposal_site,
    proposals,
    research_claims,
    research_live,
    research_new,
    reviews,
    script,
    session,
    sign_in,
    site,
    start,
    stream_tokens,
    trigger_trials,
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
    admin_agents,
    admin_executions,
    admin_logs,
    admin_history,
    admin_deliveries,
    admin_notifications,
    ops_executions,
    ops_deliveries,
    ops_keys,
    ops_triggers,
    ops_audit,
    admin_assistant,
    ops_assistant,
    admin_remote,
    ops_remote,
    triggers,
    trigger_trials,
    webhooks,
    events,
    api_plan,
    api_plan_items,
    api_plan_edits,
    api_plan_proposals,
    api_reviews,
    reviews,
    start,
    ask_pages,
    ask_run,
    approving,
    ask_session,
    edit_claims,
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
    research_new,
    research_live,
    research_claims,
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
    _seed(state)
    database = Database(state.database)
    builder = CommandBuilder(read_commands(settings.commands_file))
    renderer = PromptRenderer()
    fetches = PlanFetches(database, planner, wanted=bool(planner.opening.remote))
    runner = make_runner(settings, state, database, builder, renderer, planner, fetches)
    identity = identity_of(database, state, secret)
    open_identity(settings, state, identity)
    plan = PlanDesk(planner)
    assistant = Assistant(settings, database, runner, read_prices(settings.assistant_prices_file))
    executions = ExecutionService(database, runner, renderer, builder)
    researcher = Researcher(database, plan, assistant, executions)
    return Services(
        settings=settings,
        state=state,
        database=database,
        retention=_retention_of(settings, database),
        drain=Drain(),
        identity=identity,
        receiver=Receiver(
            database,
            _windows_of(settings),
            runner.wake,
            plan=PlanRepository(planner.opening.remote, lambda: planner.remote.record.address),
            pushed=fetches.ask,
        ),
        planner=planner,
        fetches=fetches,
        plan=plan,
        interviews=InterviewDesk(planner),
        previews=Previews(state.previews, planner.opening, planner.environment, plan.tip),
        requests=Requests(database),
        runner=runner,
        assistant=assistant,
        executions=executions,
        researcher=researcher,
        follower=Follower(researcher),
        scheduler=Scheduler(database, runner.wake),
        notifier=Notifier(database, _sender_of(settings)),
        indexer=Indexer(database),
        tools=ToolWatch(database),
        streams=Streams(),
        metrics=Metrics(),
    )


def _seed(state: State) -> None:
    """Insert what comes with the service, before anybody reads."""
    with closing(connect(state.database)) as db, transaction(db):
        seed_predefined_triggers(db)


def _windows_of(settings: Settings) -> Windows:
    return Windows(settings.delivery_id_dedup_seconds, settings.delivery_body_dedup_seconds)


def _sender_of(settings: Settings) -> Sender:
    github = GitHub(settings.github_api_url, settings.github_token)
    return Sender(settings.notify_hosts, settings.public_url, github=github)


def _retention_of(settings: Settings, database: Database) -> Retention:
    return Retention(
        database,
        execution_days=settings.execution_days,
        logs_bytes=settings.execution_logs_mib * MIB,
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
    shape.attach(app, settings.webhook_body_mib * MIB, parts.metrics)
    limits.attach(app, Limits(settings, parts.metrics))
    cors.register(app, settings)
    gate.register(app)
