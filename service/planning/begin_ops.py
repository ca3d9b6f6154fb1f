"""What the planner process does where there is no plan yet, or none that git has."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from planner import beginning
from planner.edit.approval import ApprovalRule
from planner.editing import Person
from planner.errors import ApprovalError, UsageError
from planner.exchange.report import as_lines
from service.interview.records import BegunRecord, ImportableRecord, StandingRecord
from service.planner_wire import PLAN, Opening
from service.planning.ops import SERVICE
from service.planning.recording import to_wire

_MOST_FINDINGS = 40
_IMPORTED = "Import the plan"
_BEGUN = "Begin the plan"


class BeginOps:
    """The operations; `begun` builds what was begun and returns the number of the build."""

    def __init__(self, opening: Opening, begun: Callable[[], int]) -> None:
        self._opening = opening
        self._begun = begun

    def table(self) -> Mapping[str, Callable[..., Any]]:
        """The operations by name."""
        return {f"{PLAN}{op.__name__}": op for op in (self.standing, self.begin, self.readme)}

    def standing(self) -> Any:
        """`StandingRecord`: what there is to plan with."""
        found = self._standing()
        return to_wire(
            StandingRecord(
                plan=found.plan,
                folder=str(found.place.folder),
                root=str(found.place.root),
                repository=found.repository,
                committed=found.committed,
                git=found.git,
                importable=tuple(
                    ImportableRecord(
                        name=name, kind="readme" if name == beginning.README else "gsd"
                    )
                    for name in found.importable
                ),
                empty=found.empty,
                title=found.place.root.name or "My plan",
            )
        )

    def readme(self) -> Any:
        """The text of the README in the project's folder."""
        return {"text": beginning.readme(self._standing().place)}

    def begin(
        self,
        way: str,
        author: Mapping[str, str],
        title: str = "",
        name: str = "",
        text: str = "",
        init: bool = False,
    ) -> Any:
        """`BegunRecord`.  The way: `empty`, `example`, `import`, or `adopt` what lies there.

        Raises ApprovalError for a plan that git has where its branch takes proposals only.
        """
        if self._opening.rev:
            raise UsageError("this service shows a fixed revision: nothing is begun here")
        found = self._standing()
        if found.committed and ApprovalRule(self._opening.approval) is not ApprovalRule.NONE:
            raise ApprovalError(
                "the branch takes changes from proposals only, so nothing was begun",
                "write the first items on a proposal, and ask somebody else to merge that",
            )
        place = found.place
        who = Person(author["name"], author["email"])
        findings: tuple[str, ...] = ()
        if way == "adopt":
            commit, count = beginning.adopt(place, who, SERVICE, init=init), 0
        else:
            if way == "import":
                files, imported = beginning.imported_files(place, name, text)
                findings = tuple(as_lines(imported))[:_MOST_FINDINGS]
            else:
                files = beginning.new_files(title, example=way == "example")
            message = _IMPORTED if way == "import" else _BEGUN
            commit, count = (
                beginning.begin(place, files, who, SERVICE, message, init=init),
                len(files),
            )
        record = BegunRecord(commit=commit, files=count, epoch=self._begun(), findings=findings)
        return to_wire(record)

    def _standing(self) -> beginning.Standing:
        plan, variable = self._opening.plan, self._opening.variable
        environ = {**os.environ, **({variable: plan} if plan and variable else {})}
        return beginning.standing(plan, environ, Path(self._opening.folder))
