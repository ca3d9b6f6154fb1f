"""How a JSON operation is declared: once, for routing, policy, validation and OpenAPI.

    @operation(blueprint, "GET", "/admin/keys/<key_id>", scope=Scope.ADMIN, returns=Key, tag="Keys",
               summary="One key")
    def show_key(key_id: Identifier) -> Key: ...

The view gets its path parameters by name, validated by their annotations (404 when they do not
hold), and `query` and `body` as the declared models (400).  It returns the declared model, an
`Answered` where status or headers differ from the usual, or a ready Flask response (streams).
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from types import UnionType
from typing import Any, Final, TypeVar, get_args, get_type_hints

from flask import Blueprint, Flask, Response, request
from pydantic import ValidationError, create_model

from service.api.models import MadeModel, Model, as_json
from service.api.read import body_as, query_as, refuse_query
from service.errors import NotFoundError
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope

View = TypeVar("View", bound=Callable[..., Any])
_ATTRIBUTE: Final = "agented_operation"
JSON: Final = "application/json"
# What an operation answers: a model, one of several (`A | B`), or nothing.
Returns = type[Model] | UnionType | None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with another status than the usual one, or with headers of its own."""

    model: Model | None
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One declared operation.

    `more` are further statuses with what they answer; `reads` is the JSON schema of a body that
    the view reads by itself; `headers` are request headers (name -> meaning) that it looks at,
    `demands` those among them that must be there; `gives` are headers of the usual answer; `fails`
    are failures of its own, beside those that its kind implies.
    """

    name: str
    method: str
    path: str
    zone: Zone
    scope: Scope | None
    tag: str
    summary: str
    description: str
    parameters: type[Model] | None
    query: type[Model] | None
    body: type[Model] | None
    returns: Returns
    status: int
    media: str
    more: Mapping[int, Returns]
    reads: Mapping[str, Any] | None
    headers: Mapping[str, str]
    demands: tuple[str, ...] = ()
    gives: Mapping[str, str] = field(default_factory=dict)
    fails: tuple[int, ...]
    body_bytes: int


def operation(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    scope: Scope | None,
    returns: Returns,
    tag: str,
    summary: str,
    query: type[Model] | None = None,
    body: type[Model] | None = None,
    status: int = 200,
    zone: Zone = Zone.API,
    limit: str = "",
    media: str = JSON,
    more: Mapping[int, Returns] | None = None,
    reads: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    demands: tuple[str, ...] = (),
    gives: Mapping[str, str] | None = None,
    also: tuple[str, ...] = (),
    fails: tuple[int, ...] = (),
    body_bytes: int = 64 * 1024,
) -> Callable[[View], View]:
    """Register the view as an operation; the decorated function stays as it was.

    `returns` is None for an empty answer (204) and for streams, whose type is `media`.  `limit`
    names an own rate limit (default: that of the zone).  `also` are further rules that lead to the
    view, with the same parameters: for values that one rule cannot take.
    """

    def declare(view: View) -> View:
        declared = Operation(
            name=view.__name__,
            method=method,
            path=path,
            zone=zone,
            scope=scope,
            tag=tag,
            summary=summary,
            description=inspect.getdoc(view) or "",
            parameters=_parameters(view),
            query=query,
            body=body,
            returns=returns,
            status=status,
            media=media,
            more=dict(more or {}),
            reads=reads,
            headers=dict(headers or {}),
            demands=demands,
            gives=dict(gives or {}),
            fails=fails,
            body_bytes=body_bytes,
        )
        served = guarded(zone, scope, limit=limit)(_serve(declared, view))
        setattr(served, _ATTRIBUTE, declared)
        for rule in (path, *also):
            add_route(blueprint, rule, served, method)
        return view

    return declare


def models_of(returns: Returns) -> tuple[type[Model], ...]:
    """The models that may be answered."""
    if isinstance(returns, UnionType):
        return get_args(returns)
    return () if returns is None else (returns,)


def operations(app: Flask) -> tuple[Operation, ...]:
    """All operations of an app, by path and method."""
    found = (getattr(view, _ATTRIBUTE, None) for view in app.view_functions.values())
    return tuple(
        sorted((each for each in found if each), key=lambda each: (each.path, each.method))
    )


def _parameters(view: Callable[..., Any]) -> type[Model] | None:
    """A model of the view's path parameters: all its arguments but `query` and `body`."""
    hints = get_type_hints(view, include_extras=True)
    names = [name for name in inspect.signature(view).parameters if name not in ("query", "body")]
    if not names:
        return None
    fields: dict[str, Any] = {name: (hints[name], ...) for name in names}
    return create_model(f"{view.__name__}_path", __base__=MadeModel, **fields)


def _serve(declared: Operation, view: Callable[..., Any]) -> Callable[..., Response]:
    """The view as Flask calls it."""

    @wraps(view)
    def served(**path: str) -> Response:
        arguments: dict[str, Any] = {}
        if declared.parameters is not None:
            arguments.update(_path_values(declared.parameters, path))
        if declared.query is not None:
            arguments["query"] = query_as(declared.query)
        elif request.query_string and declared.zone is not Zone.OPEN:
            refuse_query("token" if declared.zone is Zone.STREAM else "")
        if declared.body is not None:
            arguments["body"] = body_as(declared.body, declared.body_bytes)
        return _response(declared, view(**arguments))

    return served


def _path_values(parameters: type[Model], path: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        return parameters.model_validate_strings(path).__dict__
    except ValidationError:
        raise NotFoundError("there is nothing at this address") from None


def _response(declared: Operation, answer: Any) -> Response:
    """The HTTP answer.  A model that was not declared is a bug, and is not sent."""
    if isinstance(answer, Response):
        return answer
    status, headers = declared.status, {}
    expected = declared.returns
    if isinstance(answer, Answered):
        status, headers = answer.status, dict(answer.headers)
        expected = declared.more.get(status, expected)
        answer = answer.model
    if expected is None:
        if answer is not None:
            raise TypeError(f"{declared.name} answers nothing, but returned {type(answer)}")
        return Response(status=status, headers=headers)
    if not isinstance(answer, expected):
        raise TypeError(f"{declared.name} answers {expected}, but returned {type(answer)}")
    made = Response(as_json(answer), status, headers, JSON)
    made.headers.setdefault("Cache-Control", "no-store")
    return made
