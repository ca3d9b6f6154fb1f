"""Settings: one value read from shell, .env and secret files; whatever is wrong is told at once."""

import dataclasses
from pathlib import Path

import pytest

from service.env_example import env_example
from service.errors import ConfigurationError
from service.settings import Settings, near_misses, read_settings, table
from tests.service.served import ROOT

GOOD = "q8Zr3vN5xT1bK7mW9cL2hF4jD6sG0pYa"

# Variable -> values that must be refused.
BAD = {
    "AGENTED_STATE_DIR": ["a\tb", "~no-such-user-here/x"],
    "AGENTED_CONTENT_DIR": ["a\x1bb"],
    "GIT_REMOTE": ["--upload-pack=evil", "ext::sh -c id", "two words"],
    "GIT_FETCH_SECONDS": ["-1", "often", "86401", "0.5"],
    "PUBLIC_URL": ["plan.canary.net", "ftp://a.org", "https://u:p@a.org/", "https://a.org/?q=1"],
    "SECRET_KEY": ["short", "a" * 40, "please-change-me-please-change-me", "x" * 20 + "abcdefghij"],
    "AGENTED_API_KEY": ["short", GOOD[:31], "your-key-your-key-abcdefghijklmnopq"],
    "SITE_PUBLIC": ["yes", "1", "wahr"],
    "PLAN_APPROVAL": ["two", "yes", "Other person"],
    "CORS_ALLOWED_ORIGINS": [
        "*", "null", "https://a.org/", "https://a.org,*", "a.org", "https://A.org",
        "https://*.a.org", "https://u@a.org", "https://a.org:443", "https://a.org:99999",
        "https://münchen.example",
    ],
    "HSTS": ["on", "31536000"],
    "GUNICORN_BIND": ["20000", "localhost", "localhost:99999", ":1", "unix:relative", "a b:1"],
    "TRUSTED_PROXIES": ["-1", "11", "all", "1.5", "²"],
    "RATELIMIT_STORAGE_URI": ["memoir", "http://localhost", "redis://"],
    "WEBHOOK_RATE_LIMIT": ["20", "0 per second", "20 per 0 second", "often", "20/10s"],
    "GITHUB_RATE_LIMIT": ["unlimited", "-1 per minute"],
    "API_RATE_LIMIT": ["none"],
    "SITE_RATE_LIMIT": ["1e9 per day"],
    "GITHUB_WEBHOOK_SECRET": ["short", "insecure-insecure-1"],
    "WEBHOOK_BODY_MIB": ["0", "26", "1.5", "25 MB"],
    "DELIVERY_ID_DEDUP_SECONDS": ["-1", "7 days"],
    "DELIVERY_BODY_DEDUP_SECONDS": ["1e3", "99999999"],
    "EXECUTIONS_AT_ONCE": ["0", "65", "many"],
    "EXECUTION_LOG_MIB": ["0", "2049", "1.5", "50 MiB"],
    "EXECUTION_PROCESSES": ["-1", "1000001", "some"],
    "EXECUTION_MEMORY_MIB": ["-1", "16777217", "2 GiB"],
    "EXECUTION_LOGS_MIB": ["0", "1048577", "2 GiB"],
    "EXECUTION_DAYS": ["0", "3651", "a month"],
    "COMMANDS_FILE": ["a\nb"],
    "NOTIFY_HOSTS": [
        "https://a.org", "a.org:0", "a.org:99999", "a b", "[::1", "[a.org]", "a.org/x", "*", "::1",
    ],
    "GITHUB_TOKEN": ["short", "ghp_of a person 0123456789", "ghp_§0123456789abcdef"],
    "GITHUB_API_URL": ["api.github.canary", "ftp://a.org", "https://u:p@a.org/", "https://a.org/?q"],
    "LOG_FORMAT": ["xml"],
    "LOG_LEVEL": ["loud", "10"],
    "LOG_FILE": ["a\nb"],
    "SENTRY_DSN": ["https://sentry.example.org/1", "canary@sentry.net", "https://k@host/x"],
    "SENTRY_TRACES_SAMPLE_RATE": ["2", "-0.1", "half", "nan", "1e-1"],
    "ANTHROPIC_API_KEY": ["short"],
    "ANTHROPIC_BASE_URL": ["localhost:8080", "https://a.org:port/"],
    "ASSISTANT_MODEL": ["-x", "two words"],
    "ASSISTANT_AT_ONCE": ["0", "201"],
    "ASSISTANT_RUN_USD": ["-1", "1e3", "$2"],
    "ASSISTANT_DAY_USD": ["many", "0.00001"],
    "ASSISTANT_PRICES_FILE": ["a\nb"],
    "ASSISTANT_REHEARSAL": ["yes", "1"],
}  # fmt: skip


