"""The address of a remote, taken apart so that no user and no password is ever shown.

What git itself is given holds neither for http: a program's arguments can be read by every user of
the machine (`ps`).  See `planner.store.remote` for the way that they take instead.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from planner.errors import UsageError
from planner.store.folder import Repository

_SCP = re.compile(r"(?:(?P<user>[^@:/\s]+)@)?(?P<host>[^@:/\s]+|\[[0-9A-Fa-f:.]+\]):(?P<path>.+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_SCHEMES = {"http": "http", "https": "https", "git": "git", "ssh": "ssh", "git+ssh": "ssh",
            "ssh+git": "ssh", "file": "file"}  # fmt: skip
_HINT = "give an address such as https://git.example.org/team/plan.git, or a path"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a remote is.

    `url` is what git is given and what may be shown; `protocol` the one way to reach it (`file`,
    `git`, `http`, `https` or `ssh`).  `user` and `password` are those of http; `host`, `port` and
    `path` (without slashes around it, and without `.git`) tell a forge from another, and are empty
    for a local path.
    """

    url: str
    protocol: str
    host: str = ""
    port: int | None = None
    path: str = ""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return self.url


def read_address(text: str, *, cwd: Path) -> Address:
    """Take an address or a path apart; a relative path is one below `cwd`.

    Raises UsageError, whose message holds nothing of the text, for what is none.
    """
    if text.startswith("-") or "::" in text.partition("/")[0] or re.search(r"[\s\x00-\x1f]", text):
        raise UsageError("the address of the remote is none that git may be given", _HINT)
    if "://" in text:
        return _of_url(text)
    scp = _SCP.fullmatch(text)
    if scp is not None:
        if scp["host"].startswith("-") or (scp["user"] or "").startswith("-"):
            raise UsageError("the address of the remote is none that git may be given", _HINT)
        return Address(text, "ssh", scp["host"].strip("[]"), None, _path(scp["path"]))
    return Address(str(cwd / Path(text).expanduser()), "file")


def _of_url(text: str) -> Address:
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise UsageError("the address of the remote has no host or port", _HINT) from error
    protocol = _SCHEMES.get(parts.scheme.lower(), "")
    if not protocol:
        raise UsageError(
            f"the remote cannot be reached by {parts.scheme}", "use https, ssh, or a path"
        )
    if protocol == "file":
        return Address(text, "file")
    if not host or host.startswith("-") or parts.query or parts.fragment:
        raise UsageError("the address of the remote has no host, or more than a path", _HINT)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port is not None else ""
    if protocol in {"http", "https"}:
        if any("\n" in each or "\r" in each or "\0" in each for each in (user, password)):
            raise UsageError("the password of the remote holds a line break", _HINT)
        url = f"{protocol}://{place}{parts.path}"
        return Address(url, protocol, host, port, _path(parts.path), user, password)
    if password or (user and protocol == "git"):
        raise UsageError(
            f"a remote reached by {protocol} takes no password from its address",
            "take the password out; for ssh, give the service's user a key, or an agent",
        )
    if user.startswith("-"):
        raise UsageError("the address of the remote is none that git may be given", _HINT)
    url = f"{parts.scheme}://{user}@{place}{parts.path}" if user else text
    return Address(url, protocol, host, port, _path(parts.path))


def _path(text: str) -> str:
    return text.strip("/").removesuffix(".git").rstrip("/")


def find_address(repository: Repository, text: str, *, cwd: Path) -> Address:
    """The address that `text` means: it may be the name of a remote of the repository, too.

    Raises UsageError when there is no such remote.
    """
    if _NAME.fullmatch(text) and not text.startswith("/"):
        answer = repository.git.probe("remote", "get-url", "--push", "--", text)
        if answer.status == 0:
            found = answer.data.decode("utf-8", "surrogateescape").strip()
            return read_address(found, cwd=repository.root)
        if "/" not in text and not (cwd / text).is_dir():
            raise UsageError(
                f"{repository.root} has no remote of the name that is set",
                "`git remote -v` lists them; or give the whole address",
            )
    return read_address(text, cwd=cwd)
