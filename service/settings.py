"""All settings of the service: one frozen value, read once from the environment and `.env`.

A variable that is set to nothing counts as not set.  A secret may come from a file: `NAME_FILE`
holds its path (as Docker and systemd hand out secrets).  The shell wins over `.env`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from service import kinds
from service.errors import ConfigurationError
from service.kinds import one_of, whole
from service.setting import Secret, Setting, setting
from service.sources import FILE_SUFFIX, given_values

# Read by the planner's commands, too, which name it in their messages.
CONTENT_DIR: Final = "AGENTED_CONTENT_DIR"
# More of a wrong value would fill the line and help nobody.
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings; `.env.example` is made from this table."""

    state_dir: Path = setting(
        "AGENTED_STATE_DIR", kinds.PATH, "state", "Places",
        "Folder of everything the service writes but the plan: database, secret key, built site.",
    )  # fmt: skip
    content_dir: Path | None = setting(
        CONTENT_DIR, kinds.PATH, "", "Places",
        "Folder of the plan. Empty: the nearest content/plan.yaml or plan.yaml upwards.",
    )  # fmt: skip
    git_remote: Secret = setting(
        "GIT_REMOTE", kinds.REMOTE, "", "Places",
        "Git remote to keep the plan's branch and proposals in step with, both ways. Empty: none.",
    )  # fmt: skip
    git_fetch_seconds: int = setting(
        "GIT_FETCH_SECONDS", whole(0, 86_400), "60", "Places",
        "How often to look for what others pushed. 0: after saves and when asked only.",
    )  # fmt: skip
    public_url: str = setting(
        "PUBLIC_URL", kinds.ADDRESS, "", "Places",
        "Address under which people reach the service: for feed, sitemap and links in messages.",
    )  # fmt: skip

    secret_key: Secret = setting(
        "SECRET_KEY", kinds.LONG_SECRET, "", "Access",
        "Signs sessions and tokens. Empty: made at the first start, kept in the state folder.",
    )  # fmt: skip
    api_key: Secret = setting(
        "AGENTED_API_KEY", kinds.LONG_SECRET, "", "Access",
        "First admin key. Empty: one is made at the first start and shown once.",
    )  # fmt: skip
    site_public: bool = setting(
        "SITE_PUBLIC", kinds.YES_NO, "false", "Access",
        "Whether everyone may read the pages of the plan. Forms, /api and /admin stay closed.",
    )  # fmt: skip
    plan_approval: str = setting(
        "PLAN_APPROVAL", one_of("none", "other"), "none", "Access",
        "Whether the plan's main branch takes proposals only, merged by who did not write them.",
    )  # fmt: skip
    cors_allowed_origins: tuple[str, ...] = setting(
        "CORS_ALLOWED_ORIGINS", kinds.ORIGINS, "", "Access",
        "Origins whose pages may call /api and /admin. Empty: none.",
    )  # fmt: skip
    hsts: str = setting(
        "HSTS", one_of("auto", "always", "off"), "always", "Access",
        "Strict-Transport-Security: always, only over https (auto), or off.",
    )  # fmt: skip

    bind: str = setting(
        "GUNICORN_BIND", kinds.BIND, "127.0.0.1:20000", "Network",
        "Where the service listens.",
    )  # fmt: skip
    trusted_proxies: int = setting(
        "TRUSTED_PROXIES", whole(0, 10), "0", "Network",
        "Number of reverse proxies before the service: so many X-Forwarded-For hops are believed.",
    )  # fmt: skip
    ratelimit_storage_uri: Secret = setting(
        "RATELIMIT_STORAGE_URI", kinds.LIMITS_STORE, "memory://", "Network",
        "Where rate limits are counted.",
    )  # fmt: skip
    webhook_rate_limit: str = setting(
        "WEBHOOK_RATE_LIMIT", kinds.RATE, "20 per 10 second", "Network",
        "Limit of POST / for one address.",
    )  # fmt: skip
    github_rate_limit: str = setting(
        "GITHUB_RATE_LIMIT", kinds.RATE, "600 per minute", "Network",
        "Limit of /api/webhooks/github/ for one address.",
    )  # fmt: skip
    api_rate_limit: str = setting(
        "API_RATE_LIMIT", kinds.RATE, "1200 per minute", "Network",
        "Limit of /admin and /api for one address.",
    )  # fmt: skip
    site_rate_limit: str = setting(
        "SITE_RATE_LIMIT", kinds.RATE, "3000 per minute", "Network",
        "Limit of the pages and their files for one address.",
    )  # fmt: skip
    github_webhook_secret: Secret = setting(
        "GITHUB_WEBHOOK_SECRET", kinds.SECRET, "", "Network",
        "Secret with which GitHub signs. Empty: GitHub's webhooks are refused.",
    )  # fmt: skip
    webhook_body_mib: int = setting(
        "WEBHOOK_BODY_MIB", whole(1, 25), "1", "Network",
        "How large the body of a webhook may be, in MiB. Reading a large one holds up all else.",
    )  # fmt: skip

    delivery_id_dedup_seconds: int = setting(
        "DELIVERY_ID_DEDUP_SECONDS", whole(0, 90 * 86400), "604800", "Executions",
        "How long the id of a delivery (and GitHub's bodies) counts as one that came before.",
    )  # fmt: skip
    delivery_body_dedup_seconds: int = setting(
        "DELIVERY_BODY_DEDUP_SECONDS", whole(0, 90 * 86400), "600", "Executions",
        "How long the body of a delivery without an id counts as one that came before.",
    )  # fmt: skip
    executions_at_once: int = setting(
        "EXECUTIONS_AT_ONCE", whole(1, 64), "4", "Executions",
        "How many commands of agents run at the same time; the others wait.",
    )  # fmt: skip
    execution_log_mib: int = setting(
        "EXECUTION_LOG_MIB", whole(1, 2048), "50", "Executions",
        "How much of the output of one execution is kept, in MiB.",
    )  # fmt: skip
    execution_processes: int = setting(
        "EXECUTION_PROCESSES", whole(0, 1_000_000), "4096", "Executions",
        "How many processes and threads a command may have (docs/executions.md says whose count); "
        "0: no bound.",
    )  # fmt: skip
    execution_memory_mib: int = setting(
        "EXECUTION_MEMORY_MIB", whole(0, 16 * 1024 * 1024), "0", "Executions",
        "How much memory a command may take, in MiB (docs/executions.md says how it counts); "
        "0: no bound.",
    )  # fmt: skip
    execution_logs_mib: int = setting(
        "EXECUTION_LOGS_MIB", whole(1, 1024 * 1024), "2048", "Executions",
        "How much of the output of all executions is kept, in MiB; the oldest makes room.",
    )  # fmt: skip
    execution_days: int = setting(
        "EXECUTION_DAYS", whole(1, 3650), "30", "Executions",
        "For how many days executions and their logs are kept after their end.",
    )  # fmt: skip
    commands_file: Path | None = setting(
        "COMMANDS_FILE", kinds.PATH, "", "Executions",
        "TOML file of commands that triggers may name beside the agents. Empty: none.",
    )  # fmt: skip
    notify_hosts: frozenset[str] = setting(
        "NOTIFY_HOSTS", kinds.HOSTS, "", "Executions",
        "Hosts of own networks that notifications may go to; without a port, at the usual one.",
    )  # fmt: skip
    github_token: Secret = setting(
        "GITHUB_TOKEN", kinds.TOKEN, "", "Executions",
        "Token that may write commit statuses at GitHub. Empty: none are written.",
    )  # fmt: skip
    github_api_url: str = setting(
        "GITHUB_API_URL", kinds.ADDRESS, "https://api.github.com", "Executions",
        "Address of GitHub's API; of an own GitHub server: https://HOST/api/v3.",
    )  # fmt: skip

    log_format: str = setting(
        "LOG_FORMAT", one_of("json", "console"), "json", "Logs",
        "JSON lines, or text for people.",
    )  # fmt: skip
    log_level: str = setting(
        "LOG_LEVEL", one_of("debug", "info", "warning", "error"), "info", "Logs",
        "Least level that is logged.",
    )  # fmt: skip
    log_file: Path | None = setting(
        "LOG_FILE", kinds.PATH, "", "Logs",
        "File of the log, rotated at 10 MB. Empty: standard error.",
    )  # fmt: skip
    sentry_dsn: Secret = setting(
        "SENTRY_DSN", kinds.DSN, "", "Logs",
        "Where unexpected errors are reported. Empty: nowhere.",
    )  # fmt: skip
    sentry_traces_sample_rate: float = setting(
        "SENTRY_TRACES_SAMPLE_RATE", kinds.SHARE, "0", "Logs",
        "Share of the requests that are traced.",
    )  # fmt: skip

    anthropic_api_key: Secret = setting(
        "ANTHROPIC_API_KEY", kinds.SECRET, "", "AI",
        "Key of the Claude API. Empty: AI assistance is off; all else works.",
    )  # fmt: skip
    anthropic_base_url: str = setting(
        "ANTHROPIC_BASE_URL", kinds.ADDRESS, "", "AI",
        "Address of the Claude API. Empty: the usual one.",
    )  # fmt: skip
    assistant_model: str = setting(
        "ASSISTANT_MODEL", kinds.NAME, "claude-opus-5-5", "AI",
        "Model that is asked. The page /ops/assistant lists those that the key may use.",
    )  # fmt: skip
    assistant_at_once: int = setting(
        "ASSISTANT_AT_ONCE", whole(1, 200), "40", "AI",
        "How many runs of the model there are at the same time; more are refused.",
    )  # fmt: skip
    assistant_run_usd: Decimal = setting(
        "ASSISTANT_RUN_USD", kinds.DOLLARS, "2", "AI",
        "Dollars at which a run is stopped. 0: no ceiling.",
    )  # fmt: skip
    assistant_day_usd: Decimal = setting(
        "ASSISTANT_DAY_USD", kinds.DOLLARS, "20", "AI",
        "Dollars of a day (UTC) at which runs are stopped and no more begin. 0: no ceiling.",
    )  # fmt: skip
    assistant_prices_file: Path | None = setting(
        "ASSISTANT_PRICES_FILE", kinds.PATH, "", "AI",
        "YAML file of prices that come before those of the service. Empty: none.",
    )  # fmt: skip
    assistant_rehearsal: bool = setting(
        "ASSISTANT_REHEARSAL", kinds.YES_NO, "false", "AI",
        "Whether a scripted model on this machine answers, without a key and without cost.",
    )  # fmt: skip


