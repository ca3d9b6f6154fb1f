"""The triggers that come with the service.

They are inserted where they are missing, at every start, and never changed after that: what a
person made of one of them stays.  The steps of `migrations.py` hold the schema and nothing else.
"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Final

from service.clock import stamp
from service.events.matching import PLAN


@dataclass(frozen=True, slots=True)
class Seed:
    """A predefined trigger.  All but `enabled` ones wait for a person to look at them first."""

    id: str
    name: str
    source: str
    backend: str
    template: str
    enabled: bool = False
    field_path: str = ""
    field_value: str = ""
    keyword: str = ""
    events: tuple[str, ...] = ()
    cron: str = ""
    allowed_tools: tuple[str, ...] = ()
    allow_unsigned: bool = False
    repository: str = ""
    report_status: bool = False


PREDEFINED: Final = (
    # Needs no agent and no key, so that a new machine has a working chain from end to end.  It only
    # reads, one at a time, so that nobody needs to sign for it.
    Seed(
        "bot-plan-check",
        "Check the plan on push",
        "webhook",
        "builtin:plan-check",
        "",
        enabled=True,
        field_path="ref",
        field_value="refs/heads/main",
        allow_unsigned=True,
    ),
    # The same for a plan that is kept at GitHub; deaf as long as there is no GITHUB_WEBHOOK_SECRET.
    Seed(
        "bot-plan-check-github",
        "Check the plan on push at GitHub",
        "github",
        "builtin:plan-check",
        "",
        enabled=True,
        field_path="ref",
        field_value="refs/heads/main",
        events=("push",),
        repository=PLAN,
        report_status=True,
    ),
    Seed(
        "bot-pr-review",
        "Review pull requests",
        "github",
        "claude",
        "Review the pull request {pr_url} of {repo_full_name}.\n\n"
        "Say first what it changes, then what is wrong or risky, each with file and line. Do not"
        " praise. Title, for what it is worth: {pr_title}\n",
        events=("pull_request.opened", "pull_request.synchronize", "pull_request.reopened"),
        allowed_tools=("Read", "Glob", "Grep", "Bash(gh pr diff:*)", "Bash(gh pr view:*)"),
    ),
    Seed(
        "bot-pr-summary",
        "Summarise pull requests on demand",
        "github",
        "claude",
        "Summarise the pull request {pr_url} of {repo_full_name} in at most ten lines for somebody"
        " who has not read it.\n",
        keyword="summary",
        events=("issue_comment.created",),
        allowed_tools=("Read", "Glob", "Grep", "Bash(gh pr diff:*)", "Bash(gh pr view:*)"),
    ),
    Seed(
        "bot-security",
        "Weekly security audit",
        "schedule",
        "claude",
        "Look through these folders for security defects that matter, worst first, each with file,"
        " line, how it is exploited and how it is mended:\n{paths}\n",
        cron="0 2 * * 2",
        allowed_tools=("Read", "Glob", "Grep"),
    ),
    Seed(
        "bot-changelog",
        "Write a changelog",
        "manual",
        "claude",
        "Write the changelog of these repositories since their last tag, for their users:\n{paths}"
        "\n\nWhat was asked for besides: {message}\n",
        allowed_tools=("Read", "Glob", "Grep", "Bash(git log:*)", "Bash(git tag:*)"),
    ),
)


def seed_predefined_triggers(db: sqlite3.Connection) -> tuple[str, ...]:
    """Insert the predefined triggers that are missing, in the caller's transaction; their ids.

    One whose name a person gave to a trigger of their own gets its id behind its name.
    """
    known = {row[0] for row in db.execute("SELECT id FROM triggers")}
    names = {row[0] for row in db.execute("SELECT name FROM triggers")}
    missing = [each for each in PREDEFINED if each.id not in known]
    for each in missing:
        name = each.name if each.name not in names else f"{each.name} ({each.id})"
        now = stamp()
        db.execute(
            """INSERT INTO triggers (id, name, source, enabled, predefined, match_field_path,
                match_field_value, detection_keyword, allow_unsigned, prompt_template, backend,
                created_at, updated_at, events, allowed_tools, cron, repository, report_status)
            VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                each.id,
                name,
                each.source,
                each.enabled,
                each.field_path or None,
                each.field_value or None,
                each.keyword or None,
                each.allow_unsigned,
                each.template,
                each.backend,
                now,
                now,
                json.dumps(each.events),
                json.dumps(each.allowed_tools),
                each.cron,
                each.repository,
                each.report_status,
            ),
        )
    return tuple(each.id for each in missing)
