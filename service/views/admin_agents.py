"""`/admin/agents`: whether the programs of AI agents are there and start."""

from typing import Literal

from flask import Blueprint
from pydantic import Field

from service.api.models import Model, Stamp
from service.api.operation import operation
from service.executions.tool_health import health_of
from service.guard.principal import Scope
from service.services import services

blueprint = Blueprint("admin_agents", __name__)


class Agent(Model):
    """The program of an agent, as it was when it was last asked for its version."""

    name: str
    state: Literal["works", "missing", "broken"]
    version: str
    """Empty unless it works."""
    reason: str
    """What a broken one did."""
    at: Stamp
    """When it was asked: every ten minutes, in the background."""


class Agents(Model):
    """The programs of agents, by name. Right after the first start they are not known yet."""

    agents: tuple[Agent, ...] = Field(max_length=10)


@operation(
    blueprint,
    "GET",
    "/admin/agents",
    scope=Scope.READ,
    returns=Agents,
    tag="Executions",
    summary="Show how the agents are",
)
def show_agents() -> Agents:
    """What was last heard of them; nothing is started."""
    found = services().database.read(health_of)
    return Agents(agents=tuple(Agent.model_validate(each, from_attributes=True) for each in found))
