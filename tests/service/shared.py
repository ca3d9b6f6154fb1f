"""A real service that the tests of a module share, and what they look up in its database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.service.served import KEY, Served, free_port
from tests.service.watching import eventually

PLAN = "title: Lighthouse\nstatement: |\n  A lamp that ships can rely on.\n"
# So high that only tests of the limits meet them.
FREE = {
    f"{bucket}_RATE_LIMIT": "100000 per second" for bucket in ("WEBHOOK", "GITHUB", "API", "SITE")
}


@contextmanager
def shared_service(folder: Path, **settings: str) -> Iterator[Served]:
    """Run a service on a tiny plan, without limits of rate unless `settings` say otherwise."""
    content = folder / "content"
    content.mkdir()
    (content / "plan.yaml").write_text(PLAN, encoding="utf-8")
    port = free_port()
    env = {
        "AGENTED_STATE_DIR": str(folder / "state"),
        "AGENTED_CONTENT_DIR": str(content),
        "AGENTED_API_KEY": KEY,
        "GUNICORN_BIND": f"127.0.0.1:{port}",
        **FREE,
        **settings,
    }
    served = Served(env, folder, port)
    try:
        served.start()
        yield served
    finally:
        served.leave()


def rows(served: Served, sql: str, *values: Any) -> list[dict[str, Any]]:
    """What a statement finds in the service's database; changes are committed."""
    with closing(sqlite3.connect(served.state / "agented.sqlite3", timeout=20)) as db:
        db.row_factory = sqlite3.Row
        found = [dict(row) for row in db.execute(sql, values)]
        db.commit()
        return found


def forget_events(served: Served) -> None:
    """Bring a service to the state in which it has heard nothing and has no triggers."""
    rows(served, "UPDATE executions SET state = 'cancelled' WHERE state = 'queued'")
    running = "SELECT id FROM executions WHERE state = 'running'"
    eventually(lambda: not rows(served, running), "the end of what runs")
    for table in ("executions", "deliveries", "seen_deliveries", "triggers", "switches", "audit"):
        rows(served, f"DELETE FROM {table}")
