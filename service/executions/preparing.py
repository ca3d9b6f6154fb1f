"""From a queued execution to what is started: prompt, command line, environment, folder."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gevent import subprocess

from service.clock import now
from service.errors import BadRequestError, ServiceError
from service.executions.commands import Command, CommandBuilder, CommandRequest
from service.executions.groups import Groups, Met
from service.executions.orphans import MARK, remove, sweep
from service.executions.process import LIMITS, Launch
from service.executions.prompts import Occasion, PromptRenderer
from service.executions.records import BUILTIN, Execution

PLAN_CHECK: Final = f"{BUILTIN}plan-check"
_PROMPT_FILE: Final = "prompt.txt"
# What every command gets of the service's environment; no secret is among it.
_ENVIRONMENT: Final = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_NO_GROUPS: Final = Groups(None, "none are wanted")
_GIT_S: Final = 60.0
_CLONE: Final = (
    "git", "-c", "core.hooksPath=/dev/null", "clone", "--quiet", "--local", "--no-tags",
)  # fmt: skip


class PreparationError(ServiceError):
    """An execution cannot be started: a folder is gone, a backend is not there."""

    status = 409
    code = "not_startable"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is started, and what is kept of it: the command line never holds the prompt.

    `commit` is the commit of the plan that is checked; empty: none is.
    """

    launch: Launch
    prompt: str
    talks: str
    notes: tuple[str, ...]
    commit: str = ""


