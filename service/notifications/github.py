"""The status of a commit, as GitHub's API takes it: `POST /repos/OWNER/NAME/statuses/COMMIT`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.notifications.letters import USUAL, Letter
from service.notifications.records import NO_TOKEN, Attempt
from service.notifications.target import RefusedTargetError
from service.observability.redact import redactor
from service.setting import Secret

_NO_SECRET: Final = Secret("")
_HEADERS: Final[Mapping[str, str]] = {
    **USUAL,
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
}
# What an answer means, where it is more than a number.
_MEANINGS: Final[Mapping[int, str]] = {
    401: "the token in GITHUB_TOKEN is wrong or has ended",
    403: "the token in GITHUB_TOKEN may not write commit statuses there, or too much was sent",
    404: "there is no such repository, or the token in GITHUB_TOKEN does not see it",
    422: "it does not know the commit, or has too many statuses of it",
}
# Trying again the same day changes nothing about them.
_FINAL: Final = frozenset({404, 410, 422})


@dataclass(frozen=True, slots=True)
class GitHub:
    """GitHub's API, and the token that opens it (empty: none is set)."""

    api_url: str = "https://api.github.com"
    token: Secret = _NO_SECRET

    def letter(self, attempt: Attempt, public_url: str) -> Letter:
        """The request.  Raises RefusedTargetError without a token."""
        if not self.token:
            raise RefusedTargetError(NO_TOKEN)
        url = f"{self.api_url.rstrip('/')}/repos/{attempt.repository}/statuses/{attempt.commit_id}"
        body = {
            "state": attempt.says,
            "context": attempt.context,
            "description": redactor.text(attempt.words),
        }
        if public_url:
            body["target_url"] = f"{public_url}/ops/executions/{attempt.execution_id}"
        headers = {**_HEADERS, "Authorization": f"Bearer {self.token}"}
        return Letter(url, json.dumps(body).encode(), headers, secure_only=True)


def told(status: int) -> tuple[str, bool]:
    """Why an answer is a failure, and whether that is the end of it."""
    meaning = _MEANINGS.get(status, "")
    reason = f"GitHub answered {status}{f': {meaning}' if meaning else ''}"
    return reason, status in _FINAL
