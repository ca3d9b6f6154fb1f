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
    Migration(
        4,
        "executions, their logs, and what triggers say of them",
        (
            "ALTER TABLE triggers ADD COLUMN events TEXT NOT NULL DEFAULT '[]'",
            "ALTER TABLE triggers ADD COLUMN repository TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE triggers ADD COLUMN authors TEXT NOT NULL DEFAULT '[]'",
            "ALTER TABLE triggers ADD COLUMN model TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE triggers ADD COLUMN effort TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE triggers ADD COLUMN allowed_tools TEXT NOT NULL DEFAULT '[]'",
            "ALTER TABLE triggers ADD COLUMN paths TEXT NOT NULL DEFAULT '[]'",
            """ALTER TABLE triggers ADD COLUMN worktree INTEGER NOT NULL DEFAULT 0
                CHECK (worktree IN (0, 1))""",
            "ALTER TABLE triggers ADD COLUMN timeout_s INTEGER NOT NULL DEFAULT 600",
            "ALTER TABLE triggers ADD COLUMN concurrency INTEGER NOT NULL DEFAULT 1",
            "ALTER TABLE triggers ADD COLUMN priority INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE triggers ADD COLUMN retries INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE triggers ADD COLUMN runs_per_day INTEGER",
            "ALTER TABLE triggers ADD COLUMN cron TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE triggers ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC'",
            "ALTER TABLE triggers ADD COLUMN next_fire_at TEXT",
            """ALTER TABLE triggers ADD COLUMN notify_on TEXT NOT NULL DEFAULT 'never'
                CHECK (notify_on IN ('never', 'failure', 'always'))""",
            "ALTER TABLE triggers ADD COLUMN notify_url TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE triggers ADD COLUMN notify_secret TEXT",
            "ALTER TABLE triggers ADD COLUMN dedup_s INTEGER",
            "ALTER TABLE triggers ADD COLUMN revision INTEGER NOT NULL DEFAULT 1",
            # What an event is judged by has changed whenever this number has: whoever changes it.
            """CREATE TABLE trigger_changes (
                only INTEGER PRIMARY KEY CHECK (only = 1),
                number INTEGER NOT NULL
            ) STRICT""",
            """CREATE TRIGGER trigger_made AFTER INSERT ON triggers
                BEGIN
                    REPLACE INTO trigger_changes
                    SELECT 1, coalesce(max(number), 0) + 1 FROM trigger_changes;
                END""",
            # A schedule is written to each time it fires, and no event is judged by it.
            """CREATE TRIGGER trigger_changed AFTER UPDATE ON triggers
                WHEN old.source <> 'schedule' OR new.source <> 'schedule'
                BEGIN
                    REPLACE INTO trigger_changes
                    SELECT 1, coalesce(max(number), 0) + 1 FROM trigger_changes;
                END""",
            """CREATE TRIGGER trigger_deleted AFTER DELETE ON triggers
                BEGIN
                    REPLACE INTO trigger_changes
                    SELECT 1, coalesce(max(number), 0) + 1 FROM trigger_changes;
                END""",
            """CREATE TABLE trigger_revisions (
                trigger_id TEXT NOT NULL REFERENCES triggers (id) ON DELETE CASCADE,
                revision INTEGER NOT NULL,
                at TEXT NOT NULL,
                person TEXT NOT NULL,
                fields TEXT NOT NULL,
                PRIMARY KEY (trigger_id, revision)
            ) STRICT""",
            """CREATE TABLE fires (
                trigger_id TEXT NOT NULL REFERENCES triggers (id) ON DELETE CASCADE,
                due_at TEXT NOT NULL,
                outcome TEXT NOT NULL CHECK (outcome IN ('queued', 'missed', 'skipped')),
                reason TEXT NOT NULL DEFAULT '',
                execution_id TEXT,
                PRIMARY KEY (trigger_id, due_at)
            ) STRICT""",
            "ALTER TABLE deliveries ADD COLUMN headers TEXT NOT NULL DEFAULT '{}'",
            "ALTER TABLE deliveries ADD COLUMN sender_id TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE deliveries ADD COLUMN redelivery_of TEXT",
            # Whose secrets had signed it, for who lets it be judged once more.
            "ALTER TABLE deliveries ADD COLUMN signed_for TEXT NOT NULL DEFAULT '[]'",
            "CREATE INDEX deliveries_again ON deliveries (redelivery_of) WHERE redelivery_of > ''",
            # One row for each key under which a delivery must not come again.
            """CREATE TABLE seen_deliveries (
                source TEXT NOT NULL,
                key BLOB NOT NULL,
                delivery_id TEXT NOT NULL,
                expires_at TEXT NOT NULL,
                PRIMARY KEY (source, key)
            ) STRICT""",
            "CREATE INDEX seen_deliveries_by_end ON seen_deliveries (expires_at)",
            """CREATE TABLE executions (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                trigger_id TEXT NOT NULL,
                trigger_name TEXT NOT NULL,
                kind TEXT NOT NULL,
                source TEXT NOT NULL CHECK (source IN
                    ('webhook', 'github', 'schedule', 'manual', 'replay', 'retry')),
                event TEXT NOT NULL,
                delivery_id TEXT,
                state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed',
                    'cancelled', 'timed_out', 'interrupted')),
                priority INTEGER NOT NULL,
                attempt INTEGER NOT NULL DEFAULT 1,
                first_id TEXT,
                person TEXT NOT NULL,
                request_id TEXT NOT NULL,
                queued_at TEXT NOT NULL,
                not_before TEXT NOT NULL,
                started_at TEXT,
                finished_at TEXT,
                duration_ms INTEGER,
                owner TEXT,
                pid INTEGER,
                pid_began TEXT,
                exit_code INTEGER,
                exit_signal INTEGER,
                reason TEXT NOT NULL DEFAULT '',
                failure TEXT NOT NULL DEFAULT '',
                cancel_asked INTEGER NOT NULL DEFAULT 0 CHECK (cancel_asked IN (0, 1)),
                lines INTEGER NOT NULL DEFAULT 0,
                bytes INTEGER NOT NULL DEFAULT 0,
                truncated INTEGER NOT NULL DEFAULT 0 CHECK (truncated IN (0, 1)),
                tokens_in INTEGER,
                tokens_out INTEGER,
                cost_usd REAL,
                -- Lines up to this one are in the search; once all are, `indexed` is set.
                indexed_to INTEGER NOT NULL DEFAULT 0,
                indexed INTEGER NOT NULL DEFAULT 0 CHECK (indexed IN (0, 1)),
                -- Whether its lines were deleted to make room.
                cleared INTEGER NOT NULL DEFAULT 0 CHECK (cleared IN (0, 1)),
                order_json TEXT NOT NULL,
                argv TEXT NOT NULL DEFAULT '[]',
                -- What may be long comes last: what stands before is read without it.
                message TEXT NOT NULL,
                prompt TEXT NOT NULL DEFAULT '',
                payload TEXT NOT NULL
            ) STRICT""",
            """CREATE INDEX executions_waiting ON executions (priority DESC, number)
                WHERE state = 'queued'""",
            # With the state in it, counting reads no row.
            """CREATE INDEX executions_queued ON executions (state, trigger_id)
                WHERE state = 'queued'""",
            "CREATE INDEX executions_running ON executions (trigger_id) WHERE state = 'running'",
            "CREATE INDEX executions_by_trigger ON executions (trigger_id, number)",
            "CREATE INDEX executions_by_start ON executions (trigger_id, started_at)",
            "CREATE INDEX executions_by_end ON executions (finished_at)",
            "CREATE INDEX executions_to_index ON executions (number) WHERE indexed = 0",
            "CREATE INDEX executions_by_delivery ON executions (delivery_id)",
            """CREATE INDEX executions_by_first ON executions (first_id)
                WHERE first_id IS NOT NULL""",
            # A row holds many lines: one read of the command's output, cut into lines.
            """CREATE TABLE log_chunks (
                id INTEGER PRIMARY KEY,
                execution INTEGER NOT NULL REFERENCES executions (number) ON DELETE CASCADE,
                first INTEGER NOT NULL,
                count INTEGER NOT NULL,
                stream TEXT NOT NULL CHECK (stream IN ('out', 'err', 'note')),
                at TEXT NOT NULL,
                text TEXT NOT NULL,
                UNIQUE (execution, first)
            ) STRICT""",
            """CREATE VIRTUAL TABLE log_search USING fts5 (
                text, content='log_chunks', content_rowid='id', tokenize='unicode61'
            )""",
            """CREATE TABLE notifications (
                id TEXT PRIMARY KEY,
                execution_id TEXT NOT NULL,
                url TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
                attempts INTEGER NOT NULL DEFAULT 0,
                next_at TEXT NOT NULL,
                reason TEXT NOT NULL DEFAULT '',
                at TEXT NOT NULL
            ) STRICT""",
            "CREATE INDEX notifications_due ON notifications (next_at) WHERE state = 'waiting'",
            "CREATE INDEX notifications_by_execution ON notifications (execution_id)",
            """CREATE TABLE tool_health (
                name TEXT PRIMARY KEY,
                state TEXT NOT NULL,
                version TEXT NOT NULL,
                reason TEXT NOT NULL,
                at TEXT NOT NULL
            ) STRICT""",
            # Pushes to the plan's own repository, and what came of the fetch after each.
            """CREATE TABLE plan_pushes (
                delivery_id TEXT PRIMARY KEY,
                at TEXT NOT NULL,
                branch TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN
                    ('waiting', 'fetched', 'attention', 'failed', 'unsigned')),
                reason TEXT NOT NULL,
                settled_at TEXT NOT NULL
            ) STRICT""",
            """CREATE TABLE switches (
                name TEXT PRIMARY KEY,
                value TEXT NOT NULL,
                at TEXT NOT NULL,
                person TEXT NOT NULL
            ) STRICT""",
        ),
    ),
    Migration(
        5,
        "what the assistant answered, and what it cost",
        (
            """CREATE TABLE assistant_ledger (
                execution TEXT PRIMARY KEY,
                day TEXT NOT NULL,
                kind TEXT NOT NULL,
                session TEXT NOT NULL,
                item TEXT NOT NULL,
                person TEXT NOT NULL,
                model TEXT NOT NULL,
                tokens_in INTEGER NOT NULL,
                tokens_out INTEGER NOT NULL,
                cache_write INTEGER NOT NULL,
                cache_read INTEGER NOT NULL,
                searches INTEGER NOT NULL,
                -- A decimal number of dollars; NULL where no price is known.
                usd TEXT,
                is_estimate INTEGER NOT NULL CHECK (is_estimate IN (0, 1)),
                is_rehearsal INTEGER NOT NULL CHECK (is_rehearsal IN (0, 1)),
                at TEXT NOT NULL
            ) STRICT""",
            "CREATE INDEX assistant_ledger_by_day ON assistant_ledger (day, is_rehearsal)",
            # The ledger stays when executions are cleared; answers go with them.
            """CREATE TABLE assistant_answers (
                execution TEXT PRIMARY KEY REFERENCES executions (id) ON DELETE CASCADE,
                answer TEXT NOT NULL
            ) STRICT""",
        ),
    ),
    Migration(
        6,
        "interviews",
        (
            """CREATE TABLE ask_sessions (
                id TEXT PRIMARY KEY,
                title TEXT NOT NULL,
                source TEXT NOT NULL CHECK (source IN ('idea', 'readme', 'plan')),
                text TEXT NOT NULL,
                depth TEXT NOT NULL CHECK (depth IN ('quick', 'standard', 'deep')),
                state TEXT NOT NULL CHECK (state IN ('open', 'stopped', 'done')),
                person TEXT NOT NULL,
                created_at TEXT NOT NULL,
                updated_at TEXT NOT NULL,
                -- The run of a model that is under way; empty: none.
                execution TEXT NOT NULL DEFAULT '',
                -- JSON: questions that are left open in this round; questions of a model; models.
                passed TEXT NOT NULL DEFAULT '[]',
                extra TEXT NOT NULL DEFAULT '[]',
                models TEXT NOT NULL DEFAULT '[]',
                -- JSON: words that a model offers, by part and field.
                offers TEXT NOT NULL DEFAULT '{}'
            ) STRICT""",
            "CREATE INDEX ask_sessions_by_time ON ask_sessions (state, updated_at)",
            # Only added to: the latest to a question counts, and the others are its history.
            """CREATE TABLE ask_answers (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                session_id TEXT NOT NULL REFERENCES ask_sessions (id) ON DELETE CASCADE,
                question TEXT NOT NULL,
                text TEXT NOT NULL,
                how TEXT NOT NULL CHECK (how IN ('option', 'other', 'out', 'unknown', 'open')),
                value TEXT NOT NULL,
                person TEXT NOT NULL,
                at TEXT NOT NULL
            ) STRICT""",
            "CREATE INDEX ask_answers_by_session ON ask_answers (session_id, question)",
            """CREATE TABLE ask_parts (
                session_id TEXT NOT NULL REFERENCES ask_sessions (id) ON DELETE CASCADE,
                part TEXT NOT NULL,
                decision TEXT NOT NULL CHECK (decision IN ('', 'accepted', 'dropped')),
                changes TEXT NOT NULL,
                -- JSON: the model that wrote a changed field, by field.
                written TEXT NOT NULL DEFAULT '{}',
                person TEXT NOT NULL,
                at TEXT NOT NULL,
                PRIMARY KEY (session_id, part)
            ) STRICT""",
        ),
    ),
    Migration(
        7,
        "researches",
        (
            """CREATE TABLE research_runs (
                run TEXT PRIMARY KEY,
                -- JSON: what was asked for; who asked.
                brief TEXT NOT NULL,
                stage TEXT NOT NULL CHECK (stage IN ('looking', 'summing', 'over')),
                person TEXT NOT NULL,
                at TEXT NOT NULL,
                -- When the time of it is over.
                until TEXT NOT NULL,
                note TEXT NOT NULL DEFAULT ''
            ) STRICT""",
            "CREATE INDEX research_runs_open ON research_runs (at) WHERE stage <> 'over'",
            """CREATE TABLE research_tasks (
                run TEXT NOT NULL REFERENCES research_runs (run) ON DELETE CASCADE,
                topic TEXT NOT NULL,
                execution TEXT NOT NULL,
                -- That of the execution, once it has ended.
                state TEXT NOT NULL DEFAULT '',
                reason TEXT NOT NULL DEFAULT '',
                text TEXT NOT NULL DEFAULT '',
                -- JSON: the pages that it read.
                pages TEXT NOT NULL DEFAULT '[]',
                model TEXT NOT NULL DEFAULT '',
                cost TEXT NOT NULL DEFAULT '',
                usd TEXT,
                ended_at TEXT NOT NULL DEFAULT '',
                attempt INTEGER NOT NULL DEFAULT 1,
                PRIMARY KEY (run, topic)
            ) STRICT""",
        ),
    ),
    Migration(
        8,
        "suggestions and reviews",
        (
            """CREATE TABLE drafting_runs (
                execution TEXT PRIMARY KEY,
                purpose TEXT NOT NULL CHECK (purpose IN ('suggest', 'review')),
                kind TEXT NOT NULL,
                item TEXT NOT NULL,
                task TEXT NOT NULL,
                about TEXT NOT NULL,
                proposal TEXT NOT NULL,
                person TEXT NOT NULL,
                model TEXT NOT NULL,
                -- The commit of the plan that was reviewed.
                commit_id TEXT NOT NULL,
                at TEXT NOT NULL,
                -- Whether its answer was taken in; why there was none; JSON: what was refused.
                is_read INTEGER NOT NULL CHECK (is_read IN (0, 1)),
                why TEXT NOT NULL,
                refused TEXT NOT NULL
            ) STRICT""",
            "CREATE INDEX drafting_runs_by_item ON drafting_runs (purpose, kind, item, at)",
            # Of a milestone or a phase; dismissals stay when a later review finds the same.
            """CREATE TABLE review_findings (
                kind TEXT NOT NULL,
                item TEXT NOT NULL,
                id TEXT NOT NULL,
                what TEXT NOT NULL,
                -- JSON: the words that it quotes, and where they stand.
                places TEXT NOT NULL,
                problem TEXT NOT NULL,
                suggestion TEXT NOT NULL,
                first_run TEXT NOT NULL,
                last_run TEXT NOT NULL,
                last_at TEXT NOT NULL,
                dismissed TEXT NOT NULL DEFAULT '',
                dismissed_by TEXT NOT NULL DEFAULT '',
                dismissed_at TEXT NOT NULL DEFAULT '',
                PRIMARY KEY (kind, item, id)
            ) STRICT""",
        ),
    ),
    Migration(
        9,
        "claims that keep their numbers, and the money of earlier attempts",
        (
            # The numbers of its claims; 0: by their order. No number is given twice in a run.
            "ALTER TABLE research_tasks ADD COLUMN first_claim INTEGER NOT NULL DEFAULT 0",
            # Of what is there already: more than any run has that was numbered by order.
            "ALTER TABLE research_tasks ADD COLUMN last_claim INTEGER NOT NULL DEFAULT 1000",
            # What earlier attempts cost, and what this one may: dollars.
            "ALTER TABLE research_tasks ADD COLUMN usd_before TEXT NOT NULL DEFAULT '0'",
            "ALTER TABLE research_tasks ADD COLUMN usd_most TEXT NOT NULL DEFAULT '0'",
        ),
    ),
    Migration(
        10,
        "outcomes that are told to GitHub",
        (
            """ALTER TABLE triggers ADD COLUMN report_status INTEGER NOT NULL DEFAULT 0
                CHECK (report_status IN (0, 1))""",
            # `hook`: to the address of the trigger; `status`: the status of a commit at GitHub.
            """ALTER TABLE notifications ADD COLUMN kind TEXT NOT NULL DEFAULT 'hook'
                CHECK (kind IN ('hook', 'status'))""",
            # Of a status: what it says, in which words, of which commit and under which name.
            "ALTER TABLE notifications ADD COLUMN says TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE notifications ADD COLUMN words TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE notifications ADD COLUMN repository TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE notifications ADD COLUMN commit_id TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE notifications ADD COLUMN context TEXT NOT NULL DEFAULT ''",
            # Until when an attempt may be under way; empty: none is.
            "ALTER TABLE notifications ADD COLUMN busy_until TEXT NOT NULL DEFAULT ''",
            """CREATE INDEX notifications_by_commit ON notifications (commit_id)
                WHERE kind = 'status'""",
            # The branch that was edited here when the fetch ended; empty: not known.
            "ALTER TABLE plan_pushes ADD COLUMN edited TEXT NOT NULL DEFAULT ''",
        ),
    ),
    Migration(
        11,
        "parts of a draft that a model proposes",
        (
            # JSON: the parts, each with the answer that it rests on and the model.
            "ALTER TABLE ask_sessions ADD COLUMN proposed TEXT NOT NULL DEFAULT '[]'",
        ),
    ),
    Migration(
        12,
        "web searches without a known price",
        (
            "ALTER TABLE assistant_ledger ADD COLUMN unpriced_searches INTEGER NOT NULL DEFAULT 0",
            # Sums with such searches in them were marked as estimates, and nothing said why.
            """UPDATE assistant_ledger SET unpriced_searches = searches
                WHERE is_estimate = 1 OR usd IS NULL""",
        ),
    ),
    Migration(
        13,
        "what a model of an interview was told, and which one offers words",
        (
            # The number of the last answer that the run was told; one of before: of all of them.
            "ALTER TABLE ask_sessions ADD COLUMN told INTEGER NOT NULL DEFAULT 9223372036854775807",
            # JSON: the model whose words are offered, by part.
            "ALTER TABLE ask_sessions ADD COLUMN offer_models TEXT NOT NULL DEFAULT '{}'",
        ),
    ),
    Migration(
        14,
        "the commits that checks of the plan looked at",
        (
            """CREATE TABLE plan_checks (
                execution INTEGER PRIMARY KEY REFERENCES executions (number) ON DELETE CASCADE,
                commit_id TEXT NOT NULL
            ) STRICT""",
        ),
    ),
)
