"""The OpenAPI 3.1 document, made from the declared operations and the models that validate.

Nothing is described by hand: an operation that is not declared does not appear, and what appears
is what the service does.
"""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from pydantic.json_schema import models_json_schema

from service.api.models import Failure, Model
from service.api.operation import JSON, Operation, Returns, models_of
from service.guard.policy import Zone

Schema = dict[str, Any]
_Mode = Literal["validation", "serialization"]
_REF: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
_KEY: Final = "ApiKey"
_TOKEN: Final = "StreamToken"  # noqa: S105 - a name, no secret
# What each failure means wherever it is answered.
FAILURES: Final[Mapping[int, str]] = {
    400: "The request does not fit: a parameter, a field or the JSON itself.",
    401: "No valid key.",
    403: "The key lacks the scope, or the signature is missing or wrong.",
    404: "There is no such thing.",
    405: "The address does not know that method.",
    408: "The body did not arrive in time.",
    409: "The request contradicts the present state.",
    411: "The body has no stated length.",
    412: "If-Match names something that nothing can be built upon: read the item again.",
    413: "The body is too large.",
    414: "The address is too long: 4,094 bytes with its method and query.",
    415: "The body is of another type than JSON.",
    422: "The edit cannot be applied: an unknown field, a value that is not allowed, a taken id.",
    428: "The header If-Match is missing: read the item first.",
    429: "Over the rate limit; Retry-After says for how many seconds.",
    503: "Something that the service needs is not there for now; Retry-After says when to repeat.",
}
# What the server refuses before the service sees it, in a form of its own.
_OF_GUNICORN: Final = 414
_WITH_BODY: Final = (408, 411, 413, 415)


def document(declared: Iterable[Operation], *, title: str, version: str, about: str) -> Schema:
    """The document of some operations.

    Raises ValueError when two of them have one name, or one method and path.
    """
    found = tuple(declared)
    _refuse_doubles(found)
    schemas, components = _schemas(found)
    paths: dict[str, Schema] = {}
    for each in found:
        described = _operation(each, schemas, components)
        paths.setdefault(_path(each), {})[each.method.lower()] = described
    unlisted = {model for each in found for model in (each.query, each.parameters) if model}
    for model in unlisted:
        components.pop(_name(schemas[model, "validation"]), None)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": about},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in sorted({each.tag for each in found})],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": {f"Failure{status}": _failure(status) for status in FAILURES},
            "securitySchemes": {
                _KEY: {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-API-Key",
                    "description": "A key, or the token of a page.",
                },
                _TOKEN: {
                    "type": "apiKey",
                    "in": "query",
                    "name": "token",
                    "description": "A token for one stream, from POST /api/stream-tokens.",
                },
            },
        },
    }


def _refuse_doubles(found: tuple[Operation, ...]) -> None:
    for what, keys in (
        ("name", [each.name for each in found]),
        ("method and path", [f"{each.method} {_path(each)}" for each in found]),
    ):
        doubles = sorted({key for key in keys if keys.count(key) > 1})
        if doubles:
            raise ValueError(f"two operations have one {what}: {', '.join(doubles)}")


def _schemas(
    found: tuple[Operation, ...],
) -> tuple[Mapping[tuple[type[Model], _Mode], Schema], dict[str, Schema]]:
    """Model and direction -> its reference, and the components that references lead to."""
    wanted: dict[tuple[type[Model], _Mode], None] = {(Failure, "serialization"): None}
    for each in found:
        for model in (each.query, each.parameters, each.body):
            if model is not None:
                wanted[model, "validation"] = None
        for returns in (each.returns, *each.more.values()):
            for model in models_of(returns):
                wanted[model, "serialization"] = None
    references, definitions = models_json_schema(list(wanted), ref_template=_REF)
    return references, dict(definitions.get("$defs", {}))  # type: ignore[return-value]


