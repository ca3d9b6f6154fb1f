"""`planner keys`: who may come in, as seen from the service's host."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click

from service.cli.on_host import open_database, operator, plainly, settings_here, state_of
from service.clock import after, stamp
from service.db.connection import transaction
from service.guard.audit_log import Detail, about_host, record
from service.guard.keys import (
    Key,
    add_key,
    all_keys,
    announce,
    live_admins,
    new_holder,
    revoke_key,
    rotate_key,
    scopes_text,
    shown_prefix,
)
from service.guard.principal import Scope
from service.guard.sign_in_link import MINUTES, make_link
from service.settings import Settings
from service.state import State

Result = TypeVar("Result")
_COLUMNS = ("ID", "LABEL", "PERSON", "SCOPES", "LAST USED", "ENDS", "STATE")


@click.group("keys", short_help="List, make, rotate and revoke API keys.")
def keys_command() -> None:
    """List, make, rotate and revoke the API keys of the service, also while it runs.

    A change holds from the next request on.
    """


@keys_command.command("list")
@click.option("--all", "dead_too", is_flag=True, help="Expired and revoked keys too.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_command(dead_too: bool, as_json: bool) -> None:
    """List the keys: whose they are and what they may do, never their text."""
    with plainly(), open_database(state_of(settings_here())) as db:
        keys = [key for key in all_keys(db) if dead_too or key.live(stamp())]
    if as_json:
        click.echo(json.dumps([_described(key) for key in keys], indent=2, ensure_ascii=False))
    else:
        for line in _table([_COLUMNS, *(_row(key) for key in keys)]):
            click.echo(line)


@keys_command.command("new")
@click.argument("label")
@click.option("--person", required=True, help="Whose key it is: the author of their commits.")
@click.option("--email", default="", help="The person's e-mail address, for the same use.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may do; give it several times for more.  Default: read.",
)
@click.option("--days", type=int, help="Days until it ends.  Default: never.")
def new_command(
    label: str, person: str, email: str, scopes: tuple[str, ...], days: int | None
) -> None:
    """Make a key and print it: it is shown this once.  LABEL says what it is for."""
    with plainly():
        holder = new_holder(label, person, email, scopes or (Scope.READ,), days)

        def work(db: sqlite3.Connection) -> tuple[Key, str]:
            made = add_key(db, holder)
            _note(
                db, "key.create", made[0].id, label=label, holder=person,
                scopes=scopes_text(holder.scopes), expires_at=holder.expires_at,
            )  # fmt: skip
            return made

        key, text = _change(work)
    _hand_over(key, text)


@keys_command.command("rotate")
@click.argument("key_id", metavar="ID")
@click.option(
    "--overlap",
    "hours",
    type=click.IntRange(0, 30 * 24),
    default=24,
    show_default=True,
    help="Hours for which the old key goes on working.",
)
def rotate_command(key_id: str, hours: int) -> None:
    """Make a key for the same person, print it, and let the key ID end after a while."""

    def work(db: sqlite3.Connection) -> tuple[Key, str]:
        made = rotate_key(db, key_id, after(hours=hours))
        new = made[0]
        _note(
            db, "key.rotate", key_id,
            label=new.holder.label, successor=new.id, overlap_s=hours * 3600,
        )  # fmt: skip
        return made

    with plainly():
        key, text = _change(work)
    _hand_over(key, text)
    click.echo(f"{key_id} goes on working for {hours} h", err=True)


@keys_command.command("revoke")
@click.argument("key_id", metavar="ID")
def revoke_command(key_id: str) -> None:
    """End the key ID at once, with its sessions and streams."""

    def work(db: sqlite3.Connection) -> bool:
        key = revoke_key(db, key_id)
        _note(db, "key.revoke", key_id, label=key.holder.label)
        return bool(live_admins(db))

    with plainly():
        others = _change(work)
    click.echo(f"revoked {key_id}")
    if not others:
        click.echo("no key that may administer is left: the next start makes one", err=True)


@keys_command.command("link")
@click.argument("key_id", metavar="ID")
def link_command(key_id: str) -> None:
    """Print a link that signs in with the key ID, once, within some minutes."""

    def work(db: sqlite3.Connection) -> str:
        path = make_link(db, key_id)
        _note(db, "link.create", key_id)
        return path

    with plainly():
        path = _change(work)
        settings = settings_here()
    click.echo(f"{_address(settings)}{path}")
    click.echo(f"good for {MINUTES} minutes, once", err=True)


def _address(settings: Settings) -> str:
    """Where people reach the service; empty behind a socket that no browser can open."""
    if settings.public_url or settings.bind.startswith("unix:"):
        return settings.public_url.rstrip("/")
    return f"http://{settings.bind}"


@contextmanager
def _writing(state: State) -> Iterator[sqlite3.Connection]:
    """One transaction, after which a running service learns of it."""
    with open_database(state) as db:
        try:
            with transaction(db):
                yield db
        finally:
            announce(state.keys_changed)


def _change(work: Callable[[sqlite3.Connection], Result]) -> Result:
    with _writing(state_of(settings_here())) as db:
        return work(db)


def _note(db: sqlite3.Connection, action: str, target: str, **details: Detail) -> None:
    record(db, about_host(action, operator(), target, **details))


def _hand_over(key: Key, text: str) -> None:
    """The key alone on the standard output, so that it can be piped; the words beside it."""
    click.echo(text)
    click.echo(f"key {key.id} for {key.holder.person}; it cannot be shown again", err=True)


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "valid" if key.live(stamp()) else "expired"


def _row(key: Key) -> tuple[str, ...]:
    who = key.holder
    return (
        key.id,
        who.label,
        who.person,
        scopes_text(who.scopes),
        (key.last_used_at or "never")[:10],
        (who.expires_at or "never")[:10],
        _state(key),
    )


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _described(key: Key) -> dict[str, object]:
    who = key.holder
    return {
        "id": key.id,
        "prefix": shown_prefix(key),
        "label": who.label,
        "person": who.person,
        "email": who.email,
        "scopes": scopes_text(who.scopes).split(),
        "state": _state(key),
        "origin": key.origin,
        "created_at": key.created_at,
        "expires_at": who.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "replaces": key.replaces,
    }
