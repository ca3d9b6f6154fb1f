"""Talking to a remote: the password stays hidden, and what goes wrong is told in words."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from planner.errors import RemoteError, UsageError
from planner.store.address import find_address, read_address
from planner.store.folder import Repository, open_plan_folder
from planner.store.forge import pull_request_url
from planner.store.remote import Push, Remote
from planner.store.remote_refs import track
from tests.planner.store.conftest import Sandbox
from tests.planner.store.git_server import GitServer, git_server

USER, PASSWORD = "ada lovelace", "p@ss:w/rd %41'\"$(id)-tail"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """A repository with one commit, and a bare one beside it."""
    made = Sandbox(tmp_path / "here")
    made.write({"content/plan.yaml": "title: Lamp\n"})
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message=first")
    made.git("init", "--quiet", "--bare", str(tmp_path / "served" / "plan.git"))
    made.git("-C", str(tmp_path / "served" / "plan.git"), "config", "http.receivepack", "true")
    return made


@pytest.fixture
def repository(sandbox: Sandbox) -> Repository:
    found = open_plan_folder(sandbox.path / "content").repository
    assert found is not None
    return found


@pytest.fixture
def server(tmp_path: Path, sandbox: Sandbox) -> Iterator[GitServer]:
    with git_server(tmp_path / "served", USER, PASSWORD) as running:
        yield running


def remote_at(repository: Repository, text: str, **environ: str) -> Remote:
    address = find_address(repository, text, cwd=repository.root)
    return Remote(repository, address, {**os.environ, **environ})


def signed(server: GitServer, user: str = USER, password: str = PASSWORD) -> str:
    return f"http://{quote(user, safe='')}:{quote(password, safe='')}@{server.place}/plan.git"


def hidden(text: str) -> bool:
    forms = (PASSWORD, quote(PASSWORD, safe=""), quote(PASSWORD), "p@ss", "-tail")
    return not any(form in text for form in forms)


def processes() -> str:
    """The arguments of all processes that can be seen."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except (OSError, UnicodeDecodeError):
                continue
    return "\n".join(found)


def test_a_password_signs_in_and_is_no_argument_of_any_program(
    sandbox: Sandbox, repository: Repository, server: GitServer
) -> None:
    """Looked at while git and its helper wait for the answer."""
    remote = remote_at(repository, signed(server))
    assert hidden(repr(remote.address) + str(remote.address))
    tip = sandbox.git("rev-parse", "main")
    server.gate.clear()
    done: list[object] = []
    pushing = threading.Thread(target=lambda: done.append(remote.push([Push("main", tip)])))
    pushing.start()
    assert server.waiting.wait(30)
    seen = processes()
    server.gate.set()
    pushing.join(60)
    assert "remote-http" in seen, "the helper was running"
    assert hidden(seen)
    ((pushed,),) = done  # type: ignore[misc]
    assert pushed.reason == ""
    assert remote.tips("*") == {"main": tip}
    assert track(repository) == {"main": tip}
    config = (sandbox.path / ".git" / "config").read_text("utf-8")
    assert server.place not in config


@pytest.mark.parametrize("user", [USER, "ghp_0123456789abcdef"])
def test_a_wrong_password_is_told_without_it(
    repository: Repository, server: GitServer, user: str
) -> None:
    remote = remote_at(repository, signed(server, user, PASSWORD[:-5]))
    with pytest.raises(RemoteError, match="refuses the user or the password") as caught:
        remote.tips("*")
    text = str(caught.value)
    assert hidden(text)
    assert user not in text
    assert server.place in text


def test_a_missing_password_is_told(repository: Repository, server: GitServer) -> None:
    """Nobody is asked at a terminal."""
    with pytest.raises(RemoteError, match="asks for a password, and none is set"):
        remote_at(repository, f"http://{server.place}/plan.git").tips("*")


