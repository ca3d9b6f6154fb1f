"""`Did you mean`."""

import pytest

from planner.model.items import Milestone, Phase, Plan, PlanTree, Requirement
from planner.trace.suggest import Suggestions

TREE = PlanTree(
    plan=Plan(id="plan"),
    milestones=(Milestone(id="v0.1.0", title="Hardening"),),
    phases=(
        Phase(id="environment-and-wsgi", title="Environment and WSGI foundation", number="02"),
        Phase(id="api-authentication", title="API Authentication", number="03"),
    ),
    requirements=(
        Requirement(id="AUTH-01"),
        Requirement(id="AUTH-02"),
        Requirement(id="OBS-10"),
    ),
)


@pytest.mark.parametrize(
    ("ref", "kind", "near"),
    [
        ("AUTH-1", "requirement", "AUTH-01"),
        ("auth_01", "requirement", "AUTH-01"),
        ("ATUH-01", "requirement", "AUTH-01"),
        ("AUT-02", "requirement", "AUTH-02"),
        ("AUTHN-02", "requirement", "AUTH-02"),
        ("AUTH-09", "requirement", ""),
        ("OBS-1", "requirement", ""),
        ("api-authentification", "phase", ""),
        ("api-authentcation", "phase", "api-authentication"),
        ("environment", "phase", "environment-and-wsgi"),
        ("Environment and WSGI foundation", "phase", "environment-and-wsgi"),
        ("2", "phase", "environment-and-wsgi"),
        ("Phase 3", "phase", "api-authentication"),
        ("v0.1", "milestone", "v0.1.0"),
        ("AUTH-01", "phase", ""),
        ("", "phase", ""),
        ("x" * 5000, "phase", ""),
        ("---", "phase", ""),
    ],
)
def test_near_ids_are_found(ref: str, kind: str, near: str) -> None:
    """A slip in the letters, a missing zero, a number, a title or a beginning lead to the item."""
    assert Suggestions(TREE).near(ref, [kind]) == near


def test_the_hint_names_the_near_id_or_says_something_else() -> None:
    """There is always a hint."""
    suggestions = Suggestions(TREE)
    assert suggestions.hint("AUTH-1", ["requirement"], "add it") == "did you mean AUTH-01?"
    assert suggestions.hint("XYZ-1", ["requirement"], "add it") == "add it"


def test_kinds_are_asked_in_order() -> None:
    """A reference to any kind prefers the kinds that are named first."""
    tree = PlanTree(
        plan=Plan(id="plan"), phases=(Phase(id="login"),), milestones=(Milestone(id="logins"),)
    )
    assert Suggestions(tree).near("loginx", ["phase", "milestone"]) == "login"
    assert Suggestions(tree).near("loginx", ["milestone", "phase"]) == "logins"
