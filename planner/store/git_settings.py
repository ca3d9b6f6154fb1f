"""What every git process is started with, so that a repository cannot make it do harm.

A plan may lie in a repository that a stranger made, and a repository's own configuration can name
programs.  So inherited `GIT_*` variables are dropped, settings that could start a program or reach
the network are switched off, and paths are literal.  What the *user* configured (system and global
configuration, `safe.directory`) still holds.
"""

from collections.abc import Mapping, Sequence

# Variables that say where the user's own, trusted configuration is or bound the search for a
# repository.  All other GIT_* variables may be left over from a hook or another tool and would
# point git at another repository, index or program.
_KEPT = frozenset(
    {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CEILING_DIRECTORIES",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    }
)
_FIXED = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    # Stronger than protocol.allow: a repository may itself set protocol.<name>.allow, which would
    # win.  An empty list allows no transport, so a partial clone cannot fetch behind our back.
    "GIT_ALLOW_PROTOCOL": "",
}
SETTINGS = (
    "core.quotePath=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.splitIndex=false",
    "protocol.allow=never",
    "log.showSignature=false",
    "log.showRoot=true",
    "log.mailmap=false",
    "diff.orderFile=/dev/null",
)


def git_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a git process: `environ` without foreign `GIT_*`, plus fixed settings.

    `safe.directory` entries given through `GIT_CONFIG_COUNT` (containers do that) are kept; other
    settings given that way are dropped.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("GIT_") or name in _KEPT
    }
    safe = _safe_directories(environ)
    if safe:
        kept["GIT_CONFIG_COUNT"] = str(len(safe))
        for index, value in enumerate(safe):
            kept[f"GIT_CONFIG_KEY_{index}"] = "safe.directory"
            kept[f"GIT_CONFIG_VALUE_{index}"] = value
    kept.update(_FIXED)
    return kept


def added_settings(
    environment: Mapping[str, str], settings: Sequence[tuple[str, str]]
) -> dict[str, str]:
    """The variables that give a git of this environment more settings, behind those it has."""
    first = int(environment.get("GIT_CONFIG_COUNT", "0"))
    added = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for index, (key, value) in enumerate(settings, first):
        added |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return added


def _safe_directories(environ: Mapping[str, str]) -> list[str]:
    count = environ.get("GIT_CONFIG_COUNT", "")
    if not count.isascii() or not count.isdigit() or len(count) > 3:
        return []
    return [
        environ.get(f"GIT_CONFIG_VALUE_{index}", "")
        for index in range(int(count))
        if environ.get(f"GIT_CONFIG_KEY_{index}", "").casefold() == "safe.directory"
    ]
