"""Reading a request into the declared models; what does not fit is refused with its place."""

import json
from typing import Any, Final, TypeVar

from flask import request
from pydantic import ValidationError

from service.api.body import read_json
from service.api.models import Model
from service.errors import BadRequestError

Read = TypeVar("Read", bound=Model)
_SHOWN = 5
# Where pydantic would name a pattern or speak of its own calls.
_WORDS: Final = {
    "extra_forbidden": "there is no such name",
    "missing": "it is missing",
    "string_pattern_mismatch": "it has not the form that is asked for",
}


def query_as(model: type[Read]) -> Read:
    """The query of the request.  Raises BadRequestError: unknown, doubled or unfit parameters."""
    values = request.args
    for name, given in values.lists():
        if len(given) > 1:
            raise BadRequestError(
                f"the parameter {name!r} is given {len(given)} times", "once only"
            )
    try:
        read = model.model_validate_strings(values.to_dict())
    except ValidationError as error:
        raise _refusal("query", error) from None
    # By alias, since a parameter may be called by a word of Python (`from`).
    known = read.model_dump(by_alias=True)
    for name, text in values.items():
        value = known[name]
        if isinstance(value, int) and text != json.dumps(value):
            # Pydantic also reads `yes`, `5_0`, ` 5` and `1.0`, which the documents do not allow.
            form = "true or false" if isinstance(value, bool) else "a plain whole number"
            raise BadRequestError(f"the query does not fit: {name}: it is not {form}", "mend it")
    return read


def refuse_query(allowed: str = "") -> None:
    """Raise BadRequestError if the query has a parameter other than `allowed`."""
    for name in request.args:
        if name != allowed:
            raise BadRequestError(f"unknown parameter {name!r} in the query", "leave it out")


def body_as(model: type[Read], limit: int) -> Read:
    """The JSON body of the request, of at most `limit` bytes.  Raises ServiceError."""
    value = read_json(limit)
    try:
        # From JSON, since only there does the strict mode read a time or an enum from a text.
        return model.model_validate_json(json.dumps(_whole(value)))
    except ValidationError as error:
        raise _refusal("body", error) from None


def _whole(value: Any) -> Any:
    """The value with `1.0` written as 1, since to JSON Schema both are one whole number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    return value


def _refusal(where: str, error: ValidationError) -> BadRequestError:
    """What does not fit, without the values: they may be secrets."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [
        f"{'.'.join(str(part) for part in each['loc'])[:100] or 'it'}: "
        f"{_WORDS.get(each['type'], each['msg'])}"
        for each in found[:_SHOWN]
    ]
    more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
    return BadRequestError(
        f"the {where} does not fit: {'; '.join(shown)}{more}",
        "the documents at /docs say what fits",
    )
