"""Puts the parts of executions together, as the settings say."""

import structlog

from service.db.database import Database
from service.executions.commands import CommandBuilder
from service.executions.groups import find_groups
from service.executions.journaling import MIB
from service.executions.plan_checks import checked_out
from service.executions.preparing import Preparer, plain_environment
from service.executions.process import limits_of
from service.executions.prompts import PromptRenderer
from service.executions.runner import Runner
from service.planner_link import PlannerLink
from service.planning.plan_fetches import PlanFetches
from service.settings import Settings
from service.state import State

_log = structlog.get_logger(__name__)


def make_runner(
    settings: Settings,
    state: State,
    database: Database,
    builder: CommandBuilder,
    renderer: PromptRenderer,
    planner: PlannerLink,
    fetches: PlanFetches,
) -> Runner:
    """The runner of executions, with all that it prepares them by."""
    groups = find_groups(
        processes=settings.execution_processes, memory_mib=settings.execution_memory_mib
    )
    _log.info(
        "control groups of commands",
        folder=str(groups.folder or ""),
        reason=groups.reason,
        bounds_processes=groups.bounds_processes,
        bounds_memory=groups.bounds_memory,
    )
    preparer = Preparer(
        state.runs,
        lambda: planner.command("check"),
        builder,
        renderer,
        secrets={
            "ANTHROPIC_API_KEY": str(settings.anthropic_api_key),
            "ANTHROPIC_BASE_URL": settings.anthropic_base_url,
        },
        settle=fetches.wait,
        limits=limits_of(
            # What a group counts for all processes of a run needs no bound for each.
            processes=0 if groups.bounds_processes else settings.execution_processes,
            memory_mib=0 if groups.bounds_memory else settings.execution_memory_mib,
        ),
        groups=groups,
        checked_out=lambda: checked_out(planner.plan_folder, plain_environment()),
    )
    return Runner(
        database,
        preparer,
        most=settings.executions_at_once,
        most_bytes=settings.execution_log_mib * MIB,
    )
