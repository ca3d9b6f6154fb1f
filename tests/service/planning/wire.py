"""The wire between the worker and the planner process, in one process."""

import json
from typing import Any

from service.planner_wire import PLAN
from service.planning.ops import PlanOps


class Wire:
    """The operations, with all that goes in and out turned into JSON and back."""

    def __init__(self, ops: PlanOps) -> None:
        self._table = ops.table()

    def call(self, op: str, *, timeout_s: float = 30.0, **args: Any) -> Any:
        """As the link does it."""
        del timeout_s
        assert op.startswith(PLAN)
        return json.loads(json.dumps(self._table[op](**json.loads(json.dumps(args)))))
