"""What gunicorn loads: `service.wsgi:make_app()`."""

from flask import Flask

from service.app import create_app
from service.errors import ConfigurationError
from service.master import attend, current_settings, refuse_in_worker, require_patched
from service.planner_link import PlannerLink
from service.services import services_of


def make_app(planner: PlannerLink | None = None) -> Flask:
    """The app of this worker, at work; `planner` is another way to the plan than the settings'.

    Ends the process with a reason when it must not start like this.
    """
    try:
        require_patched()
        app = create_app(current_settings(), planner)
    except ConfigurationError as error:
        refuse_in_worker(error)
    parts = services_of(app)
    attend(parts)
    parts.start()
    return app
