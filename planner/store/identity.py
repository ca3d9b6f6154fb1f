"""Who a person is to git: name and e-mail from the environment, else from git's configuration."""

from collections.abc import Mapping

from planner.errors import UsageError
from planner.store.commits import Person
from planner.store.folder import Repository


def author_of(repository: Repository, environ: Mapping[str, str]) -> Person:
    """The author that `git commit` would take.

    Raises UsageError when git knows none: a commit of nobody says nothing.
    """
    name = environ.get("GIT_AUTHOR_NAME") or _configured(repository, "user.name")
    email = environ.get("GIT_AUTHOR_EMAIL") or _configured(repository, "user.email")
    if not name or not email:
        raise UsageError(
            "git does not know who you are, so nothing can be saved in your name",
            "git config --global user.name 'Ada Lovelace'; git config --global user.email ada@…",
        )
    return Person(name, email)


def _configured(repository: Repository, key: str) -> str:
    answer = repository.git.probe("config", "--get", key)
    return answer.data.decode("utf-8", "replace").strip() if answer.status == 0 else ""
