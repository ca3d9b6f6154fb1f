"""The factory: it puts the parts together and does nothing slow."""

from flask import Flask

from service.db.backup import back_up_before_upgrade
from service.db.database import Database
from service.db.retention import Retention
from service.db.upgrade import prepare
from service.drain import Drain
from service.events.receiving import Receiver
from service.guard import gate
from service.guard.first_key import open_identity
from service.guard.identity import identity_of
from service.services import Services
from service.settings import Settings
from service.state import open_state, secret_key
from service.views import documents, failures, health, triggers, webhooks

MAX_BODY_BYTES = 1024 * 1024


def create_app(settings: Settings) -> Flask:
    """Make the app.  Raises ConfigurationError when the service must not start like this."""
    state = open_state(settings)
    app = Flask("service", static_folder=None, template_folder=None)
    secret = str(secret_key(settings, state))
    app.config.update(
        SECRET_KEY=secret,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
    )
    app.url_map.merge_slashes = False
    prepare(state.database, back_up_before_upgrade)
    database = Database(state.database)
    retention = Retention(database)
    identity = identity_of(database, state, secret)
    open_identity(settings, state, identity)
    parts = Services(settings, state, database, retention, Drain(), identity, Receiver(database))
    parts.attach(app)
    failures.register(app)
    gate.register(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(documents.blueprint)
    app.register_blueprint(triggers.blueprint)
    app.register_blueprint(webhooks.blueprint)
    retention.start()
    return app
