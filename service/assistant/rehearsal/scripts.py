"""What the scripted model answers.

An answer is registered by the title of the form that is asked for: each module of this package
whose name begins with `answers_` has a mapping `ANSWERS` of titles to functions.  A form that
nobody registered gets the least value that fits its schema.
"""

import importlib
import json
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import service.assistant.rehearsal as package

# `[[scenario:drop]]` in a question plays trouble on the wire (see `server`).
# `[[StackReport:drop]]` does so where that form is asked for.
_SCENARIO: Final = re.compile(r"\[\[([A-Za-z]{1,60}):([a-z0-9_-]{1,40})\]\]")
# A form that is asked for in words: an answer that cites pages is a text.
_NAMED: Final = re.compile(r"Answer with a ([A-Z][A-Za-z]{1,60})\.")
# A model that does what a text between the fences tells it: it answers with what stands here.
_OBEY: Final = re.compile(r"OBEY<<<(.*?)>>>", re.DOTALL)
_TEXT: Final = (
    "This answer is scripted: no model has read your question. It shows how an answer arrives,"
    " word by word, what it costs, and how it can be cancelled."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the scripted model sees it.

    `data` is the text of all data, with its fences; `question` the last text of the person's turn.
    """

    system: str
    data: str
    question: str
    title: str
    schema: Mapping[str, Any]
    has_tools: bool
    turn: int

    @property
    def scenario(self) -> str:
        """What shall happen on the wire; `ok` when nothing is said."""
        found = _SCENARIO.findall(f"{self.question}\n{self.data}")
        meant = (name for whose, name in found if whose in ("scenario", self.title))
        return next(meant, "ok")


Script = Callable[[Asked], Any]


def asked_of(body: Mapping[str, Any]) -> Asked:
    """The request.  Raises KeyError, TypeError for what is none."""
    messages = body["messages"]
    texts = [each["text"] for each in _blocks(messages[0]["content"]) if each["type"] == "text"]
    form = (body.get("output_config") or {}).get("format") or {}
    schema = form.get("schema") or {}
    named = _NAMED.search(texts[-1])
    return Asked(
        system="\n".join(each["text"] for each in _blocks(body.get("system") or [])),
        data="\n".join(texts[:-1]),
        question=texts[-1],
        title=str(schema.get("title", "")) or (named[1] if named else ""),
        schema=schema,
        has_tools=bool(body.get("tools")),
        turn=sum(each["role"] == "assistant" for each in messages),
    )


def answer_to(asked: Asked) -> str:
    """The text of the answer."""
    if asked.scenario == "obey-injection" and (found := _OBEY.search(asked.data)):
        return found[1]
    script = _registered().get(asked.title)
    if script is not None:
        made = script(asked)
        return made if isinstance(made, str) else json.dumps(made, ensure_ascii=False)
    return json.dumps(least(asked.schema, asked.schema)) if asked.schema else _TEXT


def least(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Any:
    """The least value that fits a schema; `whole` holds what it refers to."""
    if "$ref" in schema:
        return least(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    for name in ("anyOf", "oneOf", "allOf"):
        if schema.get(name):
            return least(schema[name][0], whole)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        needed = schema.get("required") or ()
        fields = schema.get("properties") or {}
        return {name: least(fields[name], whole) for name in needed}
    if kind == "array":
        return [least(schema["items"], whole)] if schema.get("minItems") else []
    return {"integer": 0, "number": 0, "boolean": False, "null": None}.get(str(kind), "scripted")


def _blocks(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


@cache
def _registered() -> Mapping[str, Script]:
    found: dict[str, Script] = {}
    for each in pkgutil.iter_modules(package.__path__):
        if each.name.startswith("answers_"):
            module = importlib.import_module(f"{package.__name__}.{each.name}")
            found.update(module.ANSWERS)
    return found
