"""A client that comes from a new address each time, and the commands on the service's host."""

import http.client
import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from tests.service.served import KEY, ROOT, Answer, Served

_numbers = itertools.count(1)
# The service closes a connection that is idle for some seconds; this is well before.
IDLE_S = 1.0


def new_address() -> str:
    """An address that no test used before: each has limits and failures of its own."""
    number = next(_numbers)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@dataclass(slots=True)
class Caller:
    """Calls a service on one connection, each time from a new address unless `address` is set."""

    served: Served
    address: str = ""
    https: bool = False
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)
    _used: float = 0.0

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
        if time.monotonic() - self._used > IDLE_S:
            self.close()
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
        self._used = time.monotonic()
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


def cookie_of(answer: Answer) -> str:
    """`name=value` of the cookie that an answer sets."""
    return answer.headers["Set-Cookie"].partition(";")[0]


# What fits a part of a rule, by the name of its converter; others take any word.
FITS = {"kind": "phase", "newkind": "phase", "research": "research", "topic": "x1/x1"}


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
        return re.sub(r"<(?:([^:>]*):)?[^>]*>", _word, self.rule)


def _word(part: re.Match[str]) -> str:
    converter = part[1] or ""
    if converter.startswith("any("):
        return re.split(r"[,)]", converter.removeprefix("any("))[0]
    return FITS.get(converter, "x1")


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
