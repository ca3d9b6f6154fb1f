"""What the pages of one site share while they are made."""

from dataclasses import dataclass, field

from planner.model.problem import Problem
from planner.render.frame import Kind, links_of
from planner.render.holes import Hole, holes_by_scope
from planner.render.problem_groups import by_rule
from planner.render.scopes import Scope, scopes
from planner.render.texts import Texts
from planner.render.view import SiteView


@dataclass(slots=True)
class Desk:
    """A view, with what is derived from it once for all pages."""

    view: SiteView
    _texts: dict[str, Texts] = field(default_factory=dict)
    _scopes: dict[str, Scope] = field(default_factory=dict)
    _holes: dict[str, dict[str, list[Hole]]] | None = None
    _problems: dict[str, list[Problem]] | None = None

    def texts(self, kind: Kind) -> Texts:
        """The maker of texts and links for pages of `kind`."""
        links = links_of(self.view, kind)
        made = self._texts.get(links.root)
        if made is None:
            made = self._texts[links.root] = Texts(self.view, links)
        return made

    def scopes(self) -> tuple[Scope, ...]:
        """The plan cut by milestone, in order."""
        if not self._scopes:
            self._scopes.update((scope.id, scope) for scope in scopes(self.view))
        return tuple(self._scopes.values())

    def scope(self, milestone_id: str) -> Scope:
        """One of them; empty id: what belongs to no milestone."""
        self.scopes()
        return self._scopes[milestone_id]

    def holes(self) -> dict[str, dict[str, list[Hole]]]:
        """The holes in coverage by milestone and relation."""
        if self._holes is None:
            self._holes = holes_by_scope(self.view)
        return self._holes

    def problems(self) -> dict[str, list[Problem]]:
        """The problems by rule."""
        if self._problems is None:
            self._problems = by_rule(self.view.problems)
        return self._problems
