"""A service for the tests of a module, and a client that comes from a new address each time."""

import http.client
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.service.served import KEY, ROOT, Answer, Served
from tests.service.shared import shared_service

_numbers = itertools.count(1)


def new_address() -> str:
    """An address that no test used before: each has limits and failures of its own."""
    number = next(_numbers)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service behind one trusted proxy, with generous limits."""
    with shared_service(tmp_path_factory.mktemp("guarded"), TRUSTED_PROXIES="1") as served:
        yield served


@dataclass(slots=True)
class Caller:
    """Calls a service on one connection, each time from a new address unless `address` is set."""

    served: Served
    address: str = ""
    https: bool = False
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def __call__(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        cookie: str = "",
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json_body: object = None,
        body: bytes | None = None,
    ) -> Answer:
        """One request.  A form is sent as by a page of ours, unless `headers` say otherwise."""
        sent = {"X-Forwarded-For": self.address or new_address()}
        if self.https:
            sent["X-Forwarded-Proto"] = "https"
        if key is not None:
            sent["X-API-Key"] = key
        if cookie:
            sent["Cookie"] = cookie
        if form is not None:
            body = urlencode(form).encode()
            sent |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Sec-Fetch-Site": "same-origin",
            }
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        sent = {name: value for name, value in sent.items() if value != "-"}
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=30)
        try:
            self._connection.request(method, path, body=body, headers=sent)
            answer = self._connection.getresponse()
            found = Answer(answer.status, answer.headers, answer.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if answer.will_close:
            self.close()
        return found

    def open_stream(self, path: str, *, key: str = "") -> http.client.HTTPResponse:
        """Open a stream; the caller reads it to its end and closes this."""
        self.close()
        self._connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=30)
        sent = {"X-Forwarded-For": self.address or new_address()}
        self._connection.request("GET", path, headers=sent | ({"X-API-Key": key} if key else {}))
        answer = self._connection.getresponse()
        assert answer.status == 200, answer.read()
        return answer

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def sign_in(self, key: str = KEY) -> str:
        """Sign in and return the `Cookie` header of the session."""
        answer = self("POST", "/login", form={"key": key})
        assert answer.status == 303, answer.text
        return cookie_of(answer)

    def new_key(self, *scopes: str, **more: object) -> tuple[str, str]:
        """Make a key and return its id and text."""
        asked = {"label": "made by a test", "person": "Grace Tester", "scopes": scopes, **more}
        answer = self("POST", "/admin/keys", key=KEY, json_body=asked)
        assert answer.status == 201, answer.text
        return answer.json["key"]["id"], answer.json["text"]


@pytest.fixture
def call(service: Served) -> Iterator[Caller]:
    """Calls the module's service."""
    caller = Caller(service)
    yield caller
    caller.close()


def cookie_of(answer: Answer) -> str:
    """`name=value` of the cookie that an answer sets."""
    return answer.headers["Set-Cookie"].partition(";")[0]


@dataclass(frozen=True, slots=True)
class Route:
    """One rule of the URL map.  `zone` is empty where the view declares none."""

    endpoint: str
    rule: str
    methods: tuple[str, ...]
    zone: str
    scope: str

    @property
    def path(self) -> str:
        """An address that the rule fits."""
        return re.sub(r"<[^>]*>", "x1", self.rule)


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


def host_command(served: Served, *args: str, home: Path | None = None) -> str:
    """What `planner keys ARGS` prints on the service's host."""
    done = subprocess.run(
        [sys.executable, "-c", "from service.cli.keys import keys_command as c; c()", *args],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **served.env},
        cwd=home or served.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