def _operation(
    each: Operation,
    schemas: Mapping[tuple[type[Model], _Mode], Schema],
    components: Mapping[str, Schema],
) -> Schema:
    described: Schema = {
        "operationId": each.name,
        "tags": [each.tag],
        "summary": each.summary,
        "description": each.description,
        "security": _security(each),
    }
    parameters = [*_parameters(each, schemas, components)]
    if parameters:
        described["parameters"] = parameters
    body = schemas[each.body, "validation"] if each.body else each.reads
    if body is not None:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
    answers: Schema = {str(each.status): _answer(each.returns, each.media, schemas)}
    if each.gives:
        answers[str(each.status)]["headers"] = {
            name: {"schema": {"type": "string"}, "description": meaning}
            for name, meaning in each.gives.items()
        }
    for status, returns in each.more.items():
        answers[str(status)] = _answer(returns, JSON, schemas)
    for status in _failing(each):
        answers[str(status)] = {"$ref": f"#/components/responses/Failure{status}"}
    described["responses"] = dict(sorted(answers.items()))
    return described


def _parameters(
    each: Operation,
    schemas: Mapping[tuple[type[Model], _Mode], Schema],
    components: Mapping[str, Schema],
) -> Iterator[Schema]:
    for place, model in (("path", each.parameters), ("query", each.query)):
        if model is None:
            continue
        schema = components[_name(schemas[model, "validation"])]
        for name, field in schema.get("properties", {}).items():
            yield {
                "name": name,
                "in": place,
                "required": name in schema.get("required", ()),
                "description": field.get("description", ""),
                "schema": _sent(field),
            }
    for name, meaning in each.headers.items():
        yield {
            "name": name,
            "in": "header",
            "required": name in each.demands,
            "description": meaning,
            "schema": {"type": "string"},
        }


def _sent(field: Schema) -> Schema:
    """The schema of a parameter: nobody can send null in an address, so it is left out."""
    kept = {key: value for key, value in field.items() if key not in ("description", "title")}
    options = [option for option in kept.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        del kept["anyOf"]
        kept.update(options[0])
    if kept.get("default", ...) is None:
        del kept["default"]
    return kept


def _answer(
    returns: Returns, media: str, schemas: Mapping[tuple[type[Model], _Mode], Schema]
) -> Schema:
    models = models_of(returns)
    about = inspect.getdoc(models[0]) if models else ""
    made: Schema = {"description": (about or "Done.").partition("\n\n")[0]}
    options = [schemas[model, "serialization"] for model in models]
    if options:
        schema = options[0] if len(options) == 1 else {"anyOf": options}
        made["content"] = {JSON: {"schema": schema}}
    elif media != JSON:
        # No schema: what there is belongs to each event, and OpenAPI 3.1 has no word for that.
        made["description"] = "As text." if media == "text/plain" else "A stream of events."
        made["content"] = {media: {}}
    return made


def _failure(status: int) -> Schema:
    if status == _OF_GUNICORN:
        return {"description": FAILURES[status], "content": {"text/html": {}}}
    schema = {"$ref": _REF.format(model=Failure.__name__)}
    made: Schema = {"description": FAILURES[status], "content": {JSON: {"schema": schema}}}
    if status in (429, 503):
        made["headers"] = {
            "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds."}
        }
    return made


def _failing(each: Operation) -> tuple[int, ...]:
    """The failures that an operation may answer, by what it is."""
    found = {400, 429, 503, *each.fails}
    if each.scope is not None:
        found |= {401, 403}
    elif each.headers:
        found.add(403)
    if each.parameters is not None:
        found.add(404)
    if each.query is not None:
        found.add(414)
    if each.body is not None or each.reads is not None:
        found.update(_WITH_BODY)
    return tuple(sorted(found - set(each.more) - {each.status}))


def _security(each: Operation) -> list[Schema]:
    """Who may ask: the names in the lists are scopes."""
    if each.scope is None:
        return []
    needed = [str(each.scope)]
    allowed: list[Schema] = [{_KEY: needed}]
    if each.zone is Zone.STREAM:
        allowed.append({_TOKEN: needed})
    return allowed


def _path(each: Operation) -> str:
    return _PARAMETER.sub(r"{\1}", each.path)


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]
