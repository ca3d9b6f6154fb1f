"""The one client of the model's API: built when it is first needed, shared by all runs.

The SDK takes most of a second to import.  It is imported in a thread, once, so that the first
question holds up nobody else's page.
"""

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import gevent
from gevent.lock import Semaphore

from service.assistant.jobs import Job, Usage
from service.setting import Secret

if TYPE_CHECKING:
    import anthropic

    from service.assistant import prompt as prompts
    from service.assistant import talk as talks

# Pings come in between: who says nothing for so long is gone.
READ_S: Final = 75.0
_CONNECT_S: Final = 5.0
# Questions beside the runs (how many tokens, which models) must not hold up a page.
_ASIDE_S: Final = 8.0
_CONNECTIONS: Final = 400
_PLACE: Final = "https://api.anthropic.com"


class WireError(Exception):
    """A question beside the runs was not answered."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that the key may use."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class _Parts:
    client: "anthropic.Anthropic"
    prompts: Any
    talks: Any


class Wire:
    """Questions to the API at `base_url` (empty: the usual one) with `key`."""

    def __init__(self, key: Secret, base_url: str = "", *, read_s: float = READ_S) -> None:
        self._key = key
        self._base_url = base_url or _PLACE
        self._read_s = read_s
        self._made: _Parts | None = None
        self._making = Semaphore()
        self._secret = os.urandom(32)

    def request(self, job: Job, model: str) -> dict[str, Any]:
        """What is sent for a job."""
        parts = self._parts()
        fence: prompts.Fence = parts.prompts.Fence(self._secret)
        made: dict[str, Any] = parts.prompts.request_of(job, model, fence)
        return made

    def guess(self, request: dict[str, Any]) -> int:
        """How many tokens go in, by the length of the text."""
        found: int = self._parts().prompts.guessed_tokens(request)
        return found

    def sent_as(self, request: dict[str, Any], tokens: int) -> Usage:
        """How tokens that go in are paid for as long as none of them is cached."""
        found: Usage = self._parts().prompts.sent_as(request, tokens)
        return found

    def talk(
        self,
        request: dict[str, Any],
        *,
        max_tokens: int,
        say: Callable[[dict[str, Any]], None],
        check: Callable[[Usage], str],
        deadline_s: float,
    ) -> "talks.Talk":
        """A run that can be begun."""
        parts = self._parts()
        made: talks.Talk = parts.talks.Talk(
            parts.client,
            {**request, "max_tokens": max_tokens},
            say=say,
            check=check,
            deadline_s=deadline_s,
        )
        return made

    def count(self, request: dict[str, Any]) -> int:
        """How many tokens go in, as the API counts.  Raises WireError."""
        parts = self._parts()
        try:
            with gevent.Timeout(_ASIDE_S):
                counted = parts.client.messages.count_tokens(**request)
        except (*parts.talks.TROUBLE, gevent.Timeout) as error:
            raise WireError(type(error).__name__) from error
        return counted.input_tokens

    def models(self) -> tuple[ModelInfo, ...]:
        """The models that the key may use.  Raises WireError."""
        parts = self._parts()
        try:
            with gevent.Timeout(_ASIDE_S):
                found = parts.client.models.list(limit=100)
                return tuple(
                    ModelInfo(str(each.id), str(each.display_name or each.id))
                    for each in found.data
                )
        except (*parts.talks.TROUBLE, gevent.Timeout) as error:
            raise WireError(type(error).__name__) from error

    def close(self) -> None:
        """Let go of all connections."""
        if self._made is not None:
            self._made.client.close()

    def _parts(self) -> _Parts:
        if self._made is None:
            with self._making:
                if self._made is None:
                    self._made = self._make()
        return self._made

    def _make(self) -> _Parts:
        load = importlib.import_module
        pool = gevent.get_hub().threadpool
        sdk = pool.apply(load, ("anthropic",))
        http = load("httpx2")
        limits = http.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=20)
        timeout = http.Timeout(self._read_s, connect=_CONNECT_S)
        client = sdk.Anthropic(
            api_key=str(self._key),
            base_url=self._base_url,
            timeout=timeout,
            # Repeating is ours: the SDK waits for as long as the other side asks.
            max_retries=0,
            http_client=sdk.DefaultHttpxClient(limits=limits, timeout=timeout),
        )
        return _Parts(client, load("service.assistant.prompt"), load("service.assistant.talk"))
