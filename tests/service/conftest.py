"""Fixtures of the service's tests."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.served import KEY, Serve, Served, free_port


@pytest.fixture
def serve(tmp_path: Path, small_plan: Path) -> Iterator[Serve]:
    """Start a service on the small plan: `serve(WEBHOOK_RATE_LIMIT="5 per minute", …)`."""
    started: list[Served] = []

    def start(
        *, wait: bool = True, extra: tuple[str, ...] = (), port: int = 0, **settings: str
    ) -> Served:
        port = port or free_port()
        folder = tmp_path / f"service-{len(started)}"
        folder.mkdir()
        env = {
            "AGENTED_STATE_DIR": str(folder / "state"),
            "AGENTED_CONTENT_DIR": str(small_plan),
            "AGENTED_API_KEY": KEY,
            "GUNICORN_BIND": f"127.0.0.1:{port}",
            **settings,
        }
        served = Served(env, folder, port, extra=list(extra))
        started.append(served)
        served.start(wait=wait)
        return served

    yield start
    for served in started:
        if served.process is not None and served.process.poll() is None:
            served.stop(signal.SIGTERM)
