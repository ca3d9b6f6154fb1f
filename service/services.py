"""What a running service holds, made once by the factory and handed to the views."""

from dataclasses import dataclass

from flask import Flask, current_app

from service.db.database import Database
from service.db.retention import Retention
from service.drain import Drain
from service.events.receiving import Receiver
from service.guard.identity import Identity
from service.settings import Settings
from service.state import State

_NAME = "agented"


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that views use."""

    settings: Settings
    state: State
    database: Database
    retention: Retention
    drain: Drain
    identity: Identity
    receiver: Receiver

    def attach(self, app: Flask) -> None:
        """Make `services()` find this while a request of `app` is served."""
        app.extensions[_NAME] = self

    def close(self) -> None:
        """End what the app holds: called once, after its last request."""
        self.retention.stop()
        self.database.close()


def services() -> Services:
    """The services of the app whose request is being served."""
    return services_of(current_app)


def services_of(app: Flask) -> Services:
    """The services of an app, outside of its requests."""
    found: Services = app.extensions[_NAME]
    return found
