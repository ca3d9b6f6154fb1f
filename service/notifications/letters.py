"""What is sent to the address of a trigger, as Standard Webhooks has it (standardwebhooks.com)."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.events.signature import standard_signature
from service.notifications.records import Attempt
from service.observability.redact import redactor

# What every request says of its sender.
USUAL: Final[Mapping[str, str]] = {
    "Content-Type": "application/json",
    "User-Agent": "agented",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A POST: where to, what, and with which headers besides those of HTTP.

    `secure_only`: it holds what must not be read on the way.
    """

    url: str
    body: bytes
    headers: Mapping[str, str]
    secure_only: bool = False


def hook_letter(attempt: Attempt, public_url: str) -> Letter:
    """How a run ended; `webhook-id` is the same in each attempt."""
    body = _hook_body(attempt, public_url)
    sent_at = str(int(time.time()))
    headers = {**USUAL, "webhook-id": attempt.id, "webhook-timestamp": sent_at}
    if attempt.secret:
        headers["webhook-signature"] = standard_signature(attempt.secret, attempt.id, sent_at, body)
    return Letter(attempt.url, body, headers)


def _hook_body(attempt: Attempt, public_url: str) -> bytes:
    return json.dumps(
        {
            "type": f"execution.{attempt.state}",
            "timestamp": attempt.finished_at,
            "execution": {
                "id": attempt.execution_id,
                "trigger": attempt.trigger_name,
                "trigger_id": attempt.trigger_id,
                "state": attempt.state,
                "reason": redactor.text(attempt.reason),
                "duration_ms": attempt.duration_ms,
                "attempt": attempt.run,
                "address": f"{public_url}/ops/executions/{attempt.execution_id}",
            },
        }
    ).encode()
