"""The door to git: environment, bounds, messages, and repositories that mean harm."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from planner.errors import StoreError
from planner.store.folder import open_plan_folder
from planner.store.git import Git, check_version, find_git
from planner.store.git_settings import git_environment
from planner.store.history import read_history
from planner.store.revision import read_revision
from planner.store.worktree import read_worktree


def test_inherited_git_variables_are_dropped_and_the_users_configuration_stays():
    environ = git_environment(
        {
            "PATH": "/bin",
            "GIT_DIR": "/elsewhere",
            "GIT_INDEX_FILE": "/x",
            "GIT_EXTERNAL_DIFF": "evil",
            "GIT_CONFIG_GLOBAL": "/home/ada/.gitconfig",
            "LC_ALL": "de_DE.UTF-8",
        }
    )
    assert "GIT_DIR" not in environ
    assert "GIT_INDEX_FILE" not in environ
    assert "GIT_EXTERNAL_DIFF" not in environ
    assert environ["GIT_CONFIG_GLOBAL"] == "/home/ada/.gitconfig"
    assert environ["LC_ALL"] == "C"
    assert environ["GIT_OPTIONAL_LOCKS"] == "0"


def test_only_safe_directories_are_kept_of_settings_in_the_environment():
    environ = git_environment(
        {
            "GIT_CONFIG_COUNT": "3",
            "GIT_CONFIG_KEY_0": "core.pager",
            "GIT_CONFIG_VALUE_0": "evil",
            "GIT_CONFIG_KEY_1": "Safe.Directory",
            "GIT_CONFIG_VALUE_1": "/work",
            "GIT_CONFIG_KEY_2": "safe.directory",
            "GIT_CONFIG_VALUE_2": "*",
        }
    )
    kept = {key: value for key, value in environ.items() if key.startswith("GIT_CONFIG")}
    assert kept == {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "/work",
        "GIT_CONFIG_KEY_1": "safe.directory",
        "GIT_CONFIG_VALUE_1": "*",
    }


@pytest.mark.parametrize("count", ["", "x", "-1", "²", "99999"])
def test_a_broken_count_of_settings_is_no_setting(count):
    assert "GIT_CONFIG_COUNT" not in git_environment({"GIT_CONFIG_COUNT": count})


def test_git_variables_of_a_hook_do_not_lead_to_another_repository(
    sandbox, new_sandbox, tmp_path, monkeypatch
):
    sandbox.commit("here", {"plan.yaml": "title: here\n"})
    other = new_sandbox(tmp_path / "other")
    other.commit("there", {"plan.yaml": "title: there\n"})
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    folder = open_plan_folder(sandbox.path)
    assert read_revision(folder, "HEAD").files["plan.yaml"].data == b"title: here\n"


def test_a_failure_carries_the_message_of_git(sandbox):
    with pytest.raises(
        StoreError, match=r"git rev-parse failed in .*repository: Needed a single rev"
    ):
        Git(sandbox.path).run("rev-parse", "--verify", "nowhere")


def test_output_is_bounded(sandbox):
    sandbox.commit("big", {"big": b"x" * 100_000})
    with pytest.raises(StoreError, match="more than 1,000 bytes"):
        Git(sandbox.path).run("cat-file", "blob", "HEAD:big", limit=1000)


def test_time_is_bounded(sandbox):
    fifo = sandbox.path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(StoreError, match=r"longer than 0\.2 seconds"):
        Git(sandbox.path).run("config", "--file", str(fifo), "--list", timeout=0.2)


def test_large_input_and_large_output_at_once_do_not_block(sandbox):
    sandbox.commit("one", {"file": "x" * 1000})
    blob = sandbox.git("rev-parse", "HEAD:file")
    feed = f"{blob}\n".encode() * 20_000
    output = Git(sandbox.path).run("cat-file", "--batch", feed=feed)
    assert output.count(b" blob 1000\n") == 20_000


def _children() -> set[int]:
    """The child processes of this one: other tests of this run may have some of their own."""
    folders = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return {int(folder.name) for folder in folders if _parent(folder) == os.getpid()}


def _parent(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_closing_a_stream_early_ends_the_process(sandbox):
    sandbox.commit("one", {"file": "x" * 1000})
    blob = sandbox.git("rev-parse", "HEAD:file")
    stream = Git(sandbox.path).stream(
        "cat-file", "--batch", feed=f"{blob}\n".encode() * 50_000, limit=10**9
    )
    before = _children()
    assert next(stream)
    started = _children() - before
    assert started
    stream.close()
    assert not started & _children()  # it does not run on, and was waited for


def test_input_that_git_does_not_read_is_no_failure(sandbox):
    assert Git(sandbox.path).run("version", feed=b"x" * 1_000_000).startswith(b"git version")


def test_a_null_byte_in_an_argument_is_refused(sandbox):
    with pytest.raises(StoreError, match="could not be started"):
        Git(sandbox.path).run("rev-parse", "a\0b")


def test_without_git_on_the_path_none_is_found(tmp_path):
    assert find_git({"PATH": str(tmp_path)}) is None
    assert find_git(os.environ) is not None


def _program(folder: Path, text: str) -> str:
    folder.mkdir(exist_ok=True)
    program = folder / "git"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return str(program)


def test_an_old_git_is_named_with_its_version(tmp_path):
    git = Git(tmp_path, _program(tmp_path / "bin", "echo git version 2.17.1"))
    with pytest.raises(StoreError, match=r"git 2\.31 or newer is needed; this is .*2\.17\.1"):
        check_version(git)


@pytest.mark.parametrize(
    "said", ["git version 2.31.0", "git version 3.0", "git version 2.39.5 (x)"]
)
def test_newer_gits_are_fine(tmp_path, said):
    check_version(Git(tmp_path, _program(tmp_path / "bin", f"echo '{said}'")))


def test_a_program_that_is_not_git_is_named(tmp_path):
    with pytest.raises(StoreError, match="is not git"):
        check_version(Git(tmp_path, _program(tmp_path / "bin", "echo hello")))


def test_opening_a_folder_with_an_old_git_says_so(tmp_path):
    # As git before 2.31 does: options that it does not know are repeated.
    text = "for last; do :; done\n"
    text += 'if [ "$last" = version ]; then echo git version 2.20.1; else\n'
    text += "  printf '%s\\n' --path-format=absolute false --show-object-format .git .git; fi"
    bin_folder = tmp_path / "bin"
    _program(bin_folder, text)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    with pytest.raises(StoreError, match="or newer is needed"):
        open_plan_folder(tmp_path, environ={"PATH": path})


def _arm(repository, trap: Path) -> None:
    """Configure every setting of a repository that names a program to touch `trap`."""
    script = repository.path / ".git" / "evil"
    script.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{trap}'\nexit 0\n")
    script.chmod(0o755)
    hooks = repository.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc"):
        shutil.copy(script, hooks / hook)
    evil = str(script)
    settings = {
        "core.fsmonitor": evil,
        "core.hooksPath": str(hooks),
        "core.pager": evil,
        "core.editor": evil,
        "core.sshCommand": evil,
        "core.askPass": evil,
        "core.gitProxy": evil,
        "core.alternateRefsCommand": evil,
        "credential.helper": f"!{evil}",
        "diff.external": evil,
        "diff.evil.command": evil,
        "diff.evil.textconv": evil,
        "filter.evil.clean": evil,
        "filter.evil.smudge": evil,
        "filter.evil.process": evil,
        "merge.evil.driver": evil,
        "gpg.program": evil,
        "gpg.ssh.program": evil,
        "log.showSignature": "true",
        "pager.log": evil,
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "uploadpack.packObjectsHook": evil,
        "color.ui": "always",
        "log.decorate": "full",
        "log.showRoot": "false",
        "log.date": "relative",
        "diff.renames": "false",
        "diff.relative": "true",
        "format.pretty": "raw",
        "alias.log": f"!{evil}",
        "alias.ls-tree": f"!{evil}",
        "core.quotePath": "true",
    }
    for name, value in settings.items():
        repository.git("config", name, value)
    attributes = "* diff=evil filter=evil merge=evil\n"
    (repository.path / ".git" / "info").mkdir(exist_ok=True)
    (repository.path / ".git" / "info" / "attributes").write_text(attributes)


def _sign_head(repository) -> None:
    """Put a (worthless) signature into a commit, so that showing it would run a program."""
    raw = repository.git("cat-file", "commit", "HEAD").encode()
    header, _, message = raw.partition(b"\n\n")
    signature = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----"
    signed = header + b"\n" + signature + b"\n\n" + message
    commit = repository.git("hash-object", "-t", "commit", "-w", "--stdin", feed=signed)
    repository.git("update-ref", "refs/heads/main", commit)


def test_the_configuration_of_a_repository_runs_no_program(sandbox, tmp_path):
    sandbox.commit("one", {"content/plan.yaml": "title: One\n", "content/phases/a.md": "a\n" * 9})
    sandbox.git("mv", "content/phases/a.md", "content/phases/b.md")
    sandbox.commit("two", {"content/.gitattributes": "* diff=evil filter=evil\n"})
    _sign_head(sandbox)
    trap = tmp_path / "trap"
    _arm(sandbox, trap)
    # The trap works: git itself, asked without care, falls into it.
    sandbox.write({"content/plan.yaml": "title: Changed\n"})
    sandbox.run("diff")
    assert trap.exists()
    trap.unlink()

    (sandbox.path / ".git" / "MERGE_HEAD").write_text(sandbox.git("rev-parse", "HEAD") + "\n")
    trap.unlink(missing_ok=True)
    folder = open_plan_folder(sandbox.path / "content")
    read_worktree(folder)
    snapshot = read_revision(folder, "HEAD")
    history = read_history(folder)
    assert not trap.exists(), trap.read_text()
    assert snapshot.files["plan.yaml"].data == b"title: One\n"
    # And none of its settings changes what is read.
    assert [commit.subject for commit in history.commits] == ["two", "one"]
    assert [(row.status, row.old_path) for row in history.of("phases/b.md")] == [
        ("R", "phases/a.md"),
        ("A", ""),
    ]


def test_a_partial_clone_fetches_nothing_behind_our_back(sandbox, new_sandbox, tmp_path):
    sandbox.commit("one", {"plan.yaml": "title: One\n"})
    sandbox.commit("two", {"plan.yaml": "title: Two\n"})
    sandbox.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    source = f"file://{sandbox.path}"
    sandbox.git("clone", "--quiet", "--filter=blob:none", source, str(clone))
    trap = tmp_path / "trap"
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch '{trap}'\n")
    evil.chmod(0o755)
    config = ["git", "-C", str(clone), "config"]
    subprocess.run([*config, "remote.origin.uploadpack", str(evil)], check=True)
    subprocess.run([*config, "protocol.file.allow", "always"], check=True)

    folder = open_plan_folder(clone)
    assert folder.repository is not None
    assert folder.repository.partial
    # What was checked out is there; what was not is refused, with the reason.
    assert read_revision(folder, "HEAD").files["plan.yaml"].data == b"title: Two\n"
    with pytest.raises(StoreError) as refused:
        read_revision(folder, "HEAD~1")
    assert "--filter" in refused.value.hint
    assert [commit.subject for commit in read_history(folder).commits] == ["two", "one"]
    assert not trap.exists()
