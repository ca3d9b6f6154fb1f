"""Turning frozen values of the planner into bytes and back, fast, without running any code.

`marshal` carries the plain values; a dataclass or enum of the planner becomes a list that starts
with the number of its class.  Unlike `pickle`, reading can make nothing but such values.
"""

import dataclasses
import importlib
import marshal
from collections.abc import Callable, Sequence
from enum import Enum
from operator import attrgetter
from types import MappingProxyType
from typing import Any

_PACKAGE = "planner."
_PLAIN = frozenset({str, int, bool, float, bytes, type(None)})
_DICT, _PROXY = -1, -2


class PackingError(Exception):
    """A value that cannot be packed, or bytes that cannot be unpacked."""


class Packer:
    """Packs and unpacks values: None, bool, int, float, str, bytes, tuple, dict (also read-only),
    and the frozen dataclasses and enums of this package, nested at will.

    `names` are the classes met so far, in order; who keeps packed bytes keeps these with them.
    """  # noqa: D205

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names: list[str] = []
        self._numbers: dict[type, int] = {}
        self._values: list[Callable[[Any], Sequence[Any]]] = []
        self._makers: list[Callable[[list[Any]], Any]] = []
        for name in names:
            self._learn(_load(name))

    def pack(self, value: object) -> bytes:
        """The value as bytes.  Raises PackingError for a value that is not of the kinds above."""
        return marshal.dumps(self._plain(value))

    def unpack(self, data: bytes) -> Any:
        """The value packed in `data`, which must be what `pack` gave.

        Raises PackingError when it is not.
        """
        try:
            return self._value(marshal.loads(data))  # noqa: S302 - not pickle; checked by its user
        except (ValueError, TypeError, EOFError, IndexError, KeyError) as error:
            raise PackingError(f"these bytes hold no packed value: {error}") from error

    def _learn(self, kind: type) -> int:
        number = self._numbers.get(kind)
        if number is None:
            self._values.append(_reader(kind))
            self._makers.append(_maker(kind))
            self.names.append(f"{kind.__module__}:{kind.__qualname__}")
            number = self._numbers[kind] = len(self.names) - 1
        return number

    def _plain(self, value: Any) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is tuple:
            return tuple([self._plain(part) for part in value])
        if kind is dict or kind is MappingProxyType:
            return self._mapping(value, kind)
        number = self._numbers.get(kind)
        if number is None:
            number = self._learn(kind)
        return [number, *[self._plain(part) for part in self._values[number](value)]]

    def _mapping(self, value: Any, kind: type) -> Any:
        plain = {self._plain(key): self._plain(part) for key, part in value.items()}
        if kind is MappingProxyType:
            return [_PROXY, plain]
        if all(type(part) in _PLAIN for part in plain.values()):
            return plain
        return [_DICT, plain]

    def _value(self, plain: Any) -> Any:
        kind = type(plain)
        if kind is tuple:
            return tuple([self._value(part) for part in plain]) if plain else plain
        if kind is not list:
            return plain
        number = plain[0]
        if number < 0:
            mapping = {key: self._value(part) for key, part in plain[1].items()}
            return MappingProxyType(mapping) if number == _PROXY else mapping
        for index, part in enumerate(plain):
            if (type(part) is tuple and part) or type(part) is list:
                plain[index] = self._value(part)
        return self._makers[number](plain)


def _load(name: str) -> type:
    module, _, path = name.partition(":")
    if not module.startswith(_PACKAGE):
        raise PackingError(f"{name} is no class of the planner")
    try:
        found = getattr(importlib.import_module(module), path)
    except (ImportError, AttributeError) as error:
        raise PackingError(f"there is no class {name}") from error
    if not isinstance(found, type):
        raise PackingError(f"{name} is no class")
    return found


def _check(kind: type) -> bool:
    """Whether it is an enum (else: a frozen dataclass), of the planner, at the top of a module."""
    if kind.__module__.startswith(_PACKAGE) and "." not in kind.__qualname__:
        if issubclass(kind, Enum):
            return True
        if dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
            return False
    raise PackingError(f"a value of {kind.__module__}.{kind.__qualname__} cannot be packed")


def _reader(kind: type) -> Callable[[Any], Sequence[Any]]:
    """What gives the parts of a value of this class."""
    if _check(kind):
        return lambda value: (value.value,)
    names = [item.name for item in dataclasses.fields(kind)]
    if len(names) == 1:
        only = names[0]
        return lambda value: (getattr(value, only),)
    return attrgetter(*names) if names else lambda _: ()


def _maker(kind: type) -> Callable[[list[Any]], Any]:
    """What makes a value of this class from a list: any first element, then the parts.

    The fields are set one by one, past `__init__`, which costs more for a frozen class.
    """
    if _check(kind):
        return lambda parts: kind(parts[1])
    setters = [_setter(kind, item.name) for item in dataclasses.fields(kind)]
    count = len(setters) + 1
    new = object.__new__

    def make(parts: list[Any]) -> Any:
        if len(parts) != count:
            raise PackingError(f"{kind.__qualname__} has other fields")
        value: Any = new(kind)
        index = 1
        for put in setters:
            put(value, parts[index])
            index += 1
        return value

    return make


def _setter(kind: type, name: str) -> Callable[[Any, Any], None]:
    for base in kind.__mro__:
        put = getattr(base.__dict__.get(name), "__set__", None)
        if put is not None:
            return put  # type: ignore[no-any-return]
    return lambda value, part: object.__setattr__(value, name, part)
