"""What `planner doctor` tries at the remote: whether it answers, and whether it takes a push."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from planner.errors import PlannerError
from planner.store.address import Address, find_address
from planner.store.folder import Repository, open_plan_folder
from planner.store.refs import need_tip
from planner.store.remote import Push, Remote
from planner.store.saving import need_branch, need_repository
from planner.workspace import open_workspace
from service.diagnosis import Finding, Level
from service.settings import CONTENT_DIR, Settings

_WAIT_S: Final = 15.0
_AREA: Final = "remote"


def look_at_remote(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Ask GIT_REMOTE what it has, and try a push that sends nothing."""
    if not settings.git_remote:
        yield Finding(_AREA, Level.NOTE, "saves stay on this machine (no GIT_REMOTE)")
        return
    try:
        repository = _repository(settings, environ)
        address = find_address(repository, settings.git_remote, cwd=Path.cwd())
        yield from _unsafe(address)
        remote = Remote(repository, address, environ)
        branch = need_branch(repository)
        tips = remote.tips(branch, timeout=_WAIT_S)
    except PlannerError as error:
        yield Finding(_AREA, Level.ERROR, error.message, error.hint)
        return
    yield Finding(_AREA, Level.OK, f"{address} answers")
    if not tips:
        yield Finding(_AREA, Level.NOTE, f"it has no {branch} yet", "the first exchange sends it")
    yield _may_push(repository, remote, branch)


def _repository(settings: Settings, environ: Mapping[str, str]) -> Repository:
    named = {CONTENT_DIR: str(settings.content_dir)} if settings.content_dir else {}
    with open_workspace(None, environ={**environ, **named}, cwd=Path.cwd(), cache=False) as opened:
        return need_repository(open_plan_folder(opened.watched_folder(), environ=environ))


def _unsafe(address: Address) -> Iterator[Finding]:
    if address.protocol == "http" and address.password:
        yield Finding(
            _AREA, Level.WARNING, f"the password of {address} is sent in the clear", "use https"
        )  # fmt: skip


def _may_push(repository: Repository, remote: Remote, branch: str) -> Finding:
    try:
        tip = need_tip(repository, branch)
        (tried,) = remote.push([Push(branch, tip)], dry_run=True, timeout=_WAIT_S)
    except PlannerError as error:
        return Finding(_AREA, Level.ERROR, f"no push: {error.message}", error.hint)
    if tried.moved:
        return Finding(
            _AREA, Level.NOTE, f"{branch} went on there", "the next exchange brings both together"
        )
    if tried.reason:
        return Finding(_AREA, Level.ERROR, tried.reason, tried.hint)
    return Finding(_AREA, Level.OK, f"a push of {branch} is let in")
