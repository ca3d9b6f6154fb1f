"""What requests and answers are made of.  The same types validate, and describe in OpenAPI."""

import json
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticSerializationError

# An id in an address or a body: one path segment, no dot first, nothing that a shell or a file
# system reads in another way.
Identifier = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", max_length=64)
]
# A time as `service.clock.stamp` writes it.
Stamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


def _in_the_calendar(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("no calendar has this day or time") from None
    return text


# A day or a time that somebody asks for.
Moment = Annotated[
    str,
    StringConstraints(max_length=24, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{5,12}Z)?$"),
    AfterValidator(_in_the_calendar),
]


class Model(BaseModel):
    """A frozen value of an API: unknown fields are refused, and types are not guessed.

    Descriptions of fields are shown in the documents; a text field of a request states its
    greatest length, a number its range.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


class MadeModel(Model):
    """The base of models that a program makes: no source has words for their fields.

    To look for some costs 20 ms for each model, at every start.
    """

    model_config = ConfigDict(use_attribute_docstrings=False)


def as_json(model: Model) -> str:
    """A value as JSON.  Half a surrogate pair, as of a file name that is no UTF-8, becomes `?`."""
    try:
        return model.model_dump_json()
    except PydanticSerializationError:
        text = json.dumps(model.model_dump(mode="json"), ensure_ascii=False)
        return text.encode("utf-8", "replace").decode("utf-8")


class Page(Model):
    """Which part of a list is wanted."""

    limit: int = Field(default=50, ge=1, le=500)
    """Greatest number of entries in the answer."""
    offset: int = Field(default=0, ge=0, le=1_000_000)
    """Number of entries to leave out before the first."""


class Problem(Model):
    """What went wrong, for programs (`code`) and for people."""

    code: str
    """A word that never changes."""
    message: str
    """What is wrong."""
    hint: str
    """How to mend it; may be empty."""
    request_id: str
    """The id that the log has of this request."""


class Failure(Model):
    """The body of every answer that is not a success."""

    error: Problem
