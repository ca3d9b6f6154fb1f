"""What a running service holds, made once by the factory and handed to the views."""

from dataclasses import dataclass

from flask import Flask, current_app

from service.db.database import Database
from service.settings import Settings
from service.state import State

_NAME = "agented"


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that views use."""

    settings: Settings
    state: State
    database: Database

    def attach(self, app: Flask) -> None:
        """Make `services()` find this while a request of `app` is served."""
        app.extensions[_NAME] = self


def services() -> Services:
    """The services of the app whose request is being served."""
    found: Services = current_app.extensions[_NAME]
    return found
