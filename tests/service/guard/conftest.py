"""A service that the tests of the gate share, and its URL map."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.service.guard.calling import Caller, Route
from tests.service.served import KEY, ROOT, Served
from tests.service.shared import shared_service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service behind one trusted proxy, with generous limits."""
    with shared_service(tmp_path_factory.mktemp("guarded"), TRUSTED_PROXIES="1") as served:
        yield served


@pytest.fixture
def call(service: Served) -> Iterator[Caller]:
    """Calls the module's service."""
    caller = Caller(service)
    yield caller
    caller.close()


_PRINT_ROUTES = """
import json, os
from service.app import create_app
from service.guard.policy import policies
from service.settings import read_settings
app = create_app(read_settings(os.environ))
declared = policies(app)
print(json.dumps([
    [
        rule.endpoint, rule.rule, sorted(rule.methods),
        declared[rule.endpoint].zone if rule.endpoint in declared else "",
        (declared[rule.endpoint].scope or "") if rule.endpoint in declared else "",
    ]
    for rule in app.url_map.iter_rules()
]))"""


@pytest.fixture(scope="session")
def routes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Route, ...]:
    """The URL map, as an app of its own process has it."""
    folder = tmp_path_factory.mktemp("map")
    done = subprocess.run(
        [sys.executable, "-c", _PRINT_ROUTES],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "AGENTED_API_KEY": KEY,
             "AGENTED_STATE_DIR": str(folder / "state")},
        capture_output=True,
        check=True,
        timeout=60,
    )  # fmt: skip
    return tuple(
        Route(name, rule, tuple(methods), zone, scope)
        for name, rule, methods, zone, scope in json.loads(done.stdout.splitlines()[-1])
    )
