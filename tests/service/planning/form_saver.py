"""Somebody who saves forms again and again, and remembers what each of them came to."""

import http.client
import json
import random
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from service.planning.edits import CreateEdit, SetEdit
from tests.service.served import KEY, Served

GIVE_UP_S = 900.0


@dataclass(slots=True)
class Told:
    """What a saver was told: marks that were saved, by sort, and those that clashed."""

    tags: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    clashed: list[str] = field(default_factory=list)

    @property
    def saved(self) -> list[str]:
        """All marks that were saved."""
        return [*self.tags, *self.owners, *self.made]


@dataclass(slots=True)
class FormSaver:
    """Saves to a few items, over restarts of the service: a form without an answer is sent again.

    Each save has a mark of its own, which is its message as well.
    """

    served: Served
    name: str
    items: int
    told: Told = field(default_factory=Told)

    def save(self, number: int, chance: random.Random) -> None:
        """One save: of a tag (which always comes together), an owner (which may clash), or new."""
        mark = f"{self.name}n{number}"
        item = f"LOAD-{chance.randrange(self.items) + 1:02d}"
        sort = chance.choice(("tags", "tags", "owner", "new"))
        if sort == "new":
            text = {"text": f"The lamp shall do {mark}.", "phases": ["lamp"]}
            edit: CreateEdit | SetEdit = CreateEdit(kind="requirement", category="NEW", fields=text)
        else:
            known = self._open(item)
            blob, values = known["blob"], known["values"]
            value = [*values["tags"], mark] if sort == "tags" else mark
            changes = {sort: value}
            edit = SetEdit(kind="requirement", id=item, changes=changes, blob=blob)
        status = self._send(edit.model_dump_json(), mark)
        told = {"tags": self.told.tags, "owner": self.told.owners, "new": self.told.made}[sort]
        (told if status == 303 else self.told.clashed).append(mark)

    def _open(self, item: str) -> dict:  # type: ignore[type-arg]
        status, body = self._ask("GET", f"/api/plan/requirement/{item}")
        assert status == 200, body
        found: dict = json.loads(body)  # type: ignore[type-arg]
        return found

    def _send(self, operation: str, mark: str) -> int:
        """Send one form until it is answered: 303 or 409, once for all."""
        fields = {
            "operation": operation, "message": mark, "where": "branch", "branch": "main",
            "nonce": secrets.token_urlsafe(16),
        }  # fmt: skip
        status, body = self._ask("POST", "/edit/save", urlencode(fields).encode())
        assert status in (303, 409), (status, body[:3000])
        return status

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Ask until somebody answers something else than that it is busy or starting."""
        headers = {"X-API-Key": KEY, "Accept": "text/html, application/json"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        deadline = time.monotonic() + GIVE_UP_S
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=100)
            try:
                connection.request(method, path, body=body, headers=headers)
                answer = connection.getresponse()
                text = answer.read()
                if answer.status not in (429, 503):
                    return answer.status, text
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            assert time.monotonic() < deadline, f"no answer to {method} {path}"
            time.sleep(0.05)
