"""Talking to a remote: what is there, bringing it here, sending ours.  Nothing here moves a branch.

Git is run in a small folder of its own that borrows the objects of the repository.  So the
configuration of the repository, which may be a stranger's, names no program that runs here and no
address that a password goes to; what the user configured (helpers for passwords, proxies) holds.

A password is neither an argument of a program nor in a file: git asks a helper for it, which gives
what stands in its environment.  Whatever git says is cut of it.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from planner.errors import RemoteError, StoreError
from planner.store.address import Address
from planner.store.folder import Repository
from planner.store.git import Git, Output
from planner.store.plan_path import checked_branch
from planner.store.remote_refs import TRACKED, track
from planner.store.remote_words import explain, refusal

_NAME = "agented"
_HEADS = "refs/heads/"
_FETCHED = "refs/fetched/"
ASK_S = 60.0
MOVE_S = 600.0
_MOST_AT_ONCE = 200  # branches for one git process
_USER, _PASSWORD = "AGENTED_REMOTE_USER", "AGENTED_REMOTE_PASSWORD"
_HELPER = (
    f'!f() {{ test "$1" = get && printf "username=%s\\npassword=%s\\n" "${_USER}" "${_PASSWORD}"; '
    "}; f"
)
# A connection that stalls must not hold up everything behind it.
_SSH_OPTIONS = (
    "-o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -o ServerAliveCountMax=4"
)
_SETTINGS = (
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "45"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("push.gpgSign", "false"),
    ("push.followTags", "false"),
)
# Where the user's own files for TLS are; all other GIT_* variables are left behind.
_KEPT = ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY")


@dataclass(frozen=True, slots=True)
class Push:
    """A branch that shall be at `new` there; empty: it shall go, if it is at `old`."""

    branch: str
    new: str
    old: str = ""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a push: `reason` is empty when it arrived.

    `moved` tells that the branch was elsewhere by then: fetch, then try again.
    """

    push: Push
    reason: str = ""
    hint: str = ""
    moved: bool = False


