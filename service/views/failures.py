"""Every failure in one shape: JSON for programs, a page with the same content for people."""

import structlog
from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from service.errors import ServiceError

_log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    """Answer each kind of failure."""
    app.register_error_handler(ServiceError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _known(error: ServiceError) -> Response:
    return failure(error.status, error.code, error.message, error.hint, dict(error.headers))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code = error.name.lower().replace(" ", "_")
    return failure(status, code, error.name, "", {})


def _unexpected(error: Exception) -> Response:
    _log.error("unexpected error", exc_info=error)
    return failure(500, "internal", "something went wrong here", "the log has the reason", {})


def failure(
    status: int, code: str, message: str, hint: str, headers: dict[str, str]
) -> Response:
    """The answer for a failure."""
    answer = jsonify(error={"code": code, "message": message, "hint": hint, "request_id": ""})
    answer.status_code = status
    answer.headers.update(headers)
    return answer