class Preparer:
    """Prepares executions in folders of their own below `folder`."""

    def __init__(
        self,
        folder: Path,
        check: Callable[[], tuple[tuple[str, ...], Path]],
        builder: CommandBuilder,
        renderer: PromptRenderer,
        secrets: Mapping[str, str] = MappingProxyType({}),
        settle: Callable[[str], tuple[str, ...]] = lambda _delivery: (),
        limits: Mapping[str, int] = LIMITS,
        groups: Groups = _NO_GROUPS,
        checked_out: Callable[[], str] = lambda: "",
    ) -> None:
        """`check` gives the command line of a check of the plan, and where it runs.

        `checked_out` gives the commit of the plan that is checked out; empty: not known.
        `settle` waits until what was pushed to the plan's repository is here, and says what came of
        the push that a delivery told of.  `secrets` are settings that commands may need, `limits`
        are those of each of their processes, `groups` where their control groups are made.
        """
        self._folder = folder
        self._check = check
        self._builder = builder
        self._renderer = renderer
        self._secrets = secrets
        self._settle = settle
        self._limits = limits
        self._groups = groups
        self._checked_out = checked_out

    @property
    def folder(self) -> Path:
        """Where the folders of executions are."""
        return self._folder

    def folder_of(self, execution: Execution) -> Path:
        """The scratch folder of an execution."""
        return self._folder / execution.id

    def clear(self, execution: Execution) -> None:
        """Take away what was made for an execution that is over.  It may wait: not on the hub."""
        self._groups.end(execution.id)
        remove(self.folder_of(execution))

    def limits_met(self, execution: Execution) -> Met:
        """Which limits of its control group an execution met; asked before it is cleared."""
        return self._groups.met(execution.id)

    def sweep(self) -> None:
        """Take away what an earlier service left.  It may wait: not on the hub."""
        self._groups.sweep()
        sweep(self._folder)

    def prepare(self, execution: Execution) -> Prepared:
        """Make its folder, and say what is to be started there.

        Raises PreparationError, and OSError when its control group cannot be made.
        """
        scratch = self.folder_of(execution)
        try:
            for each in (scratch, scratch / "work", scratch / "tmp"):
                each.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise PreparationError(
                f"no folder can be made for it in {self._folder}: {error.strerror}",
                "free disk space, or look after the state folder",
            ) from error
        if execution.order.backend.startswith(BUILTIN):
            return self._builtin(execution, scratch)
        return self._agent(execution, scratch)

    def _agent(self, execution: Execution, scratch: Path) -> Prepared:
        order = execution.order
        workdir = self._workdir(execution, scratch)
        command = self._command(
            CommandRequest(
                backend=order.backend,
                workdir=str(workdir),
                model=order.model,
                effort=order.effort,
                allowed_tools=order.allowed_tools,
                paths=order.paths,
            )
        )
        prompt = self._renderer.render(order.template, occasion_of(execution))
        stdin = scratch / _PROMPT_FILE
        stdin.write_text(prompt.text, encoding="utf-8", errors="replace")
        stdin.chmod(0o600)
        notes = [
            f"{{{name}}} in the prompt means nothing and stands as it is" for name in prompt.unknown
        ]
        notes += [f"the event has no value for {{{name}}}" for name in prompt.missing]
        notes += [f"{name} is longer than what is passed on, and was cut" for name in prompt.cut]
        launch = self._launch(execution, command, scratch, workdir, stdin)
        return Prepared(launch, prompt.text, command.talks, tuple(notes))

    def _builtin(self, execution: Execution, scratch: Path) -> Prepared:
        if execution.order.backend != PLAN_CHECK:
            raise PreparationError(
                f"there is nothing built in that is called {execution.order.backend}",
                f"there is {PLAN_CHECK}",
            )
        notes = self._settle(execution.delivery_id)
        argv, workdir = self._check()
        # What follows a push judges a commit: exactly that one, whatever comes or is edited
        # meanwhile.  Others look at the files as they are.
        commit = self._checked_out() if notes else ""
        if commit:
            argv = (*argv, "--rev", commit, "--day", now().date().isoformat())
            notes = (*notes, f"the commit {commit} is checked")
        # The planner is found where this process found it.
        command = Command(argv, (), "text")
        launch = self._launch(execution, command, scratch, workdir, None)
        path = os.pathsep.join(filter(None, sys.path))
        launch = replace(launch, env={**launch.env, "PYTHONPATH": path})
        return Prepared(launch, "", "text", notes, commit)

    def _command(self, asked: CommandRequest) -> Command:
        for path in asked.paths:
            if not Path(path).is_dir():
                raise PreparationError(f"its path {path} is no folder", "mend the trigger")
        try:
            return self._builder.build(asked)
        except BadRequestError as error:
            raise PreparationError(error.message, error.hint) from error

    def _workdir(self, execution: Execution, scratch: Path) -> Path:
        """Where it runs: its own folder, or a checkout of its own of the first path."""
        if not execution.order.worktree:
            return scratch / "work"
        if not execution.order.paths:
            raise PreparationError("a checkout needs a repository", "name its path in the trigger")
        repository = execution.order.paths[0]
        workdir = scratch / "checkout"
        try:
            done = subprocess.run(
                # A clone by links of objects, not a worktree: it leaves no trace in the repository.
                [*_CLONE, "--", repository, str(workdir)],
                env={**plain_environment(), "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_GIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PreparationError(
                f"to check out {repository} took longer than {_GIT_S:.0f} s",
                "let it run in the repository itself, or look whether its disk answers",
            ) from error
        if done.returncode:
            told = done.stderr.decode("utf-8", "replace").strip()[:500]
            raise PreparationError(
                f"{repository} cannot be checked out: {told}", "mend the trigger"
            )
        return workdir

    def _launch(
        self,
        execution: Execution,
        command: Command,
        scratch: Path,
        workdir: Path,
        stdin: Path | None,
    ) -> Launch:
        wanted = {
            name: value
            for name in command.env
            if (value := self._secrets.get(name) or os.environ.get(name))
        }
        env = {
            **plain_environment(),
            **wanted,
            "TERM": "dumb",
            "NO_COLOR": "1",
            "TMPDIR": str(scratch / "tmp"),
            MARK: execution.id,
        }
        order = execution.order
        return Launch(
            command.argv,
            env,
            workdir,
            stdin,
            order.grace_s,
            order.timeout_s,
            self._limits,
            self._groups.make(execution.id),
        )


def occasion_of(execution: Execution) -> Occasion:
    """What the prompt of an execution is made for."""
    return Occasion(
        trigger_id=execution.trigger_id,
        trigger_name=execution.trigger_name,
        paths=execution.order.paths,
        event=execution.event,
        delivery_id=execution.delivery_id,
        message=execution.message,
        payload=json.loads(execution.payload),
    )


def plain_environment() -> dict[str, str]:
    """What every command gets of the service's environment: no secret is among it."""
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
