"""The schema, as numbered steps that are never changed once released; no data of any domain here.

A database remembers number and checksum of each step it went through.  A fresh one goes through
all of them, so there is one source of the schema.
"""

import hashlib
import sqlite3
from dataclasses import dataclass

from service.db.connection import transaction
from service.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: its number, a name, its statements."""

    number: int
    name: str
    statements: tuple[str, ...]

    @property
    def checksum(self) -> str:
        """Tells a step that was changed after its release."""
        return hashlib.sha256("\0".join(self.statements).encode()).hexdigest()


MIGRATIONS = (
    Migration(
        1,
        "keys, sessions and the audit log",
        (
            """CREATE TABLE keys (
                id TEXT PRIMARY KEY,
                prefix TEXT NOT NULL,
                digest BLOB NOT NULL UNIQUE,
                label TEXT NOT NULL,
                person TEXT NOT NULL,
                email TEXT NOT NULL,
                scopes TEXT NOT NULL,
                created_at TEXT NOT NULL,
                expires_at TEXT,
                last_used_at TEXT,
                revoked_at TEXT,
                origin TEXT NOT NULL CHECK (origin IN ('setting', 'first', 'made', 'local')),
                replaces TEXT REFERENCES keys (id)
            ) STRICT""",
            """CREATE TABLE sessions (
                digest BLOB PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                key_id TEXT NOT NULL REFERENCES keys (id),
                created_at TEXT NOT NULL,
                seen_at TEXT NOT NULL,
                address TEXT NOT NULL
            ) STRICT""",
            "CREATE INDEX sessions_by_key ON sessions (key_id)",
            """CREATE TABLE sign_in_links (
                digest BLOB PRIMARY KEY,
                key_id TEXT NOT NULL REFERENCES keys (id),
                expires_at TEXT NOT NULL
            ) STRICT""",
            """CREATE TABLE audit (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                at TEXT NOT NULL,
                action TEXT NOT NULL,
                outcome TEXT NOT NULL,
                key_id TEXT,
                person TEXT NOT NULL,
                target TEXT NOT NULL,
                address TEXT NOT NULL,
                request_id TEXT NOT NULL,
                details TEXT NOT NULL,
                chain BLOB NOT NULL
            ) STRICT""",
            "CREATE INDEX audit_by_time ON audit (at)",
        ),
    ),
    Migration(
        2,
        "triggers and deliveries",
        (
            """CREATE TABLE triggers (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL UNIQUE,
                source TEXT NOT NULL CHECK (source IN ('webhook', 'github', 'schedule', 'manual')),
                enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
                predefined INTEGER NOT NULL DEFAULT 0 CHECK (predefined IN (0, 1)),
                match_field_path TEXT,
                match_field_value TEXT,
                text_field_path TEXT NOT NULL DEFAULT 'text',
                detection_keyword TEXT,
                secret TEXT,
                allow_unsigned INTEGER NOT NULL DEFAULT 0 CHECK (allow_unsigned IN (0, 1)),
                prompt_template TEXT NOT NULL,
                backend TEXT NOT NULL,
                created_at TEXT NOT NULL,
                updated_at TEXT NOT NULL
            ) STRICT""",
            """CREATE TABLE deliveries (
                id TEXT PRIMARY KEY,
                source TEXT NOT NULL,
                event TEXT NOT NULL,
                received_at TEXT NOT NULL,
                address TEXT NOT NULL,
                request_id TEXT NOT NULL,
                digest BLOB NOT NULL,
                body BLOB NOT NULL,
                matched TEXT NOT NULL
            ) STRICT""",
            "CREATE INDEX deliveries_by_time ON deliveries (received_at)",
        ),
    ),
)


def migrate(db: sqlite3.Connection) -> tuple[int, ...]:
    """Bring the database to the newest schema, a transaction a step; return the steps taken.

    Raises ConfigurationError for a database of a newer version, or one that went through other
    steps than these.
    """
    with transaction(db):
        db.execute(
            """CREATE TABLE IF NOT EXISTS migrations (
                number INTEGER PRIMARY KEY,
                name TEXT NOT NULL,
                checksum TEXT NOT NULL,
                applied_at TEXT NOT NULL
            ) STRICT"""
        )
    done = {row["number"]: row["checksum"] for row in db.execute("SELECT * FROM migrations")}
    _refuse_strangers(done)
    taken = []
    for step in MIGRATIONS[len(done) :]:
        with transaction(db):
            for statement in step.statements:
                db.execute(statement)
            db.execute(
                "INSERT INTO migrations VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
                (step.number, step.name, step.checksum),
            )
        taken.append(step.number)
    return tuple(taken)


def _refuse_strangers(done: dict[int, str]) -> None:
    known = {step.number: step.checksum for step in MIGRATIONS}
    newer = [number for number in done if number not in known]
    if newer:
        raise ConfigurationError(
            f"the database is of a newer version (step {max(newer)}, known up to {len(known)}); "
            "install that version, or restore a backup made before the upgrade"
        )
    changed = [number for number, checksum in done.items() if known[number] != checksum]
    missing = sorted(set(range(1, len(done) + 1)) - set(done))
    if changed or missing:
        raise ConfigurationError(
            f"the database went through other steps than this version knows (step "
            f"{min(changed + missing)}); restore a backup, or start with a new state folder"
        )
