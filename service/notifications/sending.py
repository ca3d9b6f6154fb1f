"""One attempt to tell something of an execution: a POST to a target that was looked at.

Redirects are not followed, no proxy of the environment is used, and all of it has one deadline.
"""

import http.client
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import gevent
from gevent import socket, ssl

from service.notifications.github import GitHub, told
from service.notifications.letters import Letter, hook_letter
from service.notifications.records import Attempt
from service.notifications.target import (
    LostTargetError,
    RefusedTargetError,
    Target,
    target_of,
)

TIMEOUT_S: Final = 10.0
# Of an answer only its head counts; so much of the body is read, so that its sender can end.
_BODY_BYTES: Final = 4096
_GONE: Final = 410
_NO_TOKEN: Final = GitHub()


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt: `reason` is empty when it was taken; `final`: never try again."""

    reason: str = ""
    final: bool = False


class Sender:
    """Sends attempts; `allowed` are hosts of the own network, `public_url` is that of the pages."""

    def __init__(
        self,
        allowed: frozenset[str],
        public_url: str = "",
        *,
        github: GitHub = _NO_TOKEN,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._allowed = allowed
        self._public_url = public_url.rstrip("/")
        self._github = github
        self._timeout_s = timeout_s

    def send(self, attempt: Attempt) -> Result:
        """Make it; what stands in the way is the result."""
        deadline = gevent.Timeout(self._timeout_s)
        try:
            with deadline:
                return self._sent(attempt)
        except gevent.Timeout as passed:
            if passed is not deadline:
                raise
            return Result(f"its host did not answer within {self._timeout_s:g} s")

    def _sent(self, attempt: Attempt) -> Result:
        is_status = attempt.kind == "status"
        make = self._github.letter if is_status else hook_letter
        try:
            letter = make(attempt, self._public_url)
            status = _post(
                target_of(letter.url, self._allowed, _look_up, secure_only=letter.secure_only),
                letter,
            )
        except RefusedTargetError as error:
            return Result(str(error), final=True)
        except LostTargetError as error:
            return Result(str(error))
        except ssl.SSLError:
            return Result("no secure connection to its host could be made")
        except OSError as error:
            return Result(f"its host cannot be reached: {error.strerror or 'no connection'}")
        except http.client.HTTPException:
            return Result("its host does not speak HTTP")
        if is_status and status >= 400:
            return Result(*told(status))
        return _judged(status)


def _judged(status: int) -> Result:
    if 200 <= status < 300:
        return Result()
    if 300 <= status < 400:
        return Result(f"its host answered {status}; redirects are not followed", final=True)
    return Result(f"its host answered {status}", final=status == _GONE)


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def _post(target: Target, letter: Letter) -> int:
    """The status of the answer.  Raises OSError, http.client.HTTPException."""
    with closing(_connected(target)) as connection:
        talk = http.client.HTTPConnection(target.host, target.port)
        talk.sock = connection
        headers = {
            "Host": target.host_header,
            "Content-Length": str(len(letter.body)),
            **letter.headers,
        }
        talk.request("POST", target.path, letter.body, headers)
        with closing(talk.getresponse()) as answer:
            answer.read(_BODY_BYTES)
            return answer.status


def _connected(target: Target) -> socket.socket:
    """A connection to one of the addresses that were looked at, and to no other.

    Raises OSError.
    """
    problem: OSError = OSError("it has no address")
    for address in target.addresses:
        try:
            connection = socket.create_connection((address, target.port))
        except OSError as error:
            problem = error
        else:
            return _secured(connection, target.host) if target.secure else connection
    raise problem


def _secured(connection: socket.socket, host: str) -> socket.socket:
    try:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
    except (OSError, ValueError):
        connection.close()
        raise
