"""What readiness and metrics say about the parts of the service."""

from dataclasses import asdict

from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric

from service.executions.records import State
from service.observability.readiness import Component
from service.planner_wire import NO_PLAN
from service.services import Services


def watch(parts: Services) -> None:
    """Let readiness ask the parts, and metrics show how loaded they are."""
    parts.readiness.add("database", lambda: _database(parts))
    parts.readiness.add("planner", lambda: _planner(parts))
    parts.readiness.add("executions", lambda: _executions(parts))
    parts.readiness.add("service", lambda: _service(parts))
    metrics = parts.metrics
    metrics.watch(
        "agented_database_bytes",
        "Size of the database file.",
        lambda: parts.database.status().size_bytes,
    )
    metrics.watch(
        "agented_database_free_bytes",
        "Free space on the database's disk.",
        lambda: parts.database.status().free_bytes,
    )
    metrics.watch(
        "agented_database_writes_waiting",
        "Writes that wait for the writer.",
        lambda: parts.database.status().writes_waiting,
    )
    metrics.watch(
        "agented_executions_running", "Executions that run.", lambda: parts.runner.status.running
    )
    metrics.watch(
        "agented_executions_waiting",
        "Executions that wait for their turn.",
        lambda: parts.runner.status.waiting,
    )
    metrics.watch_many(lambda: _ended(parts))
    metrics.watch_many(lambda: _lines(parts))
    metrics.watch("agented_streams_open", "Live streams.", lambda: parts.streams.count)
    metrics.watch(
        "agented_planner_restarts",
        "How often the planner process was started again.",
        lambda: parts.planner.status().restarts,
    )
    metrics.watch(
        "agented_planner_builds", "Number of the latest build.", lambda: parts.planner.epoch
    )


def _database(parts: Services) -> Component:
    figures = asdict(parts.database.status())
    problem = figures.pop("problem")
    return Component(not problem, problem, figures)


def _planner(parts: Services) -> Component:
    """The planner serves as soon as there is a site; that it is being restarted is no outage.

    Without a plan it serves as well, once it has looked: one can be begun.
    """
    status = parts.planner.status()
    figures = {
        "running": status.running,
        "busy": status.busy,
        "restarts": status.restarts,
        "epoch": status.epoch,
        "built": asdict(status.built) if status.built else None,
        "failure": asdict(status.failure) if status.failure else None,
    }
    if status.ready:
        return Component(ready=True, figures=figures)
    if status.running and status.failure is not None and status.failure.code == NO_PLAN:
        return Component(ready=True, figures=figures, note="no plan yet")
    return Component(ready=False, problem="the site is not built yet", figures=figures)


def _executions(parts: Services) -> Component:
    """That many wait, or that they are paused, is no outage."""
    status = parts.runner.status
    figures = {
        "running": status.running,
        "at_once": status.most,
        "waiting": status.waiting,
        "ended": {state.value: count for state, count in status.ended.items()},
        "lines": status.lines,
    }
    return Component(not status.problem, status.problem, figures)


def _ended(parts: Services) -> Metric:
    family = CounterMetricFamily(
        "agented_executions", "Executions that ended since the start.", labels=("state",)
    )
    ended = parts.runner.status.ended
    for state in State:
        if state.final:
            family.add_metric((state.value,), ended.get(state, 0))
    return family


def _lines(parts: Services) -> Metric:
    return CounterMetricFamily(
        "agented_execution_lines", "Lines that executions printed.", value=parts.runner.status.lines
    )


def _service(parts: Services) -> Component:
    """Not ready while it ends, so that a load balancer sends nobody here any more."""
    ends = parts.drain.begun
    return Component(not ends, "the service ends" if ends else "", {})