class Remote:
    """A remote of a repository.  It may be used beside everything else, in any thread."""

    def __init__(
        self, repository: Repository, address: Address, environ: Mapping[str, str] | None = None
    ) -> None:
        self.address = address
        self._repository = repository
        self._environ = dict(os.environ if environ is None else environ)

    def tips(self, *patterns: str, timeout: float = ASK_S) -> dict[str, str]:
        """The branches at the remote that fit a pattern such as `plan/*`, and their commits.

        Raises RemoteError, in words, when the remote does not answer or refuses.
        """
        with self._line() as git:
            return self._tips(git, patterns, timeout)

    def _tips(self, git: Git, patterns: Sequence[str], timeout: float) -> dict[str, str]:
        wanted = [f"{_HEADS}{each}" for each in patterns]
        answer = self._ask(git, ["ls-remote", "--refs", _NAME, *wanted], timeout)
        rows = (
            line.partition("\t")[::2]
            for line in answer.data.decode("utf-8", "surrogateescape").splitlines()
        )
        return {
            ref.removeprefix(_HEADS): tip for tip, ref in rows if ref.startswith(_HEADS) and tip
        }

    def fetch(self, *patterns: str) -> dict[str, str]:
        """Bring the commits of these branches here; their names and tips at the remote.

        They are kept under `refs/remotes/agented/`.  Raises RemoteError, and StoreError when the
        repository cannot be written.
        """
        self._refuse_shallow()
        with self._line() as git:
            known = track(self._repository)
            tips = self._tips(git, patterns, ASK_S)
            new = sorted(name for name, tip in tips.items() if known.get(name) != tip)
            for start in range(0, len(new), _MOST_AT_ONCE):
                names = new[start : start + _MOST_AT_ONCE]
                self._ask(
                    git,
                    [
                        "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc",
                        "--no-recurse-submodules", "--no-show-forced-updates", _NAME,
                        *(f"+{_HEADS}{each}:{_FETCHED}{each}" for each in names),
                    ],
                    MOVE_S,
                )  # fmt: skip
            if new:
                tips |= _fetched(git)
        track(self._repository, tips)
        return tips

    def push(
        self, pushes: Sequence[Push], *, dry_run: bool = False, timeout: float = MOVE_S
    ) -> tuple[Pushed, ...]:
        """Send branches, never by force; what became of each.

        A branch is deleted only if it is still at the commit that is named.  Raises RemoteError
        when nothing could be sent at all.
        """
        self._refuse_shallow()
        done: list[Pushed] = []
        with self._line() as git:
            for start in range(0, len(pushes), _MOST_AT_ONCE):
                some = pushes[start : start + _MOST_AT_ONCE]
                done += self._push(git, some, timeout, dry_run=dry_run)
        if not dry_run:
            arrived = {each.push.branch: each.push.new for each in done if not each.reason}
            track(self._repository, {**track(self._repository), **arrived})
        return tuple(done)

    def _push(
        self, git: Git, pushes: Sequence[Push], timeout: float, *, dry_run: bool
    ) -> list[Pushed]:
        command = [
            "push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags",
            "--recurse-submodules=no", *(["--dry-run"] if dry_run else []),
            *(f"--force-with-lease={_HEADS}{each.branch}:{each.old}"
              for each in pushes if not each.new),
            _NAME, *(f"{each.new}:{_HEADS}{checked_branch(each.branch)}" for each in pushes),
        ]  # fmt: skip
        answer = self._probe(git, command, timeout)
        rows = {}
        for line in answer.data.decode("utf-8", "replace").splitlines():
            flag, _, rest = line.partition("\t")
            names, _, summary = rest.partition("\t")
            if len(flag) == 1 and summary:
                rows[names.rpartition(":")[2].removeprefix(_HEADS)] = (flag, summary)
        if not rows:
            raise self._failed(answer)
        return [self._outcome(each, rows.get(each.branch), answer.messages) for each in pushes]

    def _outcome(self, push: Push, row: tuple[str, str] | None, messages: str) -> Pushed:
        if row is not None and row[0] != "!":
            return Pushed(push)
        summary = row[1] if row is not None else "the remote said nothing of it"
        reason, hint, moved = refusal(push.branch, summary, messages, self._secrets())
        return Pushed(push, reason, hint, moved)

    # -- how git is run ---------------------------------------------------------------------

    def _ask(self, git: Git, command: Sequence[str], timeout: float) -> Output:
        answer = self._probe(git, command, timeout)
        if answer.status != 0:
            raise self._failed(answer)
        return answer

    def _probe(self, git: Git, command: Sequence[str], timeout: float) -> Output:
        try:
            return git.probe(*command, timeout=timeout)
        except StoreError as error:
            # What git took too long for is the remote's doing, not the repository's.
            raise RemoteError(
                f"{self.address} did not answer in time: {error.message}",
                "look whether it can be reached from this machine",
            ) from error

    def _failed(self, answer: Output) -> RemoteError:
        reason, hint = explain(answer.messages, self.address, self._secrets())
        return RemoteError(reason, hint)

    def _secrets(self) -> tuple[str, ...]:
        # A user may be a token by itself; short names such as `git` are words of messages, too.
        user = self.address.user
        return tuple(filter(None, (self.address.password, user if len(user) >= 8 else "")))

    def _refuse_shallow(self) -> None:
        if self._repository.shallow:
            raise RemoteError(
                f"{self._repository.root} is a shallow clone, which cannot be kept in step",
                "git fetch --unshallow",
            )

    @contextmanager
    def _line(self) -> Iterator[Git]:
        """Git in a folder of its own, able to reach this remote and no other."""
        with tempfile.TemporaryDirectory(prefix="agented-remote-") as folder:
            place = Path(folder)
            try:
                self._furnish(place)
            except OSError as error:
                raise RemoteError(
                    f"{place} cannot be written: {error.strerror}", "free disk space"
                ) from error
            offline = self._repository.git.online(place, {"GIT_DIR": folder})
            yield self._repository.git.online(place, self._variables(folder, offline))

    def _furnish(self, place: Path) -> None:
        """Make the folder a repository whose branches are ours, so that git knows what we have."""
        sha256 = self._repository.object_format != "sha1"
        extensions = "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
        config = f"[core]\n\trepositoryformatversion = {int(sha256)}\n\tbare = true\n{extensions}"
        (place / "config").write_text(config, "ascii")
        (place / "HEAD").write_text(f"ref: {_HEADS}none\n", "ascii")
        (place / "refs").mkdir()
        listed = self._repository.git.run(
            "for-each-ref", "--format=%(objectname) %(refname)", _HEADS, TRACKED
        )
        (place / "packed-refs").write_bytes(listed)

    def _variables(self, folder: str, offline: Git) -> dict[str, str]:
        protocol = self.address.protocol
        found = {
            "GIT_DIR": folder,
            "GIT_OBJECT_DIRECTORY": str(self._repository.common_dir / "objects"),
            "GIT_ALLOW_PROTOCOL": protocol,
            "GIT_ASKPASS": "",
            **{name: self._environ[name] for name in _KEPT if name in self._environ},
        }
        settings = [*_SETTINGS, (f"remote.{_NAME}.url", self.address.url)]
        if protocol in {"http", "https"}:
            settings += self._sign_in(found)
        elif protocol == "ssh":
            asked = offline.probe("config", "--get", "core.sshCommand")
            configured = asked.data.decode("utf-8", "surrogateescape").strip()
            program = self._environ.get("GIT_SSH_COMMAND") or configured or "ssh"
            found["GIT_SSH_COMMAND"] = f"{program} {_SSH_OPTIONS}"
        return {**found, **self._repository.git.settings(settings)}

    def _sign_in(self, variables: dict[str, str]) -> list[tuple[str, str]]:
        """The settings by which git learns user and password, which go into `variables`."""
        place = "/".join(self.address.url.split("/")[:3])
        user, password = self.address.user, self.address.password
        if not password:
            return [(f"credential.{place}.username", user)] if user else []
        variables |= {_USER: user, _PASSWORD: password}
        # The empty one takes out the user's helpers: they would keep the password in their files.
        return [("credential.helper", ""), (f"credential.{place}.helper", _HELPER)]


def _fetched(git: Git) -> dict[str, str]:
    listed = git.run("for-each-ref", "--format=%(objectname) %(refname)", _FETCHED)
    rows = (line.split(" ", 1) for line in listed.decode("utf-8", "surrogateescape").splitlines())
    return {ref.removeprefix(_FETCHED): tip for tip, ref in rows}