def problems(environ: dict[str, str], dotenv: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(environ, dotenv)
    return caught.value.problems


def test_every_setting_has_bad_values_here() -> None:
    """A setting that is added must be attacked too."""
    assert set(BAD) == {each.name for each in table().values()}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_a_bad_value_is_refused_in_one_line_that_says_how_to_mend_it(name: str, value: str) -> None:
    """It names the variable and what is allowed; it quotes the value unless that may be secret."""
    (problem,) = problems({name: value})
    declared = next(each for each in table().values() if each.name == name)
    assert problem.startswith(name)
    assert declared.kind.form in problem
    assert "; mend it, or leave it empty" in problem
    assert "\n" not in problem
    if declared.kind.hidden:
        assert value not in problem
    else:
        assert repr(value) in problem


def test_all_problems_are_told_together() -> None:
    """Nobody likes to mend one, start, and learn of the next."""
    found = problems({"HSTS": "perhaps", "LOG_LEVEL": "loud", "SECRET_KEY": "short"})
    assert [each.split()[0] for each in found] == ["SECRET_KEY", "HSTS", "LOG_LEVEL"]


def test_the_shell_wins_over_the_file(tmp_path: Path) -> None:
    """And what neither sets has its default."""
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "HSTS=off\nLOG_LEVEL='debug' # more\nexport TRUSTED_PROXIES=2\n"
        'WEBHOOK_RATE_LIMIT="5 per minute"\nGIT_REMOTE=${HSTS}\n'
    )
    found = read_settings({"HSTS": "auto"}, dotenv)
    assert (found.hsts, found.log_level, found.trusted_proxies) == ("auto", "debug", 2)
    assert found.webhook_rate_limit == "5 per minute"
    assert found.git_remote == "${HSTS}", "nothing is filled in: a secret may hold a $"
    assert found.log_format == "json"


def test_empty_counts_as_not_set(tmp_path: Path) -> None:
    """In the shell, in the file, and for a path to a secret: an empty one never hides a value."""
    dotenv = tmp_path / ".env"
    dotenv.write_text("HSTS=off\nLOG_LEVEL=\nSECRET_KEY_FILE=\n")
    found = read_settings({"HSTS": " ", "TRUSTED_PROXIES": "", "SECRET_KEY": ""}, dotenv)
    assert (found.hsts, found.log_level, found.trusted_proxies) == ("off", "info", 0)
    assert not found.secret_key


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    """As Docker and systemd hand secrets out; the line end is not part of it."""
    file = tmp_path / "key"
    file.write_text(GOOD + "\n")
    assert read_settings({"SECRET_KEY_FILE": str(file)}).secret_key == GOOD


def test_a_source_in_the_shell_replaces_both_in_the_file(tmp_path: Path) -> None:
    """A path in .env does not collide with a secret in the shell."""
    dotenv = tmp_path / ".env"
    dotenv.write_text("SECRET_KEY_FILE=/nowhere\n")
    assert read_settings({"SECRET_KEY": GOOD}, dotenv).secret_key == GOOD


