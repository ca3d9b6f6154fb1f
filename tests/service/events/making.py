"""Triggers for tests, in a database of their own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from service.db.connection import connect, transaction
from service.db.upgrade import prepare
from service.events.trigger_records import Trigger
from service.events.trigger_writing import create
from service.executions.commands import CommandBuilder, CommandRequest
from service.executions.records import BUILTIN, Order

BUILDER = CommandBuilder()


def build(order: Order) -> None:
    """As the service does: raises BadRequestError for what no backend takes."""
    if order.backend != f"{BUILTIN}plan-check":
        BUILDER.build(
            CommandRequest(
                order.backend, "/tmp", order.model, order.effort, order.allowed_tools, order.paths
            )
        )


@contextmanager
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a new database without triggers."""
    path = folder / "db.sqlite3"
    prepare(path, lambda *_: None)
    with closing(connect(path)) as db:
        yield db


def make(db: sqlite3.Connection, **values: Any) -> Trigger:
    """A trigger, as Ada makes it."""
    usual = {"name": "Check", "source": "manual", "backend": "builtin:plan-check"}
    with transaction(db):
        return create(db, {**usual, **values}, person="Ada", build=build)