def table() -> Mapping[str, Setting]:
    """Attribute of `Settings` -> how its variable is declared, in the order of `.env.example`."""
    return {each.name: each.metadata["setting"] for each in fields(Settings)}


def read_settings(environ: Mapping[str, str], dotenv: Path | None = None) -> Settings:
    """Read and validate all settings.

    `dotenv` is a file that need not exist; `environ` wins over it.  Raises ConfigurationError
    with every problem at once.
    """
    problems: list[str] = []
    declared = table()
    values: dict[str, Any] = {}
    for attribute, text in given_values(declared, environ, dotenv, problems).items():
        try:
            values[attribute] = declared[attribute].kind.read(text)
        except ValueError:
            problems.append(_refusal(declared[attribute], text))
    if problems:
        raise ConfigurationError(*problems)
    return Settings(**values)


def _refusal(declared: Setting, text: str) -> str:
    shown = "" if declared.kind.hidden else f" is {_short(text)!r}, which"
    default = f" (default: {declared.default})" if declared.default else ""
    return (
        f"{declared.name}{shown} is not {declared.kind.form}; mend it, or leave it empty{default}"
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def near_misses(names: Mapping[str, object]) -> Mapping[str, str]:
    """Names of variables that look like slips of the pen -> what was probably meant."""
    known = {each.name for each in table().values()}
    known |= {each.name + FILE_SUFFIX for each in table().values() if each.secret}
    found = {}
    for name in names:
        if name not in known and (close := get_close_matches(name, known, 1, 0.85)):
            found[name] = close[0]
    return found