@pytest.mark.parametrize(
    ("content", "wording"),
    [(None, "No such file"), (b"", "empty"), (b"\xff" * 40, "no UTF-8"), (b"short\n", "at least")],
)
def test_a_bad_secret_file_is_refused(tmp_path: Path, content: bytes | None, wording: str) -> None:
    """Never a start without the secret that the operator meant to give."""
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    (problem,) = problems({"SECRET_KEY_FILE": str(file)})
    assert wording in problem


def test_a_secret_and_its_file_together_are_refused(tmp_path: Path) -> None:
    """Which of them counts is not for the service to guess."""
    file = tmp_path / "key"
    file.write_text(GOOD)
    (problem,) = problems({"SECRET_KEY": GOOD, "SECRET_KEY_FILE": str(file)})
    assert "both SECRET_KEY and SECRET_KEY_FILE" in problem


def test_only_secrets_are_read_from_files(tmp_path: Path) -> None:
    """A variable such as LOG_LEVEL_FILE means nothing."""
    assert read_settings({"LOG_LEVEL_FILE": "/nowhere"}) == Settings()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("HSTS=off\nnonsense\n", ":2 "),
        ("HSTS='off\n", ":1 "),
        ("HSTS=off\nHSTS=auto\n", ":2 sets HSTS a second time"),
    ],
)
def test_a_torn_line_of_the_file_is_told_with_its_number(
    tmp_path: Path, text: str, place: str
) -> None:
    """A line that is passed over in silence is a setting that does not hold."""
    dotenv = tmp_path / ".env"
    dotenv.write_text(text)
    assert any(f"{dotenv}{place}" in each for each in problems({}, dotenv))


def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    """It is not the same as no file."""
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(b"HSTS=\xff\xfe")
    assert "no UTF-8" in problems({}, dotenv)[0]
    dotenv.unlink()
    dotenv.mkdir()
    assert "cannot be read" in problems({}, dotenv)[0]


def test_secrets_are_never_shown_and_nothing_changes() -> None:
    """A settings value may end up in a log or a traceback."""
    found = read_settings(
        {"SECRET_KEY": GOOD, "RATELIMIT_STORAGE_URI": "redis://:canary-pw@localhost:6379/0"}
    )
    for text in (repr(found), str(found), f"{found}"):
        assert GOOD not in text
        assert "canary-pw" not in text
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.hsts = "off"  # type: ignore[misc]


def test_slips_of_the_pen_are_recognised() -> None:
    """For `planner doctor`: the environment holds a lot that is not ours."""
    names = dict.fromkeys(["SECRETKEY", "CORS_ALLOWED_ORIGIN", "PATH", "HOME", "LANG", "HSTS"], "")
    assert near_misses(names) == {
        "SECRETKEY": "SECRET_KEY",
        "CORS_ALLOWED_ORIGIN": "CORS_ALLOWED_ORIGINS",
    }


def test_the_example_is_made_from_the_settings() -> None:
    """`just env-example` writes it anew."""
    assert (ROOT / ".env.example").read_text("utf-8") == env_example()


def test_the_example_describes_each_variable_and_gives_no_secret() -> None:
    """Type, default and description of all of them; secrets only as a comment without a value."""
    text = env_example()
    for each in table().values():
        mark = "#" if each.secret else ""
        _, _, after = text.partition(f"\n# {each.help.split('.')[0][:40]}")
        block = after.split("\n\n")[0]
        assert f"# Type: {each.kind.form}." in block, each.name
        assert f"# Default: {each.default or 'empty'}." in block
        assert block.splitlines()[-1].startswith(f"{mark}{each.name}=")
        if each.secret:
            assert block.splitlines()[-1] == f"#{each.name}="


def test_a_copy_of_the_example_changes_nothing(tmp_path: Path) -> None:
    """What stands in it are the defaults."""
    dotenv = tmp_path / ".env"
    dotenv.write_text(env_example())
    assert read_settings({}, dotenv) == Settings()
