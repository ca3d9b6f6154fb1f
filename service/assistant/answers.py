"""Answers as they are kept: until their execution is cleared."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from service.assistant.ends import reason_of
from service.assistant.jobs import Answer, Usage, WebSource
from service.executions.log_store import read_chunks
from service.executions.records import Execution

_MOST_BYTES = 4 * 1024 * 1024


def keep(db: sqlite3.Connection, execution_id: str, answer: Answer) -> None:
    """Keep the answer of a run that ends."""
    values = asdict(answer)
    values["usd"] = None if answer.usd is None else f"{answer.usd:f}"
    db.execute(
        "INSERT OR REPLACE INTO assistant_answers (execution, answer) VALUES (?, ?)",
        (execution_id, json.dumps(values)),
    )


def kept(db: sqlite3.Connection, execution: Execution) -> Answer:
    """The answer of a run, or what came of it so far."""
    row = db.execute(
        "SELECT answer FROM assistant_answers WHERE execution = ?", (execution.id,)
    ).fetchone()
    if row is not None and execution.state.final:
        return _answer(json.loads(row[0]), execution)
    return _pieced(db, execution)


def _answer(values: Mapping[str, Any], execution: Execution) -> Answer:
    usd = values["usd"]
    return Answer(
        **{
            **values,
            "state": execution.state.value,
            "usd": None if usd is None else Decimal(usd),
            "usage": Usage(**values["usage"]),
            "sources": tuple(WebSource(**each) for each in values["sources"]),
        }
    )


def _pieced(db: sqlite3.Connection, execution: Execution) -> Answer:
    """What the log of a run has, which is still running or did not come to its end."""
    texts: list[str] = []
    sources: dict[str, WebSource] = {}
    usage, usd, is_estimate = Usage(), None, True
    for event in _events(db, execution):
        if event.get("type") == "text":
            texts.append(str(event["delta"]))
        elif event.get("type") == "source":
            found = WebSource(event["url"], event["title"], event.get("quote", ""))
            sources[found.url] = found
        elif event.get("type") == "cost":
            usage = Usage(
                event["in"] - event["cached"],  # `in` are all that went in.
                event["out"],
                cache_read=event["cached"],
                searches=event.get("searches", 0),
                is_estimate=True,
                unpriced_searches=event.get("unpriced_searches", 0),
            )
            usd = None if event["usd"] is None else Decimal(event["usd"])
    why = "stopped" if execution.state.final else ""
    return Answer(
        state=execution.state.value,
        why=why,
        reason=execution.reason or (reason_of(why) if why else ""),
        text="".join(texts),
        model=execution.order.model,
        usage=usage,
        usd=usd,
        is_estimate=is_estimate,
        sources=tuple(sources.values()),
    )


def _events(db: sqlite3.Connection, execution: Execution) -> list[dict[str, Any]]:
    found = []
    for chunk in read_chunks(db, execution.number, 0, _MOST_BYTES):
        if chunk.stream == "out":
            found += [json.loads(line) for line in chunk.lines if line.startswith('{"type"')]
    return found
