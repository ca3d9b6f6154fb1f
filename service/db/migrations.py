"""The schema, as numbered steps that are never changed once released; no data of any domain here.

A database remembers number and checksum of each step it went through (see `service.db.upgrade`).
A fresh one goes through all of them, so there is one source of the schema.
"""

import hashlib
from dataclasses import dataclass


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
    Migration(
        3,
        "requests of saves that carry an idempotency key",
        (
            """CREATE TABLE plan_requests (
                token TEXT PRIMARY KEY,
                key_id TEXT NOT NULL,
                content TEXT NOT NULL,
                at TEXT NOT NULL,
                answer TEXT
            ) STRICT""",
            "CREATE INDEX plan_requests_by_key ON plan_requests (key_id, at)",
            "CREATE INDEX plan_requests_by_time ON plan_requests (at)",
        ),
    ),
)
