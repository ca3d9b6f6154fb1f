"""What a running service holds, made once by the factory and handed to the views."""

from dataclasses import dataclass, field

from flask import Flask, current_app

from service.assistant.assistant import Assistant
from service.db.database import Database
from service.db.retention import Retention
from service.drain import Drain
from service.events.receiving import Receiver
from service.events.scheduler import Scheduler
from service.executions.indexer import Indexer
from service.executions.runner import Runner
from service.executions.service import ExecutionService
from service.executions.tool_health import ToolWatch
from service.guard.identity import Identity
from service.interview.desk import InterviewDesk
from service.notifications.notifier import Notifier
from service.observability.metrics import Metrics
from service.observability.readiness import Readiness
from service.observability.reports import close_reports
from service.planner_link import PlannerLink
from service.planning.desk import PlanDesk
from service.planning.idempotency import Requests
from service.planning.plan_fetches import PlanFetches
from service.previews import Previews
from service.research.follower import Follower
from service.research.researcher import Researcher
from service.settings import Settings
from service.state import State
from service.stream_places import Streams

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
    planner: PlannerLink
    fetches: PlanFetches
    plan: PlanDesk
    interviews: InterviewDesk
    previews: Previews
    requests: Requests
    runner: Runner
    assistant: Assistant
    executions: ExecutionService
    researcher: Researcher
    follower: Follower
    scheduler: Scheduler
    notifier: Notifier
    indexer: Indexer
    tools: ToolWatch
    streams: Streams
    metrics: Metrics
    readiness: Readiness = field(default_factory=Readiness)

    def attach(self, app: Flask) -> None:
        """Make `services()` find this while a request of `app` is served."""
        app.extensions[_NAME] = self

    def start(self) -> None:
        """Begin what runs beside the requests: called once, in the worker."""
        self.planner.start()
        # Before the runner: a check of the plan waits for what was pushed.
        self.fetches.start()
        self.runner.start()
        self.scheduler.start()
        self.follower.start()
        self.notifier.start()
        self.indexer.start()
        self.tools.start()

    def close(self) -> None:
        """End what the app holds: called once, after its last request."""
        self.previews.close()
        self.scheduler.close()
        self.fetches.close()
        self.follower.close()
        self.runner.close()
        self.assistant.close()
        self.notifier.close()
        self.indexer.close()
        self.tools.close()
        self.planner.close()
        self.retention.stop()
        self.database.close()
        close_reports()


def services() -> Services:
    """The services of the app whose request is being served."""
    return services_of(current_app)


def services_of(app: Flask) -> Services:
    """The services of an app, outside of its requests."""
    found: Services = app.extensions[_NAME]
    return found