def test_the_users_helper_gives_a_password_and_never_learns_the_one_that_is_set(
    repository: Repository, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper in the user's own configuration; one in the repository's is not asked."""
    kept = tmp_path / "credentials"
    config = tmp_path / "gitconfig"
    config.write_text(f"[credential]\n\thelper = store --file={kept}\n", "utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    found = open_plan_folder(repository.root / "content").repository
    assert found is not None
    assert remote_at(found, signed(server)).tips("*") == {}
    assert not kept.exists(), "the helper was given the password"
    kept.write_text(signed(server).removesuffix("/plan.git") + "\n", "utf-8")
    named = f"http://{quote(USER)}@{server.place}/plan.git"
    assert remote_at(found, named).tips("*") == {}


def test_a_remote_that_is_silent_is_given_up_and_its_helper_ends(
    repository: Repository, server: GitServer
) -> None:
    """In time, and with all programs that were started for it."""
    server.gate.clear()
    with pytest.raises(RemoteError, match="did not answer in time"):
        remote_at(repository, signed(server)).tips("*", timeout=1.5)
    assert server.place not in processes()


def test_a_remote_that_is_not_there_is_told(repository: Repository, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for text, words in (
        (f"http://127.0.0.1:{port}/plan.git", "cannot be reached"),
        (f"git://127.0.0.1:{port}/plan.git", "cannot be reached"),
        ("http://nowhere.invalid/plan.git", "is not known here"),
        (str(tmp_path / "missing.git"), "there is no repository at"),
    ):
        with pytest.raises(RemoteError, match=words):
            remote_at(repository, text).tips("*")


def test_ssh_is_asked_without_questions(
    sandbox: Sandbox, repository: Repository, tmp_path: Path
) -> None:
    """With the program and the options that the user set, and no setting of the repository."""
    log = tmp_path / "log"
    program = tmp_path / "my ssh"
    program.write_text(
        f'#!/bin/sh\necho "$@" > "{log}"\necho "Permission denied (publickey)." >&2\nexit 255\n'
    )
    program.chmod(0o755)
    sandbox.git("config", "core.sshCommand", "false")
    remote = remote_at(
        repository, "git@git.example.org:team/plan.git", GIT_SSH_COMMAND=f"'{program}' -i key"
    )
    with pytest.raises(RemoteError, match="takes no ssh key"):
        remote.tips("*")
    said = log.read_text("utf-8")
    assert said.startswith("-i key -o BatchMode=yes")
    assert "git@git.example.org git-upload-pack 'team/plan.git'" in said


def test_a_branch_is_deleted_only_where_it_was_seen(
    sandbox: Sandbox, repository: Repository, tmp_path: Path
) -> None:
    """And nothing is moved by force."""
    first = sandbox.git("rev-parse", "main")
    sandbox.git("commit", "--quiet", "--allow-empty", "--message=second")
    second = sandbox.git("rev-parse", "main")
    remote = remote_at(repository, str(tmp_path / "served" / "plan.git"))
    remote.push([Push("main", second), Push("plan/one", first)])
    outcome = remote.push([Push("plan/one", "", second), Push("main", first)])
    assert [each.moved for each in outcome] == [True, True]
    assert remote.tips("*") == {"main": second, "plan/one": first}
    (gone,) = remote.push([Push("plan/one", "", first)])
    assert gone.reason == ""
    assert remote.tips("*") == {"main": second}


def test_a_sha256_repository_is_kept_in_step(tmp_path: Path) -> None:
    here = Sandbox(tmp_path / "here", "--object-format=sha256")
    here.write({"plan.yaml": "title: Lamp\n"})
    here.git("add", "--all")
    here.git("commit", "--quiet", "--message=first")
    here.git("init", "--quiet", "--bare", "--object-format=sha256", str(tmp_path / "there.git"))
    found = open_plan_folder(here.path).repository
    assert found is not None
    remote = remote_at(found, str(tmp_path / "there.git"))
    tip = here.git("rev-parse", "main")
    remote.push([Push("main", tip)])
    assert remote.fetch("main") == {"main": tip}


def test_a_shallow_clone_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.git("commit", "--quiet", "--allow-empty", "--message=second")
    shallow = tmp_path / "shallow"
    sandbox.git("clone", "--quiet", "--depth=1", f"file://{sandbox.path}", str(shallow))
    found = open_plan_folder(shallow / "content").repository
    assert found is not None
    with pytest.raises(RemoteError, match="shallow clone"):
        remote_at(found, str(sandbox.path)).fetch("main")


def test_a_name_is_a_remote_of_the_repository(
    sandbox: Sandbox, repository: Repository, tmp_path: Path
) -> None:
    place = tmp_path / "served" / "plan.git"
    sandbox.git("remote", "add", "origin", str(place))
    sandbox.git("remote", "add", "evil", "ext::sh -c id")
    assert str(find_address(repository, "origin", cwd=tmp_path)) == str(place)
    assert str(find_address(repository, "served/plan.git", cwd=tmp_path)) == str(place)
    for name in ("nowhere", "evil"):
        with pytest.raises(UsageError):
            find_address(repository, name, cwd=tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "-upload-pack=x", "ext::sh -c id", "fd::17", "https:///x", "https://host:port/x",
        "ftp://host/x", "ssh://ada:secret-word@host/x", "ssh://-oProxyCommand=id/x",
        "-oProxyCommand=id:x", "https://host/x?y=1", "https://a:%0Asecret-word@host/x", "two words",
        "git://ada:secret-word@host/x", "javascript://host/x",
    ],
)  # fmt: skip
def test_an_address_that_git_must_not_get_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_address(text, cwd=tmp_path)
    assert "secret-word" not in str(caught.value)


LINKS = {
    "https://github.com/team/plan.git": "https://github.com/team/plan/compare/main...plan/dim?expand=1",
    "git@github.com:team/plan.git": "https://github.com/team/plan/compare/main...plan/dim?expand=1",
    "ssh://git@ssh.github.com:443/team/plan.git": (
        "https://github.com/team/plan/compare/main...plan/dim?expand=1"
    ),
    "https://oauth2:secret-word@gitlab.example.org/a/b/plan.git": (
        "https://gitlab.example.org/a/b/plan/-/merge_requests/new?"
        "merge_request%5Bsource_branch%5D=plan%2Fdim&merge_request%5Btarget_branch%5D=main"
    ),
    "https://ada:secret-word@codeberg.org/team/plan": (
        "https://codeberg.org/team/plan/compare/main...plan/dim"
    ),
    "ssh://git@gitea.example.org:2222/team/plan.git": (
        "https://gitea.example.org/team/plan/compare/main...plan/dim"
    ),
    "http://forgejo.local:3000/team/plan.git": (
        "http://forgejo.local:3000/team/plan/compare/main...plan/dim"
    ),
    "git@bitbucket.org:team/plan.git": (
        "https://bitbucket.org/team/plan/pull-requests/new?source=plan%2Fdim&dest=main"
    ),
    "https://github.com/": "",
    "https://git.example.org/team/plan.git": "",
    "https://notgithub.com/team/plan.git": "",
    "/srv/git/plan.git": "",
    "file:///srv/github/plan.git": "",
}


@pytest.mark.parametrize("text", LINKS)
def test_a_pull_request_is_opened_on_the_forge(text: str, tmp_path: Path) -> None:
    """Of an unknown forge nothing is guessed; what signs in is not in the link."""
    assert pull_request_url(read_address(text, cwd=tmp_path), "plan/dim", "main") == LINKS[text]


def test_the_link_can_be_made_of_what_is_shown(tmp_path: Path) -> None:
    """The worker knows the address only as it is shown."""
    for text, link in LINKS.items():
        shown = str(read_address(text, cwd=tmp_path))
        assert "secret-word" not in shown
        assert pull_request_url(read_address(shown, cwd=tmp_path), "plan/dim", "main") == link
