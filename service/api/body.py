"""The one reader of JSON bodies."""

import json
from typing import Any

from flask import request

from service.errors import BadRequestError, TooLargeError, UnsupportedTypeError


def read_json(limit: int) -> Any:
    """The JSON body of the request, of at most `limit` bytes."""
    if request.mimetype != "application/json":
        raise UnsupportedTypeError("the body must be JSON", "send Content-Type: application/json")
    raw = request.get_data(cache=True)
    if len(raw) > limit:
        raise TooLargeError(f"the body has more than {limit:,} bytes", "send less")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise BadRequestError(
            "the body is no valid JSON", "send a JSON document in UTF-8"
        ) from None
