"""The first items of a new plan: few, true of any project, and clean under `planner check`."""

from planner.model.items import Criterion, Item, Milestone, Phase, Plan, Requirement


def first_items(title: str) -> tuple[Item, ...]:
    """A plan called `title` with one milestone, one phase and one requirement."""
    return (
        Plan(
            id="plan",
            title=title,
            statement="What this project is for, in a paragraph.\n",
        ),
        Milestone(
            id="v0.1.0",
            title="First release",
            status="active",
            overview="What the first release brings, and to whom.",
        ),
        Phase(
            id="first-phase",
            title="First phase",
            number="01",
            milestone="v0.1.0",
            verification="sanity",
            goal="A visitor sees the start page.",
            criteria=(
                Criterion(
                    id="c1",
                    text="`GET /` returns status 200.",
                    verifies=("APP-01",),
                    check="`curl -sf http://localhost:8000/`",
                ),
                Criterion(
                    id="c2",
                    text="The start page shows the name of the project.",
                    verifies=("APP-01",),
                ),
            ),
        ),
        Requirement(
            id="APP-01",
            title="Start page",
            phases=("first-phase",),
            status="draft",
            priority="must",
            text="When a visitor opens the start page, the service shall show the project's name.",
            rationale="It is the first thing that proves the whole chain to work.",
        ),
    )
