"""Fixtures of the service's tests."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import SMALL_PLAN
from tests.service.served import KEY, Serve, Served, free_port


@pytest.fixture
def serve(tmp_path: Path, small_plan: Path) -> Iterator[Serve]:
    """Start a service on the small plan: `serve(WEBHOOK_RATE_LIMIT="5 per minute", …)`."""
    yield from _serving(tmp_path, small_plan)


@pytest.fixture(scope="module")
def serve_for_module(
    tmp_path_factory: pytest.TempPathFactory,
    write_files: Callable[[Path, Mapping[str, str]], Path],
) -> Iterator[Serve]:
    """As `serve`, for a service that the tests of a module share."""
    folder = tmp_path_factory.mktemp("shared")
    yield from _serving(folder, write_files(folder / "content", SMALL_PLAN))


def _serving(parent: Path, plan: Path) -> Iterator[Serve]:
    started: list[Served] = []

    def start(
        *, wait: bool = True, extra: tuple[str, ...] = (), port: int = 0, **settings: str
    ) -> Served:
        port = port or free_port()
        folder = parent / f"service-{len(started)}"
        folder.mkdir()
        env = {
            "AGENTED_STATE_DIR": str(folder / "state"),
            "AGENTED_CONTENT_DIR": str(plan),
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
        served.leave()
