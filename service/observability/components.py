"""What readiness and metrics say about the parts of the service."""

from dataclasses import asdict

from service.observability.readiness import Component
from service.services import Services


def watch(parts: Services) -> None:
    """Let readiness ask the parts, and metrics show how loaded they are."""
    parts.readiness.add("database", lambda: _database(parts))
    parts.readiness.add("planner", lambda: _planner(parts))
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
    """The planner serves as soon as there is a site; that it is being restarted is no outage."""
    status = parts.planner.status()
    figures = {
        "running": status.running,
        "busy": status.busy,
        "restarts": status.restarts,
        "epoch": status.epoch,
        "built": asdict(status.built) if status.built else None,
        "failure": asdict(status.failure) if status.failure else None,
    }
    return Component(status.ready, "" if status.ready else "the site is not built yet", figures)


def _service(parts: Services) -> Component:
    """Not ready while it ends, so that a load balancer sends nobody here any more."""
    ends = parts.drain.begun
    return Component(not ends, "the service ends" if ends else "", {})
